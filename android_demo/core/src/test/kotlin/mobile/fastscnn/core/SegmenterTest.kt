package mobile.fastscnn.core

import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class SegmenterTest {
    private val model = Models.logits(Size(6, 8), 5, Size(48, 64), ElementType.INT8, Quantization(0.1f, 0))
    private val frame = ByteBuffer.allocateDirect(4 * 80 * 60)

    @Test
    fun `a frame's way is timed in its parts`() {
        val segmenter = Segmenter(model, { _, _ -> Thread.sleep(2) })
        segmenter.segment(frame, 80, 60)
        assertTrue(segmenter.inferenceNanoseconds >= 2_000_000)
        assertEquals(1, segmenter.statistics.total.count)
        assertEquals(segmenter.inferenceNanoseconds / 1e6, segmenter.statistics.inference.p50, 1e-9)
    }

    @Test
    fun `a runtime that wrote its output's end is read from the begin`() {
        val segmenter = Segmenter(model, { _, output ->
            while (output.hasRemaining()) output.put(if (output.position() % 5 == 3) 9 else 0)
        })
        repeat(2) {
            segmenter.segment(frame, 80, 60, rotation = 180)
            assertEquals(48 * 64, segmenter.overlay.counts[3])
        }
    }

    @Test
    fun `what the runtime throws comes through, and the next frame is none the worse`() {
        var broken = true
        val segmenter = Segmenter(model, { _, _ -> if (broken) error("the delegate is gone") })
        assertThrows(IllegalStateException::class.java) { segmenter.segment(frame, 80, 60) }
        broken = false
        segmenter.segment(frame, 80, 60)
        assertEquals(1, segmenter.statistics.total.count)
    }

    @Test
    fun `a frame's whole way costs no memory`() {
        val segmenter = Segmenter(model, { _, _ -> })
        assertAllocatesNothing { segmenter.segment(frame, 60, 80, rotation = 90) }
    }
}
