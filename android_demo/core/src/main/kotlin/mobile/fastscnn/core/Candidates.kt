package mobile.fastscnn.core

/** The classes that can win somewhere in a cell: those that no corner's winner beats at all four corners. */
internal class Candidates(private val classes: Int) {
    private val possible = BooleanArray(classes)
    val labels = IntArray(classes)

    /** Of each candidate: its logits at the corners above left, above right, below left, below right. */
    val corners = FloatArray(classes * CORNERS)
    var count = 0
        private set

    /**
     * Candidates that plain floats find further apart than this at a pixel are so as torch rounds, too.
     *
     * Both ways together round 18 times at most, each by 2^-24 of the greatest corner; this is 32 times as much.
     * Infinite where differences might overflow.
     */
    var margin = 0f
        private set

    /** Between two columns of corners of two rows; candidates are in the order of classes. */
    fun find(cell: Int, beside: Int, upper: CornerRow, lower: CornerRow) {
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
        collect(cell, beside, upper.values, lower.values)
    }

    /** A class of a lower number wins a tie, also one that only rounding makes. */
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

    private fun collect(cell: Int, beside: Int, upper: FloatArray, lower: FloatArray) {
        val left = cell * classes
        val right = beside * classes
        count = 0
        margin = 0f
        for (label in 0 until classes) {
            if (!possible[label]) continue
            val at = count * CORNERS
            corners[at] = upper[left + label]
            corners[at + 1] = upper[right + label]
            corners[at + 2] = lower[left + label]
            corners[at + 3] = lower[right + label]
            margin = maxOf(margin, 2 * CornerRow.margin(corners[at], corners[at + 1], corners[at + 2], corners[at + 3]))
            labels[count++] = label
        }
        if (margin > LARGEST_MARGIN) margin = Float.POSITIVE_INFINITY
    }

    companion object {
        const val CORNERS = 4
        private const val LARGEST_MARGIN = 1e30f
    }
}
