package mobile.fastscnn.app

import java.nio.ByteBuffer
import mobile.fastscnn.core.Model
import mobile.fastscnn.core.Segmenter
import mobile.fastscnn.core.ShelfEntry

/** The model that is loaded, and how long that took. Belongs to the worker's thread. */
class RunningModel(
    val entry: ShelfEntry,
    val stored: StoredModel,
    val model: Model,
    private val engine: LiteRtInference,
    val loadNanoseconds: Long,
) : AutoCloseable {
    val segmenter = Segmenter(model, engine).apply { overlay.opacity = 1f }

    /** One frame of nothing: whether it runs at all. */
    fun tryOut() {
        segmenter.segment(ByteBuffer.allocateDirect(TRIAL * TRIAL * PIXEL), TRIAL, TRIAL)
        segmenter.statistics.clear()
    }

    override fun close() = engine.close()

    private companion object {
        const val TRIAL = 16
        const val PIXEL = 4
    }
}
