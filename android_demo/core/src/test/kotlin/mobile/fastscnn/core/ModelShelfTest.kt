package mobile.fastscnn.core

import java.io.FileNotFoundException
import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Test

class ModelShelfTest {
    private val good = Golden.of("whole/phone").bytes("model")
    private var opened = 0

    @Test
    fun `two hundred models are listed without opening one`() {
        val shelf = ModelShelf((200 downTo 1).map { candidate("street_$it.tflite") })
        assertEquals(200, shelf.entries.size)
        assertEquals(listOf("street_1", "street_2", "street_3"), shelf.entries.take(3).map { it.title })
        assertEquals("street_200", shelf.entries.last().title)
        assertEquals(0, opened)
        assertEquals("street_1", shelf.usable()?.title)
        assertEquals("street_77", shelf.usable("street_77")?.title)
        assertEquals(2, opened)
    }

    @Test
    fun `two hundred models can all be read`() {
        val shelf = ModelShelf((1..200).map { candidate("street_$it.tflite") })
        val sizes = shelf.entries.map { (it.reading as ModelReading.Read).model.size }.toSet()
        assertEquals(setOf(Size(48, 64)), sizes)
        assertSame(shelf.entries[5].reading, shelf.entries[5].reading)
        assertEquals(200, opened)
    }

    @Test
    fun `files of one name are told apart by their place`() {
        val shelf = ModelShelf(listOf(candidate("a.tflite", "files"), candidate("a.tflite", "assets"), candidate("b")))
        assertEquals(listOf("a (assets)", "a (files)", "b"), shelf.entries.map { it.title })
    }

    @Test
    fun `broken files stand on the shelf with their reason, and do not hide others`() {
        val shelf = ModelShelf(
            listOf(
                Candidate("a.tflite", "files") { throw FileNotFoundException("it is gone") },
                Candidate("b.tflite", "files") { throw SecurityException() },
                Candidate("c.tflite", "files") { ByteBuffer.wrap("hello, I am a text".toByteArray()) },
                candidate("d.tflite"),
            ),
        )
        val reasons = shelf.entries.mapNotNull { (it.reading as? ModelReading.Refused)?.problem?.sentence }
        assertEquals(
            listOf(
                "\"a.tflite\" cannot be opened: it is gone.",
                "\"b.tflite\" cannot be opened: SecurityException.",
                "This is no TFLite file.",
            ),
            reasons,
        )
        assertEquals("d", shelf.usable("a")?.title)
    }

    @Test
    fun `no model at all is no crash`() {
        assertTrue(ModelShelf(emptyList()).entries.isEmpty())
        assertNull(ModelShelf(emptyList()).usable("street"))
    }

    @Test
    fun `numbers are ordered by value, words without regard to case`() {
        val names = listOf("net10", "Net2", "net1a", "alpha", "net1", "net99999999999999999999999")
        val shelf = ModelShelf(names.map { candidate(it) })
        assertEquals(
            listOf("alpha", "net1", "net1a", "Net2", "net10", "net99999999999999999999999"),
            shelf.entries.map { it.title },
        )
    }

    private fun candidate(name: String, place: String = "assets") = Candidate(name, place) {
        opened++
        ByteBuffer.wrap(good)
    }
}
