package played

import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtSession
import android.graphics.Bitmap
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.tensorflow.lite.Interpreter

/** A runtime that is played: what it is given goes to given.bin, what it gives comes from result.bin. */
object Played {
    lateinit var folder: File

    fun give(input: ByteBuffer) {
        val bytes = ByteArray(input.remaining())
        input.duplicate().get(bytes)
        File(folder, "given.bin").writeBytes(bytes)
    }

    fun result(wanted: Int?): ByteArray {
        val bytes = File(folder, "result.bin").readBytes()
        check(wanted == null || wanted == bytes.size) { "$wanted bytes are asked for, not ${bytes.size}" }
        return bytes
    }
}

/** Runs the code of each folder, which lies in a package of the folder's name: HEIGHT WIDTH FOLDER... */
fun main(arguments: Array<String>) {
    val (height, width) = arguments.take(2).map(String::toInt)
    for (folder in arguments.drop(2).map(::File)) {
        Played.folder = folder
        val code = Class.forName("${folder.name}.CodeKt")
        val segment = code.methods.first { it.name == "segment" }
        val frame = bitmap(File(folder, "frame.bin").readBytes(), height, width)
        val labels = if (segment.parameterTypes.size == 2) {
            segment.invoke(null, Interpreter(), frame)
        } else {
            segment.invoke(null, OrtEnvironment(), OrtSession(), frame)
        } as IntArray
        val out = ByteBuffer.allocate(4 * labels.size).order(ByteOrder.LITTLE_ENDIAN)
        labels.forEach { out.putInt(it) }
        File(folder, "labels.bin").writeBytes(out.array())
        val classes = code.getMethod("getCLASSES").invoke(null) as List<*>
        File(folder, "classes.txt").writeText(classes.joinToString("") { "$it\u0000" })
    }
}

private fun bitmap(bytes: ByteArray, height: Int, width: Int): Bitmap {
    val channels = bytes.size / (height * width)
    val argb = IntArray(height * width) { pixel ->
        fun byte(channel: Int) = bytes[pixel * channels + channel].toInt() and 255
        (255 shl 24) or (byte(0) shl 16) or (byte(1) shl 8) or byte(2)
    }
    return Bitmap(width, height, argb)
}
