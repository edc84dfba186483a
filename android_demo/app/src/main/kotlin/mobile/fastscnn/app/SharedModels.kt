package mobile.fastscnn.app

import android.content.ContentResolver
import android.content.Intent
import android.net.Uri
import android.os.Build
import android.provider.OpenableColumns
import mobile.fastscnn.app.logic.ModelImport
import mobile.fastscnn.app.logic.Notice

/** Files that other applications share with this one. */
class SharedModels(private val resolver: ContentResolver, private val import: ModelImport) {
    class Taken(val fileNames: List<String>, val notices: List<Notice>)

    /** The worker's thread: what became of each file. */
    fun take(uris: List<Uri>): Taken {
        val taken = ArrayList<String>()
        val notices = ArrayList<Notice>()
        for (uri in uris) {
            val name = name(uri)
            when (val outcome = import.take(name) { resolver.openInputStream(uri) }) {
                is ModelImport.Outcome.Taken -> taken.add(outcome.fileName)
                is ModelImport.Outcome.Refused ->
                    notices.add(Notice.ImportRefused(name, outcome.refusal, outcome.sentence))
            }
        }
        if (taken.isNotEmpty()) notices.add(Notice.Imported(taken))
        return Taken(taken, notices)
    }

    private fun name(uri: Uri): String {
        val columns = arrayOf(OpenableColumns.DISPLAY_NAME)
        val told = try {
            resolver.query(uri, columns, null, null, null)?.use { if (it.moveToFirst()) it.getString(0) else null }
        } catch (error: RuntimeException) {
            // other applications' providers throw what they like
            null
        }
        return told ?: uri.lastPathSegment.orEmpty()
    }

    companion object {
        /** What an intent brings; none where it brings nothing. */
        fun of(intent: Intent): List<Uri> = when (intent.action) {
            Intent.ACTION_VIEW -> listOfNotNull(intent.data)
            Intent.ACTION_SEND -> listOfNotNull(stream(intent))
            Intent.ACTION_SEND_MULTIPLE -> streams(intent)
            else -> emptyList()
        }

        @Suppress("DEPRECATION")
        private fun stream(intent: Intent): Uri? =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
                intent.getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java)
            } else {
                intent.getParcelableExtra(Intent.EXTRA_STREAM)
            }

        @Suppress("DEPRECATION")
        private fun streams(intent: Intent): List<Uri> =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
                intent.getParcelableArrayListExtra(Intent.EXTRA_STREAM, Uri::class.java)
            } else {
                intent.getParcelableArrayListExtra(Intent.EXTRA_STREAM)
            }.orEmpty()
    }
}
