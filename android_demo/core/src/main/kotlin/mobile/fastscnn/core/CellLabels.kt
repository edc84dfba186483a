package mobile.fastscnn.core

/** The labels of single cells whose corners have different winners. */
internal class CellLabels(
    private val classes: Int,
    private val rows: ResizeAxis,
    private val columns: ResizeAxis,
    private val width: Int,
) {
    private val possible = BooleanArray(classes)
    private val candidates = IntArray(classes)
    private val widest = (0 until columns.length).maxOf { columns.first[it + 1] - columns.first[it] }

    /** Of the row above and below a line of pixels: each candidate's value at each of the cell's columns. */
    private val above = FloatArray(classes * widest)
    private val below = FloatArray(classes * widest)
    private val best = FloatArray(widest)

    fun label(cell: Int, beside: Int, upper: CornerRow, lower: CornerRow, top: Int, bottom: Int, labels: ByteArray) {
        val left = columns.first[cell]
        val count = columns.first[cell + 1] - left
        val found = candidates(cell, beside, upper, lower)
        for (rank in 0 until found) {
            along(upper.values, cell, beside, candidates[rank], left, count, above, rank * widest)
            along(lower.values, cell, beside, candidates[rank], left, count, below, rank * widest)
        }
        for (y in top until bottom) line(y, found, y * width + left, count, labels)
    }

    /** A candidate's logits between two corners. */
    private fun along(
        values: FloatArray,
        cell: Int,
        beside: Int,
        label: Int,
        left: Int,
        count: Int,
        into: FloatArray,
        to: Int,
    ) {
        val near = values[cell * classes + label]
        val far = values[beside * classes + label]
        for (x in 0 until count) into[to + x] = fused(near, columns.near[left + x], far * columns.far[left + x])
    }

    /** One line of the cell's pixels, which begins at `to`. */
    private fun line(y: Int, found: Int, to: Int, count: Int, labels: ByteArray) {
        val near = rows.near[y]
        val far = rows.far[y]
        for (x in 0 until count) {
            best[x] = fused(above[x], near, below[x] * far)
            labels[to + x] = candidates[0].toByte()
        }
        for (rank in 1 until found) {
            val label = candidates[rank].toByte()
            val begin = rank * widest
            for (x in 0 until count) {
                val value = fused(above[begin + x], near, below[begin + x] * far)
                if (value > best[x]) {
                    best[x] = value
                    labels[to + x] = label
                }
            }
        }
    }

    /** The classes that can win somewhere in the cell, in their order; how many. */
    private fun candidates(cell: Int, beside: Int, upper: CornerRow, lower: CornerRow): Int {
        possible.fill(true)
        val first = upper.winner[cell]
        val second = upper.winner[beside]
        val third = lower.winner[cell]
        val fourth = lower.winner[beside]
        exclude(first, cell, beside, upper.values, lower.values)
        if (second != first) exclude(second, cell, beside, upper.values, lower.values)
        if (third != first && third != second) exclude(third, cell, beside, upper.values, lower.values)
        if (fourth != first && fourth != second && fourth != third) {
            exclude(fourth, cell, beside, upper.values, lower.values)
        }
        var count = 0
        for (label in 0 until classes) if (possible[label]) candidates[count++] = label
        return count
    }

    /** Those that a winner beats at all four corners; a class of a lower number wins a tie, also a rounded one. */
    private fun exclude(winner: Int, cell: Int, beside: Int, upper: FloatArray, lower: FloatArray) {
        val left = cell * classes
        val right = beside * classes
        val a = upper[left + winner]
        val b = upper[right + winner]
        val c = lower[left + winner]
        val d = lower[right + winner]
        val margin = CornerRow.margin(a, b, c, d)
        for (label in 0 until winner) {
            possible[label] = possible[label] && (
                upper[left + label] >= a - margin || upper[right + label] >= b - margin ||
                    lower[left + label] >= c - margin || lower[right + label] >= d - margin
                )
        }
        for (label in winner + 1 until classes) {
            possible[label] = possible[label] && (
                upper[left + label] > a || upper[right + label] > b ||
                    lower[left + label] > c || lower[right + label] > d
                )
        }
    }
}
