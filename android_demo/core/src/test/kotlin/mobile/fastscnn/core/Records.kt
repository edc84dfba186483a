package mobile.fastscnn.core

/** Measurements that were never made. */
object Records {
    fun of(
        inference: LongArray = LongArray(200) { 20_000_000L + it % 7 * 100_000 },
        delegate: String? = "XNNPACK",
        fallback: String = "",
        status: Int? = 0,
        stable: Boolean = true,
    ) = BenchmarkRecord(
        Models.logits(Size(45, 60), 11, Size(360, 480), ElementType.INT8, Quantization(0.1f, 0)),
        "0123456789abcdef".repeat(4),
        RuntimeFacts("litert", "2.3.0", delegate, fallback, threads = 4),
        DeviceFacts(
            "A Phone",
            "2 x Cortex-A510",
            "aarch64",
            listOf("asimd", "asimddp"),
            cores = 8,
            bigCores = listOf(4, 5, 6, 7),
            system = "Android 15",
        ),
        ThermalLook(35.5, 0),
        ThermalLook(null, status),
        BenchmarkTimes(
            prepare = LongArray(inference.size) { 3_000_000L },
            inference = inference,
            colour = LongArray(inference.size) { 1_000_000L },
            loadNanoseconds = 40_000_000,
            firstNanoseconds = 60_000_000,
            warmUp = WarmUp(30, 600_000_000, stable),
        ),
        "Fast-SCNN sample 1.0",
    )
}

/** Prints a record for Python to read. */
object RecordPrinter {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val latencies = LongArray(150) { 17_000_000L + it.toLong() * it * 7919 % 5_000_011 }
        println(Records.of(latencies, status = 3, fallback = "the GPU cannot take RESIZE_BILINEAR").toJson())
    }
}

/** Prints the tables that Python has too. */
object TablePrinter {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val parts = CpuTables.ARM_PARTS.map { (number, name) -> number.toString() to name }.toMap()
        println(Json.write(mapOf("arm" to CpuTables.ARM_FEATURES, "x86" to CpuTables.X86_FEATURES, "parts" to parts)))
    }
}
