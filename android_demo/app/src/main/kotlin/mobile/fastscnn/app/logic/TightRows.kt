package mobile.fastscnn.app.logic

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** A camera's rows without the bytes between them, as a bitmap takes them. Allocates where the size changes. */
class TightRows {
    private var buffer: ByteBuffer = ByteBuffer.allocateDirect(0)

    /** The pixels of a frame of four bytes each, rewound; valid until the next call. */
    fun of(pixels: ByteBuffer, width: Int, height: Int, rowStride: Int): ByteBuffer {
        val row = width * PIXEL
        if (buffer.capacity() != row * height) {
            buffer = ByteBuffer.allocateDirect(row * height).order(ByteOrder.nativeOrder())
        }
        buffer.clear()
        val from = pixels.duplicate()
        for (y in 0 until height) {
            from.limit(y * rowStride + row)
            from.position(y * rowStride)
            buffer.put(from)
        }
        buffer.flip()
        return buffer
    }

    private companion object {
        const val PIXEL = 4
    }
}
