package mobile.fastscnn.core

/** What /proc/cpuinfo says of the CPU, as benchmarks/latency.py reads it. */
class CpuFeatures(cpuinfo: String, private val machine: String) {
    /** One table a core; a last one may describe the whole board. */
    private val tables: List<Map<String, String>> = cpuinfo
        .split(Regex("\n\\s*\n"))
        .map { block -> block.lineSequence().filter { ':' in it }.associate(::entry) }
        .filter { it.isNotEmpty() }

    /** The instructions that matter for a network's speed, in the order of importance; null where nothing tells. */
    val names: List<String>?
        get() {
            val known = when {
                isArm -> CpuTables.ARM_FEATURES
                machine in X86 -> CpuTables.X86_FEATURES
                else -> return null
            }
            val sets = tables.mapNotNull { it["flags"] ?: it["Features"] }.map { it.split(' ').toSet() }
            if (sets.isEmpty()) return null
            // of cores that differ, what all of them have
            val common = sets.reduce { one, other -> one intersect other }
            return known.filter { it in common }
        }

    /** What the CPU calls itself; ARM cores by their part numbers, counted. */
    val cpu: String
        get() {
            val parts = tables.mapNotNull { it["CPU part"]?.let(::partName) }.groupingBy { it }.eachCount()
            if (isArm && parts.isNotEmpty()) {
                return parts.entries.sortedByDescending { it.value }.joinToString(" + ") { "${it.value} x ${it.key}" }
            }
            val named = tables.flatMap { table -> NAMES.mapNotNull { table[it]?.ifEmpty { null } } }
            return named.firstOrNull() ?: machine
        }

    private val isArm: Boolean get() = machine.startsWith("aarch64") || machine.startsWith("arm")

    private fun partName(part: String): String? =
        part.removePrefix("0x").toIntOrNull(16)?.let { CpuTables.ARM_PARTS[it] ?: "part $part" }

    private fun entry(line: String) = line.substringBefore(':').trim() to line.substringAfter(':').trim()

    private companion object {
        val X86 = setOf("x86_64", "amd64", "i386", "i686")
        val NAMES = listOf("model name", "Hardware", "Processor", "uarch", "cpu")
    }
}
