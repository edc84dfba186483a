package mobile.fastscnn.core

import java.nio.ByteBuffer

/** What fastscnn-export writes beside the numbers: the ModelInfo of fastscnn/info.py, as far as it is needed here. */
internal class ModelInfo private constructor(json: Map<*, *>) {
    val names: List<String> = list(json, "classes").map { it as? String ?: throw unreadable("classes") }
    val colors: IntArray = list(json, "colors").map(::color).toIntArray()
    val alignCorners: Boolean = json["align_corners"] as? Boolean ?: throw unreadable("align_corners")
    val trained: Boolean = json["trained"] as? Boolean ?: true
    val preprocessing: Preprocessing

    init {
        val found = json["preprocessing"] as? Map<*, *> ?: throw unreadable("preprocessing")
        val order = found["order"]
        if (order != "rgb" && order != "bgr") throw unreadable("order")
        preprocessing = Preprocessing(order == "bgr", channels(found, "mean"), channels(found, "std"))
        if (preprocessing.std.any { it <= 0f }) throw unreadable("std")
        if (names.isEmpty() || names.size > MOST_CLASSES) {
            throw ModelProblem("It names ${names.size} classes; from 1 to $MOST_CLASSES can be shown.")
        }
        if (colors.size != names.size) {
            throw damaged("it has ${colors.size} colours for ${names.size} classes")
        }
    }

    private fun list(json: Map<*, *>, key: String): List<*> = json[key] as? List<*> ?: throw unreadable(key)

    private fun color(value: Any?): Int {
        val parts = (value as? List<*>)?.map { it as? Double ?: throw unreadable("colors") }
        if (parts == null || parts.size != 3 || parts.any { it !in 0.0..255.0 }) throw unreadable("colors")
        return parts.fold(0xff) { color, part -> (color shl 8) or part.toInt() }
    }

    private fun channels(json: Map<*, *>, key: String): FloatArray {
        val values = list(json, key).map { (it as? Double)?.toFloat() ?: throw unreadable(key) }
        if (values.size != 3 || values.any { it.isNaN() || it.isInfinite() }) throw unreadable(key)
        return values.toFloatArray()
    }

    companion object {
        /** A label is a byte. */
        private const val MOST_CLASSES = 256
        private const val LONGEST = 1 shl 20

        fun read(bytes: ByteBuffer?): ModelInfo {
            if (bytes == null) {
                throw ModelProblem(
                    "It was not written by fastscnn-export: it carries no FASTSCNN_INFO.",
                    "Export the checkpoint with fastscnn-export.",
                )
            }
            if (bytes.remaining() > LONGEST) throw damaged("its description has ${bytes.remaining()} bytes")
            val raw = ByteArray(bytes.remaining()).also { bytes.duplicate().get(it) }
            val json = try {
                Json.parse(String(raw, Charsets.UTF_8)) as? Map<*, *>
            } catch (problem: JsonProblem) {
                throw damaged("its description cannot be read (${problem.message})")
            }
            return ModelInfo(json ?: throw damaged("its description is none"))
        }

        private fun unreadable(key: String) = damaged("its description says nothing sensible of \"$key\"")
    }
}
