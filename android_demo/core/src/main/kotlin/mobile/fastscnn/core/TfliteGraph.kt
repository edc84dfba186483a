package mobile.fastscnn.core

import java.nio.ByteBuffer

/** A tensor at the border of a TFLite graph. */
internal class TfliteTensor(
    val name: String,
    val shape: IntArray,
    val type: ElementType,
    /** Null where it has none, or one scale a channel. */
    val quantization: Quantization?,
)

/** A TFLite file's one graph, as far as its borders and its metadata. */
internal class TfliteGraph private constructor(private val root: FlatTable) {
    val input: TfliteTensor
    val output: TfliteTensor

    init {
        val graphs = root.vector(SUBGRAPHS, OFFSET) ?: throw damaged("it holds no graph")
        if (graphs.size != 1) throw damaged("it holds ${graphs.size} graphs instead of one")
        val graph = graphs.table(0)
        val tensors = graph.vector(TENSORS, OFFSET) ?: throw damaged("it holds no tensors")
        input = tensor(tensors.table(only(graph, INPUTS, "takes")))
        output = tensor(tensors.table(only(graph, OUTPUTS, "gives")))
    }

    /** The bytes of a named metadata buffer; null where there is none. */
    fun metadata(name: String): ByteBuffer? {
        val entries = root.vector(METADATA, OFFSET) ?: return null
        val buffers = root.vector(BUFFERS, OFFSET) ?: return null
        for (index in 0 until minOf(entries.size, MOST_ENTRIES)) {
            val entry = entries.table(index)
            if (entry.string(0) == name) return buffers.table(entry.int(1)).vector(0, 1)?.view()
        }
        return null
    }

    private fun only(graph: FlatTable, slot: Int, verb: String): Int {
        val found = graph.vector(slot, OFFSET)
        if (found == null || found.size != 1) {
            throw ModelProblem(
                "This model $verb ${found?.size ?: 0} tensors, where a segmentation $verb one: it is for another task.",
                "Give a .tflite that fastscnn-export wrote.",
            )
        }
        return found.int(0)
    }

    private fun tensor(table: FlatTable): TfliteTensor {
        val name = table.string(3) ?: throw damaged("a tensor in it has no name")
        val shape = table.vector(0, OFFSET)
        if (shape != null && shape.size > MOST_AXES) throw damaged("\"$name\" has ${shape.size} axes")
        val sizes = IntArray(shape?.size ?: 0) { shape!!.int(it) }
        if (sizes.any { it < 1 }) throw damaged("\"$name\" cannot be ${sizes.joinToString("x")}")
        val code = table.byte(1)
        val type = TYPES[code] ?: throw ModelProblem(
            "\"$name\" is of a type (number $code) that no file of fastscnn-export has.",
            "Export it again with fastscnn-export.",
        )
        return TfliteTensor(name, sizes, type, table.table(4)?.let(::quantization))
    }

    private fun quantization(table: FlatTable): Quantization? {
        val scales = table.vector(2, 4) ?: return null
        val zeroPoints = table.vector(3, 8) ?: return null
        if (scales.size != 1 || zeroPoints.size != 1) return null
        val zeroPoint = zeroPoints.long(0)
        val scale = scales.float(0)
        if (zeroPoint !in -128L..255L || scale.isNaN() || scale.isInfinite()) return null
        return Quantization(scale, zeroPoint.toInt())
    }

    companion object {
        private const val IDENTIFIER = "TFL3"
        private const val SUBGRAPHS = 2
        private const val BUFFERS = 4
        private const val METADATA = 6
        private const val TENSORS = 0
        private const val INPUTS = 1
        private const val OUTPUTS = 2
        private const val OFFSET = 4
        private const val MOST_AXES = 8
        private const val MOST_ENTRIES = 64
        private val TYPES = mapOf(
            0 to ElementType.FLOAT32,
            2 to ElementType.INT32,
            3 to ElementType.UINT8,
            9 to ElementType.INT8,
        )

        fun read(file: ByteBuffer): TfliteGraph {
            val bytes = FlatBytes(file)
            if (bytes.length < 8 || bytes.letters(4) != IDENTIFIER) {
                throw ModelProblem(
                    if (bytes.length == 0) "The file is empty." else "This is no TFLite file.",
                    "Give a .tflite that fastscnn-export wrote.",
                )
            }
            return TfliteGraph(FlatTable.root(bytes))
        }
    }
}

/** TFLite's metadata standard, as far as we read it. */
internal object StandardMetadata {
    private const val IDENTIFIER = "M001"
    private const val SUBGRAPHS = 3
    private const val OUTPUT_TENSORS = 3
    private const val TENSOR_FILES = 6
    private val LABEL_FILES = setOf(2, 3)
    private const val MOST_FILES = 64

    /** The name of the label file that belongs to the first output; null where there is none. */
    fun labelFile(metadata: ByteBuffer): String? {
        val bytes = FlatBytes(metadata)
        if (bytes.length < 8 || bytes.letters(4) != IDENTIFIER) throw damaged("its TFLITE_METADATA is none")
        val graph = FlatTable.root(bytes).vector(SUBGRAPHS, 4)?.takeIf { it.size > 0 }?.table(0)
        val output = graph?.vector(OUTPUT_TENSORS, 4)?.takeIf { it.size > 0 }?.table(0)
        val files = output?.vector(TENSOR_FILES, 4) ?: return null
        for (index in 0 until minOf(files.size, MOST_FILES)) {
            val file = files.table(index)
            if (file.byte(2) in LABEL_FILES) return file.string(0)
        }
        return null
    }
}
