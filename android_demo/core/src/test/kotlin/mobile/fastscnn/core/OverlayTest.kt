package mobile.fastscnn.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

class OverlayTest {
    private val size = Size(2, 3)
    private val overlay = Overlay(Models.logits(size, 4, size))
    private val labels = byteArrayOf(0, 1, 1, 3, 1, 3)

    @Test
    fun `shares leave out the bars`() {
        overlay.colour(labels, Area(1, 0, 2, 2))
        assertEquals(listOf(0, 3, 0, 1), overlay.counts.toList())
        assertEquals(0.75f, overlay.share(1), 0f)
        assertEquals(listOf(0, 0), listOf(overlay.pixels[0], overlay.pixels[3]))
    }

    @Test
    fun `bars of the last frame do not stay`() {
        overlay.colour(labels, Area.whole(size))
        overlay.colour(labels, Area(0, 0, 3, 1))
        assertEquals(0, overlay.pixels[3])
    }

    @Test
    fun `classes are ranked by their share, absent ones left out`() {
        overlay.colour(labels, Area.whole(size))
        val order = IntArray(4)
        assertEquals(3, overlay.ranked(order))
        assertEquals(listOf(1, 3, 0), order.take(3))
    }

    @Test
    fun `opacity is the colours' alpha`() {
        overlay.opacity = 1f
        assertEquals(overlay.model.classes[1].color, overlay.colour(labels, Area.whole(size))[1])
        overlay.opacity = 0f
        assertEquals(0, overlay.colour(labels, Area.whole(size))[1] ushr 24)
        assertThrows(IllegalArgumentException::class.java) { overlay.opacity = 1.01f }
        assertThrows(IllegalArgumentException::class.java) { overlay.opacity = Float.NaN }
    }

    @Test
    fun `before the first frame nothing has a share`() {
        assertEquals(0f, overlay.share(0), 0f)
    }

    @Test
    fun `maps of another size are refused`() {
        assertThrows(IllegalArgumentException::class.java) { overlay.colour(ByteArray(5), Area.whole(size)) }
        assertThrows(IllegalArgumentException::class.java) { overlay.blend(IntArray(5), labels) }
    }

    @Test
    fun `colouring costs no memory`() {
        val order = IntArray(4)
        val filled = Area(0, 0, 3, 1)
        assertAllocatesNothing {
            overlay.colour(labels, filled)
            overlay.ranked(order)
        }
    }
}
