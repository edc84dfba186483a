package mobile.fastscnn.core

import java.nio.ByteBuffer

/** A file that may be a model: where it is from, and how its bytes are had (mapped, best). */
class Candidate(
    /** The file's name, with or without `.tflite`. */
    val fileName: String,
    /** Where it lies, for people: it tells files of one name apart. */
    val place: String,
    /** May throw IOException. */
    val open: () -> ByteBuffer,
)

/** What became of reading a file. */
sealed class ModelReading {
    class Read(val model: Model) : ModelReading()

    class Refused(val problem: ModelProblem) : ModelReading()
}

/** A place in the picker: a model, or why the file is none. */
class ShelfEntry internal constructor(
    val candidate: Candidate,
    /** The file's name without `.tflite`, and with its place where another file has the same one. */
    val title: String,
) {
    /** Reads the file at the first call; never throws. */
    val reading: ModelReading by lazy {
        try {
            ModelReading.Read(ModelFile.read(candidate.open(), candidate.fileName))
        } catch (problem: ModelProblem) {
            ModelReading.Refused(problem)
        } catch (error: Exception) {
            // files of others go away or are withdrawn, and providers throw what they like
            val why = error.message ?: error.javaClass.simpleName
            val sentence = "\"${candidate.fileName}\" cannot be opened: $why."
            ModelReading.Refused(ModelProblem(sentence, "Choose another, or copy it again.", error))
        }
    }
}

/** All files that may be models, in the order in which people read names; two hundred are no burden. */
class ModelShelf(candidates: List<Candidate>) {
    /** Sorted by title, numbers by value. Nothing is read yet. */
    val entries: List<ShelfEntry>

    init {
        val names = candidates.groupingBy { plain(it.fileName) }.eachCount()
        entries = candidates
            .map { candidate ->
                val name = plain(candidate.fileName)
                ShelfEntry(candidate, if (names[name] == 1) name else "$name (${candidate.place})")
            }
            .sortedWith { one, other -> compare(one.title, other.title) }
    }

    /**
     * The entry of this title if its file can be read, else the first that can; null where there is none.
     *
     * Reads no more files than it must.
     */
    fun usable(preferred: String? = null): ShelfEntry? =
        entries.firstOrNull { it.title == preferred && it.isModel() } ?: entries.firstOrNull { it.isModel() }

    private fun ShelfEntry.isModel() = reading is ModelReading.Read

    private fun plain(fileName: String) = fileName.removeSuffix(".tflite")

    private companion object {
        val NUMBER_OR_WORD = Regex("[0-9]{1,18}|[^0-9]+|[0-9]+")

        /** Parts that are numbers by value, others without regard to case. */
        fun compare(one: String, other: String): Int {
            val parts = NUMBER_OR_WORD.findAll(one).map { it.value }.toList()
            val others = NUMBER_OR_WORD.findAll(other).map { it.value }.toList()
            for ((part, against) in parts.zip(others)) {
                val number = part.toLongOrNull()
                val second = against.toLongOrNull()
                val order = if (number != null && second != null) {
                    number.compareTo(second)
                } else {
                    part.compareTo(against, ignoreCase = true)
                }
                if (order != 0) return order
            }
            val order = parts.size.compareTo(others.size)
            return if (order != 0) order else one.compareTo(other)
        }
    }
}
