package org.tensorflow.lite

import java.nio.ByteBuffer
import played.Played

/** LiteRT's interpreter, played. */
class Interpreter {
    fun run(input: Any, output: Any) {
        Played.give(input as ByteBuffer)
        (output as ByteBuffer).put(Played.result(output.capacity()))
    }
}
