package mobile.fastscnn.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The bytes of a file, little-endian, every access checked: what points out of them is a [ModelProblem]. */
internal class FlatBytes(buffer: ByteBuffer) {
    private val bytes: ByteBuffer = buffer.slice().order(ByteOrder.LITTLE_ENDIAN)
    val length: Int get() = bytes.limit()

    fun byte(at: Long): Int = bytes.get(checked(at, 1)).toInt()

    fun unsignedByte(at: Long): Int = byte(at) and 0xff

    fun unsignedShort(at: Long): Int = bytes.getShort(checked(at, 2)).toInt() and 0xffff

    fun int(at: Long): Int = bytes.getInt(checked(at, 4))

    fun unsignedInt(at: Long): Long = int(at).toLong() and 0xffffffffL

    fun long(at: Long): Long = bytes.getLong(checked(at, 8))

    fun float(at: Long): Float = bytes.getFloat(checked(at, 4))

    /** Four letters at a place, as file identifiers are. */
    fun letters(at: Long): String = String(copy(at, 4), Charsets.ISO_8859_1)

    fun copy(at: Long, count: Int): ByteArray {
        val copied = ByteArray(count)
        part(at, count.toLong()).get(copied)
        return copied
    }

    /** A view of some bytes. */
    fun part(at: Long, count: Long): ByteBuffer {
        val view = bytes.duplicate()
        val begin = checked(at, count)
        view.limit(begin + count.toInt())
        view.position(begin)
        return view.slice().order(ByteOrder.LITTLE_ENDIAN)
    }

    private fun checked(at: Long, size: Long): Int {
        if (at < 0 || size < 0 || at > length - size) {
            throw damaged("it points out of itself, as a file does that was cut")
        }
        return at.toInt()
    }
}

internal fun damaged(how: String): ModelProblem =
    ModelProblem("The file is damaged: $how.", "Copy it again, or export it again with fastscnn-export.")

/** A FlatBuffer's table. Fields are asked for by their slots in the schema. */
internal class FlatTable private constructor(private val bytes: FlatBytes, private val position: Long) {
    private val virtual = position - bytes.int(position)
    private val slots = bytes.unsignedShort(virtual)

    fun byte(slot: Int): Int = at(slot)?.let { bytes.byte(it) } ?: 0

    fun int(slot: Int): Int = at(slot)?.let { bytes.int(it) } ?: 0

    fun table(slot: Int): FlatTable? = at(slot)?.let { FlatTable(bytes, it + bytes.unsignedInt(it)) }

    fun string(slot: Int): String? {
        val letters = vector(slot, 1) ?: return null
        if (letters.size > LONGEST_STRING) throw damaged("a name in it has ${letters.size} letters")
        return String(bytes.copy(letters.start, letters.size), Charsets.UTF_8)
    }

    /** A vector of elements of so many bytes each. */
    fun vector(slot: Int, elementBytes: Int): FlatVector? {
        val field = at(slot) ?: return null
        val start = field + bytes.unsignedInt(field)
        return FlatVector(bytes, start + LENGTH_BYTES, bytes.unsignedInt(start), elementBytes)
    }

    private fun at(slot: Int): Long? {
        val entry = FIRST_SLOT + 2 * slot
        if (entry + 2 > slots) return null
        val offset = bytes.unsignedShort(virtual + entry)
        return if (offset == 0) null else position + offset
    }

    companion object {
        private const val FIRST_SLOT = 4
        private const val LENGTH_BYTES = 4
        private const val LONGEST_STRING = 1 shl 16

        /** The table that a buffer begins with. */
        fun root(bytes: FlatBytes): FlatTable = FlatTable(bytes, bytes.unsignedInt(0))

        internal fun at(bytes: FlatBytes, position: Long): FlatTable = FlatTable(bytes, position)
    }
}

/** A vector of a FlatBuffer; the whole of it lies within the bytes. */
internal class FlatVector(private val bytes: FlatBytes, val start: Long, length: Long, private val elementBytes: Int) {
    val size: Int

    init {
        bytes.part(start, length * elementBytes)
        size = length.toInt()
    }

    fun int(index: Int): Int = bytes.int(place(index))

    fun long(index: Int): Long = bytes.long(place(index))

    fun float(index: Int): Float = bytes.float(place(index))

    fun table(index: Int): FlatTable = place(index).let { FlatTable.at(bytes, it + bytes.unsignedInt(it)) }

    /** The bytes themselves, of a vector of bytes. */
    fun view(): ByteBuffer = bytes.part(start, size.toLong() * elementBytes)

    private fun place(index: Int): Long {
        if (index < 0 || index >= size) throw damaged("it asks for entry $index of $size")
        return start + index.toLong() * elementBytes
    }
}
