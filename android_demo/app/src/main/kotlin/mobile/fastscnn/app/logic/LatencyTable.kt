package mobile.fastscnn.app.logic

import java.util.Locale
import mobile.fastscnn.core.LatencyStatistics
import mobile.fastscnn.core.RollingLatency

/** The latency split as cells of text: stages down, percentiles across. */
class LatencyTable(statistics: LatencyStatistics, locale: Locale) {
    /** Prepare, inference, colour and their sum: p50, p90 and p99 in milliseconds each. */
    val rows: List<List<String>> =
        listOf(statistics.prepare, statistics.inference, statistics.colour, statistics.total).map { stage ->
            if (stage.count == 0) List(COLUMNS) { NONE } else cells(stage, locale)
        }

    /** Frames in a second, as far as the stages decide it; null before the first frame. */
    val rate: String? =
        if (statistics.total.count == 0) null else format(SECOND / statistics.total.p50, locale)

    private fun cells(stage: RollingLatency, locale: Locale): List<String> =
        listOf(stage.p50, stage.p90, stage.p99).map { format(it, locale) }

    companion object {
        const val COLUMNS = 3
        private const val NONE = "–"
        private const val SECOND = 1000.0
        private const val LONG = 100.0
        private const val SHORT = 10.0

        /** Three digits are what a latency is worth. */
        fun format(number: Double, locale: Locale): String = when {
            number.isNaN() || number.isInfinite() -> NONE
            number >= LONG -> String.format(locale, "%.0f", number)
            number >= SHORT -> String.format(locale, "%.1f", number)
            else -> String.format(locale, "%.2f", number)
        }
    }
}
