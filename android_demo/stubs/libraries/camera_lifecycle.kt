// Signatures of androidx.camera:camera-lifecycle that the application uses, from its public reference.
package androidx.camera.lifecycle

import android.content.Context
import androidx.camera.core.Camera
import androidx.camera.core.CameraSelector
import androidx.camera.core.UseCase
import androidx.lifecycle.LifecycleOwner
import com.google.common.util.concurrent.ListenableFuture

class ProcessCameraProvider private constructor() {
    fun hasCamera(selector: CameraSelector): Boolean = throw NotImplementedError()

    fun unbindAll(): Unit = throw NotImplementedError()

    fun bindToLifecycle(owner: LifecycleOwner, selector: CameraSelector, vararg useCases: UseCase?): Camera =
        throw NotImplementedError()

    companion object {
        @JvmStatic
        fun getInstance(context: Context): ListenableFuture<ProcessCameraProvider> = throw NotImplementedError()
    }
}
