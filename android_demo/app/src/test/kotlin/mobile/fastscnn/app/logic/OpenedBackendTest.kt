package mobile.fastscnn.app.logic

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class OpenedBackendTest {
    private class Engine(val backend: Backend) : AutoCloseable {
        var closed = false

        override fun close() {
            closed = true
        }
    }

    private val made = ArrayList<Engine>()

    private fun engine(backend: Backend) = Engine(backend).also { made.add(it) }

    private fun open(wanted: Backend, create: (Backend) -> Engine, tried: (Engine) -> Unit = {}) =
        OpenedBackend.open(wanted, cores = 8, create = create, tried = tried)

    @Test
    fun `what is wanted and works is used, and nothing is explained`() {
        for (wanted in listOf(Backend.Gpu, Backend.Cpu(2))) {
            val opened = open(wanted, ::engine)
            assertEquals(wanted, opened.used)
            assertEquals(wanted, opened.engine.backend)
            assertNull(opened.fallback)
        }
    }

    @Test
    fun `a GPU that refuses the model gives way to the CPU, with its reason`() {
        val refuse = { backend: Backend -> if (backend == Backend.Gpu) error("no OpenCL\nmore") else engine(backend) }
        val opened = open(Backend.Gpu, refuse)
        assertEquals(Backend.Cpu(4), opened.used)
        assertEquals("no OpenCL", opened.fallback?.reason)
    }

    @Test
    fun `a GPU that takes the model but cannot run it is closed`() {
        val opened = open(Backend.Gpu, ::engine) { check(it.backend != Backend.Gpu) { "out of memory" } }
        assertEquals("out of memory", opened.fallback?.reason)
        assertTrue(made[0].closed)
        assertFalse(opened.engine.closed)
    }

    @Test
    fun `a missing library is a reason too`() {
        val opened = open(Backend.Gpu, { if (it == Backend.Gpu) throw UnsatisfiedLinkError() else engine(it) })
        assertEquals("UnsatisfiedLinkError", opened.fallback?.reason)
    }

    @Test
    fun `what the CPU refuses is refused, and its engine is closed`() {
        for (wanted in listOf(Backend.Gpu, Backend.Cpu(4))) {
            made.clear()
            assertThrows(IllegalArgumentException::class.java) {
                open(wanted, ::engine) { throw IllegalArgumentException("another task's model") }
            }
            assertTrue(made.all { it.closed })
        }
    }

    @Test
    fun `the CPU gets no more threads than there are cores`() {
        val refuse = { backend: Backend -> if (backend == Backend.Gpu) error("no") else engine(backend) }
        assertEquals(Backend.Cpu(2), OpenedBackend.open(Backend.Gpu, 2, refuse) {}.used)
    }
}
