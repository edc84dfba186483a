package mobile.fastscnn.app

import android.app.ActivityManager
import android.content.Context
import android.os.Build
import android.os.PowerManager
import java.io.File
import java.io.IOException
import mobile.fastscnn.app.logic.BigCores
import mobile.fastscnn.core.CpuFeatures
import mobile.fastscnn.core.DeviceFacts
import mobile.fastscnn.core.ThermalLook

/** What the phone tells of itself without a permission. */
class DeviceLook(private val context: Context) {
    val cores: Int = Runtime.getRuntime().availableProcessors()

    /** Read once: it does not change while the application runs. */
    val facts: DeviceFacts by lazy {
        val machine = System.getProperty("os.arch").orEmpty()
        val processor = CpuFeatures(text("/proc/cpuinfo").orEmpty(), machine)
        DeviceFacts(
            board = name(),
            cpu = processor.cpu,
            machine = machine,
            features = processor.names,
            cores = cores,
            bigCores = BigCores.of(List(cores) { number("$CPU/cpu$it/cpu_capacity") }),
            governor = text("$CPU/cpu0/cpufreq/scaling_governor"),
            frequencyLimitMegahertz = List(cores) { number("$CPU/cpu$it/cpufreq/cpuinfo_max_freq") }
                .filterNotNull().maxOrNull()?.let { it / KILO },
            memoryBytes = memory(),
            system = "Android ${Build.VERSION.RELEASE}",
        )
    }

    /** The thermal status by its number; null before Android 10, which does not tell. */
    fun thermalStatus(): Int? {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) return null
        return context.getSystemService(PowerManager::class.java)?.currentThermalStatus
    }

    fun thermal(): ThermalLook = ThermalLook(temperatureCelsius = null, status = thermalStatus())

    private fun name(): String {
        val maker = Build.MANUFACTURER.replaceFirstChar { it.uppercase() }
        return if (Build.MODEL.startsWith(maker, ignoreCase = true)) Build.MODEL else "$maker ${Build.MODEL}"
    }

    private fun memory(): Long? {
        val manager = context.getSystemService(ActivityManager::class.java) ?: return null
        return ActivityManager.MemoryInfo().also { manager.getMemoryInfo(it) }.totalMem
    }

    private fun number(path: String): Double? = text(path)?.toDoubleOrNull()

    /** Phones forbid some of these files. */
    private fun text(path: String): String? = try {
        File(path).readText().trim().ifEmpty { null }
    } catch (error: IOException) {
        null
    } catch (error: SecurityException) {
        null
    }

    private companion object {
        const val CPU = "/sys/devices/system/cpu"
        const val KILO = 1000.0
    }
}
