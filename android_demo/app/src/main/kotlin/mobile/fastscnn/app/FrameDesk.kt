package mobile.fastscnn.app

import android.os.SystemClock
import androidx.camera.core.ImageProxy
import java.nio.ByteBuffer
import java.util.Locale
import mobile.fastscnn.app.logic.Reading
import mobile.fastscnn.app.logic.TightRows
import mobile.fastscnn.core.Placement

/** Frames in, segmented frames on the screen. Belongs to the worker's thread. */
class FrameDesk(private val slots: FrameSlots, private val drawn: (Reading?) -> Unit) {
    private val rows = TightRows()
    private var told = 0L

    /** The last frame, for a benchmark or for another model. */
    var last: SeenFrame? = null
        private set

    fun camera(running: RunningModel, frame: ImageProxy) {
        val plane = frame.planes[0]
        val tight = rows.of(plane.buffer, frame.width, frame.height, plane.rowStride)
        show(running, SeenFrame(tight, frame.width, frame.height, frame.imageInfo.rotationDegrees), PACE)
    }

    /** Kept until there is a model to show it by. */
    fun keep(picture: Picture) {
        val bitmap = picture.bitmap
        val pixels = ByteBuffer.allocateDirect(bitmap.byteCount)
        bitmap.copyPixelsToBuffer(pixels)
        last = SeenFrame(pixels, bitmap.width, bitmap.height, picture.rotation)
    }

    /** The last frame, by this model. */
    fun again(running: RunningModel) {
        last?.let { show(running, it, 0) }
    }

    private fun show(running: RunningModel, seen: SeenFrame, pace: Long) {
        last = seen
        val placement = seen.segmentedBy(running.segmenter)
        slots.write { slot ->
            seen.pixels.rewind()
            slot.fill(seen.pixels, seen.width, seen.height, seen.rotation)
            val size = running.model.size
            slot.cover(running.segmenter.overlay.pixels, size.width, size.height, placement)
        }
        drawn(reading(running, placement, pace))
    }

    /** Not with every frame: nobody reads figures that fast. */
    private fun reading(running: RunningModel, placement: Placement, pace: Long): Reading? {
        val now = SystemClock.elapsedRealtime()
        if (now - told < pace) return null
        told = now
        return Reading.of(running.segmenter, running.model, placement.enlarged, Locale.getDefault())
    }

    private companion object {
        const val PACE = 250L
    }
}
