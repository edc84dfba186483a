package mobile.fastscnn.core

/** Bits of a double that a float has no room for, and what they are where it lies halfway between two floats. */
private const val REST = 0x1fffffffL
private const val HALFWAY = 0x10000000L

/**
 * `a * b + c` rounded once, as torch's kernels and Math.fma do; Android 24 has no such function.
 *
 * In double the product is exact, so only the sum is rounded. Rounding that again to float is wrong only where it
 * fell halfway between two floats without lying there: then it is moved off by what the sum lost. For results that
 * are normal floats.
 */
internal fun fused(a: Float, b: Float, c: Float): Float {
    val product = a.toDouble() * b
    val sum = product + c
    return if (sum.toRawBits() and REST != HALFWAY) sum.toFloat() else settled(product, c.toDouble(), sum)
}

private fun settled(product: Double, c: Double, sum: Double): Float {
    // what rounding took from the sum, exactly (Knuth's two-sum)
    val rest = sum - product
    val lost = (product - (sum - rest)) + (c - rest)
    if (lost == 0.0) return sum.toFloat()
    val away = if ((lost > 0) == (sum > 0)) 1L else -1L
    return Double.fromBits(sum.toRawBits() + away).toFloat()
}
