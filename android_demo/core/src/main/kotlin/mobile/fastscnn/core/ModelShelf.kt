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

/** A place in the picker: a model, or why the file is none. */
class ShelfEntry internal constructor(
    val candidate: Candidate,
    /** The file's name, with its place where another file has the same one. */
    val title: String,
) {
    /** Reads the file at the first call; never throws. */
    val reading: ModelReading get() = throw NotImplementedError()
}

/** What became of reading a file. */
sealed class ModelReading {
    class Read(val model: Model) : ModelReading()

    class Refused(val problem: ModelProblem) : ModelReading()
}

/** All files that may be models, in the order in which people read names; two hundred are no burden. */
class ModelShelf(candidates: List<Candidate>) {
    /** Sorted by title, numbers by value. Nothing is read yet. */
    val entries: List<ShelfEntry> = throw NotImplementedError()

    /**
     * The entry of this title if its file can be read, else the first that can; null where there is none.
     *
     * Reads no more files than it must.
     */
    fun usable(preferred: String? = null): ShelfEntry? = throw NotImplementedError()
}
