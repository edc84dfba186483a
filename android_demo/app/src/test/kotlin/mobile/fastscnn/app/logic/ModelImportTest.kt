package mobile.fastscnn.app.logic

import java.io.ByteArrayInputStream
import java.io.File
import java.io.IOException
import java.io.InputStream
import mobile.fastscnn.app.logic.ModelImport.Outcome
import mobile.fastscnn.app.logic.ModelImport.Refusal
import mobile.fastscnn.core.ModelProblem
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder

class ModelImportTest {
    @get:Rule
    val temporary = TemporaryFolder()

    private val folder: File by lazy { File(temporary.root, "models") }
    private val accepting by lazy { ModelImport(folder, LIMIT) { _, _ -> } }

    private fun taken(name: String, content: ByteArray) = accepting.take(name) { ByteArrayInputStream(content) }

    @Test
    fun `a model lies under its name, with the bytes that were sent`() {
        assertEquals(Outcome.Taken("street.tflite"), taken("street.tflite", byteArrayOf(1, 2)))
        assertArrayEquals(byteArrayOf(1, 2), File(folder, "street.tflite").readBytes())
    }

    @Test
    fun `another file of the same name does not replace it, the same file is not kept twice`() {
        taken("street.tflite", byteArrayOf(1))
        assertEquals(Outcome.Taken("street-2.tflite"), taken("street.tflite", byteArrayOf(2)))
        assertEquals(Outcome.Taken("street.tflite"), taken("street.tflite", byteArrayOf(1)))
        assertEquals(listOf("street-2.tflite", "street.tflite"), folder.list().orEmpty().sorted())
    }

    @Test
    fun `no name leaves the folder`() {
        assertEquals("passwd.tflite", ModelImport.fileName("../../etc/passwd"))
        assertEquals("a_b.tflite", ModelImport.fileName("C:\\models\\a b.TFLITE"))
        assertEquals("model.tflite", ModelImport.fileName(".."))
        assertEquals("model.tflite", ModelImport.fileName(null))
    }

    @Test
    fun `what is no model leaves nothing behind, and its reader's sentence is told`() {
        val refusing = ModelImport(folder, LIMIT) { _, _ -> throw ModelProblem("It finds cats.", "Export it.") }
        val outcome = refusing.take("cats.tflite") { ByteArrayInputStream(byteArrayOf(1)) }
        assertEquals(Outcome.Refused(Refusal.NO_MODEL, "It finds cats. Export it."), outcome)
        assertEquals(0, folder.list().orEmpty().size)
    }

    @Test
    fun `the reader itself refuses what is no TFLite file, in a sentence`() {
        val outcome = ModelImport(folder).take("notes.tflite") { ByteArrayInputStream("notes".toByteArray()) }
        assertEquals(Refusal.NO_MODEL, (outcome as Outcome.Refused).refusal)
        assertEquals(true, "TFLite" in outcome.sentence)
    }

    @Test
    fun `a file without end is given up at the limit`() {
        val endless = object : InputStream() {
            var given = 0L

            override fun read(): Int = 0.also { given++ }
        }
        val outcome = accepting.take("big.tflite") { endless } as Outcome.Refused
        assertEquals(Refusal.TOO_LARGE, outcome.refusal)
        assertEquals(true, endless.given < LIMIT + (1 shl 17))
        assertEquals(0, folder.list().orEmpty().size)
    }

    @Test
    fun `what cannot be opened or breaks off is said`() {
        assertEquals(Refusal.UNREADABLE, (accepting.take("a") { null } as Outcome.Refused).refusal)
        val gone = accepting.take("a") { throw IllegalStateException("not yours") } as Outcome.Refused
        assertEquals("not yours", gone.sentence)
        val torn = accepting.take("a") { throw IOException("torn") } as Outcome.Refused
        assertEquals("torn", torn.sentence)
        assertEquals(0, folder.list().orEmpty().size)
    }

    @Test
    fun `what a killed import left is cleared away by the next one`() {
        folder.mkdirs()
        File(folder, "half.tflite.part").writeText("half")
        taken("street.tflite", byteArrayOf(1))
        assertEquals(listOf("street.tflite"), folder.list().orEmpty().toList())
    }

    @Test
    fun `of a folder only models are offered`() {
        val names = arrayOf("a.tflite", "B.TFLITE", "a.tflite.part", "labels.txt", "webkit")
        assertEquals(listOf("a.tflite", "B.TFLITE"), ModelImport.offered(names))
        assertEquals(emptyList<String>(), ModelImport.offered(null))
    }

    private companion object {
        const val LIMIT = 1L shl 20
    }
}
