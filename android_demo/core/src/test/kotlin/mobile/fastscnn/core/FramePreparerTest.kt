package mobile.fastscnn.core

import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class FramePreparerTest {
    private val golden = Golden.of("frames")
    private val upright = golden.facts.size("frame")

    @Test
    fun `every rotation, fit and size shows the model what Pillow does`() {
        for (case in golden.facts.all("cases")) {
            val model = Models.seeing(case.size("size"))
            for (rotation in listOf(0, 90, 180, 270)) {
                val preparer = FramePreparer(model, case.fit("fit"))
                val frame = Turned(golden.bytes("frame"), upright, rotation, rotation / 10, pixelStride = 4)
                val placement = frame.through(preparer)
                assertEquals(case.area("seen"), placement.seen)
                assertEquals(case.area("filled"), placement.filled)
                val where = "${case.text("name")}, $rotation degrees: "
                assertNull(where, differences(golden.bytes(case.text("name")), preparer.input.copied()))
            }
        }
    }

    @Test
    fun `odd strides are followed, and what lies between pixels is not read`() {
        val case = golden.facts.all("cases").first { it.text("name") == "letterbox_48x64" }
        val preparer = FramePreparer(Models.seeing(case.size("size")), Fit.LETTERBOX)
        for ((padding, stride) in listOf(0 to 4, 1 to 4, 37 to 4, 0 to 5, 13 to 7, 2 to 3)) {
            for (rotation in listOf(0, 90, 180, 270)) {
                Turned(golden.bytes("frame"), upright, rotation, padding, stride).through(preparer)
                val where = "$padding bytes after each row, $stride a pixel, $rotation degrees: "
                assertNull(where, differences(golden.bytes("letterbox_48x64"), preparer.input.copied()))
            }
        }
    }

    @Test
    fun `a camera's last row may end with its last pixel`() {
        val preparer = FramePreparer(Models.seeing(Size(2, 3)))
        val bytes = 5 * 16 + 3 * 4 - 1
        preparer.prepare(ByteBuffer.allocateDirect(bytes), 3, 6, rowStride = 16)
        assertThrows(IllegalArgumentException::class.java) {
            preparer.prepare(ByteBuffer.allocateDirect(bytes - 1), 3, 6, rowStride = 16)
        }
    }

    @Test
    fun `frames whose numbers cannot be are refused`() {
        val preparer = FramePreparer(Models.seeing(Size(4, 4)))
        val buffer = ByteBuffer.allocateDirect(4 * 8 * 8)
        val wrong = listOf(
            { preparer.prepare(buffer, 0, 8) },
            { preparer.prepare(buffer, 8, -1) },
            { preparer.prepare(buffer, 8, 9) },
            { preparer.prepare(buffer, 8, 8, rowStride = 30) },
            { preparer.prepare(buffer, 8, 8, pixelStride = 2) },
            { preparer.prepare(buffer, 8, 8, rotation = 45) },
            { preparer.prepare(buffer, 8, 8, rotation = -90) },
            { preparer.prepare(buffer, Int.MAX_VALUE, Int.MAX_VALUE, rowStride = Int.MAX_VALUE) },
        )
        for (prepare in wrong) assertThrows(IllegalArgumentException::class.java) { prepare() }
        preparer.prepare(buffer, 8, 8)
    }

    @Test
    fun `a size that the camera cannot fill is filled, and said`() {
        val preparer = FramePreparer(Models.seeing(Size(100, 400)), Fit.CROP)
        val frame = ByteBuffer.allocateDirect(4 * 12)
        assertTrue(preparer.prepare(frame, 4, 3).enlarged)
        val large = ByteBuffer.allocateDirect(4 * 400 * 300)
        assertFalse(preparer.prepare(large, 400, 300).enlarged)
    }

    @Test
    fun `one preparer takes frames of changing shape, and its bars do not stay`() {
        val model = Models.seeing(Size(20, 20))
        val preparer = FramePreparer(model, Fit.LETTERBOX)
        val wide = ByteBuffer.allocateDirect(4 * 40 * 10)
        preparer.prepare(wide, 40, 10)
        val tall = preparer.prepare(wide, 10, 40)
        assertEquals(Area(7, 0, 5, 20), tall.filled)
        val again = FramePreparer(model, Fit.LETTERBOX).also { it.prepare(wide, 10, 40) }
        assertNull(differences(again.input.copied(), preparer.input.copied()))
        assertEquals(124.toByte(), preparer.input.get(0))
        preparer.prepare(wide, 20, 20)
        assertEquals(0.toByte(), preparer.input.get(0))
    }

    @Test
    fun `a frame that stays alike costs no memory`() {
        for (rotation in listOf(0, 90)) {
            for (input in listOf(
                Models.input(Size(24, 32)),
                Models.input(Size(24, 32), InputForm.RGBA, ElementType.FLOAT32),
                Models.input(Size(24, 32), InputForm.TENSOR, ElementType.INT8, Quantization(0.02f, 3)),
            )) {
                val output = Models.logits(Size(3, 4), 2, Size(24, 32)).output
                val preparer = FramePreparer(Model("test", input, output, Models.classes(2), true, 1))
                val frame = ByteBuffer.allocateDirect(4 * 80 * 60)
                assertAllocatesNothing { preparer.prepare(frame, 80, 60, rotation = rotation) }
            }
        }
    }
}

/** An upright RGB picture as a camera that is turned would give it. */
class Turned(rgb: ByteArray, upright: Size, private val rotation: Int, rowPadding: Int, private val pixelStride: Int) {
    private val sideways = rotation % 180 != 0
    private val width = if (sideways) upright.height else upright.width
    private val height = if (sideways) upright.width else upright.height
    private val rowStride = width * pixelStride + rowPadding
    private val frame = ByteBuffer.allocateDirect(rowStride * height)

    init {
        for (at in 0 until frame.capacity()) frame.put(at, GARBAGE)
        for (y in 0 until upright.height) {
            for (x in 0 until upright.width) {
                val (column, row) = when (rotation) {
                    90 -> y to upright.width - 1 - x
                    180 -> upright.width - 1 - x to upright.height - 1 - y
                    270 -> upright.height - 1 - y to x
                    else -> x to y
                }
                val from = (y * upright.width + x) * 3
                val to = row * rowStride + column * pixelStride
                for (channel in 0..2) frame.put(to + channel, rgb[from + channel])
            }
        }
    }

    fun through(preparer: FramePreparer): Placement =
        preparer.prepare(frame, width, height, rowStride, pixelStride, rotation)

    private companion object {
        const val GARBAGE: Byte = 0x5a
    }
}
