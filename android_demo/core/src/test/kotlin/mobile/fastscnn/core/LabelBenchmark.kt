package mobile.fastscnn.core

private const val NANOSECONDS = 1e9

/**
 * One fork of the benchmark of labels from coarse int8 logits: ways take turns, and each round's runs are printed.
 *
 * Arguments: the golden case, seconds of warm-up of each way, rounds, seconds of a block.
 */
object LabelBenchmark {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val ways = waysOf(Golden.of(arguments[0]))
        val maps = ways.map { way -> ByteArray(way.pixels).also(way.run) }
        val turns = Turns(ways, blockSeconds = arguments[3].toDouble())
        turns.warmUp(arguments[1].toDouble())
        val rounds = List(arguments[2].toInt()) { turns.round(it) }
        val found = ways.mapIndexed { index, way ->
            mapOf(
                "name" to way.name,
                "rounds" to rounds.map { round -> round[index].map { it / NANOSECONDS } },
                "allocated" to allocatedBy { way.run(maps[index]) },
                "differing" to maps[index].indices.count { maps[index][it] != maps[0][it] },
            )
        }
        println(Json.write(mapOf("ways" to found)))
    }

    private fun waysOf(golden: Golden): List<Way> {
        val facts = golden.facts
        val (height, width, classes) = facts.ints("shape")
        val model = Models.logits(
            Size(height, width),
            classes,
            facts.size("size"),
            facts.type("dtype"),
            facts.quantization(),
            facts.flag("alignCorners"),
        )
        val labeler = Labeler(model)
        labeler.output.put(golden.direct("logits"))
        val rows = LogitRows(model.output, golden.direct("logits"))
        val usual = UsualLabels(rows, model.output.size, classes, model.size, model.output.alignCorners)
        return listOf(
            Way("cell by cell", model.size.pixels) { labeler.label(it) },
            Way("all logits, row by row", model.size.pixels) { usual.rowByRow(it) },
            Way("all logits, in two steps", model.size.pixels) { usual.inTwoSteps(it) },
        )
    }
}

/** One way from the same logits to labels. */
private class Way(val name: String, val pixels: Int, val run: (ByteArray) -> Unit)

/** Ways in turns, forth and back, so that a drift of the machine hits all alike. */
private class Turns(private val ways: List<Way>, private val blockSeconds: Double) {
    private val labels = ByteArray(ways[0].pixels)

    fun warmUp(seconds: Double) {
        for (way in ways) {
            val end = System.nanoTime() + (seconds * NANOSECONDS).toLong()
            while (System.nanoTime() < end) way.run(labels)
        }
    }

    /** Nanoseconds of each run of each way. */
    fun round(number: Int): List<List<Long>> {
        val order = if (number % 2 == 0) ways else ways.reversed()
        val found = order.associateWith(::block)
        return ways.map(found::getValue)
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
