package mobile.fastscnn.core

import java.nio.ByteBuffer
import java.nio.FloatBuffer

/** Rows of a model's logits as floats, whatever type they are stored in. Allocates nothing after it was made. */
internal class LogitRows(private val output: ModelOutput, private val bytes: ByteBuffer) {
    /** Numbers in a row: width x classes. */
    val length = output.size.width * output.channels
    private val numbers: FloatBuffer? = if (output.type == ElementType.FLOAT32) bytes.asFloatBuffer() else null
    private val stored = ByteArray(if (numbers == null) length else 0)

    /** What each stored byte stands for, from 0 to 255 as unsigned. */
    private val values = FloatArray(VALUES) { byte ->
        val number = if (output.type == ElementType.UINT8) byte else byte.toByte().toInt()
        val quantization = output.quantization ?: Quantization(1f, 0)
        (number - quantization.zeroPoint).toFloat() * quantization.scale
    }

    fun read(row: Int, into: FloatArray) {
        if (numbers != null) {
            numbers.position(row * length)
            numbers.get(into, 0, length)
            return
        }
        bytes.position(row * length)
        bytes.get(stored, 0, length)
        for (i in 0 until length) into[i] = values[stored[i].toInt() and 0xff]
    }

    private companion object {
        const val VALUES = 256
    }
}
