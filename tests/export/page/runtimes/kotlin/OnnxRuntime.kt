package ai.onnxruntime

import java.nio.ByteBuffer
import played.Played

/* ONNX Runtime's Java classes, played: the calls that the page's code makes. */

class OrtEnvironment

enum class OnnxJavaType(val bytes: Int) { FLOAT(4), INT8(1), UINT8(1) }

interface OnnxValue

class OnnxTensor(val byteBuffer: ByteBuffer) : OnnxValue, AutoCloseable {
    override fun close() = Unit

    companion object {
        @JvmStatic
        fun createTensor(environment: OrtEnvironment, data: ByteBuffer, shape: LongArray, type: OnnxJavaType): OnnxTensor {
            check(environment.hashCode() != 0 && data.remaining().toLong() == shape.reduce(Long::times) * type.bytes)
            return OnnxTensor(data)
        }
    }
}

class OrtSession {
    fun run(inputs: Map<String, OnnxTensor>): Result {
        Played.give(inputs.values.single().byteBuffer)
        return Result(OnnxTensor(ByteBuffer.wrap(Played.result(null))))
    }

    class Result(private val value: OnnxValue) : AutoCloseable {
        operator fun get(index: Int): OnnxValue = value.also { check(index == 0) }

        override fun close() = Unit
    }
}
