package mobile.fastscnn.app.logic

import java.nio.ByteBuffer
import java.util.Locale
import mobile.fastscnn.core.ElementType
import mobile.fastscnn.core.Inference
import mobile.fastscnn.core.InputForm
import mobile.fastscnn.core.LatencyStatistics
import mobile.fastscnn.core.Model
import mobile.fastscnn.core.ModelInput
import mobile.fastscnn.core.ModelOutput
import mobile.fastscnn.core.OutputForm
import mobile.fastscnn.core.Preprocessing
import mobile.fastscnn.core.SegmentClass
import mobile.fastscnn.core.Segmenter
import mobile.fastscnn.core.Size
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class PanelTest {
    @Test
    fun `before the first frame there are no figures`() {
        val table = LatencyTable(LatencyStatistics(), Locale.ROOT)
        assertEquals(List(4) { listOf("–", "–", "–") }, table.rows)
        assertNull(table.rate)
    }

    @Test
    fun `the split is in milliseconds, and the rate is what the sum allows`() {
        val statistics = LatencyStatistics()
        repeat(10) { statistics.add(1_500_000, 37_000_000, 1_500_000) }
        val table = LatencyTable(statistics, Locale.ROOT)
        assertEquals(listOf("1.50", "37.0", "1.50", "40.0"), table.rows.map { it[0] })
        assertEquals("25.0", table.rate)
    }

    @Test
    fun `figures are written as the user's language writes them`() {
        assertEquals("1,50", LatencyTable.format(1.5, Locale.GERMANY))
        assertEquals("123", LatencyTable.format(123.4, Locale.GERMANY))
    }

    @Test
    fun `the legend has the classes of the picture, the largest first`() {
        val segmenter = Segmenter(model, painted)
        segmenter.segment(ByteBuffer.allocateDirect(4 * 4 * 4), 4, 4)
        val reading = Reading.of(segmenter, model, enlarged = false, locale = Locale.ROOT)
        assertEquals(listOf("road" to "75.0", "sky" to "25.0"), reading.legend.map { it.name to it.percent })
        assertEquals(model.classes[2].color, reading.legend[0].color)
    }

    @Test
    fun `heat has names, and unknown numbers none`() {
        assertEquals(Thermal.NONE, Thermal.of(0))
        assertEquals(Thermal.SHUTDOWN, Thermal.of(6))
        assertNull(Thermal.of(7))
        assertNull(Thermal.of(null))
        assertTrue(Thermal.MODERATE.throttles)
        assertFalse(Thermal.LIGHT.throttles)
    }

    @Test
    fun `big cores are told where a phone has two kinds`() {
        assertEquals(listOf(2, 3), BigCores.of(listOf(300.0, 300.0, 1024.0, 1024.0)))
        assertEquals(emptyList<Int>(), BigCores.of(listOf(1024.0, 1024.0)))
        assertEquals(emptyList<Int>(), BigCores.of(listOf(300.0, null)))
    }

    /** Takes 4x4 pixels and gives their classes: one row of sky, three of road. */
    private val model = Model(
        name = "small",
        input = ModelInput(
            InputForm.RGBA,
            ElementType.UINT8,
            null,
            Size(4, 4),
            Preprocessing(false, FloatArray(3), FloatArray(3) { 1f }),
        ),
        output = ModelOutput(OutputForm.LABELS, ElementType.INT32, null, Size(4, 4), 1, 1, true),
        classes = listOf("sky", "car", "road").mapIndexed { place, name -> SegmentClass(name, -1 - place) },
        trained = true,
        bytes = 0,
    )
    private val painted = Inference { _, output ->
        val labels = output.asIntBuffer()
        for (cell in 0 until 16) labels.put(if (cell < 4) 0 else 2)
    }
}
