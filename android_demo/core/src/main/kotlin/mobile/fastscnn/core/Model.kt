package mobile.fastscnn.core

/** What a model wants to see. */
enum class InputForm {
    /** RGB pixels 0..255. */
    IMAGE,

    /** R G B A pixels 0..255, as a camera's frame has them. */
    RGBA,

    /** Normalised numbers in the network's own channel order. */
    TENSOR,
}

/** What a model gives: a number per class and cell, or the class of each cell. */
enum class OutputForm { LOGITS, LABELS }

/** The type of a tensor's elements. */
enum class ElementType(val bytes: Int) {
    FLOAT32(4),
    UINT8(1),
    INT8(1),
    INT32(4),
}

/** A stored integer stands for `(integer - zeroPoint) * scale`. */
data class Quantization(val scale: Float, val zeroPoint: Int)

/** Of a picture or a map, in pixels or cells. */
data class Size(val height: Int, val width: Int) {
    val pixels: Int get() = height * width

    override fun toString(): String = "${height}x$width"
}

/** How a network of the form [InputForm.TENSOR] wants its pixels: `(pixel - mean) / std`, in its own order. */
class Preprocessing(val bgr: Boolean, val mean: FloatArray, val std: FloatArray) {
    /** The pixel that the network takes for nothing: its mean, in whole numbers, R G B. */
    val neutral: IntArray
        get() = IntArray(3) { Math.rint(mean[if (bgr) 2 - it else it].toDouble()).toInt().coerceIn(0, 255) }
}

/** The tensor that a model takes, without its batch of 1: height x width x channels, in native byte order. */
class ModelInput(
    val form: InputForm,
    val type: ElementType,
    /** Of an integer [InputForm.TENSOR]; pixels stand for themselves. */
    val quantization: Quantization?,
    val size: Size,
    val preprocessing: Preprocessing,
) {
    val channels: Int get() = if (form == InputForm.RGBA) 4 else 3
    val bytes: Int get() = size.pixels * channels * type.bytes
}

/** The tensor that a model gives, without its batch of 1: height x width x classes, or height x width labels. */
class ModelOutput(
    val form: OutputForm,
    val type: ElementType,
    /** Of integer logits. */
    val quantization: Quantization?,
    val size: Size,
    /** Numbers in a cell: one a class, or one label. */
    val channels: Int,
    /** How much coarser it is than the input: 1, or 8. */
    val stride: Int,
    /** How a coarse map becomes full size. */
    val alignCorners: Boolean,
) {
    val bytes: Int get() = size.pixels * channels * type.bytes
}

/** A class by the name and the colour that its model gives it. */
data class SegmentClass(
    val name: String,
    /** 0xFFRRGGBB. */
    val color: Int,
)

/** Everything that the application must know of a model. Holds none of the file's bytes. */
class Model(
    /** The file's name without `.tflite`. */
    val name: String,
    val input: ModelInput,
    val output: ModelOutput,
    val classes: List<SegmentClass>,
    /** False of a file whose weights are random: its classes mean nothing. */
    val trained: Boolean,
    /** The file's length. */
    val bytes: Int,
) {
    /** Of the label map that a [Labeler] makes, whatever the output's stride. */
    val size: Size get() = input.size

    /** `int8`, or `float`, by what the tensors at its borders are. */
    val precision: String
        get() = if (input.type == ElementType.FLOAT32 && output.type != ElementType.INT8) "float" else "int8"

    /** One line for a picker: `360x480, int8, rgba to logits at 1/8, 11 classes`. */
    val summary: String
        get() {
            val forms = "${input.form.name.lowercase()} to ${output.form.name.lowercase()}"
            val coarse = if (output.stride == 1) "" else " at 1/${output.stride}"
            return "$size, $precision, $forms$coarse, ${classes.size} classes"
        }
}
