// Signatures of com.google.ai.edge.litert that the application uses, from LiteRT's public documentation.
package com.google.ai.edge.litert

import android.content.res.AssetManager

enum class Accelerator { CPU, GPU, NPU }

class Environment private constructor() : JniHandle()

class LiteRtException(message: String) : Exception(message)

abstract class JniHandle : AutoCloseable {
    override fun close(): Unit = throw NotImplementedError()
}

class TensorBuffer internal constructor() : JniHandle() {
    @Throws(LiteRtException::class)
    fun writeFloat(data: FloatArray): Unit = throw NotImplementedError()

    @Throws(LiteRtException::class)
    fun writeInt8(data: ByteArray): Unit = throw NotImplementedError()

    @Throws(LiteRtException::class)
    fun readFloat(): FloatArray = throw NotImplementedError()

    @Throws(LiteRtException::class)
    fun readInt(): IntArray = throw NotImplementedError()

    @Throws(LiteRtException::class)
    fun readInt8(): ByteArray = throw NotImplementedError()
}

class CompiledModel private constructor() : JniHandle() {
    data class CpuOptions(
        val numThreads: Int? = null,
        val xnnPackFlags: Int? = null,
        val xnnPackWeightCachePath: String? = null,
    )

    class Options(vararg accelerators: Accelerator) {
        var cpuOptions: CpuOptions? = null
    }

    @Throws(LiteRtException::class)
    fun createInputBuffers(signatureIndex: Int = 0): List<TensorBuffer> = throw NotImplementedError()

    @Throws(LiteRtException::class)
    fun createOutputBuffers(signatureIndex: Int = 0): List<TensorBuffer> = throw NotImplementedError()

    @Throws(LiteRtException::class)
    fun run(inputs: List<TensorBuffer>, outputs: List<TensorBuffer>, signatureIndex: Int = 0): Unit =
        throw NotImplementedError()

    companion object {
        @Throws(LiteRtException::class)
        fun create(
            assetManager: AssetManager,
            assetName: String,
            options: Options = Options(Accelerator.CPU),
            optionalEnv: Environment? = null,
        ): CompiledModel = throw NotImplementedError()

        @Throws(LiteRtException::class)
        fun create(
            filePath: String,
            options: Options = Options(Accelerator.CPU),
            optionalEnv: Environment? = null,
        ): CompiledModel = throw NotImplementedError()
    }
}
