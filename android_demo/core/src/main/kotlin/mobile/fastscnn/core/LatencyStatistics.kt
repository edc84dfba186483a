package mobile.fastscnn.core

/** The latencies of the last [window] frames of one stage. Allocates nothing after it was made. */
class RollingLatency(val window: Int = 120) {
    private val recent = LongArray(window)
    private val ordered = LongArray(window)
    private var next = 0

    /** Whether [ordered] is sorted from [recent] as it is now. */
    private var sorted = false

    /** How many are held: up to [window]. */
    var count = 0
        private set

    fun add(nanoseconds: Long) {
        recent[next] = nanoseconds
        next = (next + 1) % window
        count = minOf(count + 1, window)
        sorted = false
    }

    /** In milliseconds, interpolated as benchmarks/latency.py does; NaN where nothing was added yet. */
    fun percentile(share: Double): Double {
        if (count == 0) return Double.NaN
        if (!sorted) {
            System.arraycopy(recent, 0, ordered, 0, count)
            ordered.sort(0, count)
            sorted = true
        }
        return Percentiles.of(ordered, count, share) / NANOSECONDS
    }

    val p50: Double get() = percentile(0.50)
    val p90: Double get() = percentile(0.90)
    val p99: Double get() = percentile(0.99)

    fun clear() {
        next = 0
        count = 0
        sorted = false
    }

    private companion object {
        const val NANOSECONDS = 1e6
    }
}

/** Where the time of the last frames went. */
class LatencyStatistics(window: Int = 120) {
    val prepare = RollingLatency(window)
    val inference = RollingLatency(window)

    /** Labels and colours. */
    val colour = RollingLatency(window)
    val total = RollingLatency(window)

    fun add(prepareNanoseconds: Long, inferenceNanoseconds: Long, colourNanoseconds: Long) {
        prepare.add(prepareNanoseconds)
        inference.add(inferenceNanoseconds)
        colour.add(colourNanoseconds)
        total.add(prepareNanoseconds + inferenceNanoseconds + colourNanoseconds)
    }

    fun clear() {
        prepare.clear()
        inference.clear()
        colour.clear()
        total.clear()
    }
}

internal object Percentiles {
    /** The value below which this share of the first `count` sorted values lies, interpolated. */
    fun of(sorted: LongArray, count: Int, share: Double): Double {
        val place = share * (count - 1)
        val below = place.toInt()
        val above = minOf(below + 1, count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
    }
}
