package mobile.fastscnn.core

import java.util.Locale

/** What a measurement's figures mean, and what forbids to believe them: sentences, each with a code for machines. */
internal class BenchmarkVerdict(private val record: BenchmarkRecord, private val latency: LatencySummary) {
    class Line(val code: String, val text: String)

    /** Every sign that the device was slowed down while it measured. */
    val throttling: List<String>

    /** First what was found, then every doubt. */
    val lines: List<Line>

    init {
        val worst = maxOf(record.before.status ?: 0, record.after.status ?: 0)
        val status = STATUSES[worst.coerceIn(STATUSES.indices)]
        throttling = if (worst >= THROTTLED) listOf("Android's thermal status was $status") else emptyList()
        lines = listOf(found()) + doubts()
    }

    private fun found(): Line {
        val kernels = record.runtime.delegate ?: "builtin kernels"
        return line("fastest", "%.1f ms at the median, on %s.", latency.p50, kernels)
    }

    private fun doubts(): List<Line> = listOfNotNull(
        record.runtime.fallback.takeIf { it.isNotEmpty() }?.let { line("fallback", "%s", it) },
        throttling.firstOrNull()?.let {
            line("throttled", "the device was slowed down (%s): these are not its real figures.", it)
        },
        line("noisy", "too noisy: the middle half of the runs spreads over %.0f%% of the median.", 100 * latency.spread)
            .takeIf { latency.spread > NOISY },
        line("slowing", "the last quarter of the runs was %.0f%% slower than the first.", 100 * latency.drift)
            .takeIf { latency.drift > DRIFTING },
        line("warm-up", "never became steady while warming up.").takeIf { !record.times.warmUp.stable },
        when {
            latency.runs < LEAST_RUNS -> line("too-short", "%d runs mean little.", latency.runs)
            latency.runs < TAIL_RUNS ->
                line("tail", "p99 of %d runs is hardly more than the slowest one.", latency.runs)
            else -> null
        },
    )

    private fun line(code: String, text: String, vararg values: Any): Line {
        val threads = record.runtime.threads
        val where = "${record.model.name}.tflite, $threads thread${if (threads == 1) "" else "s"}"
        return Line(code, "$where: " + text.format(Locale.ROOT, *values))
    }

    private companion object {
        // as in benchmarks/latency.py
        const val NOISY = 0.10
        const val DRIFTING = 0.07
        const val LEAST_RUNS = 20
        const val TAIL_RUNS = 100

        /** Android slows the device down from "moderate" on. */
        const val THROTTLED = 2
        val STATUSES = listOf("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
    }
}
