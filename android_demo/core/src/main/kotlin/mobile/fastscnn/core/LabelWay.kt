package mobile.fastscnn.core

import java.nio.IntBuffer

/** One way from an output to labels. */
internal fun interface LabelWay {
    fun label(labels: ByteArray)
}

/** From logits at full size: the first of the greatest. */
internal class GreatestLogits(
    private val rows: LogitRows,
    private val size: Size,
    private val classes: Int,
) : LabelWay {
    private val row = FloatArray(rows.length)

    override fun label(labels: ByteArray) {
        for (y in 0 until size.height) {
            rows.read(y, row)
            var at = 0
            for (x in 0 until size.width) {
                var best = row[at]
                var label = 0
                for (other in 1 until classes) {
                    if (row[at + other] > best) {
                        best = row[at + other]
                        label = other
                    }
                }
                labels[y * size.width + x] = label.toByte()
                at += classes
            }
        }
    }
}

/** From labels: each pixel has its nearest cell's. */
internal class GivenLabels(
    private val given: IntBuffer,
    private val classes: Int,
    private val from: Size,
    private val to: Size,
    alignCorners: Boolean,
) : LabelWay {
    private val row = IntArray(from.width)
    private val rows = ResizeAxis(from.height, to.height, alignCorners).nearest()
    private val columns = ResizeAxis(from.width, to.width, alignCorners).nearest()

    override fun label(labels: ByteArray) {
        var last = -1
        for (y in 0 until to.height) {
            val begin = y * to.width
            if (rows[y] == last) {
                System.arraycopy(labels, begin - to.width, labels, begin, to.width)
                continue
            }
            last = rows[y]
            given.position(last * from.width)
            given.get(row, 0, from.width)
            for (label in row) if (label < 0 || label >= classes) throw unnamed(label)
            for (x in 0 until to.width) labels[begin + x] = row[columns[x]].toByte()
        }
    }

    private fun unnamed(label: Int) =
        ModelProblem("It gives class number $label, but names $classes.", "Export it again with fastscnn-export.")
}
