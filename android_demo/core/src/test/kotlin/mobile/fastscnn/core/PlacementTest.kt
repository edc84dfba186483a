package mobile.fastscnn.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

class PlacementTest {
    @Test
    fun `a letterbox keeps the shape and all of the frame`() {
        val placement = Placement.of(Size(100, 50), Size(40, 40), Fit.LETTERBOX)
        assertEquals(Area(0, 0, 50, 100), placement.seen)
        assertEquals(Area(10, 0, 20, 40), placement.filled)
    }

    @Test
    fun `a crop fills the input from the frame's middle`() {
        val placement = Placement.of(Size(50, 100), Size(40, 40), Fit.CROP)
        assertEquals(Area(25, 0, 50, 50), placement.seen)
        assertEquals(Area(0, 0, 40, 40), placement.filled)
    }

    @Test
    fun `frames of extreme shapes keep a pixel`() {
        val letterbox = Placement.of(Size(1, 10000), Size(8, 8), Fit.LETTERBOX)
        assertEquals(Area(0, 3, 8, 1), letterbox.filled)
        val crop = Placement.of(Size(10000, 1), Size(8, 800), Fit.CROP)
        assertEquals(1, crop.seen.height)
    }

    @Test
    fun `a point of the frame finds its label, and bars and cut parts have none`() {
        val placement = Placement.of(Size(100, 50), Size(40, 40), Fit.LETTERBOX)
        assertEquals(10, placement.labelAt(0f, 0f))
        assertEquals(39 * 40 + 29, placement.labelAt(49.9f, 99.9f))
        assertEquals(-1, placement.labelAt(50f, 0f))
        val crop = Placement.of(Size(50, 100), Size(40, 40), Fit.CROP)
        assertEquals(-1, crop.labelAt(24f, 10f))
        assertEquals(0, crop.labelAt(25f, 0f))
        assertEquals(-1, crop.labelAt(Float.NaN, 0f))
    }

    @Test
    fun `every label is found from the pixel of the frame that it came from`() {
        for (fit in Fit.entries) {
            val placement = Placement.of(Size(61, 97), Size(48, 64), fit)
            val found = HashSet<Int>()
            for (y in 0 until 61 * 4) for (x in 0 until 97 * 4) found.add(placement.labelAt(x / 4f, y / 4f))
            found.remove(-1)
            assertEquals(placement.filled.width * placement.filled.height, found.size)
        }
    }

    @Test
    fun `a frame smaller than the input is enlarged`() {
        assertTrue(Placement.of(Size(10, 10), Size(20, 20), Fit.SQUASH).enlarged)
        assertFalse(Placement.of(Size(20, 20), Size(20, 20), Fit.SQUASH).enlarged)
    }
}
