package mobile.fastscnn.core

import com.sun.management.ThreadMXBean
import java.lang.management.ManagementFactory

private const val NANOSECONDS = 1e9

/** One way of doing a benchmark's work. */
class Way(val name: String, val run: () -> Unit)

/**
 * Ways in turns, forth and back, so that a drift of the machine hits all alike.
 *
 * What is measured is this thread's time on its processor: others who want it do not count, who would stretch the
 * longer runs more than the shorter.
 */
class Turns(private val ways: List<Way>, private val blockSeconds: Double) {
    private val clock = ManagementFactory.getThreadMXBean() as ThreadMXBean

    /** Every way for so long, before anything counts. */
    fun warmUp(seconds: Double) {
        for (way in ways) {
            val end = System.nanoTime() + (seconds * NANOSECONDS).toLong()
            while (System.nanoTime() < end) way.run()
        }
    }

    /** Seconds of each run of each way. */
    fun round(number: Int): List<List<Double>> {
        val order = if (number % 2 == 0) ways else ways.reversed()
        val found = order.associateWith(::block)
        return ways.map(found::getValue)
    }

    private fun block(way: Way): List<Double> {
        way.run()
        val times = ArrayList<Double>()
        val end = System.nanoTime() + (blockSeconds * NANOSECONDS).toLong()
        while (times.size < 3 || System.nanoTime() < end) {
            val begun = clock.currentThreadCpuTime
            way.run()
            times.add((clock.currentThreadCpuTime - begun) / NANOSECONDS)
        }
        return times
    }

    companion object {
        /**
         * Each way's name, rounds and allocations, as one fork of a benchmark measures them.
         *
         * Arguments: seconds of warm-up of each way, rounds, seconds of a block.
         */
        fun measured(ways: List<Way>, arguments: List<String>): List<Map<String, Any>> {
            val turns = Turns(ways, blockSeconds = arguments[2].toDouble())
            turns.warmUp(arguments[0].toDouble())
            val rounds = List(arguments[1].toInt()) { turns.round(it) }
            return ways.mapIndexed { index, way ->
                mapOf(
                    "name" to way.name,
                    "rounds" to rounds.map { it[index] },
                    "allocated" to allocatedBy(way.run),
                )
            }
        }
    }
}
