package mobile.fastscnn.core

import java.nio.ByteBuffer

/** Reads what a `.tflite` file of fastscnn-export says about itself. */
object ModelFile {
    /**
     * The model in the bytes from the buffer's position to its limit; the buffer itself is left as it is.
     *
     * Whatever the bytes are, nothing but [ModelProblem] is thrown: no TFLite file, another task's model, one
     * without our description, a label file of the wrong length, a damaged or cut file.
     */
    @Throws(ModelProblem::class)
    fun read(file: ByteBuffer, name: String): Model {
        val graph = TfliteGraph.read(file)
        val given = graph.input
        val taken = graph.output
        val input = mapOf(given, "takes", 4)
        val output = mapOf(taken, "gives", if (taken.name == LABELS) 3 else 4)
        if (output.height > input.height || output.width > input.width) {
            throw anotherTask("it gives a map of $output for a picture of $input")
        }
        val info = ModelInfo.read(graph.metadata(INFO))
        val modelInput = inputOf(given, input, info)
        val modelOutput = outputOf(taken, output, input, info)
        val names = namesOf(file, graph) ?: info.names
        if (names.size != info.names.size) {
            throw ModelProblem(
                "Its label file names ${names.size} classes, its description ${info.names.size}.",
                "Give the label file one line for each class.",
            )
        }
        ClassNames.requireShown(names)
        val classes = names.mapIndexed { index, each -> SegmentClass(each, info.colors[index]) }
        return Model(name.removeSuffix(".tflite"), modelInput, modelOutput, classes, info.trained, file.remaining())
    }

    private fun inputOf(tensor: TfliteTensor, size: Size, info: ModelInfo): ModelInput {
        val form = when (tensor.name to tensor.shape[3]) {
            PIXELS to 3 -> InputForm.IMAGE
            PIXELS to 4 -> InputForm.RGBA
            NUMBERS to 3 -> InputForm.TENSOR
            else -> throw anotherTask("it takes \"${tensor.name}\" with ${tensor.shape[3]} channels")
        }
        val type = tensor.type
        val pixels = form != InputForm.TENSOR
        if (type == ElementType.INT32 || (pixels && type == ElementType.INT8)) throw wrongType(tensor)
        val quantization = if (type == ElementType.FLOAT32) null else quantizationOf(tensor)
        if (pixels && quantization != null && quantization != PLAIN) throw wrongType(tensor)
        val input = ModelInput(form, type, if (pixels) null else quantization, size, info.preprocessing)
        requireRoom(tensor, size, input.channels, type)
        return input
    }

    private fun outputOf(tensor: TfliteTensor, size: Size, input: Size, info: ModelInfo): ModelOutput {
        val form = when (tensor.name) {
            LABELS -> OutputForm.LABELS
            LOGITS -> OutputForm.LOGITS
            else -> throw anotherTask("it gives \"${tensor.name}\"")
        }
        val labels = form == OutputForm.LABELS
        if (labels != (tensor.type == ElementType.INT32)) throw wrongType(tensor)
        val channels = if (labels) 1 else tensor.shape[3]
        if (!labels && channels != info.names.size) {
            throw ModelProblem(
                "It gives $channels numbers for each pixel, but names ${info.names.size} classes.",
                "Export it again with fastscnn-export.",
            )
        }
        val quantized = tensor.type == ElementType.INT8 || tensor.type == ElementType.UINT8
        requireRoom(tensor, size, channels, tensor.type)
        return ModelOutput(
            form,
            tensor.type,
            if (quantized) quantizationOf(tensor) else null,
            size,
            channels,
            stride = maxOf(1, Math.round(input.height.toFloat() / size.height)),
            alignCorners = info.alignCorners,
        )
    }

    /** Height and width of a tensor 1 x height x width (x channels). */
    private fun mapOf(tensor: TfliteTensor, verb: String, rank: Int): Size {
        val shape = tensor.shape
        if (shape.size != rank || shape[0] != 1) {
            throw anotherTask("it $verb numbers of shape ${shape.joinToString("x").ifEmpty { "none" }}")
        }
        return Size(shape[1], shape[2])
    }

    private fun quantizationOf(tensor: TfliteTensor): Quantization {
        val range = if (tensor.type == ElementType.UINT8) 0..255 else -128..127
        val quantization = tensor.quantization
        if (quantization == null || quantization.zeroPoint !in range || quantization.scale < SMALLEST_SCALE) {
            throw damaged("the scale or zero point of \"${tensor.name}\" is none")
        }
        return quantization
    }

    private fun requireRoom(tensor: TfliteTensor, size: Size, channels: Int, type: ElementType) {
        val bytes = size.height.toLong() * size.width * channels * type.bytes
        if (bytes > MOST_BYTES) {
            throw ModelProblem(
                "Its \"${tensor.name}\" of $size needs ${bytes shr 20} MB, more than a phone gives.",
                "Export it with a smaller --size, or with --preset phone.",
            )
        }
    }

    /** The label file's names; null where the metadata speaks of none. */
    private fun namesOf(file: ByteBuffer, graph: TfliteGraph): List<String>? {
        val standard = graph.metadata(STANDARD) ?: return null
        val fileName = StandardMetadata.labelFile(standard) ?: return null
        val content = AppendedFiles(file).find(fileName)
            ?: throw damaged("its label file is missing, as of one that was cut")
        return ClassNames.lines(content)
    }

    private fun anotherTask(how: String) = ModelProblem(
        "This is no segmentation model of fastscnn-export: $how.",
        "Give a .tflite that fastscnn-export wrote.",
    )

    private fun wrongType(tensor: TfliteTensor) = ModelProblem(
        "\"${tensor.name}\" is in ${tensor.type.name.lowercase()}, which no file of fastscnn-export has there.",
        "Export it again with fastscnn-export.",
    )

    private const val INFO = "FASTSCNN_INFO"
    private const val STANDARD = "TFLITE_METADATA"
    private const val PIXELS = "image"
    private const val NUMBERS = "input"
    private const val LOGITS = "logits"
    private const val LABELS = "labels"
    private const val MOST_BYTES = 1L shl 29
    private const val SMALLEST_SCALE = 1.17549435e-38f
    private val PLAIN = Quantization(1f, 0)
}
