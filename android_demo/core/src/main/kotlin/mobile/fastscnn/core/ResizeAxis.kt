package mobile.fastscnn.core

/**
 * Along one axis of a bilinear resize: each pixel's cell, and how much it has of the cell's near and far corner.
 *
 * Rounded as torch rounds: see `bilinear_positions` in fastscnn/graph/kernels.py.
 */
internal class ResizeAxis(val length: Int, val target: Int, alignCorners: Boolean) {
    val cell = IntArray(target)
    val near = FloatArray(target)
    val far = FloatArray(target)

    /** First pixel of each cell, and the number of pixels at the end; a cell without any begins where the next does. */
    val first = IntArray(length + 1)

    init {
        val scale = when {
            !alignCorners -> length.toFloat() / target
            target > 1 -> (length - 1).toFloat() / (target - 1)
            else -> 0f
        }
        for (pixel in 0 until target) {
            val position =
                if (alignCorners) pixel * scale else maxOf(0f, ((pixel + 0.5) * scale.toDouble() - 0.5).toFloat())
            cell[pixel] = minOf(position.toInt(), length - 1)
            far[pixel] = position - cell[pixel]
            near[pixel] = 1f - far[pixel]
        }
        first.fill(target)
        for (pixel in target - 1 downTo 0) first[cell[pixel]] = pixel
        for (i in length - 1 downTo 0) first[i] = minOf(first[i], first[i + 1])
    }

    /** Each pixel's nearest cell; the earlier one only where it is nearer. */
    fun nearest(): IntArray =
        IntArray(target) { if (far[it] < 0.5f) cell[it] else minOf(cell[it] + 1, length - 1) }
}
