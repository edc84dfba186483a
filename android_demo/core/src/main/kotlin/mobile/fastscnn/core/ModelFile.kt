package mobile.fastscnn.core

import java.nio.ByteBuffer

/** Reads what a `.tflite` file of fastscnn-export says about itself. */
object ModelFile {
    /**
     * The model in the bytes from the buffer's position to its limit; the buffer itself is left as it is.
     *
     * Whatever the bytes are, nothing but [ModelProblem] is thrown: no TFLite file, another task's model, one
     * without our description, a label file of the wrong length, a damaged or cut file.
     */
    @Throws(ModelProblem::class)
    fun read(file: ByteBuffer, name: String): Model = throw NotImplementedError()
}
