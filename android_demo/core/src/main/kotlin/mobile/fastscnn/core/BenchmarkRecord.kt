package mobile.fastscnn.core

/** The device, as far as it tells; null where it does not. */
class DeviceFacts(
    /** The phone's name. */
    val board: String?,
    val cpu: String,
    /** The processor's kind: `aarch64`. */
    val machine: String,
    /** SIMD features by their names in /proc/cpuinfo; [CpuFeatures] picks those that matter. */
    val features: List<String>?,
    val cores: Int,
    val bigCores: List<Int> = emptyList(),
    val governor: String? = null,
    val frequencyLimitMegahertz: Double? = null,
    val memoryBytes: Long? = null,
    /** `Android 15`. */
    val system: String,
)

/** Heat before or after a measurement. */
class ThermalLook(
    val temperatureCelsius: Double?,
    /** Android's thermal status: 0 none, 1 light, 2 moderate, 3 severe and more. */
    val status: Int?,
)

/** What was measured, one entry a frame, in nanoseconds. */
class BenchmarkTimes(
    val prepare: LongArray,
    val inference: LongArray,
    val colour: LongArray,
    /** Loading the model, and its first inference. */
    val loadNanoseconds: Long,
    val firstNanoseconds: Long,
    val warmUpRuns: Int,
    val warmUpNanoseconds: Long,
    /** Whether two windows of the warm-up had the same median. */
    val warmUpStable: Boolean,
)

/** A measurement on this device. */
class BenchmarkRecord(
    val model: Model,
    /** The file's sha256, in hexadecimal. */
    val sha256: String,
    /** `litert`, and its version. */
    val runtime: String,
    val runtimeVersion: String,
    /** `XNNPACK`, `GPU`, or null for the runtime's own kernels. */
    val delegate: String?,
    /** Why a wanted delegate is not used; empty where it is. */
    val fallback: String,
    val threads: Int,
    val device: DeviceFacts,
    val before: ThermalLook,
    val after: ThermalLook,
    val times: BenchmarkTimes,
    val application: String,
) {
    /**
     * The document of `benchmarks/latency.py --json`, so that `fastscnn-bench report` reads it beside others.
     *
     * `latency_ms` is the inference; `stages` beside it has prepare and colour too. No clock and no serial number.
     */
    fun toJson(): String = throw NotImplementedError()

    /** What the figures mean, for the screen: the verdict's sentences. */
    fun verdict(): List<String> = throw NotImplementedError()
}

/** CPU features that matter for a network's speed. */
object CpuFeatures {
    /** From the text of /proc/cpuinfo and the processor's kind (`aarch64`): known names in their order; null: unknown. */
    fun of(cpuinfo: String, machine: String): List<String>? = throw NotImplementedError()

    /** What the CPU calls itself, or its ARM cores counted by their part numbers. */
    fun cpu(cpuinfo: String, machine: String): String = throw NotImplementedError()
}
