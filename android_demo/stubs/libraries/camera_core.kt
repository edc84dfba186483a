// Signatures of androidx.camera:camera-core that the application uses, from its public reference.
package androidx.camera.core

import androidx.camera.core.resolutionselector.ResolutionSelector
import androidx.lifecycle.LiveData
import java.nio.ByteBuffer
import java.util.concurrent.Executor

abstract class UseCase

interface ImageInfo {
    val rotationDegrees: Int
}

interface ImageProxy : AutoCloseable {
    interface PlaneProxy {
        val rowStride: Int
        val pixelStride: Int
        val buffer: ByteBuffer
    }

    override fun close()

    val width: Int
    val height: Int
    val planes: Array<PlaneProxy>
    val imageInfo: ImageInfo
}

class ImageAnalysis private constructor() : UseCase() {
    fun interface Analyzer {
        fun analyze(image: ImageProxy)
    }

    class Builder {
        fun setBackpressureStrategy(strategy: Int): Builder = throw NotImplementedError()

        fun setOutputImageFormat(format: Int): Builder = throw NotImplementedError()

        fun setResolutionSelector(selector: ResolutionSelector): Builder = throw NotImplementedError()

        fun build(): ImageAnalysis = throw NotImplementedError()
    }

    var targetRotation: Int
        get() = throw NotImplementedError()
        set(value) = throw NotImplementedError()

    fun setAnalyzer(executor: Executor, analyzer: Analyzer): Unit = throw NotImplementedError()

    companion object {
        const val STRATEGY_KEEP_ONLY_LATEST = 0
        const val OUTPUT_IMAGE_FORMAT_RGBA_8888 = 2
    }
}

class CameraSelector private constructor() {
    companion object {
        @JvmField
        val DEFAULT_FRONT_CAMERA: CameraSelector = throw NotImplementedError()

        @JvmField
        val DEFAULT_BACK_CAMERA: CameraSelector = throw NotImplementedError()
    }
}

abstract class CameraState {
    abstract class StateError

    abstract val error: StateError?
}

interface CameraInfo {
    val cameraState: LiveData<CameraState>
}

interface Camera {
    val cameraInfo: CameraInfo
}
