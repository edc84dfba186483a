package mobile.fastscnn.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

class LatencyStatisticsTest {
    @Test
    fun `percentiles are interpolated between frames`() {
        val latency = RollingLatency(10)
        for (milliseconds in listOf(4L, 1, 3, 2)) latency.add(milliseconds * 1_000_000)
        assertEquals(2.5, latency.p50, 1e-12)
        assertEquals(3.7, latency.p90, 1e-12)
        assertEquals(3.97, latency.p99, 1e-12)
    }

    @Test
    fun `only the last frames count`() {
        val latency = RollingLatency(3)
        for (nanoseconds in listOf(900L, 800, 1, 2, 3)) latency.add(nanoseconds * 1_000_000)
        assertEquals(3, latency.count)
        assertEquals(2.0, latency.p50, 0.0)
        latency.add(4_000_000)
        assertEquals(3.0, latency.p50, 0.0)
    }

    @Test
    fun `nothing is known before the first frame and after a change`() {
        val statistics = LatencyStatistics()
        assertTrue(statistics.total.p50.isNaN())
        statistics.add(1_000_000, 2_000_000, 3_000_000)
        assertEquals(6.0, statistics.total.p99, 0.0)
        assertEquals(2.0, statistics.inference.p90, 0.0)
        statistics.clear()
        assertEquals(0, statistics.prepare.count)
        assertTrue(statistics.colour.p50.isNaN())
    }

    @Test
    fun `the panel costs no memory`() {
        val statistics = LatencyStatistics()
        var sum = 0.0
        assertAllocatesNothing {
            statistics.add(System.nanoTime() % 1000, 2, 3)
            sum += statistics.total.p50 + statistics.prepare.p90 + statistics.inference.p99
        }
        assertTrue(sum > 0)
    }
}
