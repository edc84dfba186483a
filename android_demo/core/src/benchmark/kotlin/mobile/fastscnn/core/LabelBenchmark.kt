package mobile.fastscnn.core

import com.sun.management.ThreadMXBean
import java.io.File
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * One fork of the benchmark of labels from coarse int8 logits: ways take turns, and each round's runs are printed.
 *
 * Arguments: the file of logits, its height, width and classes, scale and zero point, the labels' height and width,
 * align_corners, seconds of warm-up of each way, rounds, seconds of a block.
 */
object LabelBenchmark {
    private const val NANOSECONDS = 1e9

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (height, width, classes) = arguments.slice(1..3).map { it.toInt() }
        val from = Size(height, width)
        val to = Size(arguments[6].toInt(), arguments[7].toInt())
        val model = model(from, classes, to, Quantization(arguments[4].toFloat(), arguments[5].toInt()), arguments[8].toBoolean())
        val logits = File(arguments[0]).readBytes()
        val ways = waysOf(model, logits)
        val maps = ways.map { way -> ByteArray(to.pixels).also(way.run) }
        val turns = Turns(ways, ByteArray(to.pixels), blockSeconds = arguments[11].toDouble())
        turns.warmUp(arguments[9].toDouble())
        val rounds = List(arguments[10].toInt()) { turns.round(it) }
        println(
            Json.write(
                mapOf(
                    "ways" to ways.mapIndexed { index, way ->
                        mapOf(
                            "name" to way.name,
                            "rounds" to rounds.map { round -> round[index].map { it / NANOSECONDS } },
                            "allocated" to allocated(way, maps[index]),
                            "differing" to maps[index].indices.count { maps[index][it] != maps[0][it] },
                        )
                    },
                ),
            ),
        )
    }

    class Way(val name: String, val run: (ByteArray) -> Unit)

    private fun model(from: Size, classes: Int, to: Size, quantization: Quantization, align: Boolean) = Model(
        "benchmark",
        ModelInput(InputForm.RGBA, ElementType.UINT8, null, to, Preprocessing(false, FloatArray(3), FloatArray(3) { 1f })),
        ModelOutput(OutputForm.LOGITS, ElementType.INT8, quantization, from, classes, 8, align),
        List(classes) { SegmentClass("$it", it) },
        true,
        0,
    )

    private fun waysOf(model: Model, logits: ByteArray): List<Way> {
        val labeler = Labeler(model)
        labeler.output.put(logits)
        val buffer = ByteBuffer.allocateDirect(logits.size).order(ByteOrder.nativeOrder()).put(logits)
        val output = model.output
        val usual = UsualLabels(LogitRows(output, buffer), output.size, output.channels, model.size, output.alignCorners)
        return listOf(
            Way("cell by cell") { labeler.label(it) },
            Way("all logits, row by row") { usual.rowByRow(it) },
            Way("all logits, in two steps") { usual.inTwoSteps(it) },
        )
    }

    /** Bytes that a hundred runs allocate. */
    private fun allocated(way: Way, labels: ByteArray): Long {
        val bean = ManagementFactory.getThreadMXBean() as ThreadMXBean
        val thread = Thread.currentThread().id
        val before = bean.getThreadAllocatedBytes(thread)
        repeat(100) { way.run(labels) }
        return bean.getThreadAllocatedBytes(thread) - before
    }

    /** Ways in turns, forth and back, so that a drift of the machine hits all alike. */
    private class Turns(private val ways: List<Way>, private val labels: ByteArray, private val blockSeconds: Double) {
        fun warmUp(seconds: Double) {
            for (way in ways) {
                val end = System.nanoTime() + (seconds * NANOSECONDS).toLong()
                while (System.nanoTime() < end) way.run(labels)
            }
        }

        /** Nanoseconds of each run of each way. */
        fun round(number: Int): List<List<Long>> {
            val found = arrayOfNulls<List<Long>>(ways.size)
            for (index in if (number % 2 == 0) ways.indices else ways.indices.reversed()) found[index] = block(ways[index])
            return found.map { it!! }
        }

        private fun block(way: Way): List<Long> {
            way.run(labels)
            val times = ArrayList<Long>()
            val end = System.nanoTime() + (blockSeconds * NANOSECONDS).toLong()
            while (times.size < 3 || System.nanoTime() < end) {
                val begun = System.nanoTime()
                way.run(labels)
                times.add(System.nanoTime() - begun)
            }
            return times
        }
    }
}
