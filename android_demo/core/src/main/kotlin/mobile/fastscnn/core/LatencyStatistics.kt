package mobile.fastscnn.core

/** The latencies of the last [window] frames of one stage. Allocates nothing after it was made. */
class RollingLatency(val window: Int = 120) {
    /** How many are held: up to [window]. */
    val count: Int get() = throw NotImplementedError()

    fun add(nanoseconds: Long): Unit = throw NotImplementedError()

    /** In milliseconds, interpolated as benchmarks/latency.py does; NaN where nothing was added yet. */
    fun percentile(share: Double): Double = throw NotImplementedError()

    val p50: Double get() = percentile(0.50)
    val p90: Double get() = percentile(0.90)
    val p99: Double get() = percentile(0.99)

    fun clear(): Unit = throw NotImplementedError()
}

/** Where the time of the last frames went. */
class LatencyStatistics(window: Int = 120) {
    val prepare = RollingLatency(window)
    val inference = RollingLatency(window)

    /** Labels and colours. */
    val colour = RollingLatency(window)
    val total = RollingLatency(window)

    fun add(prepareNanoseconds: Long, inferenceNanoseconds: Long, colourNanoseconds: Long): Unit =
        throw NotImplementedError()

    fun clear(): Unit = throw NotImplementedError()
}
