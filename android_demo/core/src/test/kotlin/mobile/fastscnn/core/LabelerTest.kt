package mobile.fastscnn.core

import java.util.Random
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class LabelerTest {
    @Test
    fun `coarse logits give Python's labels, pixel by pixel`() {
        for (golden in Golden.all("labels")) {
            val facts = golden.facts
            val (height, width, classes) = facts.ints("shape")
            val quantization = if (facts.type("dtype") == ElementType.FLOAT32) null else facts.quantization()
            val model = Models.logits(
                Size(height, width),
                classes,
                facts.size("size"),
                facts.type("dtype"),
                quantization,
                facts.flag("alignCorners"),
            )
            val labeler = Labeler(model)
            labeler.output.put(golden.direct("logits"))
            assertNull("${facts.text("name")}: ", differences(golden.bytes("labels"), labeler.label()))
        }
    }

    @Test
    fun `any logits to any size are labelled as if all of them were resized`() {
        val random = Random(5)
        var mixed = 0
        repeat(350) {
            val from = Size(1 + random.nextInt(12), 1 + random.nextInt(12))
            val to = Size(1 + random.nextInt(90), 1 + random.nextInt(90))
            val classes = 1 + random.nextInt(20)
            val align = random.nextBoolean()
            val logits = makers[it % makers.size](random, from.pixels * classes)
            val labeler = Labeler(Models.logits(from, classes, to, alignCorners = align))
            labeler.output.asFloatBuffer().put(logits)
            val full = from == to
            val expected = if (full) first(logits, classes) else AllLogits.labels(logits, from, classes, to, align)
            assertNull("$from to $to, $classes classes: ", differences(expected, labeler.label()))
            mixed += expected.toSet().size
        }
        assertTrue(mixed > 1000)
    }

    @Test
    fun `integers at full size are compared as they are`() {
        val size = Size(3, 5)
        for (type in listOf(ElementType.INT8, ElementType.UINT8)) {
            val labeler = Labeler(Models.logits(size, 4, size, type, Quantization(0.1f, 3)))
            val random = Random(3)
            val steps = ByteArray(size.pixels * 4).also(random::nextBytes)
            labeler.output.put(steps)
            val mask = if (type == ElementType.INT8) -1 else 0xff
            val numbers = FloatArray(steps.size) { (steps[it].toInt() and mask).toFloat() }
            assertNull(differences(first(numbers, 4), labeler.label()))
        }
    }

    @Test
    fun `coarse labels go to their nearest pixels`() {
        val labeler = Labeler(Models.labels(Size(1, 3), 9, Size(2, 5)))
        labeler.output.asIntBuffer().put(intArrayOf(7, 0, 8))
        // align_corners: pixels lie at 0, 0.5, 1, 1.5 and 2; halves go up
        assertEquals(listOf<Byte>(7, 0, 0, 8, 8, 7, 0, 0, 8, 8), labeler.label().toList())
    }

    @Test
    fun `labels that have no name are a problem, not a crash`() {
        for (label in listOf(-1, 9, Int.MAX_VALUE)) {
            val labeler = Labeler(Models.labels(Size(2, 2), 9, Size(2, 2)))
            labeler.output.asIntBuffer().put(3, label)
            val problem = assertThrows(ModelProblem::class.java) { labeler.label() }
            assertEquals("It gives class number $label, but names 9.", problem.sentence)
        }
    }

    @Test
    fun `logits that are no numbers label something all the same`() {
        val labeler = Labeler(Models.logits(Size(4, 4), 5, Size(32, 32)))
        for (value in listOf(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)) {
            val logits = FloatArray(80) { if (it % 3 == 0) value else it.toFloat() }
            labeler.output.asFloatBuffer().put(logits)
            assertTrue(labeler.label().all { it in 0..4 })
        }
    }

    @Test
    fun `another array is filled where it is as long`() {
        val labeler = Labeler(Models.labels(Size(2, 2), 3, Size(2, 2)))
        labeler.output.asIntBuffer().put(intArrayOf(0, 1, 2, 1))
        assertEquals(listOf<Byte>(0, 1, 2, 1), labeler.label(ByteArray(4)).toList())
        assertThrows(IllegalArgumentException::class.java) { labeler.label(ByteArray(5)) }
    }

    @Test
    fun `no frame costs memory`() {
        val random = Random(4)
        val to = Size(96, 128)
        val models = listOf(
            Models.logits(Size(12, 16), 11, to, ElementType.INT8, Quantization(0.1f, 2)),
            Models.logits(Size(12, 16), 11, to, alignCorners = false),
            Models.logits(to, 11, to, ElementType.INT8, Quantization(0.1f, 2)),
            Models.logits(to, 11, to),
            Models.labels(Size(12, 16), 11, to),
            Models.labels(to, 11, to),
        )
        for (model in models) {
            val labeler = Labeler(model)
            val steps = ByteArray(model.output.bytes).also(random::nextBytes)
            if (model.output.type == ElementType.INT8) labeler.output.put(steps)
            assertAllocatesNothing { labeler.label() }
        }
    }

    private fun first(logits: FloatArray, classes: Int) =
        ByteArray(logits.size / classes) { cell ->
            val own = logits.slice(cell * classes until (cell + 1) * classes)
            own.indexOf(own.max()).toByte()
        }

    private val makers = listOf<(Random, Int) -> FloatArray>(
        { random, count -> FloatArray(count) { random.nextGaussian().toFloat() } },
        { random, count -> FloatArray(count) { (random.nextInt(7) - 3) * 0.1f } },
        { random, count -> FloatArray(count) { Math.scalb(random.nextFloat() - 0.5f, random.nextInt(60) - 30) } },
        { random, count -> FloatArray(count) { 1.7f + Math.ulp(1.7f) * (random.nextInt(5) - 2) } },
        { _, count -> FloatArray(count) },
        { random, count -> FloatArray(count) { (random.nextFloat() - 0.5f) * Float.MAX_VALUE * 2 } },
        { random, count -> FloatArray(count) { random.nextInt(5) * java.lang.Float.MIN_NORMAL } },
    )
}
