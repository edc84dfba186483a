package mobile.fastscnn.core

/**
 * What [CoarseLabels] is measured against: all logits resized bilinearly, and the greatest of each pixel.
 *
 * Written to be fast: positions are computed once, each row of logits is widened once, memory is taken once, and
 * numbers are plain floats without the exact rounding that [fused] gives.
 */
internal class UsualLabels(
    private val logits: LogitRows,
    private val from: Size,
    private val classes: Int,
    private val to: Size,
    alignCorners: Boolean,
) {
    private val rows = ResizeAxis(from.height, to.height, alignCorners)
    private val columns = ResizeAxis(from.width, to.width, alignCorners)
    private val narrow = FloatArray(from.width * classes)
    private val wide = Array(2) { FloatArray(to.width * classes) }
    private val held = IntArray(2) { -1 }
    private val all = FloatArray(to.pixels * classes)
    private val line = FloatArray(to.width * classes)

    /** As two steps: the resized logits lie in memory, then their argmax is taken. */
    fun inTwoSteps(labels: ByteArray) {
        forget()
        for (y in 0 until to.height) resizeRow(y, all, y * to.width * classes)
        for (pixel in labels.indices) labels[pixel] = greatest(all, pixel * classes)
    }

    /** As one: each row of resized logits is used at once, and stays in the processor's cache. */
    fun rowByRow(labels: ByteArray) {
        forget()
        for (y in 0 until to.height) {
            resizeRow(y, line, 0)
            val begin = y * to.width
            for (x in 0 until to.width) labels[begin + x] = greatest(line, x * classes)
        }
    }

    private fun forget() = held.fill(-1)

    private fun resizeRow(y: Int, into: FloatArray, begin: Int) {
        val upper = widened(rows.cell[y])
        val lower = widened(minOf(rows.cell[y] + 1, from.height - 1))
        val near = rows.near[y]
        val far = rows.far[y]
        for (i in line.indices) into[begin + i] = upper[i] * near + lower[i] * far
    }

    private fun widened(row: Int): FloatArray {
        val into = wide[row and 1]
        if (held[row and 1] == row) return into
        held[row and 1] = row
        logits.read(row, narrow)
        for (x in 0 until to.width) {
            val near = columns.near[x]
            val far = columns.far[x]
            val left = columns.cell[x] * classes
            val right = minOf(columns.cell[x] + 1, from.width - 1) * classes
            for (label in 0 until classes) {
                into[x * classes + label] = narrow[left + label] * near + narrow[right + label] * far
            }
        }
        return into
    }

    private fun greatest(values: FloatArray, begin: Int): Byte {
        var best = values[begin]
        var label = 0
        for (other in 1 until classes) {
            if (values[begin + other] > best) {
                best = values[begin + other]
                label = other
            }
        }
        return label.toByte()
    }
}
