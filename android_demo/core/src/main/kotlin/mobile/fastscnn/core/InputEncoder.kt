package mobile.fastscnn.core

import java.nio.ByteBuffer
import java.nio.FloatBuffer

/** R G B bytes in a model's own type and order; every value of a channel is looked up, computed once. */
internal class InputEncoder(private val input: ModelInput) {
    private val channels = input.channels
    private val order = if (input.form == InputForm.TENSOR && input.preprocessing.bgr) BGR else RGB
    private val floats = if (input.type == ElementType.FLOAT32) FloatArray(COLORS * VALUES) else null
    private val steps = if (input.type == ElementType.FLOAT32) null else ByteArray(COLORS * VALUES)
    private val floatRow = FloatArray(if (floats == null) 0 else input.size.width * channels)
    private val byteRow = ByteArray(if (steps == null) 0 else input.size.width * channels)

    init {
        for (channel in 0 until COLORS) {
            for (value in 0 until VALUES) {
                val number = number(channel, value)
                floats?.set(channel * VALUES + value, number)
                steps?.set(channel * VALUES + value, step(number))
            }
        }
    }

    /** Fills the input: `bytes` from its begin, or `numbers`, a view of the same bytes. */
    fun encode(canvas: ByteArray, bytes: ByteBuffer, numbers: FloatBuffer) {
        bytes.clear()
        numbers.clear()
        val width = input.size.width
        for (row in 0 until input.size.height) {
            val from = row * width * COLORS
            if (floats != null) {
                encode(canvas, from, floats)
                numbers.put(floatRow)
            } else if (steps != null) {
                encode(canvas, from, steps)
                bytes.put(byteRow)
            }
        }
        bytes.rewind()
    }

    private fun encode(canvas: ByteArray, begin: Int, table: FloatArray) {
        var from = begin
        var to = 0
        while (to < floatRow.size) {
            for (channel in 0 until COLORS) {
                floatRow[to + channel] = table[channel * VALUES + (canvas[from + order[channel]].toInt() and 0xff)]
            }
            if (channels > COLORS) floatRow[to + COLORS] = OPAQUE.toFloat()
            from += COLORS
            to += channels
        }
    }

    private fun encode(canvas: ByteArray, begin: Int, table: ByteArray) {
        var from = begin
        var to = 0
        while (to < byteRow.size) {
            for (channel in 0 until COLORS) {
                byteRow[to + channel] = table[channel * VALUES + (canvas[from + order[channel]].toInt() and 0xff)]
            }
            if (channels > COLORS) byteRow[to + COLORS] = OPAQUE.toByte()
            from += COLORS
            to += channels
        }
    }

    /** What a pixel's value is to the network. */
    private fun number(channel: Int, value: Int): Float {
        if (input.form != InputForm.TENSOR) return value.toFloat()
        return (value.toFloat() - input.preprocessing.mean[channel]) / input.preprocessing.std[channel]
    }

    private fun step(number: Float): Byte {
        val quantization = input.quantization ?: return number.toInt().toByte()
        val range = if (input.type == ElementType.UINT8) 0..255 else -128..127
        val step = Math.rint((number / quantization.scale).toDouble()) + quantization.zeroPoint
        return step.coerceIn(range.first.toDouble(), range.last.toDouble()).toInt().toByte()
    }

    private companion object {
        const val COLORS = 3
        const val VALUES = 256

        /** rgba's alpha carries the mean pixel: it must be opaque. */
        const val OPAQUE = 255
        val RGB = intArrayOf(0, 1, 2)
        val BGR = intArrayOf(2, 1, 0)
    }
}
