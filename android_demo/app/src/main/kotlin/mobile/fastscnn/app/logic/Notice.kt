package mobile.fastscnn.app.logic

/** What the screen has to tell; the words are resources. */
sealed class Notice {
    object NoModel : Notice()

    /** The file says something of itself that does not fit, or nothing: the reader's sentence. */
    data class ModelRefused(val title: String, val sentence: String) : Notice()

    /** The file reads well, but the runtime does not run it. */
    data class ModelFailed(val title: String, val reason: String) : Notice()

    data class GpuNotUsed(val reason: String) : Notice()

    data class Camera(val hindrance: CameraGate.Hindrance) : Notice()

    object PictureUnreadable : Notice()

    data class Imported(val names: List<String>) : Notice()

    data class ImportRefused(val name: String, val refusal: ModelImport.Refusal, val sentence: String) : Notice()

    data class BenchmarkFailed(val reason: String) : Notice()

    object BenchmarkStopped : Notice()

    object ReportUnshared : Notice()

    data class Removed(val name: String) : Notice()

    /** No application of this phone does what was asked for. */
    object NothingOpens : Notice()
}
