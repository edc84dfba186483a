package mobile.fastscnn.app.logic

import mobile.fastscnn.core.BenchmarkTimes
import mobile.fastscnn.core.WarmUp

/** One frame again and again, as benchmarks/latency.py does it: warm until steady, then long enough. */
class BenchmarkRun(
    private val plan: Plan = Plan(),
    private val clock: () -> Long = System::nanoTime,
    private val stopped: () -> Boolean = { false },
    private val progress: (Float) -> Unit = {},
) {
    /** The limits are latency.py's short form. */
    class Plan(
        val leastRuns: Int = 100,
        val leastNanoseconds: Long = 5 * SECOND,
        val mostNanoseconds: Long = 60 * SECOND,
        val warmUpNanoseconds: Long = 10 * SECOND,
        val windowRuns: Int = 5,
    )

    /** The nanoseconds of one frame's stages. */
    class Stages(val prepare: Long, val inference: Long, val colour: Long)

    /** Null where it was stopped before there was enough. */
    fun times(loadNanoseconds: Long, frame: () -> Stages): BenchmarkTimes? {
        val first = frame()
        val warm = warmUp(frame)
        val runs = ArrayList<Stages>()
        val begun = clock()
        while (!enough(runs.size, clock() - begun)) {
            if (stopped()) return null
            runs.add(frame())
            progress(share(runs.size, clock() - begun))
        }
        return BenchmarkTimes(
            prepare = LongArray(runs.size) { runs[it].prepare },
            inference = LongArray(runs.size) { runs[it].inference },
            colour = LongArray(runs.size) { runs[it].colour },
            loadNanoseconds = loadNanoseconds,
            firstNanoseconds = first.inference,
            warmUp = warm,
        )
    }

    private fun warmUp(frame: () -> Stages): WarmUp {
        val begun = clock()
        var runs = 0
        var last = Long.MAX_VALUE
        var stable = false
        while (!stable && clock() - begun < plan.warmUpNanoseconds && !stopped()) {
            val window = LongArray(plan.windowRuns) { frame().inference }.apply { sort() }
            val median = window[window.size / 2]
            runs += window.size
            stable = last != Long.MAX_VALUE && Math.abs(median - last) <= STEADY * median
            last = median
        }
        return WarmUp(runs, clock() - begun, stable)
    }

    private fun enough(runs: Int, nanoseconds: Long): Boolean =
        (runs >= plan.leastRuns && nanoseconds >= plan.leastNanoseconds) ||
            (runs > 0 && nanoseconds >= plan.mostNanoseconds)

    private fun share(runs: Int, nanoseconds: Long): Float =
        minOf(1f, runs / plan.leastRuns.toFloat(), nanoseconds / plan.leastNanoseconds.toFloat())

    private companion object {
        const val SECOND = 1_000_000_000L

        /** Medians nearer than this share are the same. */
        const val STEADY = 0.02
    }
}
