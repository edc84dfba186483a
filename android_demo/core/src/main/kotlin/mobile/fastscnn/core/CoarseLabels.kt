package mobile.fastscnn.core

/**
 * Full-size labels from coarse logits: exactly the argmax of all logits resized, without resizing them.
 *
 * A bilinear value is a mean of its cell's four corners. Where one class wins all four, it wins the cell. Elsewhere
 * only those classes are interpolated that no corner's winner beats at all four corners. Roundings are torch's, so
 * that ties of floats fall alike too: see fastscnn/graph/labels.py.
 */
internal class CoarseLabels(
    private val logits: LogitRows,
    from: Size,
    classes: Int,
    to: Size,
    alignCorners: Boolean,
) {
    private val rows = ResizeAxis(from.height, to.height, alignCorners)
    private val columns = ResizeAxis(from.width, to.width, alignCorners)
    private val width = to.width
    private val cells = CellLabels(classes, rows, columns, width)

    /** Two rows of logits are held: a row of cells lies between them. */
    private val held = Array(2) { CornerRow(from.width, classes) }

    fun label(labels: ByteArray) {
        for (row in held) row.index = -1
        for (row in 0 until rows.length) {
            if (rows.first[row] < rows.first[row + 1]) {
                val below = minOf(row + 1, rows.length - 1)
                label(row, corners(row), corners(below), labels)
            }
        }
    }

    private fun corners(row: Int): CornerRow {
        val corners = held[row and 1]
        if (corners.index != row) corners.load(logits, row)
        return corners
    }

    /** The pixels of all cells between two rows of logits. */
    private fun label(row: Int, upper: CornerRow, lower: CornerRow, labels: ByteArray) {
        val top = rows.first[row]
        val bottom = rows.first[row + 1]
        fill(upper, top, bottom, labels)
        for (cell in 0 until columns.length) {
            if (columns.first[cell] < columns.first[cell + 1]) {
                val beside = minOf(cell + 1, columns.length - 1)
                if (!upper.settles(cell, beside, lower)) cells.label(cell, beside, upper, lower, top, bottom, labels)
            }
        }
    }

    /** The near corners' winners, which are right wherever four corners agree. */
    private fun fill(upper: CornerRow, top: Int, bottom: Int, labels: ByteArray) {
        val begin = top * width
        var run = 0
        for (cell in 1..columns.length) {
            if (cell == columns.length || upper.winner[cell] != upper.winner[run]) {
                val label = upper.winner[run].toByte()
                labels.fill(label, begin + columns.first[run], begin + columns.first[cell])
                run = cell
            }
        }
        for (row in top + 1 until bottom) System.arraycopy(labels, begin, labels, row * width, width)
    }
}
