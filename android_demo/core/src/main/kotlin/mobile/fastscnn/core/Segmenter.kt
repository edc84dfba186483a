package mobile.fastscnn.core

import java.nio.ByteBuffer

/** A runtime with a model loaded: reads `input`, writes `output`, both direct, in native order, from index 0. */
fun interface Inference {
    fun run(input: ByteBuffer, output: ByteBuffer)
}

/**
 * The whole way of a frame: prepare, infer, label, colour, each timed. Not for two threads at once.
 *
 * Allocates nothing per frame while frames stay alike.
 */
class Segmenter(val model: Model, private val inference: Inference, val fit: Fit = Fit.LETTERBOX, window: Int = 120) {
    private val preparer = FramePreparer(model, fit)
    private val labeler = Labeler(model)
    val overlay = Overlay(model)
    val statistics = LatencyStatistics(window)

    /** Of the last frame. */
    val labels: ByteArray get() = labeler.labels

    /** Of the last frame, in nanoseconds. */
    var prepareNanoseconds = 0L
        private set
    var inferenceNanoseconds = 0L
        private set
    var colourNanoseconds = 0L
        private set

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
    ): Placement {
        val begun = System.nanoTime()
        val placement = preparer.prepare(pixels, width, height, rowStride, pixelStride, rotation)
        val prepared = System.nanoTime()
        labeler.output.rewind()
        inference.run(preparer.input, labeler.output)
        val computed = System.nanoTime()
        overlay.colour(labeler.label(), placement.filled)
        val coloured = System.nanoTime()
        prepareNanoseconds = prepared - begun
        inferenceNanoseconds = computed - prepared
        colourNanoseconds = coloured - computed
        statistics.add(prepareNanoseconds, inferenceNanoseconds, colourNanoseconds)
        return placement
    }
}
