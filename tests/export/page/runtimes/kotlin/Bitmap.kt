package android.graphics

import java.nio.Buffer
import java.nio.ByteBuffer

/** A picture as Android has it: the calls that the page's code makes. */
class Bitmap(private val width: Int, private val height: Int, private val argb: IntArray) {
    fun getPixels(pixels: IntArray, offset: Int, stride: Int, x: Int, y: Int, width: Int, height: Int) {
        for (row in 0 until height) {
            argb.copyInto(pixels, offset + row * stride, (y + row) * this.width + x, (y + row) * this.width + x + width)
        }
    }

    fun copyPixelsToBuffer(buffer: Buffer) {
        for (pixel in argb) for (shift in intArrayOf(16, 8, 0, 24)) (buffer as ByteBuffer).put((pixel shr shift).toByte())
    }

    companion object {
        /** The frame has the model's size already: what scaling does is no affair of these tests. */
        @JvmStatic
        fun createScaledBitmap(bitmap: Bitmap, width: Int, height: Int, filter: Boolean): Bitmap {
            check(width == bitmap.width && height == bitmap.height && filter)
            return bitmap
        }
    }
}
