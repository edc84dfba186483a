package mobile.fastscnn.app

import android.content.Context
import android.graphics.drawable.ColorDrawable
import android.util.AttributeSet
import android.view.LayoutInflater
import android.view.View
import android.widget.LinearLayout
import android.widget.TextView
import mobile.fastscnn.app.logic.Reading

/** The classes in the picture, the largest first: colour, name, share. Rows are used again. */
class LegendView(context: Context, attributes: AttributeSet?) : LinearLayout(context, attributes) {
    fun show(shares: List<Reading.Share>) {
        while (childCount < shares.size) {
            LayoutInflater.from(context).inflate(R.layout.legend_row, this, true)
        }
        for (place in 0 until childCount) {
            val row = getChildAt(place)
            val share = shares.getOrNull(place)
            row.visibility = if (share == null) View.GONE else View.VISIBLE
            if (share != null) fill(row, share)
        }
    }

    private fun fill(row: View, share: Reading.Share) {
        row.findViewById<View>(R.id.legend_color).background = ColorDrawable(share.color)
        row.findViewById<TextView>(R.id.legend_name).text = share.name
        row.findViewById<TextView>(R.id.legend_share).text =
            resources.getString(R.string.legend_share, share.percent)
    }
}
