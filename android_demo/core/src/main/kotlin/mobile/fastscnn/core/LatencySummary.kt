package mobile.fastscnn.core

/** Latencies of many runs, in their order, in the figures of benchmarks/latency.py. */
internal class LatencySummary(private val nanoseconds: LongArray) {
    init {
        require(nanoseconds.isNotEmpty()) { "no runs" }
    }

    private val sorted = nanoseconds.sortedArray()
    val runs: Int get() = nanoseconds.size
    val p50: Double = milliseconds(0.5)

    /** Of the middle half of the runs, as a share of the median. */
    val spread: Double = share(milliseconds(0.75) - milliseconds(0.25), p50)

    /** How much slower the last quarter was than the first. */
    val drift: Double = share(median(last()) - median(first()), median(first()))

    fun facts(): Map<String, Any> = mapOf(
        "runs" to runs,
        "seconds" to rounded(nanoseconds.sum() / 1e9, 3),
        "min" to rounded(milliseconds(0.0), 4),
        "p50" to rounded(p50, 4),
        "p90" to rounded(milliseconds(0.9), 4),
        "p99" to rounded(milliseconds(0.99), 4),
        "max" to rounded(milliseconds(1.0), 4),
        "mean" to rounded(nanoseconds.sum() / 1e6 / runs, 4),
        "spread" to rounded(spread, 4),
        "drift" to rounded(drift, 4),
    )

    private fun milliseconds(share: Double) = Percentiles.of(sorted, sorted.size, share) / 1e6

    private fun first() = nanoseconds.copyOfRange(0, quarter())

    private fun last() = nanoseconds.copyOfRange(runs - quarter(), runs)

    private fun quarter() = maxOf(1, runs / 4)

    /** Runs too short for the clock have no share of anything. */
    private fun share(part: Double, of: Double) = if (of > 0) part / of else 0.0

    private fun median(values: LongArray) = Percentiles.of(values.sortedArray(), values.size, 0.5)

    private fun rounded(value: Double, digits: Int): Double =
        java.math.BigDecimal(value).setScale(digits, java.math.RoundingMode.HALF_EVEN).toDouble()
}
