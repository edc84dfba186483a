package mobile.fastscnn.core

/**
 * The labels of single cells whose corners have different winners.
 *
 * Candidates are interpolated in plain floats first. Only pixels where two of them come nearer than rounding could
 * move them are computed again as torch rounds.
 */
internal class CellLabels(
    classes: Int,
    private val rows: ResizeAxis,
    private val columns: ResizeAxis,
    private val width: Int,
) {
    private val candidates = Candidates(classes)
    private val widest = (0 until columns.length).maxOf { columns.first[it + 1] - columns.first[it] }

    /** Of the row above and below a line of pixels: each candidate's value at each of the cell's columns. */
    private val above = FloatArray(classes * widest)
    private val below = FloatArray(classes * widest)

    fun label(cell: Int, beside: Int, upper: CornerRow, lower: CornerRow, top: Int, bottom: Int, labels: ByteArray) {
        candidates.find(cell, beside, upper, lower)
        // one candidate wins the whole cell: the near corner's winner, which is there already
        if (candidates.count == 1) return
        val left = columns.first[cell]
        val pixels = columns.first[cell + 1] - left
        for (rank in 0 until candidates.count) interpolate(rank, left, pixels)
        if (candidates.count == 2) compare(pixels)
        for (y in top until bottom) {
            val to = y * width + left
            if (candidates.count == 2) lineOfTwo(y, left, pixels, to, labels) else line(y, left, pixels, to, labels)
        }
    }

    /** A candidate's logits between two corners. */
    private fun interpolate(rank: Int, left: Int, pixels: Int) {
        val corners = candidates.corners
        val at = rank * Candidates.CORNERS
        val to = rank * widest
        for (x in 0 until pixels) {
            val near = columns.near[left + x]
            val far = columns.far[left + x]
            above[to + x] = corners[at] * near + corners[at + 1] * far
            below[to + x] = corners[at + 2] * near + corners[at + 3] * far
        }
    }

    /** Of two candidates only their difference matters: it takes the first one's place. */
    private fun compare(pixels: Int) {
        for (x in 0 until pixels) {
            above[x] -= above[widest + x]
            below[x] -= below[widest + x]
        }
    }

    private fun lineOfTwo(y: Int, left: Int, pixels: Int, to: Int, labels: ByteArray) {
        val near = rows.near[y]
        val far = rows.far[y]
        val margin = candidates.margin
        val first = candidates.labels[0].toByte()
        val second = candidates.labels[1].toByte()
        for (x in 0 until pixels) {
            val lead = above[x] * near + below[x] * far
            labels[to + x] = if (lead > margin) first else if (lead < -margin) second else exactly(y, left + x)
        }
    }

    private fun line(y: Int, left: Int, pixels: Int, to: Int, labels: ByteArray) {
        val near = rows.near[y]
        val far = rows.far[y]
        for (x in 0 until pixels) {
            var best = above[x] * near + below[x] * far
            var next = Float.NEGATIVE_INFINITY
            var winner = 0
            for (rank in 1 until candidates.count) {
                val at = rank * widest + x
                val value = above[at] * near + below[at] * far
                if (value > best) {
                    next = best
                    best = value
                    winner = rank
                } else if (value > next) {
                    next = value
                }
            }
            labels[to + x] =
                if (best - next > candidates.margin) candidates.labels[winner].toByte() else exactly(y, left + x)
        }
    }

    /** The label of one pixel, rounded as torch rounds; of equals the first. */
    private fun exactly(y: Int, x: Int): Byte {
        var best = value(0, y, x)
        var winner = 0
        for (rank in 1 until candidates.count) {
            val value = value(rank, y, x)
            if (value > best) {
                best = value
                winner = rank
            }
        }
        return candidates.labels[winner].toByte()
    }

    private fun value(rank: Int, y: Int, x: Int): Float {
        val corners = candidates.corners
        val at = rank * Candidates.CORNERS
        val near = columns.near[x]
        val far = columns.far[x]
        val upper = fused(corners[at], near, corners[at + 1] * far)
        val lower = fused(corners[at + 2], near, corners[at + 3] * far)
        return fused(upper, rows.near[y], lower * rows.far[y])
    }
}
