package mobile.fastscnn.core

/** A JSON text could not be read. */
internal class JsonProblem(message: String) : Exception(message)

/** JSON to maps, lists, strings, doubles, booleans and null, and back. Android has org.json, the plain JVM nothing. */
internal object Json {
    private const val DEEPEST = 64

    /** Throws [JsonProblem] and nothing else. */
    fun parse(text: String): Any? = Reader(text).document()

    /** Maps, lists, strings, numbers, booleans and null, indented by two spaces as Python's `indent=2`. */
    fun write(value: Any?): String = StringBuilder().also { write(it, value, "\n") }.toString()

    private fun write(out: StringBuilder, value: Any?, line: String) {
        when (value) {
            null -> out.append("null")
            is String -> quote(out, value)
            is Boolean, is Int, is Long -> out.append(value)
            is Number -> value.toDouble().let { out.append(if (it.isNaN() || it.isInfinite()) "null" else plain(it)) }
            is Map<*, *> -> block(out, value.entries, '{', '}', line) { (key, each), inner ->
                quote(out, key as String)
                out.append(": ")
                write(out, each, inner)
            }
            is List<*> -> block(out, value, '[', ']', line) { each, inner -> write(out, each, inner) }
            else -> throw IllegalArgumentException("JSON has no ${value.javaClass}")
        }
    }

    private fun <T> block(
        out: StringBuilder,
        entries: Collection<T>,
        open: Char,
        close: Char,
        line: String,
        entry: (T, String) -> Unit,
    ) {
        out.append(open)
        val inner = "$line  "
        entries.forEachIndexed { index, each ->
            out.append(if (index == 0) inner else ",$inner")
            entry(each, inner)
        }
        if (entries.isNotEmpty()) out.append(line)
        out.append(close)
    }

    private fun plain(value: Double): String =
        java.math.BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()

    private fun quote(out: StringBuilder, text: String) {
        out.append('"')
        for (letter in text) {
            when {
                letter == '"' || letter == '\\' -> out.append('\\').append(letter)
                letter < ' ' || letter > '~' -> out.append("\\u").append("%04x".format(letter.code))
                else -> out.append(letter)
            }
        }
        out.append('"')
    }

    private class Reader(private val text: String) {
        private var at = 0

        fun document(): Any? {
            val value = value(0)
            skip()
            if (at < text.length) fail("something follows it")
            return value
        }

        private fun value(depth: Int): Any? {
            if (depth > DEEPEST) fail("it is nested too deeply")
            skip()
            return when (val letter = peek()) {
                '{' -> map(depth)
                '[' -> list(depth)
                '"' -> string()
                't' -> word("true", true)
                'f' -> word("false", false)
                'n' -> word("null", null)
                else -> if (letter == '-' || letter in '0'..'9') number() else fail("a value is missing")
            }
        }

        private fun map(depth: Int): Map<String, Any?> {
            val found = LinkedHashMap<String, Any?>()
            entries('}') {
                skip()
                if (peek() != '"') fail("a key is missing")
                val key = string()
                skip()
                if (take() != ':') fail("a colon is missing")
                found[key] = value(depth + 1)
            }
            return found
        }

        private fun list(depth: Int): List<Any?> {
            val found = ArrayList<Any?>()
            entries(']') { found.add(value(depth + 1)) }
            return found
        }

        private inline fun entries(close: Char, entry: () -> Unit) {
            at++
            skip()
            if (peek() == close) {
                at++
                return
            }
            while (true) {
                entry()
                skip()
                val next = take()
                if (next == close) return
                if (next != ',') fail("a comma is missing")
            }
        }

        private fun string(): String {
            at++
            val found = StringBuilder()
            while (true) {
                val letter = take()
                when {
                    letter == '"' -> return found.toString()
                    letter == '\\' -> found.append(escaped())
                    letter < ' ' -> fail("a string is not closed")
                    else -> found.append(letter)
                }
            }
        }

        private fun escaped(): Char =
            when (val letter = take()) {
                '"', '\\', '/' -> letter
                'b' -> '\b'
                'f' -> '\u000c'
                'n' -> '\n'
                'r' -> '\r'
                't' -> '\t'
                'u' -> {
                    var code = 0
                    repeat(4) {
                        val digit = Character.digit(take(), 16)
                        if (digit < 0) fail("an escape is none")
                        code = code * 16 + digit
                    }
                    code.toChar()
                }
                else -> fail("an escape is none")
            }

        private fun number(): Double {
            val begin = at
            while (at < text.length && text[at] in "+-.0123456789eE") at++
            return text.substring(begin, at).toDoubleOrNull() ?: fail("a number is none")
        }

        private fun <T> word(word: String, value: T): T {
            if (!text.startsWith(word, at)) fail("a value is none")
            at += word.length
            return value
        }

        private fun skip() {
            while (at < text.length && text[at] in " \t\r\n") at++
        }

        private fun peek(): Char = if (at < text.length) text[at] else fail("it ends too early")

        private fun take(): Char = peek().also { at++ }

        private fun fail(what: String): Nothing = throw JsonProblem("$what, at letter $at")
    }
}
