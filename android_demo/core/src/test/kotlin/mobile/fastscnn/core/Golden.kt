package mobile.fastscnn.core

import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.ZipFile

/** A golden case that `make android-golden` wrote: facts, and numbers as they lie in Python's memory. */
class Golden(file: File) {
    private val contents: Map<String, ByteArray> = ZipFile(file).use { zip ->
        zip.entries().asSequence().associate { it.name to zip.getInputStream(it).readBytes() }
    }
    val names: Set<String> get() = contents.keys
    val facts = Facts(Json.parse(contents.getValue("case.json").toString(Charsets.UTF_8)) as Map<*, *>)

    fun bytes(name: String): ByteArray = contents.getValue(name)

    /** In native order, direct, as an interpreter would have it. */
    fun direct(name: String): ByteBuffer = direct(bytes(name))

    fun ints(name: String): IntArray {
        val numbers = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer()
        return IntArray(numbers.remaining()) { numbers.get(it) }
    }

    companion object {
        private val folder = File(requireNotNull(Golden::class.java.getResource("/golden")).toURI())

        fun all(group: String): List<Golden> {
            val files = requireNotNull(File(folder, group).listFiles()).sorted()
            check(files.isNotEmpty()) { "no golden cases in $group: make android-golden" }
            return files.map(::Golden)
        }

        fun of(name: String) = Golden(File(folder, "$name.zip"))
    }
}

/** A JSON object, read as it is expected to be. */
class Facts(private val json: Map<*, *>) {
    fun text(key: String) = json[key] as String

    fun flag(key: String) = json[key] as Boolean

    fun int(key: String) = (json[key] as Double).toInt()

    fun float(key: String) = (json[key] as Double).toFloat()

    fun has(key: String) = json[key] != null

    fun list(key: String) = json[key] as List<*>

    fun ints(key: String) = list(key).map { (it as Double).toInt() }

    fun facts(key: String) = Facts(json[key] as Map<*, *>)

    fun all(key: String) = list(key).map { Facts(it as Map<*, *>) }

    fun size(key: String) = ints(key).let { (height, width) -> Size(height, width) }

    fun area(key: String) = ints(key).let { (left, top, width, height) -> Area(left, top, width, height) }

    fun fit(key: String) = Fit.valueOf(text(key).uppercase())

    fun type(key: String) = ElementType.valueOf(text(key).uppercase())

    fun quantization() = if (has("scale")) Quantization(float("scale"), int("zeroPoint")) else null
}

fun direct(bytes: ByteArray): ByteBuffer =
    ByteBuffer.allocateDirect(bytes.size).order(ByteOrder.nativeOrder()).put(bytes).also { it.rewind() }

fun ByteBuffer.copied(): ByteArray = ByteArray(capacity()).also { duplicate().apply { clear() }.get(it) }

/** Where two arrays first differ, and in how many places. */
fun differences(expected: ByteArray, found: ByteArray): String? {
    if (expected.size != found.size) return "${found.size} bytes instead of ${expected.size}"
    val wrong = expected.indices.filter { expected[it] != found[it] }
    return if (wrong.isEmpty()) null else "${wrong.size} of ${expected.size} bytes differ, first at ${wrong[0]}"
}
