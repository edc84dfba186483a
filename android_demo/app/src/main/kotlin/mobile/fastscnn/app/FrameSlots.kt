package mobile.fastscnn.app

import android.graphics.Bitmap
import java.nio.ByteBuffer
import mobile.fastscnn.core.Placement

/** Two frames with their overlays: the worker fills one while the screen draws the other. */
class FrameSlots {
    class Slot {
        var frame: Bitmap? = null
        var overlay: Bitmap? = null
        var placement: Placement? = null

        /** How far the frame must be turned clockwise to be upright. */
        var rotation = 0

        fun fill(pixels: ByteBuffer, width: Int, height: Int, rotation: Int) {
            frame = fitting(frame, width, height).apply { copyPixelsFromBuffer(pixels) }
            this.rotation = rotation
        }

        fun cover(colours: IntArray, width: Int, height: Int, placement: Placement) {
            overlay = fitting(overlay, width, height).apply { setPixels(colours, 0, width, 0, 0, width, height) }
            this.placement = placement
        }

        private fun fitting(old: Bitmap?, width: Int, height: Int): Bitmap =
            if (old != null && old.width == width && old.height == height) old
            else Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
    }

    private val slots = arrayOf(Slot(), Slot())

    @Volatile
    private var shown = NONE

    fun write(fill: (Slot) -> Unit) {
        val next = if (shown == 0) 1 else 0
        synchronized(slots[next]) { fill(slots[next]) }
        shown = next
    }

    fun read(draw: (Slot) -> Unit) {
        val place = shown
        if (place != NONE) synchronized(slots[place]) { draw(slots[place]) }
    }

    private companion object {
        const val NONE = -1
    }
}
