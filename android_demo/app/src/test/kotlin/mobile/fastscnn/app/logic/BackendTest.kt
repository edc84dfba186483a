package mobile.fastscnn.app.logic

import org.junit.Assert.assertEquals
import org.junit.Test

class BackendTest {
    @Test
    fun `a phone is offered no more threads than it has cores`() {
        assertEquals(listOf(Backend.Cpu(1), Backend.Cpu(2), Backend.Gpu), Backend.choices(cores = 3))
        assertEquals(listOf(Backend.Cpu(1), Backend.Gpu), Backend.choices(cores = 1))
    }

    @Test
    fun `what was chosen is found again`() {
        for (choice in Backend.choices(cores = 8)) assertEquals(choice, Backend.of(choice.key, cores = 8))
    }

    @Test
    fun `without a choice it is the CPU with up to four threads`() {
        assertEquals(Backend.Cpu(4), Backend.of(null, cores = 8))
        assertEquals(Backend.Cpu(2), Backend.of("a key of another version", cores = 2))
    }
}
