package mobile.fastscnn.core

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.FloatBuffer

/**
 * Camera frames (or pictures) to a model's input: turned upright, resized with antialiasing, in the model's type.
 *
 * Resizing is Pillow's bilinear filter, bit for bit but for the frames that [FrameResizer] names: the model sees the
 * pixels that fastscnn-predict shows it.
 * Allocates where the frames' size, strides or rotation change, and never else. Not for two threads at once.
 */
class FramePreparer(val model: Model, val fit: Fit = Fit.LETTERBOX) {
    /** The model's input: direct, in native order, rewound by every [prepare]. Hand it to the interpreter. */
    val input: ByteBuffer = ByteBuffer.allocateDirect(model.input.bytes).order(ByteOrder.nativeOrder())
    private val numbers: FloatBuffer = input.asFloatBuffer()
    private val canvas = ByteArray(model.size.pixels * FrameLayout.CHANNELS)
    private val encoder = InputEncoder(model.input)
    private var resizer: FrameResizer? = null

    /**
     * Fills [input] from a frame of RGBA_8888 pixels, read from the buffer's index 0; its position is not kept.
     *
     * [rotation] is how far the frame must be turned clockwise to be upright, as CameraX says it: 0, 90, 180 or
     * 270. [pixelStride] may be more than 4, [rowStride] more than a row. Alpha is not looked at.
     *
     * @throws IllegalArgumentException where the frame's numbers do not fit its buffer.
     */
    fun prepare(
        pixels: ByteBuffer,
        width: Int,
        height: Int,
        rowStride: Int = width * 4,
        pixelStride: Int = 4,
        rotation: Int = 0,
    ): Placement {
        var resizer = this.resizer
        if (resizer == null || !resizer.layout.isLike(width, height, rowStride, pixelStride, rotation)) {
            val layout = FrameLayout(width, height, rowStride, pixelStride, rotation)
            layout.requireFitting(pixels.capacity())
            resizer = FrameResizer(layout, Placement.of(layout.upright, model.size, fit))
            paintBars(resizer.placement)
            this.resizer = resizer
        }
        resizer.layout.requireFitting(pixels.capacity())
        pixels.clear()
        resizer.resize(pixels, canvas)
        encoder.encode(canvas, input, numbers)
        return resizer.placement
    }

    /** Frames of one layout leave the bars as they are. */
    private fun paintBars(placement: Placement) {
        if (placement.filled == Area.whole(model.size)) return
        val neutral = model.input.preprocessing.neutral
        for (i in canvas.indices) canvas[i] = neutral[i % FrameLayout.CHANNELS].toByte()
    }
}
