package mobile.fastscnn.core

import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

/** Whole ways of real models and photographs: every step equals Python's, byte for byte. */
class GoldenWayTest {
    private val cases = Golden.all("whole")

    @Test
    fun `a model is what its file says`() {
        for (golden in cases) {
            val facts = golden.facts
            val model = model(golden)
            assertEquals(facts.text("name"), model.name)
            assertEquals(facts.facts("input").text("form"), model.input.form.name.lowercase())
            val input = facts.facts("input")
            assertEquals(input.ints("shape"), listOf(model.size.height, model.size.width, model.input.channels))
            assertEquals(input.type("dtype"), model.input.type)
            assertEquals(input.quantization(), model.input.quantization)
            val output = facts.facts("output")
            assertEquals(output.text("form"), model.output.form.name.lowercase())
            assertEquals(output.ints("shape").take(2), model.output.size.let { listOf(it.height, it.width) })
            assertEquals(output.type("dtype"), model.output.type)
            assertEquals(output.quantization(), model.output.quantization)
            assertEquals(output.int("stride"), model.output.stride)
            assertEquals(output.flag("alignCorners"), model.output.alignCorners)
            assertEquals(facts.list("classes"), model.classes.map { it.name })
            assertEquals(facts.list("colors").map(::argb), model.classes.map { it.color })
            assertEquals(facts.flag("trained"), model.trained)
            assertEquals(golden.bytes("model").size, model.bytes)
        }
    }

    @Test
    fun `input, labels, colours and shares are Python's`() {
        for (golden in cases) {
            val name = golden.facts.text("name")
            val model = model(golden)
            val played = Inference { input, output ->
                assertNull("$name: input: ", differences(golden.bytes("input"), input.copied()))
                output.put(golden.direct("output"))
            }
            val segmenter = Segmenter(model, played, golden.facts.fit("fit"))
            repeat(2) {
                val placement = segment(segmenter, golden)
                assertEquals(golden.facts.area("seen"), placement.seen)
                assertEquals(golden.facts.area("filled"), placement.filled)
                assertNull("$name: labels: ", differences(golden.bytes("labels"), segmenter.labels))
                assertEquals(golden.facts.ints("counts"), segmenter.overlay.counts.toList())
                assertColours(golden, segmenter.overlay, placement.filled)
            }
        }
    }

    @Test
    fun `a picture under its colours is fastscnn-predict's`() {
        val kept = cases.filter { "picture" in it.names }
        assertEquals(3, kept.size)
        for (golden in kept) {
            val model = model(golden)
            val channels = model.input.channels
            val given = golden.bytes("input")
            val picture = IntArray(model.size.pixels) { argb(given, it * channels) }
            Overlay(model).apply { opacity = golden.facts.float("opacity") }.blend(picture, golden.bytes("labels"))
            val expected = golden.bytes("picture")
            for (at in picture.indices) assertEquals(argb(expected, at * 3), picture[at])
        }
    }

    private fun segment(segmenter: Segmenter, golden: Golden): Placement {
        val frame = golden.facts.facts("frame")
        return segmenter.segment(
            golden.direct("frame"),
            frame.int("width"),
            frame.int("height"),
            frame.int("rowStride"),
            frame.int("pixelStride"),
            frame.int("rotation"),
        )
    }

    /** The class's colour with the overlay's opacity where the frame is; nothing where bars are. */
    private fun assertColours(golden: Golden, overlay: Overlay, filled: Area) {
        val opaque = golden.ints("colours")
        val alpha = Math.round(overlay.opacity * 255) shl 24
        val width = overlay.model.size.width
        val expected = IntArray(opaque.size) {
            val inside = it % width in filled.left until filled.right && it / width in filled.top until filled.bottom
            if (inside) alpha or (opaque[it] and 0xffffff) else 0
        }
        assertEquals(golden.facts.text("name"), expected.toList(), overlay.pixels.toList())
    }

    private fun model(golden: Golden): Model {
        val file = ByteBuffer.wrap(golden.bytes("model"))
        return ModelFile.read(file, "${golden.facts.text("name")}.tflite")
    }

    private fun argb(color: Any?): Int =
        (color as List<*>).fold(0xff) { all, part -> (all shl 8) or (part as Double).toInt() }

    private fun argb(bytes: ByteArray, at: Int): Int =
        (0..2).fold(0xff) { all, channel -> (all shl 8) or (bytes[at + channel].toInt() and 0xff) }
}
