package mobile.fastscnn.app

import java.nio.ByteBuffer
import mobile.fastscnn.core.Placement
import mobile.fastscnn.core.Segmenter

/** A frame in rows without gaps, as the last one that was seen is kept for another look. */
class SeenFrame(val pixels: ByteBuffer, val width: Int, val height: Int, val rotation: Int) {
    fun segmentedBy(segmenter: Segmenter): Placement =
        segmenter.segment(pixels, width, height, rotation = rotation)

    companion object {
        private const val PIXEL = 4
        private const val WIDTH = 640
        private const val HEIGHT = 480

        /** What a benchmark takes where nothing was seen yet: latency does not depend on what is in a picture. */
        fun blank() = SeenFrame(ByteBuffer.allocateDirect(WIDTH * HEIGHT * PIXEL), WIDTH, HEIGHT, 0)
    }
}
