package mobile.fastscnn.core

import java.nio.ByteBuffer
import java.util.zip.CRC32
import java.util.zip.DataFormatException
import java.util.zip.Inflater

/** The files that TFLite's metadata standard appends to a model, as a zip behind its bytes. */
internal class AppendedFiles(buffer: ByteBuffer) {
    private val bytes = FlatBytes(buffer)
    private val end: Long? = findEnd()

    /** The file of this name; null where there is no zip, or none in it that is called so. */
    fun find(name: String): ByteArray? {
        val end = end ?: return null
        val entries = bytes.unsignedShort(end + 10)
        val directory = bytes.unsignedInt(end + 12)
        // offsets count from the zip's begin, wherever the writer thought that was
        val moved = end - directory - bytes.unsignedInt(end + 16)
        var at = end - directory
        repeat(entries) {
            if (bytes.int(at) != DIRECTORY_ENTRY) throw damaged("the list of its appended files is none")
            val nameLength = bytes.unsignedShort(at + 28)
            if (String(bytes.copy(at + DIRECTORY_NAME, nameLength), Charsets.UTF_8) == name) return content(at, moved)
            at += DIRECTORY_NAME + nameLength + bytes.unsignedShort(at + 30) + bytes.unsignedShort(at + 32)
        }
        return null
    }

    private fun content(entry: Long, moved: Long): ByteArray {
        val stored = bytes.unsignedInt(entry + 20)
        val size = bytes.unsignedInt(entry + 24)
        val local = moved + bytes.unsignedInt(entry + 42)
        if (size > LARGEST || stored > LARGEST) throw damaged("an appended file has $size bytes")
        if (bytes.int(local) != LOCAL_ENTRY) throw damaged("an appended file is not where it should be")
        val begin = local + LOCAL_NAME + bytes.unsignedShort(local + 26) + bytes.unsignedShort(local + 28)
        val raw = bytes.copy(begin, stored.toInt())
        val content = when (bytes.unsignedShort(entry + 10)) {
            STORED -> raw
            DEFLATED -> inflated(raw, size.toInt())
            else -> throw damaged("an appended file is packed in a way that is not known")
        }
        val sum = CRC32().apply { update(content) }.value
        if (content.size.toLong() != size || sum != bytes.unsignedInt(entry + 16)) {
            throw damaged("an appended file is not what it was")
        }
        return content
    }

    private fun inflated(raw: ByteArray, size: Int): ByteArray {
        val inflater = Inflater(true)
        try {
            // one byte of input more than there is: what Inflater wants of data without a header
            inflater.setInput(raw.copyOf(raw.size + 1))
            val content = ByteArray(size)
            var done = 0
            while (done < size) {
                val more = inflater.inflate(content, done, size - done)
                if (more == 0) throw damaged("an appended file is cut")
                done += more
            }
            return content
        } catch (error: DataFormatException) {
            throw damaged("an appended file cannot be unpacked")
        } finally {
            inflater.end()
        }
    }

    /** Where the zip's last record begins: the last one that ends, its comment included, with the file. */
    private fun findEnd(): Long? {
        val last = bytes.length - END_BYTES.toLong()
        for (at in last downTo maxOf(0L, last - LONGEST_COMMENT)) {
            if (bytes.int(at) == END_RECORD && at + END_BYTES + bytes.unsignedShort(at + 20) == bytes.length.toLong()) {
                return at
            }
        }
        return null
    }

    private companion object {
        const val END_RECORD = 0x06054b50
        const val DIRECTORY_ENTRY = 0x02014b50
        const val LOCAL_ENTRY = 0x04034b50
        const val END_BYTES = 22
        const val DIRECTORY_NAME = 46L
        const val LOCAL_NAME = 30L
        const val LONGEST_COMMENT = 65535L
        const val STORED = 0
        const val DEFLATED = 8
        const val LARGEST = 1L shl 20
    }
}
