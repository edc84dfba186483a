package mobile.fastscnn.app

import android.app.Activity
import android.app.AlertDialog
import android.content.ActivityNotFoundException
import android.content.Intent
import androidx.core.content.FileProvider
import java.io.File
import mobile.fastscnn.app.logic.Screen

/** What a benchmark gave, in words, and its file for others. */
class ReportDialog(private val activity: Activity, private val failed: () -> Unit) {
    fun show(report: Screen.Report, file: File, closed: () -> Unit): AlertDialog = AlertDialog.Builder(activity)
        .setTitle(R.string.report_title)
        .setMessage(report.sentences.joinToString("\n\n"))
        .setPositiveButton(R.string.report_share) { _, _ -> share(file) }
        .setNegativeButton(R.string.close, null)
        .setOnDismissListener { closed() }
        .show()

    private fun share(file: File) {
        try {
            val uri = FileProvider.getUriForFile(activity, activity.packageName + AUTHORITY, file)
            val send = Intent(Intent.ACTION_SEND)
                .setType(JSON)
                .putExtra(Intent.EXTRA_STREAM, uri)
                .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
            activity.startActivity(Intent.createChooser(send, activity.getString(R.string.report_share)))
        } catch (error: IllegalArgumentException) {
            // the file was cleared away with the cache
            failed()
        } catch (error: ActivityNotFoundException) {
            failed()
        }
    }

    private companion object {
        /** As the manifest's provider is called. */
        const val AUTHORITY = ".files"
        const val JSON = "application/json"
    }
}
