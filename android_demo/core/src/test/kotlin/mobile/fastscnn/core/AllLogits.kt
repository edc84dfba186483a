package mobile.fastscnn.core

/** Labels in the usual way: all logits resized bilinearly, rounded as torch does, then the first of the greatest. */
object AllLogits {
    fun labels(logits: FloatArray, from: Size, classes: Int, to: Size, alignCorners: Boolean): ByteArray {
        val rows = ResizeAxis(from.height, to.height, alignCorners)
        val columns = ResizeAxis(from.width, to.width, alignCorners)
        return ByteArray(to.pixels) { at ->
            val y = at / to.width
            val x = at % to.width
            var best = Float.NEGATIVE_INFINITY
            var label = 0
            for (c in 0 until classes) {
                val upper = between(logits, from, classes, rows.cell[y], columns, x, c)
                val lower = between(logits, from, classes, minOf(rows.cell[y] + 1, from.height - 1), columns, x, c)
                val value = Math.fma(upper, rows.near[y], lower * rows.far[y])
                if (value > best) {
                    best = value
                    label = c
                }
            }
            label.toByte()
        }
    }

    private fun between(
        logits: FloatArray,
        from: Size,
        classes: Int,
        row: Int,
        columns: ResizeAxis,
        x: Int,
        label: Int,
    ): Float {
        val cell = columns.cell[x]
        val beside = minOf(cell + 1, from.width - 1)
        val near = logits[(row * from.width + cell) * classes + label]
        val far = logits[(row * from.width + beside) * classes + label]
        return Math.fma(near, columns.near[x], far * columns.far[x])
    }
}
