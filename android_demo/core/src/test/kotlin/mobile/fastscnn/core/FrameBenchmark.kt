package mobile.fastscnn.core

import java.nio.ByteBuffer
import java.util.Random

/** One fork of the benchmark of preparing a camera's frames; [Turns.measured] says the arguments. */
object FrameBenchmark {
    private val sizes = listOf(Size(480, 640), Size(720, 1280))

    @JvmStatic
    fun main(arguments: Array<String>) {
        val ways = sizes.flatMap { size -> listOf(0, 90).map { rotation -> wayOf(size, rotation) } }
        println(Json.write(mapOf("ways" to Turns.measured(ways, arguments.toList()))))
    }

    /** To the phone preset's input, bars and all. */
    private fun wayOf(frame: Size, rotation: Int): Way {
        val input = Models.input(Size(360, 480), InputForm.RGBA)
        val output = Models.logits(Size(45, 60), 11, Size(360, 480)).output
        val preparer = FramePreparer(Model("benchmark", input, output, Models.classes(11), true, 0))
        val bytes = ByteArray(frame.pixels * 4).also(Random(1)::nextBytes)
        val buffer: ByteBuffer = direct(bytes)
        return Way("${frame.width}x${frame.height}, turned by $rotation") {
            preparer.prepare(buffer, frame.width, frame.height, rotation = rotation)
        }
    }
}
