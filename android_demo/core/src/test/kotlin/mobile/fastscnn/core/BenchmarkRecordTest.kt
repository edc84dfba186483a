package mobile.fastscnn.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class BenchmarkRecordTest {
    @Test
    fun `a calm measurement is only said to be what it is`() {
        assertEquals(listOf("test.tflite, 4 threads: 20.3 ms at the median, on XNNPACK."), Records.of().sentences())
    }

    @Test
    fun `heat, noise, a slow end, a rough begin and few runs are said`() {
        val falling = LongArray(40) { 10_000_000L + it * 500_000L }
        val codes = codes(Records.of(falling, delegate = null, fallback = "no GPU", status = 3, stable = false))
        assertEquals(listOf("fastest", "fallback", "throttled", "noisy", "slowing", "warm-up", "tail"), codes)
        assertTrue("too-short" in codes(Records.of(LongArray(3) { 1L + it })))
    }

    @Test
    fun `the device's clock and serial number are not in it`() {
        val text = Records.of().toJson()
        assertFalse("serial" in text || "date" in text)
    }

    @Test
    fun `each stage has its own figures`() {
        val result = result(Records.of())
        assertEquals(3.0, result.facts("stages").facts("prepare").float("p50").toDouble(), 0.0)
        assertEquals(200, result.facts("latency_ms").int("runs"))
        assertEquals(listOf(1, 45, 60, 11), result.all("outputs")[0].ints("shape"))
    }

    @Test
    fun `no run is no record`() {
        assertThrows(IllegalArgumentException::class.java) { Records.of(LongArray(0)) }
    }

    private fun document(record: BenchmarkRecord) = Facts(Json.parse(record.toJson()) as Map<*, *>)

    private fun result(record: BenchmarkRecord) = document(record).all("results").single()

    private fun codes(record: BenchmarkRecord) = document(record).all("verdict").map { it.text("code") }
}
