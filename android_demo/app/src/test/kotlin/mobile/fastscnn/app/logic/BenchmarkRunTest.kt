package mobile.fastscnn.app.logic

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class BenchmarkRunTest {
    private var now = 0L
    private var frames = 0

    /** A frame that takes so long, by the clock of the test. */
    private fun frame(nanoseconds: Long) = BenchmarkRun.Stages(1, nanoseconds, 2).also {
        now += nanoseconds
        frames++
    }

    private fun run(stopped: () -> Boolean = { false }, progress: (Float) -> Unit = {}) =
        BenchmarkRun(clock = { now }, stopped = stopped, progress = progress)

    @Test
    fun `fast frames are measured for five seconds, slow ones a hundred times`() {
        val fast = run().times(7) { frame(10 * MILLI) }
        assertNotNull(fast)
        assertEquals(500, fast!!.inference.size)
        assertEquals(7, fast.loadNanoseconds)
        now = 0
        assertEquals(100, run().times(0) { frame(200 * MILLI) }!!.inference.size)
    }

    @Test
    fun `nothing takes longer than a minute and its warm-up`() {
        val slow = run().times(0) { frame(5_000 * MILLI) }!!
        assertEquals(12, slow.inference.size)
    }

    @Test
    fun `the stages of each frame stay together`() {
        val times = run().times(0) { frame(100 * MILLI) }!!
        assertTrue(times.prepare.all { it == 1L } && times.colour.all { it == 2L })
        assertTrue(times.inference.all { it == 100 * MILLI })
    }

    @Test
    fun `warm-up ends when two windows agree, and says when they never do`() {
        val steady = run().times(0) { frame(100 * MILLI) }!!
        assertTrue(steady.warmUp.stable)
        assertEquals(10, steady.warmUp.runs)
        now = 0
        var slower = 10 * MILLI
        val restless = run().times(0) { frame(slower).also { slower += slower / 20 } }!!
        assertFalse(restless.warmUp.stable)
    }

    @Test
    fun `stopped, it gives no figures`() {
        frames = 0
        assertNull(run(stopped = { frames > 30 }).times(0) { frame(10 * MILLI) })
        assertTrue(frames < 40)
    }

    @Test
    fun `progress grows to the whole`() {
        val seen = ArrayList<Float>()
        run(progress = { seen.add(it) }).times(0) { frame(50 * MILLI) }
        assertEquals(seen.sorted(), seen)
        assertEquals(1f, seen.last(), 0f)
    }

    private companion object {
        const val MILLI = 1_000_000L
    }
}
