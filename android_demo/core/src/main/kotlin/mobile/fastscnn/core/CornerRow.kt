package mobile.fastscnn.core

/** A row of corners: its logits, and at each the winner. */
internal class CornerRow(private val width: Int, private val classes: Int) {
    /** Which row it is; -1 where it holds none. */
    var index = -1
    val values = FloatArray(width * classes)

    /** The first of the greatest. */
    val winner = IntArray(width)
    private val most = FloatArray(width)

    /** How far the winner is ahead of the classes before it, which would win a tie. */
    private val lead = FloatArray(width)

    fun load(logits: LogitRows, row: Int) {
        logits.read(row, values)
        index = row
        var at = 0
        for (cell in 0 until width) {
            var best = values[at]
            var before = -Float.MAX_VALUE
            var label = 0
            for (other in 1 until classes) {
                val value = values[at + other]
                if (value > best) {
                    before = best
                    best = value
                    label = other
                }
            }
            winner[cell] = label
            most[cell] = best
            lead[cell] = best - before
            at += classes
        }
    }

    /** Whether one class wins all pixels of a cell, roundings included: `this` is the row above, `lower` below. */
    fun settles(cell: Int, beside: Int, lower: CornerRow): Boolean {
        val label = winner[cell]
        if (winner[beside] != label || lower.winner[cell] != label || lower.winner[beside] != label) return false
        val least = minOf(minOf(lead[cell], lead[beside]), minOf(lower.lead[cell], lower.lead[beside]))
        return least > margin(most[cell], most[beside], lower.most[cell], lower.most[beside])
    }

    companion object {
        private const val MARGIN = 9.5367431640625e-7f
        private const val SMALLEST = 16 * 1.17549435e-38f

        /** Classes further apart than this at all four corners are not rounded to a tie. */
        fun margin(a: Float, b: Float, c: Float, d: Float): Float {
            val most = maxOf(maxOf(Math.abs(a), Math.abs(b)), maxOf(Math.abs(c), Math.abs(d)))
            return maxOf(most * MARGIN, SMALLEST)
        }
    }
}
