package mobile.fastscnn.core

/** The device, as far as it tells; null where it does not. */
class DeviceFacts(
    /** The phone's name. */
    val board: String?,
    val cpu: String,
    /** The processor's kind: `aarch64`. */
    val machine: String,
    /** As [CpuFeatures] names them. */
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
    val warmUp: WarmUp,
)

/** What ran before anything counted. */
class WarmUp(
    val runs: Int,
    val nanoseconds: Long,
    /** Whether two windows in a row had the same median. */
    val stable: Boolean,
)

/** What computes: a runtime with its settings. */
class RuntimeFacts(
    /** `litert`, and its version. */
    val name: String,
    val version: String,
    /** `XNNPACK`, `GPU`, or null for the runtime's own kernels. */
    val delegate: String?,
    /** Why a wanted delegate is not used; empty where it is. */
    val fallback: String = "",
    val threads: Int,
)
