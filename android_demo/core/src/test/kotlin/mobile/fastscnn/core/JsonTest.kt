package mobile.fastscnn.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

class JsonTest {
    @Test
    fun `what is written is read again`() {
        val value = mapOf(
            "text" to "\"quoted\\\" \n \u00e9 \ud83d\ude97",
            "numbers" to listOf(1.0, -0.5, 1e-9, 12345678901.0),
            "nothing" to null,
            "truths" to listOf(true, false),
            "empty" to mapOf<String, Any>(),
            "none" to emptyList<Any>(),
        )
        assertEquals(value, Json.parse(Json.write(value)))
    }

    @Test
    fun `Python's spelling is understood`() {
        assertEquals(
            mapOf("a" to listOf(1.0, 2.5e-3, "\u00e9\t/"), "b" to null),
            Json.parse(" {\"a\":[1,2.5E-3,\"\\u00e9\\t\\/\"] ,\n\"b\": null} "),
        )
    }

    @Test
    fun `numbers that JSON has not are null`() {
        assertEquals(listOf(null, null), Json.parse(Json.write(listOf(Double.NaN, Double.POSITIVE_INFINITY))))
    }

    @Test
    fun `what is no JSON is a problem, however deep`() {
        val wrong = listOf(
            "", "{", "[1,", "[1 2]", "{\"a\"}", "{a:1}", "tru", "\"open", "\"\\u12g4\"", "\"\\x\"", "01x", "[1]]", "-",
            "[".repeat(100_000), "\"a\nb\"",
        )
        for (text in wrong) assertThrows(text.take(20), JsonProblem::class.java) { Json.parse(text) }
    }
}
