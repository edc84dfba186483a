package mobile.fastscnn.app

import android.app.Activity
import android.view.View
import android.widget.Button
import android.widget.ProgressBar
import android.widget.TextView
import mobile.fastscnn.app.logic.Reading
import mobile.fastscnn.app.logic.Screen
import mobile.fastscnn.app.logic.Thermal

/** Everything in words: the model, where it runs, how long it takes, what it sees, the device, what is wrong. */
class Panel(private val activity: Activity, private val words: Words, private val device: DeviceLook) {
    private val notice: TextView = activity.findViewById(R.id.notice)
    private val noticeBar: View = activity.findViewById(R.id.notice_bar)
    private val busy: TextView = activity.findViewById(R.id.busy)
    private val progress: ProgressBar = activity.findViewById(R.id.progress)
    private val stop: View = activity.findViewById(R.id.stop)
    private val model: TextView = activity.findViewById(R.id.model)
    private val backend: TextView = activity.findViewById(R.id.backend_used)
    private val rate: TextView = activity.findViewById(R.id.rate)
    private val latency: LatencyView = activity.findViewById(R.id.latency)
    private val legend: LegendView = activity.findViewById(R.id.legend)
    private val facts: TextView = activity.findViewById(R.id.device)
    private val heat: TextView = activity.findViewById(R.id.thermal)
    private val settings: Button = activity.findViewById(R.id.open_settings)
    private val seen: View = activity.findViewById(R.id.segmented)
    private val hint: View = activity.findViewById(R.id.hint)

    fun show(screen: Screen, reading: Reading?) {
        showNotice(screen)
        busy.text = screen.busy?.let(words::of).orEmpty()
        busy.visibility = visible(screen.busy != null)
        progress.visibility = visible(screen.busy == Screen.Busy.BENCHMARK)
        stop.visibility = progress.visibility
        progress.progress = Math.round(screen.progress * progress.max)
        model.text = modelLine(screen)
        backend.text = screen.used?.let { activity.getString(R.string.backend_used, words.of(it)) }.orEmpty()
        hint.visibility = visible(reading == null)
        if (reading != null) showReading(reading, screen)
        showDevice()
    }

    private fun showNotice(screen: Screen) {
        val told = screen.notice
        noticeBar.visibility = visible(told != null)
        val text = told?.let(words::of).orEmpty()
        // a live region speaks whenever its text is set: only when it is another one
        if (notice.text.toString() != text) notice.text = text
        settings.visibility = visible(screen.camera.hindrance != null)
    }

    private fun modelLine(screen: Screen): String {
        val title = screen.title ?: return activity.getString(R.string.model_none)
        val untrained = if (screen.trained) "" else activity.getString(R.string.model_untrained)
        return activity.getString(R.string.model_line, title, screen.summary, untrained).trim()
    }

    private fun showReading(reading: Reading, screen: Screen) {
        latency.show(reading.table)
        legend.show(reading.legend)
        val frames = reading.table.rate.orEmpty()
        val enlarged = if (reading.enlarged) activity.getString(R.string.enlarged) else ""
        rate.text = activity.getString(R.string.rate, frames, enlarged).trim()
        // for a picture alone: of a camera nobody wants every frame read aloud
        val still = screen.picture && !screen.camera.wanted
        seen.contentDescription = if (still) described(reading) else activity.getString(R.string.seen_camera)
    }

    private fun described(reading: Reading): String {
        val shares = reading.legend.joinToString(LIST) {
            activity.getString(R.string.seen_share, it.name, it.percent)
        }
        return activity.getString(R.string.seen_picture, shares)
    }

    private fun showDevice() {
        val told = device.facts
        val features = told.features?.joinToString(" ") ?: activity.getString(R.string.features_unknown)
        facts.text = activity.getString(R.string.device, told.board, told.cpu, features, told.system)
        val thermal = Thermal.of(device.thermalStatus())
        val slow = if (thermal?.throttles == true) activity.getString(R.string.thermal_throttles) else ""
        heat.text = activity.getString(R.string.thermal, words.of(thermal), slow).trim()
    }

    private fun visible(there: Boolean): Int = if (there) View.VISIBLE else View.GONE

    private companion object {
        const val LIST = ", "
    }
}
