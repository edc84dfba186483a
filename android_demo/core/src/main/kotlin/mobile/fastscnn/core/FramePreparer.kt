package mobile.fastscnn.core

import java.nio.ByteBuffer

/**
 * Camera frames (or pictures) to a model's input: turned upright, resized with antialiasing, in the model's type.
 *
 * Resizing is Pillow's bilinear filter, bit for bit: the model sees the pixels that fastscnn-predict shows it.
 * Allocates where the frames' size, strides or rotation change, and never else. Not for two threads at once.
 */
class FramePreparer(val model: Model, val fit: Fit = Fit.LETTERBOX) {
    /** The model's input: direct, in native order, rewound by every [prepare]. Hand it to the interpreter. */
    val input: ByteBuffer = throw NotImplementedError()

    /**
     * Fills [input] from a frame of RGBA_8888 pixels; its bytes are read from index 0 whatever its position.
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
    ): Placement = throw NotImplementedError()
}
