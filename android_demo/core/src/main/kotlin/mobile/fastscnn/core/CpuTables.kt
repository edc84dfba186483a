package mobile.fastscnn.core

/** Names of CPUs and of their instructions: the tables of benchmarks/latency.py, which a test compares. */
internal object CpuTables {
    val ARM_FEATURES = listOf("neon", "asimd", "asimdhp", "asimddp", "i8mm", "sve", "sve2")
    val X86_FEATURES = listOf("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")

    /** ARM's own cores by "CPU part". */
    val ARM_PARTS = mapOf(
        0xB76 to "ARM1176",
        0xC07 to "Cortex-A7",
        0xC08 to "Cortex-A8",
        0xC09 to "Cortex-A9",
        0xC0F to "Cortex-A15",
        0xD03 to "Cortex-A53",
        0xD04 to "Cortex-A35",
        0xD05 to "Cortex-A55",
        0xD07 to "Cortex-A57",
        0xD08 to "Cortex-A72",
        0xD09 to "Cortex-A73",
        0xD0A to "Cortex-A75",
        0xD0B to "Cortex-A76",
        0xD0C to "Neoverse-N1",
        0xD0D to "Cortex-A77",
        0xD40 to "Neoverse-V1",
        0xD41 to "Cortex-A78",
        0xD44 to "Cortex-X1",
        0xD46 to "Cortex-A510",
        0xD47 to "Cortex-A710",
        0xD48 to "Cortex-X2",
        0xD49 to "Neoverse-N2",
        0xD4D to "Cortex-A715",
        0xD4E to "Cortex-X3",
        0xD4F to "Neoverse-V2",
        0xD80 to "Cortex-A520",
        0xD81 to "Cortex-A720",
        0xD82 to "Cortex-X4",
    )
}
