package mobile.fastscnn.app

import android.app.AlertDialog
import android.content.Context
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.widget.BaseAdapter
import android.widget.TextView
import mobile.fastscnn.app.logic.Backend
import mobile.fastscnn.core.ModelReading
import mobile.fastscnn.core.ShelfEntry

/** The lists from which the user chooses. */
class Pickers(private val context: Context, private val words: Words) {
    /** All files, also those that cannot be used, with what they say of themselves or why not. */
    fun models(
        contents: ModelStore.Contents,
        chosen: (ShelfEntry) -> Unit,
        removed: (ShelfEntry, StoredModel.Added) -> Unit,
        add: () -> Unit,
        closed: () -> Unit,
    ): AlertDialog {
        val entries = contents.shelf.entries
        val list = AlertDialog.Builder(context)
            .setTitle(R.string.picker_model)
            .setAdapter(ModelRows(context, contents)) { _, place -> chosen(entries[place]) }
            .setNeutralButton(R.string.picker_add) { _, _ -> add() }
            .setNegativeButton(R.string.cancel, null)
            .setOnDismissListener { closed() }
            .show()
        list.listView.setOnItemLongClickListener { _, _, place, _ ->
            val entry = entries[place]
            contents.added(entry)?.let { stored ->
                list.dismiss()
                remove(entry) { removed(entry, stored) }
            }
            true
        }
        return list
    }

    private fun remove(entry: ShelfEntry, agreed: () -> Unit) {
        AlertDialog.Builder(context)
            .setMessage(context.getString(R.string.picker_remove, entry.title))
            .setPositiveButton(R.string.remove) { _, _ -> agreed() }
            .setNegativeButton(R.string.cancel, null)
            .show()
    }

    fun backends(choices: List<Backend>, current: Backend, chosen: (Backend) -> Unit): AlertDialog {
        val names = choices.map(words::of).toTypedArray<CharSequence>()
        return AlertDialog.Builder(context)
            .setTitle(R.string.picker_backend)
            .setSingleChoiceItems(names, choices.indexOf(current)) { dialog, place ->
                dialog.dismiss()
                chosen(choices[place])
            }
            .setNegativeButton(R.string.cancel, null)
            .show()
    }
}

/** Two lines a file. */
private class ModelRows(private val context: Context, private val contents: ModelStore.Contents) : BaseAdapter() {
    private val entries = contents.shelf.entries

    override fun getCount(): Int = entries.size

    override fun getItem(position: Int): ShelfEntry = entries[position]

    override fun getItemId(position: Int): Long = position.toLong()

    override fun getView(position: Int, old: View?, parent: ViewGroup): View {
        val row = old ?: LayoutInflater.from(context).inflate(R.layout.model_row, parent, false)
        val entry = entries[position]
        row.findViewById<TextView>(R.id.model_title).text = entry.title
        row.findViewById<TextView>(R.id.model_summary).text = when (val reading = entry.reading) {
            is ModelReading.Read -> reading.model.summary
            is ModelReading.Refused -> reading.problem.sentence
        }
        val hold = row.findViewById<View>(R.id.model_hold)
        hold.visibility = if (contents.added(entry) != null) View.VISIBLE else View.GONE
        return row
    }
}
