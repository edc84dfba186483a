package mobile.fastscnn.core

/**
 * Along one axis: which pixels each new pixel is a mean of, and their weights, as Pillow's bilinear filter has them.
 *
 * Weights are whole numbers, [ONE] in all; where the axis shrinks, a triangle as wide as two new pixels.
 */
internal class BilinearTaps(val length: Int, val target: Int) {
    /** Of each new pixel: the first old one. */
    val first = IntArray(target)

    /** Of each new pixel: how many old ones. */
    val count = IntArray(target)

    /** Place of each new pixel's first weight in [weights]. */
    val begin = IntArray(target)
    val weights: IntArray

    init {
        val scale = length.toDouble() / target
        val support = maxOf(scale, 1.0)
        val found = IntArray(target * (2 * Math.ceil(support).toInt() + 1))
        val shares = DoubleArray(2 * Math.ceil(support).toInt() + 1)
        var used = 0
        for (pixel in 0 until target) {
            val centre = (pixel + 0.5) * scale
            val from = maxOf(0, (centre - support + 0.5).toInt())
            val until = minOf(length, (centre + support + 0.5).toInt())
            var sum = 0.0
            for (old in from until until) {
                shares[old - from] = maxOf(0.0, 1.0 - Math.abs((old - centre + 0.5) * (1.0 / support)))
                sum += shares[old - from]
            }
            first[pixel] = from
            count[pixel] = until - from
            begin[pixel] = used
            for (old in 0 until until - from) found[used++] = (shares[old] / sum * ONE + 0.5).toInt()
        }
        weights = found.copyOf(used)
    }

    companion object {
        /** Bits of a weight's fraction: 8 bits of pixel, and 2 to spare, fill the rest of an Int. */
        const val BITS = 22
        const val ONE = 1 shl BITS
        const val HALF = 1 shl (BITS - 1)

        /** A weighted sum (begun with [HALF]) as a byte. */
        fun byteOf(sum: Int): Byte = minOf(255, sum shr BITS).toByte()
    }
}
