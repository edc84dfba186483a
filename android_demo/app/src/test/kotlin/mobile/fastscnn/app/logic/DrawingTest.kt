package mobile.fastscnn.app.logic

import java.nio.ByteBuffer
import mobile.fastscnn.core.Area
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertSame
import org.junit.Test

class DrawingTest {
    @Test
    fun `a wide frame lies in the middle of a tall view`() {
        val fitting = Fitting(width = 640, height = 480, viewWidth = 320, viewHeight = 640)
        assertEquals(0.5f, fitting.scale, 0f)
        assertArrayEquals(floatArrayOf(0f, 200f, 320f, 440f), fitting.placed(Area(0, 0, 640, 480)), 0f)
        assertArrayEquals(floatArrayOf(50f, 220f, 150f, 270f), fitting.placed(Area(100, 40, 200, 100)), 0f)
    }

    @Test
    fun `rows are taken without what lies between them, whatever the buffer's position`() {
        val camera = ByteBuffer.allocateDirect(12 + 8)
        for (place in 0 until 20) camera.put(place.toByte())
        val tight = TightRows().of(camera, width = 2, height = 2, rowStride = 12)
        val expected = ByteArray(16) { (if (it < 8) it else it + 4).toByte() }
        assertArrayEquals(expected, ByteArray(tight.remaining()).also { tight.get(it) })
    }

    @Test
    fun `frames of one size share one buffer`() {
        val rows = TightRows()
        val frame = ByteBuffer.allocateDirect(64)
        assertSame(rows.of(frame, 4, 4, 16), rows.of(frame, 4, 4, 16))
        assertEquals(8, rows.of(frame, 2, 1, 16).remaining())
    }
}
