package mobile.fastscnn.app.logic

import java.io.File
import java.io.FileInputStream
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import mobile.fastscnn.core.ModelFile
import mobile.fastscnn.core.ModelProblem

/** Brings a shared file among the models: copied aside, judged, and only then given its name. */
class ModelImport(
    private val folder: File,
    private val limit: Long = LIMIT,
    private val judge: (ByteBuffer, String) -> Any = ModelFile::read,
) {
    enum class Refusal { TOO_LARGE, NO_MODEL, UNREADABLE }

    sealed class Outcome {
        /** `fileName` may differ from what it was called: nothing is overwritten. */
        data class Taken(val fileName: String) : Outcome()

        data class Refused(val refusal: Refusal, val sentence: String) : Outcome()
    }

    fun take(offered: String?, open: () -> InputStream?): Outcome {
        val name = fileName(offered)
        val aside = File(folder, "$name$UNFINISHED")
        return try {
            folder.mkdirs()
            // what a killed application left
            folder.listFiles { file -> file.name.endsWith(UNFINISHED) }?.forEach { it.delete() }
            val stream = open() ?: return Outcome.Refused(Refusal.UNREADABLE, "")
            val length = stream.use { copied(it, aside) }
            if (length > limit) return Outcome.Refused(Refusal.TOO_LARGE, (limit shr MEBI).toString())
            judge(mapped(aside), name)
            settled(aside, name)
        } catch (problem: ModelProblem) {
            Outcome.Refused(Refusal.NO_MODEL, problem.message.orEmpty())
        } catch (error: IOException) {
            Outcome.Refused(Refusal.UNREADABLE, error.message.orEmpty())
        } catch (error: RuntimeException) {
            // other applications' providers throw what they like
            Outcome.Refused(Refusal.UNREADABLE, error.message.orEmpty())
        } finally {
            aside.delete()
        }
    }

    /** As far as one byte over the limit, whatever the sender says of its length. */
    private fun copied(from: InputStream, aside: File): Long {
        var length = 0L
        val block = ByteArray(BLOCK)
        aside.outputStream().use { to ->
            while (length <= limit) {
                val more = from.read(block)
                if (more < 0) break
                to.write(block, 0, more)
                length += more
            }
        }
        return length
    }

    /** Under its name, or the next free one; the same file again is the same name again. */
    private fun settled(aside: File, name: String): Outcome {
        val stem = name.removeSuffix(SUFFIX)
        val free = generateSequence(1) { it + 1 }
            .map { File(folder, if (it == 1) name else "$stem-$it$SUFFIX") }
            .first { !it.exists() || same(it, aside) }
        if (!free.exists() && !aside.renameTo(free)) {
            return Outcome.Refused(Refusal.UNREADABLE, "")
        }
        return Outcome.Taken(free.name)
    }

    private fun same(one: File, other: File): Boolean =
        one.length() == other.length() && mapped(one) == mapped(other)

    private fun mapped(file: File): ByteBuffer =
        FileInputStream(file).use { it.channel.map(FileChannel.MapMode.READ_ONLY, 0, file.length()) }

    companion object {
        const val SUFFIX = ".tflite"
        const val UNFINISHED = ".part"

        /** Far above any Fast-SCNN, far below a phone's memory. */
        const val LIMIT = 64L shl 20
        private const val MEBI = 20
        private const val BLOCK = 1 shl 16
        private const val LONGEST = 100

        /** A file's name and nothing else: no folder, no letters that file systems refuse, one suffix. */
        fun fileName(offered: String?): String {
            val last = offered.orEmpty().substringAfterLast('/').substringAfterLast('\\')
            val bare = if (last.endsWith(SUFFIX, ignoreCase = true)) last.dropLast(SUFFIX.length) else last
            val stem = bare.map { if (it.isLetterOrDigit() || it in "-_.") it else '_' }
                .joinToString("").trim('.').take(LONGEST)
            return "${stem.ifEmpty { "model" }}$SUFFIX"
        }

        /** What the picker offers of a folder's files. */
        fun offered(fileNames: Array<String>?): List<String> =
            fileNames.orEmpty().filter { it.endsWith(SUFFIX, ignoreCase = true) }
    }
}
