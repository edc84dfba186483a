package mobile.fastscnn.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * A model's output to the class of each pixel of its input, whatever the output's form, type and stride.
 *
 * From coarse logits the labels are exactly those of resizing all logits bilinearly and taking the first of the
 * greatest. Allocates nothing after it was made. Not for two threads at once.
 */
class Labeler(val model: Model) {
    /** For the model's output: direct, in native order. Hand it to the interpreter; [label] reads from index 0. */
    val output: ByteBuffer = ByteBuffer.allocateDirect(model.output.bytes).order(ByteOrder.nativeOrder())

    /** The label map that the last [label] wrote: rows of `model.size.width` bytes, each an unsigned class. */
    val labels = ByteArray(model.size.pixels)
    private val way: LabelWay = wayOf(model)

    /**
     * Fills [labels] from [output] and gives it back.
     *
     * @throws ModelProblem where a model of labels gives a class that it does not name.
     */
    @Throws(ModelProblem::class)
    fun label(): ByteArray = label(labels)

    /** The same, into another array of the same length: for a second map while the first is being drawn. */
    @Throws(ModelProblem::class)
    fun label(into: ByteArray): ByteArray {
        require(into.size == labels.size) { "${into.size} labels for ${model.size}" }
        way.label(into)
        output.rewind()
        return into
    }

    private fun wayOf(model: Model): LabelWay {
        val map = model.output
        if (map.form == OutputForm.LABELS) {
            return GivenLabels(output.asIntBuffer(), model.classes.size, map.size, model.size, map.alignCorners)
        }
        val rows = LogitRows(map, output)
        if (map.size == model.size) return GreatestLogits(rows, map.size, map.channels)
        val coarse = CoarseLabels(rows, map.size, map.channels, model.size, map.alignCorners)
        return LabelWay { coarse.label(it) }
    }
}
