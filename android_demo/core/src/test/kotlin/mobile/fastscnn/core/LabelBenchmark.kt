package mobile.fastscnn.core

/** One fork of the benchmark of labels from coarse logits; after the golden case [Turns.measured]'s arguments. */
object LabelBenchmark {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val golden = Golden.of(arguments[0])
        val maps = List(3) { ByteArray(golden.facts.size("size").pixels) }
        val ways = waysOf(golden, maps)
        for (way in ways) way.run()
        val differing = maps.map { map -> mapOf("differing" to map.indices.count { map[it] != maps[0][it] }) }
        val found = Turns.measured(ways, arguments.drop(1)).zip(differing) { one, other -> one + other }
        println(Json.write(mapOf("ways" to found)))
    }

    private fun waysOf(golden: Golden, maps: List<ByteArray>): List<Way> {
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
            Way("cell by cell") { labeler.label(maps[0]) },
            Way("all logits, row by row") { usual.rowByRow(maps[1]) },
            Way("all logits, in two steps") { usual.inTwoSteps(maps[2]) },
        )
    }
}
