package mobile.fastscnn.app

import android.content.Context
import java.io.File
import mobile.fastscnn.app.logic.Backend
import mobile.fastscnn.app.logic.BenchmarkRun
import mobile.fastscnn.app.logic.OpenedBackend
import mobile.fastscnn.app.logic.Screen
import mobile.fastscnn.core.BenchmarkRecord
import mobile.fastscnn.core.RuntimeFacts

/** Measures the loaded model and writes what benchmarks/latency.py would have written. */
class BenchmarkReport(private val context: Context, private val device: DeviceLook, private val store: ModelStore) {
    val folder = File(context.cacheDir, FOLDER)

    /** Null where it was stopped. The worker's thread. */
    fun measure(
        running: RunningModel,
        used: Backend,
        fallback: OpenedBackend.Fallback?,
        frame: SeenFrame,
        run: BenchmarkRun,
    ): Screen.Report? {
        val before = device.thermal()
        val times = run.times(running.loadNanoseconds) {
            frame.segmentedBy(running.segmenter)
            val segmenter = running.segmenter
            BenchmarkRun.Stages(
                segmenter.prepareNanoseconds,
                segmenter.inferenceNanoseconds,
                segmenter.colourNanoseconds,
            )
        } ?: return null
        val record = BenchmarkRecord(
            model = running.model,
            sha256 = store.sha256(running.stored),
            runtime = runtime(used, fallback),
            device = device.facts,
            before = before,
            after = device.thermal(),
            times = times,
            application = application(),
        )
        folder.mkdirs()
        val file = File(folder, "${running.model.name}-${used.key}.json")
        file.writeText(record.toJson())
        return Screen.Report(file.name, record.sentences())
    }

    private fun runtime(used: Backend, fallback: OpenedBackend.Fallback?) = RuntimeFacts(
        name = LiteRtInference.RUNTIME,
        version = LiteRtInference.VERSION,
        delegate = if (used is Backend.Gpu) "GPU" else "XNNPACK",
        fallback = fallback?.reason.orEmpty(),
        threads = if (used is Backend.Cpu) used.threads else 1,
    )

    private fun application(): String {
        val version = context.packageManager.getPackageInfo(context.packageName, 0).versionName
        return "${context.packageName} $version"
    }

    private companion object {
        /** What res/xml/shared_files.xml lets others read. */
        const val FOLDER = "benchmarks"
    }
}
