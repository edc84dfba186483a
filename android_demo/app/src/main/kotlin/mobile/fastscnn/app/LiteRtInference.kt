package mobile.fastscnn.app

import android.content.Context
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import com.google.ai.edge.litert.TensorBuffer
import java.nio.ByteBuffer
import mobile.fastscnn.app.logic.Backend
import mobile.fastscnn.core.ElementType
import mobile.fastscnn.core.Inference
import mobile.fastscnn.core.Model

/** A model in LiteRT, on the CPU (XNNPACK) or on the GPU. Not for two threads at once. */
class LiteRtInference private constructor(private val compiled: CompiledModel, private val model: Model) :
    Inference, AutoCloseable {
    private val inputs: List<TensorBuffer> = compiled.createInputBuffers()
    private val outputs: List<TensorBuffer> = compiled.createOutputBuffers()
    private val numbers = model.input.bytes / model.input.type.bytes
    private val floats = FloatArray(if (model.input.type == ElementType.FLOAT32) numbers else 0)
    private val bytes = ByteArray(if (model.input.type.bytes == 1) numbers else 0)

    override fun run(input: ByteBuffer, output: ByteBuffer) {
        input.rewind()
        output.rewind()
        if (model.input.type == ElementType.FLOAT32) {
            input.asFloatBuffer().get(floats)
            inputs[0].writeFloat(floats)
        } else {
            input.duplicate().get(bytes)
            // the bytes as they are: LiteRT has no call of its own for unsigned ones
            inputs[0].writeInt8(bytes)
        }
        compiled.run(inputs, outputs)
        when (model.output.type) {
            ElementType.FLOAT32 -> output.asFloatBuffer().put(outputs[0].readFloat())
            ElementType.INT32 -> output.asIntBuffer().put(outputs[0].readInt())
            ElementType.INT8, ElementType.UINT8 -> output.duplicate().put(outputs[0].readInt8())
        }
    }

    override fun close() {
        inputs.forEach { it.close() }
        outputs.forEach { it.close() }
        compiled.close()
    }

    companion object {
        const val RUNTIME = "litert"

        /** That of gradle/libs.versions.toml: LiteRT does not tell its own. */
        const val VERSION = "2.3.0"

        /** For the GPU alone, so that LiteRT refuses instead of silently computing on the CPU. */
        fun open(context: Context, stored: StoredModel, model: Model, backend: Backend): LiteRtInference {
            val options = when (backend) {
                is Backend.Cpu -> CompiledModel.Options(Accelerator.CPU).apply {
                    cpuOptions = CompiledModel.CpuOptions(numThreads = backend.threads)
                }
                Backend.Gpu -> CompiledModel.Options(Accelerator.GPU)
            }
            val compiled = when (stored) {
                is StoredModel.Asset -> CompiledModel.create(context.assets, stored.fileName, options)
                is StoredModel.Added -> CompiledModel.create(stored.file.path, options)
            }
            try {
                return LiteRtInference(compiled, model)
            } catch (error: Throwable) {
                compiled.close()
                throw error
            }
        }
    }
}
