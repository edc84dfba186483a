// Signatures of androidx.activity that the application uses, from its public reference.
package androidx.activity

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import androidx.activity.result.ActivityResultCallback
import androidx.activity.result.ActivityResultLauncher
import androidx.activity.result.contract.ActivityResultContract
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.ViewModel
import androidx.lifecycle.ViewModelStoreOwner

open class ComponentActivity : Activity(), LifecycleOwner, ViewModelStoreOwner {
    override fun onCreate(savedInstanceState: Bundle?): Unit = throw NotImplementedError()

    override fun onNewIntent(intent: Intent): Unit = throw NotImplementedError()

    fun <I, O> registerForActivityResult(
        contract: ActivityResultContract<I, O>,
        callback: ActivityResultCallback<O>,
    ): ActivityResultLauncher<I> = throw NotImplementedError()
}

inline fun <reified VM : ViewModel> ComponentActivity.viewModels(): Lazy<VM> = throw NotImplementedError()

fun ComponentActivity.enableEdgeToEdge(): Unit = throw NotImplementedError()
