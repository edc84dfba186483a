package mobile.fastscnn.core

import java.nio.ByteBuffer

/** A runtime with a model loaded: reads `input`, writes `output`, both direct and in native order, rewound. */
fun interface Inference {
    fun run(input: ByteBuffer, output: ByteBuffer)
}

/**
 * The whole way of a frame: prepare, infer, label, colour, each timed. Not for two threads at once.
 *
 * Allocates nothing per frame while frames stay alike.
 */
class Segmenter(val model: Model, private val inference: Inference, val fit: Fit = Fit.LETTERBOX, window: Int = 120) {
    val overlay: Overlay = throw NotImplementedError()
    val statistics: LatencyStatistics = throw NotImplementedError()

    /** Of the last frame. */
    val labels: ByteArray get() = throw NotImplementedError()

    /** Of the last frame, in nanoseconds. */
    val prepareNanoseconds: Long get() = throw NotImplementedError()
    val inferenceNanoseconds: Long get() = throw NotImplementedError()
    val colourNanoseconds: Long get() = throw NotImplementedError()

    /**
     * Segments a frame; [FramePreparer.prepare] says what the arguments are. Afterwards [overlay] holds its colours
     * and shares. What [Inference] throws comes through.
     */
    @Throws(ModelProblem::class)
    fun segment(
        pixels: ByteBuffer,
        width: Int,
        height: Int,
        rowStride: Int = width * 4,
        pixelStride: Int = 4,
        rotation: Int = 0,
    ): Placement = throw NotImplementedError()
}
