package mobile.fastscnn.app

import android.content.res.Resources
import mobile.fastscnn.app.logic.Backend
import mobile.fastscnn.app.logic.CameraGate
import mobile.fastscnn.app.logic.ModelImport
import mobile.fastscnn.app.logic.Notice
import mobile.fastscnn.app.logic.Screen
import mobile.fastscnn.app.logic.Thermal

/** What the application's states are called on the screen, in the user's language. */
class Words(private val resources: Resources) {
    fun of(notice: Notice): String = when (notice) {
        Notice.NoModel -> text(R.string.notice_no_model)
        is Notice.ModelRefused -> text(R.string.notice_model_refused, notice.title, notice.sentence)
        is Notice.ModelFailed -> text(R.string.notice_model_failed, notice.title, notice.reason)
        is Notice.GpuNotUsed -> text(R.string.notice_gpu_not_used, notice.reason)
        is Notice.Camera -> of(notice.hindrance)
        Notice.PictureUnreadable -> text(R.string.notice_picture_unreadable)
        is Notice.Imported -> text(R.string.notice_imported, notice.names.joinToString(LIST))
        is Notice.ImportRefused -> of(notice)
        is Notice.BenchmarkFailed -> text(R.string.notice_benchmark_failed, notice.reason)
        Notice.BenchmarkStopped -> text(R.string.notice_benchmark_stopped)
        Notice.ReportUnshared -> text(R.string.notice_report_unshared)
        is Notice.Removed -> text(R.string.notice_removed, notice.name)
        Notice.NothingOpens -> text(R.string.notice_nothing_opens)
    }

    fun of(backend: Backend): String = when (backend) {
        is Backend.Cpu -> resources.getQuantityString(R.plurals.backend_cpu, backend.threads, backend.threads)
        Backend.Gpu -> text(R.string.backend_gpu)
    }

    fun of(busy: Screen.Busy): String = text(
        when (busy) {
            Screen.Busy.LOADING -> R.string.busy_loading
            Screen.Busy.READING_PICTURE -> R.string.busy_picture
            Screen.Busy.IMPORTING -> R.string.busy_importing
            Screen.Busy.LISTING -> R.string.busy_listing
            Screen.Busy.BENCHMARK -> R.string.busy_benchmark
        },
    )

    fun of(thermal: Thermal?): String = text(
        when (thermal) {
            null -> R.string.thermal_unknown
            Thermal.NONE -> R.string.thermal_none
            Thermal.LIGHT -> R.string.thermal_light
            Thermal.MODERATE -> R.string.thermal_moderate
            Thermal.SEVERE -> R.string.thermal_severe
            Thermal.CRITICAL -> R.string.thermal_critical
            Thermal.EMERGENCY -> R.string.thermal_emergency
            Thermal.SHUTDOWN -> R.string.thermal_shutdown
        },
    )

    private fun of(hindrance: CameraGate.Hindrance): String = text(
        when (hindrance) {
            CameraGate.Hindrance.DENIED -> R.string.camera_denied
            CameraGate.Hindrance.DENIED_FOR_GOOD -> R.string.camera_denied_for_good
            CameraGate.Hindrance.REVOKED -> R.string.camera_revoked
            CameraGate.Hindrance.UNAVAILABLE -> R.string.camera_unavailable
        },
    )

    private fun of(notice: Notice.ImportRefused): String = when (notice.refusal) {
        ModelImport.Refusal.TOO_LARGE -> text(R.string.import_too_large, notice.name, notice.sentence)
        ModelImport.Refusal.NO_MODEL -> text(R.string.import_no_model, notice.name, notice.sentence)
        ModelImport.Refusal.UNREADABLE -> text(R.string.import_unreadable, notice.name, notice.sentence)
    }

    private fun text(id: Int, vararg values: Any): String = resources.getString(id, *values)

    private companion object {
        const val LIST = ", "
    }
}
