package mobile.fastscnn.app.logic

import java.util.Locale
import mobile.fastscnn.core.Model
import mobile.fastscnn.core.Segmenter

/** What the panel shows of the frames so far: a snapshot, so that the screen never reads what is being written. */
class Reading(val table: LatencyTable, val legend: List<Share>, val enlarged: Boolean) {
    /** A class with its colour (0xFFRRGGBB) and its part of the picture in percent. */
    data class Share(val name: String, val color: Int, val percent: String)

    companion object {
        private const val WHOLE = 100.0

        fun of(segmenter: Segmenter, model: Model, enlarged: Boolean, locale: Locale): Reading {
            val order = IntArray(model.classes.size)
            val shares = List(segmenter.overlay.ranked(order)) { place ->
                val label = order[place]
                val kind = model.classes[label]
                val percent = String.format(locale, "%.1f", segmenter.overlay.share(label) * WHOLE)
                Share(kind.name, kind.color, percent)
            }
            return Reading(LatencyTable(segmenter.statistics, locale), shares, enlarged)
        }
    }
}
