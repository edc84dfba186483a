// Signatures of androidx.core's content that the application uses, from its public reference.
package androidx.core.content

import android.content.ContentProvider
import android.content.Context
import android.net.Uri
import android.view.Display
import java.io.File
import java.util.concurrent.Executor

object ContextCompat {
    @JvmStatic
    fun getDisplayOrDefault(context: Context): Display = throw NotImplementedError()

    @JvmStatic
    fun getMainExecutor(context: Context): Executor = throw NotImplementedError()
}

abstract class FileProvider : ContentProvider() {
    companion object {
        @JvmStatic
        fun getUriForFile(context: Context, authority: String, file: File): Uri = throw NotImplementedError()
    }
}
