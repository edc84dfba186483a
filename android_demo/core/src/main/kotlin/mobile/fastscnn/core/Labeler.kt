package mobile.fastscnn.core

import java.nio.ByteBuffer

/**
 * A model's output to the class of each pixel of its input, whatever the output's form, type and stride.
 *
 * From coarse logits the labels are exactly those of resizing all logits bilinearly and taking the first of the
 * greatest; see [CoarseLabels]. Allocates nothing after it was made. Not for two threads at once.
 */
class Labeler(val model: Model) {
    /** For the model's output: direct, in native order. Hand it to the interpreter; [label] reads from index 0. */
    val output: ByteBuffer = throw NotImplementedError()

    /** The label map that the last [label] wrote: rows of `model.size.width` bytes, each an unsigned class. */
    val labels: ByteArray = throw NotImplementedError()

    /**
     * Fills [labels] from [output] and gives it back.
     *
     * @throws ModelProblem where a model of labels gives a class that it does not name.
     */
    @Throws(ModelProblem::class)
    fun label(): ByteArray = throw NotImplementedError()

    /** The same, into another array of the same length: for a second map while the first is being drawn. */
    @Throws(ModelProblem::class)
    fun label(into: ByteArray): ByteArray = throw NotImplementedError()
}
