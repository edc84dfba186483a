package mobile.fastscnn.core

/** A rectangle of whole pixels. */
data class Area(val left: Int, val top: Int, val width: Int, val height: Int) {
    val right: Int get() = left + width
    val bottom: Int get() = top + height

    companion object {
        fun whole(size: Size) = Area(0, 0, size.width, size.height)

        /** An area of this size in the middle of a larger one; odd rests go right and below. */
        internal fun centred(width: Int, height: Int, within: Size) =
            Area((within.width - width) / 2, (within.height - height) / 2, width, height)
    }
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
data class Placement(
    /** The frame's size after its rotation. */
    val frame: Size,
    /** Of the model's input and of the label map. */
    val input: Size,
    /** The part of the upright frame that the model sees. */
    val seen: Area,
    /** The part of the model's input (and label map) where it lies; the rest are bars. */
    val filled: Area,
) {
    /** The camera gives fewer pixels than the model takes: nothing is lost, but nothing is gained by the size. */
    val enlarged: Boolean get() = filled.width > seen.width || filled.height > seen.height

    /** The index in the label map of a point of the upright frame, in its pixels; -1 where the model did not see it. */
    fun labelAt(x: Float, y: Float): Int {
        val right = (x - seen.left) / seen.width
        val down = (y - seen.top) / seen.height
        if (!(right >= 0 && right < 1 && down >= 0 && down < 1)) return -1
        val column = minOf((right * filled.width).toInt(), filled.width - 1) + filled.left
        val row = minOf((down * filled.height).toInt(), filled.height - 1) + filled.top
        return row * input.width + column
    }

    companion object {
        /** For an upright frame and an input of these sizes. */
        fun of(frame: Size, input: Size, fit: Fit): Placement =
            when (fit) {
                Fit.SQUASH -> Placement(frame, input, Area.whole(frame), Area.whole(input))
                Fit.LETTERBOX -> Placement(frame, input, Area.whole(frame), inscribed(frame, input))
                Fit.CROP -> Placement(frame, input, inscribed(input, frame), Area.whole(input))
            }

        /** The largest area of one shape in the middle of another. */
        private fun inscribed(shape: Size, within: Size): Area {
            val wider = shape.width.toLong() * within.height > within.width.toLong() * shape.height
            val width = if (wider) within.width else scaled(shape.width, within.height, shape.height, within.width)
            val height = if (wider) scaled(shape.height, within.width, shape.width, within.height) else within.height
            return Area.centred(width, height, within)
        }

        /** `length * by / of`, rounded half up, at least a pixel and no more than there are. */
        private fun scaled(length: Int, by: Int, of: Int, most: Int): Int =
            ((2L * length * by + of) / (2L * of)).toInt().coerceIn(1, most)
    }
}
