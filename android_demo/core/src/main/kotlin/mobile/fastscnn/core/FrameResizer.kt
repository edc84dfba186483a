package mobile.fastscnn.core

import java.nio.ByteBuffer

/** How a frame lies in memory, and how far it is turned. */
internal data class FrameLayout(
    val width: Int,
    val height: Int,
    val rowStride: Int,
    val pixelStride: Int,
    val rotation: Int,
) {
    /** Of the frame turned upright. */
    val upright: Size get() = if (sideways) Size(height = width, width = height) else Size(height, width)
    val sideways: Boolean get() = rotation == 90 || rotation == 270

    /** Compares without making another. */
    fun isLike(width: Int, height: Int, rowStride: Int, pixelStride: Int, rotation: Int): Boolean =
        this.width == width && this.height == height && this.rowStride == rowStride &&
            this.pixelStride == pixelStride && this.rotation == rotation

    fun requireFitting(capacity: Int) {
        require(width > 0 && height > 0) { "a frame of ${width}x$height pixels" }
        require(rotation in 0..270 && rotation % 90 == 0) { "a rotation of $rotation degrees" }
        require(pixelStride >= CHANNELS) { "a pixel stride of $pixelStride bytes" }
        require(rowStride >= (width - 1L) * pixelStride + CHANNELS) {
            "a row stride of $rowStride bytes for $width pixels"
        }
        val needed = (height - 1L) * rowStride + (width - 1L) * pixelStride + CHANNELS
        require(needed <= capacity) { "a frame of $needed bytes in a buffer of $capacity" }
    }

    companion object {
        /** R, G and B are read; the last pixel's alpha may be missing from the buffer. */
        const val CHANNELS = 3
    }
}

/**
 * Frames of one layout into a canvas of R G B bytes: turned, cut and resized in two passes.
 *
 * The first pass goes along the upright frame's rows, the second along its columns, each rounding to bytes, as
 * Pillow's do; but Pillow 13 begins with the columns where a frame loses more than twice as many rows as columns,
 * and there a byte may be another than here. Of a frame that lies on its side the first is a sum of whole rows as they lie in memory.
 */
internal class FrameResizer(val layout: FrameLayout, val placement: Placement) {
    private val seen = placement.seen
    private val filled = placement.filled
    private val across = BilinearTaps(seen.width, filled.width)
    private val down = BilinearTaps(seen.height, filled.height)

    /** The part of the frame that is seen, as it lies in memory: its rows, and their length in bytes. */
    private val region = regionInMemory()
    private val line = (region.width - 1) * layout.pixelStride + FrameLayout.CHANNELS
    private val bytes = ByteArray(line * region.height)

    /** After the first pass: upright, rows of the input's width; of frames on their side by columns. */
    private val between = ByteArray(CHANNELS * filled.width * seen.height)
    private val sums = IntArray(CHANNELS * maxOf(seen.height, filled.width))

    fun resize(frame: ByteBuffer, canvas: ByteArray) {
        fetch(frame)
        if (layout.sideways) {
            sumFrameRows()
            alongColumns(canvas)
        } else {
            alongFrameRows()
            sumRows(canvas)
        }
    }

    private fun fetch(frame: ByteBuffer) {
        for (row in 0 until region.height) {
            frame.position((region.top + row) * layout.rowStride + region.left * layout.pixelStride)
            frame.get(bytes, row * line, line)
        }
    }

    private fun alongFrameRows() {
        val turned = layout.rotation == 180
        val step = if (turned) -layout.pixelStride else layout.pixelStride
        var to = 0
        for (y in 0 until seen.height) {
            val row = line * (if (turned) seen.height - 1 - y else y)
            val origin = if (turned) row + (seen.width - 1) * layout.pixelStride else row
            for (x in 0 until filled.width) {
                to = filter(bytes, origin, step, across, x, between, to)
            }
        }
    }

    private fun sumRows(canvas: ByteArray) {
        val length = CHANNELS * filled.width
        for (y in 0 until filled.height) {
            sums.fill(BilinearTaps.HALF, 0, length)
            for (tap in 0 until down.count[y]) {
                val weight = down.weights[down.begin[y] + tap]
                val from = (down.first[y] + tap) * length
                for (i in 0 until length) sums[i] += weight * (between[from + i].toInt() and 0xff)
            }
            val to = CHANNELS * ((filled.top + y) * placement.input.width + filled.left)
            for (i in 0 until length) canvas[to + i] = BilinearTaps.byteOf(sums[i])
        }
    }

    /** A row in memory is a column of the upright frame: from the right at 90 degrees, and upwards at 270. */
    private fun sumFrameRows() {
        val length = CHANNELS * seen.height
        val stride = layout.pixelStride
        for (x in 0 until filled.width) {
            sums.fill(BilinearTaps.HALF, 0, length)
            for (tap in 0 until across.count[x]) {
                val weight = across.weights[across.begin[x] + tap]
                val column = across.first[x] + tap
                var from = line * (if (layout.rotation == 90) seen.width - 1 - column else column)
                var to = 0
                while (to < length) {
                    sums[to] += weight * (bytes[from].toInt() and 0xff)
                    sums[to + 1] += weight * (bytes[from + 1].toInt() and 0xff)
                    sums[to + 2] += weight * (bytes[from + 2].toInt() and 0xff)
                    from += stride
                    to += CHANNELS
                }
            }
            val to = x * length
            for (i in 0 until length) between[to + i] = BilinearTaps.byteOf(sums[i])
        }
    }

    private fun alongColumns(canvas: ByteArray) {
        val turned = layout.rotation == 270
        val step = if (turned) -CHANNELS else CHANNELS
        val width = placement.input.width
        for (x in 0 until filled.width) {
            val column = CHANNELS * seen.height * x
            val origin = if (turned) column + CHANNELS * (seen.height - 1) else column
            for (y in 0 until filled.height) {
                filter(between, origin, step, down, y, canvas, CHANNELS * ((filled.top + y) * width + filled.left + x))
            }
        }
    }

    /** One new pixel, from pixels `step` bytes apart; gives the place after it. */
    private fun filter(
        source: ByteArray,
        origin: Int,
        step: Int,
        taps: BilinearTaps,
        pixel: Int,
        into: ByteArray,
        to: Int,
    ): Int {
        val weights = taps.weights
        val begin = taps.begin[pixel]
        var from = origin + taps.first[pixel] * step
        var red = BilinearTaps.HALF
        var green = BilinearTaps.HALF
        var blue = BilinearTaps.HALF
        for (tap in begin until begin + taps.count[pixel]) {
            val weight = weights[tap]
            red += weight * (source[from].toInt() and 0xff)
            green += weight * (source[from + 1].toInt() and 0xff)
            blue += weight * (source[from + 2].toInt() and 0xff)
            from += step
        }
        into[to] = BilinearTaps.byteOf(red)
        into[to + 1] = BilinearTaps.byteOf(green)
        into[to + 2] = BilinearTaps.byteOf(blue)
        return to + CHANNELS
    }

    /** [Placement.seen] before the frame is turned. */
    private fun regionInMemory(): Area {
        val frame = placement.frame
        return when (layout.rotation) {
            90 -> Area(seen.top, frame.width - seen.right, seen.height, seen.width)
            180 -> Area(frame.width - seen.right, frame.height - seen.bottom, seen.width, seen.height)
            270 -> Area(frame.height - seen.bottom, seen.left, seen.height, seen.width)
            else -> seen
        }
    }

    private companion object {
        const val CHANNELS = FrameLayout.CHANNELS
    }
}
