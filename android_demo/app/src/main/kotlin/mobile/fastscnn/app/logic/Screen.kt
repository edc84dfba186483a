package mobile.fastscnn.app.logic

/** Everything that the screen shows beside the picture; it outlives the activity. */
data class Screen(
    /** Of the model that is chosen; null where there is none that can be. */
    val title: String? = null,
    val summary: String = "",
    val trained: Boolean = true,
    /** What was asked for, and what is used. */
    val wanted: Backend,
    val used: Backend? = null,
    val camera: CameraGate = CameraGate(),
    val picture: Boolean = false,
    val busy: Busy? = null,
    /** Of a benchmark: 0..1. */
    val progress: Float = 0f,
    /** What a benchmark gave, until the user closes it. */
    val report: Report? = null,
    /** The newest last; the newest of each kind is kept. */
    val notices: List<Notice> = emptyList(),
) {
    /** A finished benchmark: its file, and what it says in words. */
    data class Report(val fileName: String, val sentences: List<String>)

    enum class Busy { LOADING, READING_PICTURE, IMPORTING, LISTING, BENCHMARK }

    /** A model is loaded and nothing long is under way. */
    val ready: Boolean get() = used != null && busy == null

    /** The camera is to run now: a benchmark is not disturbed by it. */
    val streaming: Boolean get() = camera.open && used != null && busy != Busy.BENCHMARK

    /** The notice to show; hindrances of the camera stay as long as they last. */
    val notice: Notice? get() = notices.lastOrNull() ?: camera.hindrance?.let { Notice.Camera(it) }

    fun told(notice: Notice): Screen =
        copy(notices = notices.filterNot { it.javaClass == notice.javaClass } + notice)

    /** The user has read the newest. */
    fun dismissed(): Screen =
        if (notices.isEmpty()) copy(camera = camera.released()) else copy(notices = notices.dropLast(1))

    fun loading(): Screen = copy(used = null, busy = Busy.LOADING, notices = notices.filterNot(::ofModel))

    fun loaded(title: String, summary: String, trained: Boolean, used: Backend): Screen =
        copy(title = title, summary = summary, trained = trained, used = used).finished(Busy.LOADING)

    /** No model runs; the notice says which one does not. */
    fun failed(notice: Notice): Screen =
        copy(title = null, summary = "", used = null).finished(Busy.LOADING).told(notice)

    /** Another task may have begun since: that one goes on. */
    fun finished(task: Busy): Screen = if (busy == task) copy(busy = null) else this

    private fun ofModel(notice: Notice): Boolean =
        notice is Notice.ModelRefused || notice is Notice.ModelFailed || notice is Notice.GpuNotUsed ||
            notice is Notice.NoModel
}
