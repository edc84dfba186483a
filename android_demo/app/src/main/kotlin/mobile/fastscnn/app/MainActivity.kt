package mobile.fastscnn.app

import android.Manifest
import android.app.AlertDialog
import android.content.ActivityNotFoundException
import android.content.Intent
import android.content.pm.PackageManager
import android.net.Uri
import android.os.Bundle
import android.provider.Settings.ACTION_APPLICATION_DETAILS_SETTINGS
import android.view.View
import android.view.WindowManager
import android.widget.Button
import android.widget.SeekBar
import androidx.activity.ComponentActivity
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts
import androidx.activity.viewModels
import androidx.core.view.ViewCompat
import androidx.core.view.WindowInsetsCompat
import mobile.fastscnn.app.logic.Backend
import mobile.fastscnn.app.logic.CameraGate
import mobile.fastscnn.app.logic.Notice
import mobile.fastscnn.app.logic.Screen

/** The only screen: buttons to the view model, its state to the views. Holds nothing that a rotation must keep. */
class MainActivity : ComponentActivity() {
    private val state: MainViewModel by viewModels()
    private val words by lazy { Words(resources) }
    private val pickers by lazy { Pickers(this, words) }
    private lateinit var panel: Panel
    private lateinit var feed: CameraFeed
    private lateinit var seen: SegmentedView
    private var picker: AlertDialog? = null
    private var report: AlertDialog? = null

    private val permission = registerForActivityResult(ActivityResultContracts.RequestPermission()) { granted ->
        state.gate { it.answered(granted, shouldShowRequestPermissionRationale(Manifest.permission.CAMERA)) }
    }
    private val gallery = registerForActivityResult(ActivityResultContracts.PickVisualMedia()) { uri ->
        uri?.let(state::show)
    }
    private val files = registerForActivityResult(ActivityResultContracts.OpenMultipleDocuments()) { uris ->
        state.add(uris)
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        setContentView(R.layout.activity_main)
        keepClearOfBars(findViewById(R.id.root))
        panel = Panel(this, words, state.device)
        feed = CameraFeed(this, state.worker, state::camera) { state.gate(CameraGate::lost) }
        seen = findViewById<SegmentedView>(R.id.segmented).apply { slots = state.slots }
        connectButtons()
        connectOpacity(findViewById(R.id.opacity))
        if (savedInstanceState == null) state.add(SharedModels.of(intent))
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        state.add(SharedModels.of(intent))
    }

    override fun onStart() {
        super.onStart()
        state.watcher = ::render
        state.onFrame = seen::invalidate
        state.gate { it.resumed(cameraPermitted()) }
    }

    override fun onStop() {
        state.watcher = null
        state.onFrame = null
        feed.stop()
        state.settings.opacity = seen.opacity
        if (!isChangingConfigurations) state.stopBenchmark()
        super.onStop()
    }

    override fun onDestroy() {
        // they come back with the next activity: what they show is the view model's
        picker?.setOnDismissListener(null)
        picker?.dismiss()
        report?.setOnDismissListener(null)
        report?.dismiss()
        super.onDestroy()
    }

    private fun connectButtons() {
        click(R.id.camera) {
            val permitted = cameraPermitted()
            state.gate { it.requested(permitted) }
            if (!permitted) permission.launch(Manifest.permission.CAMERA)
        }
        click(R.id.gallery) {
            val images = ActivityResultContracts.PickVisualMedia.ImageOnly
            opened { gallery.launch(PickVisualMediaRequest.Builder().setMediaType(images).build()) }
        }
        click(R.id.choose_model) { state.openPicker() }
        click(R.id.choose_backend) {
            pickers.backends(Backend.choices(state.device.cores), state.screen.wanted) { state.choose(it) }
        }
        click(R.id.benchmark) { state.benchmark() }
        click(R.id.stop) { state.stopBenchmark() }
        click(R.id.dismiss) { state.change { it.dismissed() } }
        click(R.id.open_settings) {
            val page = Uri.fromParts("package", packageName, null)
            opened { startActivity(Intent(ACTION_APPLICATION_DETAILS_SETTINGS, page)) }
        }
    }

    private fun connectOpacity(bar: SeekBar) {
        bar.progress = Math.round(state.settings.opacity * bar.max)
        seen.opacity = state.settings.opacity
        bar.setOnSeekBarChangeListener(
            object : SeekBar.OnSeekBarChangeListener {
                override fun onProgressChanged(bar: SeekBar, progress: Int, fromUser: Boolean) {
                    seen.opacity = progress / bar.max.toFloat()
                }

                override fun onStartTrackingTouch(bar: SeekBar) = Unit

                override fun onStopTrackingTouch(bar: SeekBar) = Unit
            },
        )
    }

    private fun render() {
        val screen = state.screen
        panel.show(screen, state.reading)
        for (id in BUTTONS) findViewById<Button>(id).isEnabled = screen.busy == null
        findViewById<Button>(R.id.benchmark).isEnabled = screen.ready
        val size = state.size
        if (screen.streaming && size != null) feed.start(size.width, size.height) else feed.stop()
        keepAwake(screen.streaming || screen.busy == Screen.Busy.BENCHMARK)
        showPicker()
        showReport()
    }

    private fun showPicker() {
        val contents = state.listed ?: return
        if (picker?.isShowing == true) return
        picker = pickers.models(
            contents,
            chosen = state::choose,
            removed = state::remove,
            add = { opened { files.launch(ANY_FILE) } },
            closed = state::closePicker,
        )
    }

    private fun showReport() {
        val told = state.screen.report ?: return
        if (report?.isShowing == true) return
        val dialog = ReportDialog(this) { state.change { it.told(Notice.ReportUnshared) } }
        report = dialog.show(told, state.reportFile(told)) { state.change { it.copy(report = null) } }
    }

    private fun cameraPermitted(): Boolean =
        checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED

    private fun keepAwake(awake: Boolean) {
        if (awake) {
            window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        } else {
            window.clearFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        }
    }

    /** Since Android 15 applications draw under the system's bars. */
    private fun keepClearOfBars(root: View) {
        ViewCompat.setOnApplyWindowInsetsListener(root) { view, insets ->
            val bars = WindowInsetsCompat.Type.systemBars() or WindowInsetsCompat.Type.displayCutout()
            val free = insets.getInsets(bars)
            view.setPadding(free.left, free.top, free.right, free.bottom)
            insets
        }
    }

    private fun opened(launch: () -> Unit) {
        try {
            launch()
        } catch (error: ActivityNotFoundException) {
            state.change { it.told(Notice.NothingOpens) }
        }
    }

    private fun click(id: Int, action: () -> Unit) = findViewById<View>(id).setOnClickListener { action() }

    private companion object {
        val BUTTONS = listOf(R.id.camera, R.id.gallery, R.id.choose_model, R.id.choose_backend)

        /** Files of models have no media type of their own. */
        val ANY_FILE = arrayOf("*/*")
    }
}
