package mobile.fastscnn.app.logic

/** The cores of the greatest capacity, where a phone has more than one kind and tells. */
object BigCores {
    fun of(capacities: List<Double?>): List<Int> {
        val known = capacities.filterNotNull()
        if (known.size != capacities.size || known.distinct().size < 2) return emptyList()
        return capacities.indices.filter { capacities[it] == known.max() }
    }
}
