package mobile.fastscnn.app

import android.content.Context
import java.io.File
import java.io.FileInputStream
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.security.MessageDigest
import mobile.fastscnn.app.logic.ModelImport
import mobile.fastscnn.core.Candidate
import mobile.fastscnn.core.ModelShelf
import mobile.fastscnn.core.ShelfEntry

/** A `.tflite` file that lies in the application's assets or in its files. */
sealed class StoredModel(val fileName: String) {
    class Asset(name: String) : StoredModel(name)

    class Added(val file: File) : StoredModel(file.name)
}

/** All files that may be models: what fastscnn-export put into `assets/`, and what the user shared. */
class ModelStore(private val context: Context) {
    val folder = File(context.filesDir, FOLDER)

    /** What is there now, and of each candidate where it lies. */
    class Contents(val shelf: ModelShelf, private val places: Map<Candidate, StoredModel>) {
        fun place(entry: ShelfEntry): StoredModel = places.getValue(entry.candidate)

        /** Null where it came with the application, and so cannot be removed. */
        fun added(entry: ShelfEntry): StoredModel.Added? = place(entry) as? StoredModel.Added
    }

    fun contents(): Contents {
        val assets = ModelImport.offered(assetNames()).map { StoredModel.Asset(it) }
        val added = ModelImport.offered(folder.list()).map { StoredModel.Added(File(folder, it)) }
        val places = (assets + added).associateBy { stored ->
            Candidate(stored.fileName, context.getString(placeOf(stored))) { bytes(stored) }
        }
        return Contents(ModelShelf(places.keys.toList()), places)
    }

    fun remove(stored: StoredModel.Added): Boolean = stored.file.delete()

    fun sha256(stored: StoredModel): String {
        val digest = MessageDigest.getInstance("SHA-256")
        val block = ByteArray(BLOCK)
        stream(stored).use { from ->
            while (true) {
                val more = from.read(block)
                if (more < 0) break
                digest.update(block, 0, more)
            }
        }
        return digest.digest().joinToString("") { "%02x".format(it) }
    }

    private fun assetNames(): Array<String>? = try {
        context.assets.list("")
    } catch (error: IOException) {
        null
    }

    private fun placeOf(stored: StoredModel): Int =
        if (stored is StoredModel.Asset) R.string.place_built_in else R.string.place_added

    private fun bytes(stored: StoredModel): ByteBuffer = when (stored) {
        is StoredModel.Added -> FileInputStream(stored.file).use { mapped(it.channel, 0, stored.file.length()) }
        is StoredModel.Asset -> try {
            context.assets.openFd(stored.fileName).use { asset ->
                FileInputStream(asset.fileDescriptor).use { mapped(it.channel, asset.startOffset, asset.length) }
            }
        } catch (error: FileNotFoundException) {
            // an asset that was compressed cannot be mapped
            ByteBuffer.wrap(stream(stored).use { it.readBytes() })
        }
    }

    private fun mapped(channel: FileChannel, offset: Long, length: Long): ByteBuffer =
        channel.map(FileChannel.MapMode.READ_ONLY, offset, length)

    private fun stream(stored: StoredModel): InputStream = when (stored) {
        is StoredModel.Added -> FileInputStream(stored.file)
        is StoredModel.Asset -> context.assets.open(stored.fileName)
    }

    private companion object {
        const val FOLDER = "models"
        const val BLOCK = 1 shl 16
    }
}
