package mobile.fastscnn.app

import android.app.Activity
import android.hardware.display.DisplayManager
import androidx.camera.core.ImageAnalysis
import androidx.core.content.ContextCompat

/** Keeps frames upright when a phone is turned by half, for which Android does not start the activity again. */
class Upright(private val activity: Activity) {
    private val displays = activity.getSystemService(DisplayManager::class.java)
    private var analysis: ImageAnalysis? = null
    private val listener = object : DisplayManager.DisplayListener {
        override fun onDisplayAdded(displayId: Int) = Unit

        override fun onDisplayRemoved(displayId: Int) = Unit

        override fun onDisplayChanged(displayId: Int) {
            analysis?.targetRotation = ContextCompat.getDisplayOrDefault(activity).rotation
        }
    }

    fun follow(followed: ImageAnalysis) {
        if (analysis == null) displays?.registerDisplayListener(listener, null)
        analysis = followed
    }

    fun rest() {
        if (analysis != null) displays?.unregisterDisplayListener(listener)
        analysis = null
    }
}
