package mobile.fastscnn.app

import android.app.Application
import android.net.Uri
import androidx.camera.core.ImageProxy
import androidx.lifecycle.AndroidViewModel
import java.io.File
import java.util.concurrent.Executor
import mobile.fastscnn.app.logic.Backend
import mobile.fastscnn.app.logic.BenchmarkRun
import mobile.fastscnn.app.logic.CameraGate
import mobile.fastscnn.app.logic.ModelImport
import mobile.fastscnn.app.logic.Notice
import mobile.fastscnn.app.logic.OpenedBackend
import mobile.fastscnn.app.logic.Reading
import mobile.fastscnn.app.logic.Screen
import mobile.fastscnn.core.ShelfEntry
import mobile.fastscnn.core.Size

/** What outlives a rotation: the loaded model, the last frame, what the screen says. */
class MainViewModel(application: Application) : AndroidViewModel(application) {
    val settings = Settings(application)
    val device = DeviceLook(application)
    val slots = FrameSlots()
    private val work = Worker()
    private val store = ModelStore(application)
    private val loader = ModelLoader(application, store, device.cores)
    private val shared = SharedModels(application.contentResolver, ModelImport(store.folder))
    private val pictures = PictureReader(application.contentResolver)
    private val reports = BenchmarkReport(application, device, store)
    private val desk = FrameDesk(slots) { reading -> work.onScreen { drawn(reading) } }

    /** Told of every change, while an activity is to be seen. */
    var watcher: (() -> Unit)? = null
    var onFrame: (() -> Unit)? = null
    var screen = Screen(wanted = Backend.of(settings.backend, device.cores))
        private set
    var reading: Reading? = null
        private set

    /** What the picker is to offer; null while it is closed. */
    var listed: ModelStore.Contents? = null
        private set

    /** Of the loaded model. */
    var size: Size? = null
        private set

    /** Where the camera's frames are to be brought. */
    val worker: Executor get() = work

    @Volatile
    private var stopped = false

    // the worker's thread alone looks at these two
    private var running: RunningModel? = null
    private var fallback: OpenedBackend.Fallback? = null

    init {
        load { contents -> contents.shelf.usable(settings.model) }
    }

    fun change(next: (Screen) -> Screen) {
        screen = next(screen)
        watcher?.invoke()
    }

    fun gate(next: (CameraGate) -> CameraGate) = change { it.copy(camera = next(it.camera)) }

    fun choose(entry: ShelfEntry) {
        closePicker()
        settings.model = entry.title
        load { contents -> contents.shelf.entries.firstOrNull { it.title == entry.title } }
    }

    fun choose(backend: Backend) {
        settings.backend = backend.key
        change { it.copy(wanted = backend) }
        load { contents -> contents.shelf.usable(settings.model) }
    }

    fun openPicker() {
        change { it.copy(busy = Screen.Busy.LISTING) }
        work.execute {
            val contents = store.contents()
            // here, so that the list scrolls without reading files
            contents.shelf.entries.forEach { it.reading }
            work.onScreen {
                listed = contents
                change { it.finished(Screen.Busy.LISTING) }
            }
        }
    }

    fun closePicker() {
        listed = null
    }

    /** Another one is loaded where it is the one that runs. */
    fun remove(entry: ShelfEntry, stored: StoredModel.Added) = work.execute {
        if (store.remove(stored)) {
            val ran = (running?.stored as? StoredModel.Added)?.file == stored.file
            work.onScreen {
                change { it.told(Notice.Removed(entry.title)) }
                if (ran) load { contents -> contents.shelf.usable() }
            }
        }
    }

    fun add(uris: List<Uri>) {
        if (uris.isEmpty()) return
        change { it.copy(busy = Screen.Busy.IMPORTING) }
        work.execute {
            val taken = shared.take(uris)
            work.onScreen {
                change { taken.notices.fold(it.finished(Screen.Busy.IMPORTING), Screen::told) }
                taken.fileNames.lastOrNull()?.let(::loadAdded)
            }
        }
    }

    fun show(uri: Uri) {
        change { it.copy(camera = it.camera.released(), busy = Screen.Busy.READING_PICTURE) }
        work.execute {
            val picture = pictures.read(uri)
            picture?.let(desk::keep)
            work.onScreen {
                change {
                    val rested = it.finished(Screen.Busy.READING_PICTURE).copy(picture = picture != null)
                    if (picture == null) rested.told(Notice.PictureUnreadable) else rested
                }
            }
            if (picture != null) guarded { desk.again(it) }
        }
    }

    /** A frame of the camera; the worker's thread. */
    fun camera(frame: ImageProxy) = guarded { desk.camera(it, frame) }

    fun benchmark() {
        val used = screen.used ?: return
        stopped = false
        change { it.copy(busy = Screen.Busy.BENCHMARK, progress = 0f) }
        work.execute {
            guarded { measure(it, used) }
            work.onScreen { change { it.finished(Screen.Busy.BENCHMARK) } }
        }
    }

    /** The user wants it, or the application leaves the foreground: figures of the background are none. */
    fun stopBenchmark() {
        stopped = true
    }

    fun reportFile(report: Screen.Report): File = File(reports.folder, report.fileName)

    override fun onCleared() {
        stopped = true
        watcher = null
        onFrame = null
        work.close { running?.close() }
    }

    private fun measure(running: RunningModel, used: Backend) {
        val run = BenchmarkRun(
            stopped = { stopped },
            progress = { share -> work.onScreen { change { it.copy(progress = share) } } },
        )
        try {
            val report = reports.measure(running, used, fallback, desk.last ?: SeenFrame.blank(), run)
            work.onScreen {
                change { if (report == null) it.told(Notice.BenchmarkStopped) else it.copy(report = report) }
            }
        } catch (error: java.io.IOException) {
            val reason = OpenedBackend.reason(error)
            work.onScreen { change { it.told(Notice.BenchmarkFailed(reason)) } }
        }
    }

    private fun loadAdded(fileName: String) = load { contents ->
        contents.shelf.entries.firstOrNull { contents.added(it)?.fileName == fileName }
    }

    private fun load(choice: (ModelStore.Contents) -> ShelfEntry?) {
        val wanted = screen.wanted
        change { it.loading() }
        work.execute {
            running?.close()
            running = null
            when (val outcome = loader.load(wanted, choice)) {
                is ModelLoader.Outcome.Failed -> failed(outcome.notice)
                is ModelLoader.Outcome.Loaded -> loaded(outcome.opened)
            }
        }
    }

    private fun loaded(opened: OpenedBackend<RunningModel>) {
        val model = opened.engine.model
        val title = opened.engine.entry.title
        running = opened.engine
        fallback = opened.fallback
        work.onScreen {
            size = model.size
            settings.model = title
            change { before ->
                val after = before.loaded(title, model.summary, model.trained, opened.used)
                opened.fallback?.let { after.told(Notice.GpuNotUsed(it.reason)) } ?: after
            }
        }
        guarded { desk.again(it) }
    }

    private fun failed(notice: Notice) = work.onScreen {
        size = null
        reading = null
        change { it.failed(notice) }
    }

    /** With the model, if there is one; what it cannot do ends it, in words. */
    private fun guarded(task: (RunningModel) -> Unit) {
        val model = running ?: return
        val reason = try {
            task(model)
            return
        } catch (error: Exception) {
            OpenedBackend.reason(error)
        } catch (error: OutOfMemoryError) {
            OpenedBackend.reason(error)
        }
        running = null
        model.close()
        failed(Notice.ModelFailed(model.entry.title, reason))
    }

    private fun drawn(fresh: Reading?) {
        onFrame?.invoke()
        if (fresh != null) {
            reading = fresh
            watcher?.invoke()
        }
    }
}
