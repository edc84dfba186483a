package mobile.fastscnn.app

import android.util.Size
import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import androidx.camera.core.resolutionselector.ResolutionSelector
import androidx.camera.core.resolutionselector.ResolutionStrategy
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.core.content.ContextCompat
import java.util.concurrent.Executor

/** The camera's frames, one at a time, the newest always; it rests with the activity. */
class CameraFeed(
    private val activity: ComponentActivity,
    private val worker: Executor,
    private val onFrame: (ImageProxy) -> Unit,
    private val onLost: () -> Unit,
) {
    private val upright = Upright(activity)
    private var provider: ProcessCameraProvider? = null
    private var wanted: Size? = null

    /** For a model of this size: frames at least as large, where the camera has them. */
    fun start(width: Int, height: Int) {
        val size = Size(width, height)
        if (size == wanted) return
        wanted = size
        val future = ProcessCameraProvider.getInstance(activity)
        val ready = Runnable {
            if (wanted == size) {
                try {
                    bind(future.get(), size)
                } catch (error: Exception) {
                    // whatever CameraX cannot do, the screen says that there is no camera
                    lose()
                }
            }
        }
        future.addListener(ready, ContextCompat.getMainExecutor(activity))
    }

    fun stop() {
        if (wanted == null) return
        wanted = null
        upright.rest()
        provider?.unbindAll()
    }

    private fun bind(found: ProcessCameraProvider, size: Size) {
        provider = found
        val selector = listOf(CameraSelector.DEFAULT_BACK_CAMERA, CameraSelector.DEFAULT_FRONT_CAMERA)
            .firstOrNull { found.hasCamera(it) }
        if (selector == null) {
            lose()
            return
        }
        val strategy = ResolutionStrategy(size, ResolutionStrategy.FALLBACK_RULE_CLOSEST_HIGHER_THEN_LOWER)
        val analysis = ImageAnalysis.Builder()
            .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
            .setOutputImageFormat(ImageAnalysis.OUTPUT_IMAGE_FORMAT_RGBA_8888)
            .setResolutionSelector(ResolutionSelector.Builder().setResolutionStrategy(strategy).build())
            .build()
        analysis.setAnalyzer(worker) { frame -> frame.use(onFrame) }
        upright.follow(analysis)
        found.unbindAll()
        val camera = found.bindToLifecycle(activity, selector, analysis)
        camera.cameraInfo.cameraState.observe(activity) { state -> if (state.error != null) lose() }
    }

    private fun lose() {
        stop()
        onLost()
    }
}
