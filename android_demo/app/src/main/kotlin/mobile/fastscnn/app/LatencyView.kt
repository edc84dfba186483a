package mobile.fastscnn.app

import android.content.Context
import android.util.AttributeSet
import android.view.Gravity
import android.widget.TableLayout
import android.widget.TableRow
import android.widget.TextView
import mobile.fastscnn.app.logic.LatencyTable

/** The latency split: stages down, percentiles across. */
class LatencyView(context: Context, attributes: AttributeSet?) : TableLayout(context, attributes) {
    private val cells = ArrayList<List<TextView>>()

    init {
        isStretchAllColumns = true
        row(R.string.latency_unit, HEADS)
        for (stage in STAGES) cells.add(row(stage, emptyList()))
    }

    fun show(table: LatencyTable) {
        for ((views, texts) in cells.zip(table.rows)) {
            for ((view, text) in views.zip(texts)) view.text = text
        }
    }

    private fun row(title: Int, heads: List<Int>): List<TextView> {
        val row = TableRow(context)
        row.addView(TextView(context).apply { setText(title) })
        val cells = List(LatencyTable.COLUMNS) { place ->
            TextView(context).apply {
                gravity = Gravity.END
                heads.getOrNull(place)?.let(::setText)
            }
        }
        cells.forEach(row::addView)
        addView(row)
        return cells
    }

    private companion object {
        val HEADS = listOf(R.string.latency_p50, R.string.latency_p90, R.string.latency_p99)
        val STAGES = listOf(
            R.string.latency_prepare,
            R.string.latency_inference,
            R.string.latency_colour,
            R.string.latency_total,
        )
    }
}
