package mobile.fastscnn.core

import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.Random
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

/** Files that are none, are another's, or are broken: a sentence each, and never another exception. */
class ModelFileTest {
    private val good = Golden.of("whole/phone").bytes("model")
    private val foreign = Golden.of("foreign")

    @Test
    fun `a file within a larger buffer is read from position to limit, and the buffer stays`() {
        val buffer = ByteBuffer.allocate(good.size + 30)
        buffer.position(10)
        buffer.put(good)
        buffer.limit(10 + good.size).position(10)
        assertEquals(Size(48, 64), ModelFile.read(buffer, "phone.tflite").size)
        assertEquals(10, buffer.position())
        assertEquals("phone", ModelFile.read(buffer.asReadOnlyBuffer(), "phone.tflite").name)
    }

    @Test
    fun `what is no TFLite file is called so`() {
        assertEquals("The file is empty.", problem(ByteArray(0)))
        assertEquals("This is no TFLite file.", problem(ByteArray(7)))
        assertEquals("This is no TFLite file.", problem("PK, or some text".toByteArray()))
    }

    @Test
    fun `models of other tasks are told by what they take and give`() {
        for (case in foreign.facts.all("models")) {
            assertEquals(case.text("name"), case.text("says"), problem(foreign.bytes(case.text("name"))))
        }
    }

    @Test
    fun `a segmentation of others lacks our description`() {
        val file = replaced(good, "FASTSCNN_INFO", "ANOTHERS_INFO")
        assertEquals("It was not written by fastscnn-export: it carries no FASTSCNN_INFO.", problem(file))
    }

    @Test
    fun `a description that is wrong is refused`() {
        val wrong = mapOf(
            "\"align_corners\":true" to "\"align_corners\":1234",
            "\"order\":\"rgb\"" to "\"order\":\"xyz\"",
            "\"std\":[58" to "\"std\":[-8",
            "\"mean\":[" to "\"mean\":{",
            "\"classes\":[\"" to "\"classes\":{\"",
            "\"colors\":[[" to "\"colors\":[8",
        )
        for ((right, other) in wrong) {
            val sentence = problem(replaced(good, right, other.padEnd(right.length)))
            assertTrue("$other: $sentence", sentence.startsWith("The file is damaged: "))
        }
    }

    @Test
    fun `other metadata than the standard's is refused`() {
        assertEquals("The file is damaged: its TFLITE_METADATA is none.", problem(replaced(good, "M001", "X001")))
    }

    @Test
    fun `without the standard's metadata the names are our own description's`() {
        val model = ModelFile.read(ByteBuffer.wrap(replaced(good, "TFLITE_METADATA", "ANOTHR_METADATA")), "phone")
        assertEquals(11, model.classes.size)
    }

    @Test
    fun `a label file of the wrong length is refused, with both numbers`() {
        for (count in listOf(0, 1, 10, 12, 500)) {
            val file = withLabels((1..count).joinToString("") { "name $it\n" }.toByteArray())
            assertEquals("Its label file names $count classes, its description 11.", problem(file))
        }
    }

    @Test
    fun `a label file that people changed is what the legend shows`() {
        for (method in listOf(ZipEntry.DEFLATED, ZipEntry.STORED)) {
            for (end in listOf("\n", "\r\n", "")) {
                val names = (1..11).map { "Straße $it" }
                val text = names.joinToString(end.ifEmpty { "\n" }) + end
                val model = ModelFile.read(ByteBuffer.wrap(withLabels(text.toByteArray(), method)), "phone")
                assertEquals(names, model.classes.map { it.name })
            }
        }
    }

    @Test
    fun `names that a screen cannot show are refused`() {
        val wrong = mapOf(
            " " to "The name of class 11 is empty.",
            "x".repeat(101) to "The name of class 11 has 101 characters, more than 100.",
            "road\u0007" to "The name of class 11 has control characters.",
            "\u202eeert" to "The name of class 11 has control characters.",
        )
        for ((name, sentence) in wrong) {
            val text = ((1..10).map { "class $it" } + name).joinToString("\n")
            assertEquals(sentence, problem(withLabels(text.toByteArray())))
        }
    }

    @Test
    fun `a file whose label file was cut off or changed is damaged`() {
        val cut = "The file is damaged: its label file is missing, as of one that was cut."
        assertEquals(cut, problem(good.copyOf(good.size - 1)))
        assertEquals(cut, problem(withoutZip()))
        assertEquals(cut, problem(withLabels("a\n".toByteArray(), name = "others.txt")))
        val names = Golden.of("whole/phone").facts.list("classes").map { it as String }
        val text = names.joinToString("") { "$it\n" }
        val changed = problem(replaced(good, text, text.replaceFirst(names[0][0], 'X')))
        assertEquals("The file is damaged: an appended file is not what it was.", changed)
    }

    @Test
    fun `a file cut anywhere is a problem`() {
        val lengths = (0 until 600) + (good.size - 600 until good.size) + (0 until good.size step 4999)
        for (length in lengths) assertThrows("$length", ModelProblem::class.java) { read(good.copyOf(length)) }
    }

    @Test
    fun `whatever bytes are changed, a model is read or a problem is said`() {
        val random = Random(11)
        val described = good.indices.filter { good[it] != 0.toByte() }
        val broken = good.copyOf()
        var refused = 0
        repeat(10_000) {
            val places = List(1 + random.nextInt(4)) { described[random.nextInt(described.size)] }
            for (place in places) broken[place] = random.nextInt().toByte()
            if (problemOrNull(broken) != null) refused++
            for (place in places) broken[place] = good[place]
        }
        assertTrue("most bytes are scales, which nobody reads here; yet only $refused were refused", refused > 50)
    }

    @Test
    fun `whatever number stands for a length or an offset, a model is read or a problem is said`() {
        val small = Golden.of("whole/fp32").bytes("model")
        assertEquals(emptyList<Int>(), badlyReadWith(small, words(small)))
        // an int8 file's words are scales, most of them, which nobody reads here
        assertEquals(emptyList<Int>(), badlyReadWith(good, words(good).filterIndexed { place, _ -> place % 7 == 0 }))
    }

    private fun words(file: ByteArray): List<Int> {
        val numbers = littleEndian(file)
        return (0..file.size - 4 step 4).filter { numbers.getInt(it) != 0 }
    }

    /** Places where a hostile number makes a reader stumble; a file that is whole again must be read. */
    private fun badlyReadWith(model: ByteArray, places: List<Int>): List<Int> {
        val file = littleEndian(model.copyOf())
        val hostile = listOf(-1, Int.MAX_VALUE, Int.MIN_VALUE, 4, model.size - 1)
        val bad = places.filter { at ->
            val right = file.getInt(at)
            val stumbled = hostile.any { number ->
                file.putInt(at, number)
                runCatching { problemOrNull(file.array()) }.isFailure
            }
            file.putInt(at, right)
            stumbled
        }
        assertEquals(null, problemOrNull(file.array()))
        return bad
    }

    private fun littleEndian(bytes: ByteArray) = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)

    @Test
    fun `a model too large for a phone is refused before any memory is taken`() {
        val facts = foreign.facts.facts("huge")
        assertEquals(facts.text("says"), problem(foreign.bytes("huge.tflite")))
    }

    private fun read(bytes: ByteArray) = ModelFile.read(ByteBuffer.wrap(bytes), "test.tflite")

    private fun problem(bytes: ByteArray) = assertThrows(ModelProblem::class.java) { read(bytes) }.sentence

    /** Lets all but ModelProblem through. */
    private fun problemOrNull(bytes: ByteArray): ModelProblem? =
        try {
            read(bytes)
            null
        } catch (problem: ModelProblem) {
            problem
        }

    private fun replaced(bytes: ByteArray, old: String, new: String): ByteArray {
        require(old.length == new.length) { "$old to $new" }
        val text = String(bytes, Charsets.ISO_8859_1)
        require(old in text) { "the model holds no $old" }
        return text.replace(old, new).toByteArray(Charsets.ISO_8859_1)
    }

    private fun withoutZip(): ByteArray {
        val end = String(good, Charsets.ISO_8859_1).lastIndexOf("PK\u0003\u0004")
        return good.copyOf(end)
    }

    private fun withLabels(content: ByteArray, method: Int = ZipEntry.STORED, name: String = "labels.txt"): ByteArray {
        val zip = ByteArrayOutputStream()
        ZipOutputStream(zip).use { out ->
            out.setMethod(method)
            val entry = ZipEntry(name)
            entry.size = content.size.toLong()
            entry.crc = java.util.zip.CRC32().apply { update(content) }.value
            out.putNextEntry(entry)
            out.write(content)
            out.closeEntry()
        }
        return withoutZip() + zip.toByteArray()
    }
}
