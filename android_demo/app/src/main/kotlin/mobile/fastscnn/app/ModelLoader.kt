package mobile.fastscnn.app

import android.content.Context
import mobile.fastscnn.app.logic.Backend
import mobile.fastscnn.app.logic.Notice
import mobile.fastscnn.app.logic.OpenedBackend
import mobile.fastscnn.core.Model
import mobile.fastscnn.core.ModelReading
import mobile.fastscnn.core.ShelfEntry

/** From a file to a model that has run once; whatever stands in the way becomes words. The worker's thread. */
class ModelLoader(private val context: Context, private val store: ModelStore, private val cores: Int) {
    sealed class Outcome {
        class Loaded(val opened: OpenedBackend<RunningModel>) : Outcome()

        class Failed(val notice: Notice) : Outcome()
    }

    fun load(wanted: Backend, choice: (ModelStore.Contents) -> ShelfEntry?): Outcome {
        val contents = store.contents()
        val entry = choice(contents) ?: contents.shelf.entries.firstOrNull() ?: return Outcome.Failed(Notice.NoModel)
        val stored = contents.place(entry)
        return when (val reading = entry.reading) {
            is ModelReading.Refused ->
                Outcome.Failed(Notice.ModelRefused(entry.title, reading.problem.message.orEmpty()))
            is ModelReading.Read -> opened(entry, stored, reading.model, wanted)
        }
    }

    private fun opened(entry: ShelfEntry, stored: StoredModel, model: Model, wanted: Backend): Outcome = try {
        val create = { backend: Backend -> running(entry, stored, model, backend) }
        Outcome.Loaded(OpenedBackend.open(wanted, cores, create, RunningModel::tryOut))
    } catch (error: Exception) {
        Outcome.Failed(Notice.ModelFailed(entry.title, OpenedBackend.reason(error)))
    } catch (error: LinkageError) {
        // LiteRT's library is not for this processor
        Outcome.Failed(Notice.ModelFailed(entry.title, OpenedBackend.reason(error)))
    } catch (error: OutOfMemoryError) {
        Outcome.Failed(Notice.ModelFailed(entry.title, OpenedBackend.reason(error)))
    }

    private fun running(entry: ShelfEntry, stored: StoredModel, model: Model, backend: Backend): RunningModel {
        val begun = System.nanoTime()
        val engine = LiteRtInference.open(context, stored, model, backend)
        return RunningModel(entry, stored, model, engine, System.nanoTime() - begun)
    }
}
