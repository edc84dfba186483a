package mobile.fastscnn.core

/** A rectangle of whole pixels. */
data class Area(val left: Int, val top: Int, val width: Int, val height: Int) {
    val right: Int get() = left + width
    val bottom: Int get() = top + height
}

/** How a frame of another shape is brought into a model's input. */
enum class Fit {
    /** The whole frame, undistorted; bars of the neutral pixel fill the rest. */
    LETTERBOX,

    /** The middle of the frame, undistorted, as much as fills the input. */
    CROP,

    /** The whole frame, distorted: what fastscnn-predict and fastscnn-eval do. */
    SQUASH,
}

/**
 * Which part of an upright frame lies where in a model's input, and so in its label map.
 *
 * To draw a label map over its frame: take its part [filled], and draw it over the frame's part [seen].
 */
class Placement(
    /** The frame's size after its rotation. */
    val frame: Size,
    /** The part of the upright frame that the model sees. */
    val seen: Area,
    /** The part of the model's input (and label map) where it lies; the rest are bars. */
    val filled: Area,
    private val size: Size,
) {
    /** The camera gives fewer pixels than the model takes: nothing is lost, but nothing is gained by the size. */
    val enlarged: Boolean get() = filled.width > seen.width || filled.height > seen.height

    /** The index in the label map of a point of the upright frame; -1 where the model did not see it. */
    fun labelAt(x: Float, y: Float): Int = throw NotImplementedError()

    companion object {
        /** For an upright frame and an input of these sizes. */
        fun of(frame: Size, input: Size, fit: Fit): Placement = throw NotImplementedError()
    }
}
