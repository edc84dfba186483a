package mobile.fastscnn.core

/** A measurement on this device. */
class BenchmarkRecord(
    val model: Model,
    /** The file's sha256, in hexadecimal. */
    val sha256: String,
    val runtime: RuntimeFacts,
    val device: DeviceFacts,
    val before: ThermalLook,
    val after: ThermalLook,
    val times: BenchmarkTimes,
    /** What measured: the application's name and version. */
    val application: String,
) {
    private val latency = LatencySummary(times.inference)
    private val verdict = BenchmarkVerdict(this, latency)

    /**
     * The document of `benchmarks/latency.py --json`, so that `fastscnn-bench report` reads it beside others.
     *
     * `latency_ms` is the inference; `stages` beside it has prepare and colour too. No clock and no serial number.
     */
    fun toJson(): String = Json.write(
        mapOf(
            "schema" to SCHEMA,
            "tool" to mapOf("name" to application),
            "machine" to machine(),
            "options" to mapOf("form" to "short", "compare" to false),
            "results" to listOf(result()),
            "comparisons" to emptyList<Any>(),
            "verdict" to verdict.lines.map { mapOf("code" to it.code, "text" to it.text) },
        ),
    )

    /** What the figures mean, for the screen: the verdict's sentences. */
    fun sentences(): List<String> = verdict.lines.map { it.text }

    private fun machine() = mapOf(
        "board" to device.board,
        "cpu" to device.cpu,
        "machine" to device.machine,
        "features" to device.features,
        "cores" to device.cores,
        "big_cores" to device.bigCores,
        "cpu_quota" to null,
        "governor" to device.governor,
        "frequency_limit_mhz" to device.frequencyLimitMegahertz,
        "memory_bytes" to device.memoryBytes,
        "load_average" to null,
        "emulated" to false,
        "virtual" to false,
        "system" to device.system,
        "python" to "",
    )

    private fun result() = mapOf(
        "file" to "${model.name}.tflite",
        "format" to "tflite",
        "bytes" to model.bytes,
        "sha256" to sha256,
        "precision" to if (model.precision == "float") "fp32" else "int8",
        "runtime" to runtime.name,
        "runtime_version" to runtime.version,
        "threads" to runtime.threads,
        "cores" to "all",
        "core_list" to null,
        "inputs" to listOf(tensor(inputName, model.input.size, model.input.channels, model.input.type)),
        "outputs" to listOf(tensor(outputName, model.output.size, outputChannels, model.output.type)),
        "delegate" to runtime.delegate?.let { delegate(it) },
        "fallback" to runtime.fallback,
        "load_ms" to milliseconds(times.loadNanoseconds),
        "first_ms" to milliseconds(times.firstNanoseconds),
        "warm_up" to mapOf(
            "runs" to times.warmUp.runs,
            "seconds" to times.warmUp.nanoseconds / 1e9,
            "stable" to times.warmUp.stable,
        ),
        "latency_ms" to latency.facts(),
        "stages" to mapOf(
            "prepare" to LatencySummary(times.prepare).facts(),
            "inference" to latency.facts(),
            "colour" to LatencySummary(times.colour).facts(),
        ),
        "interleaved" to false,
        "memory" to mapOf("before_bytes" to null, "peak_bytes" to null),
        "preempted" to null,
        "conditions" to conditions(),
        "energy" to null,
        "operators" to null,
    )

    private val inputName: String get() = if (model.input.form == InputForm.TENSOR) "input" else "image"
    private val outputName: String get() = model.output.form.name.lowercase()
    private val outputChannels: Int? get() = if (model.output.form == OutputForm.LABELS) null else model.output.channels

    private fun tensor(name: String, size: Size, channels: Int?, type: ElementType) = mapOf(
        "name" to name,
        "shape" to listOfNotNull(1, size.height, size.width, channels),
        "dtype" to type.name.lowercase(),
    )

    /** The Android runtime does not say which operators a delegate left. */
    private fun delegate(name: String) = mapOf(
        "name" to name,
        "partitions" to null,
        "left_to_builtin_kernels" to emptyMap<String, Int>(),
        "whole" to null,
    )

    private fun conditions() = mapOf(
        "before" to look(before),
        "during" to mapOf("temperature_c" to null, "mhz" to null),
        "after" to look(after),
        "throttling" to verdict.throttling,
        "cooling" to mapOf("reached" to true, "to_c" to before.temperatureCelsius, "target_c" to null),
    )

    private fun look(look: ThermalLook) =
        mapOf("temperature_c" to look.temperatureCelsius, "mhz" to null, "thermal_status" to look.status)

    private fun milliseconds(nanoseconds: Long) = nanoseconds / 1e6

    private companion object {
        const val SCHEMA = 1
    }
}
