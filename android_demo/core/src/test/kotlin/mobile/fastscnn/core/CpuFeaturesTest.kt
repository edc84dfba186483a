package mobile.fastscnn.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

class CpuFeaturesTest {
    private val phone = """
        processor	: 0
        Features	: fp asimd aes asimdhp asimddp i8mm
        CPU part	: 0xd46

        processor	: 1
        Features	: fp asimd asimdhp asimddp
        CPU part	: 0xd46

        processor	: 2
        Features	: fp asimd asimdhp asimddp i8mm
        CPU part	: 0xfff
    """.trimIndent()

    @Test
    fun `of cores that differ, what all of them have`() {
        assertEquals(listOf("asimd", "asimdhp", "asimddp"), CpuFeatures(phone, "aarch64").names)
    }

    @Test
    fun `cores are counted by their parts, unknown ones by number`() {
        assertEquals("2 x Cortex-A510 + 1 x part 0xfff", CpuFeatures(phone, "aarch64").cpu)
    }

    @Test
    fun `an emulator's processor is called by its name`() {
        val features = CpuFeatures("model name\t: Some CPU\nflags\t\t: sse avx2 avx512_vnni\n", "x86_64")
        assertEquals("Some CPU", features.cpu)
        assertEquals(listOf("avx2", "avx512_vnni"), features.names)
    }

    @Test
    fun `where nothing tells, nothing is known`() {
        assertNull(CpuFeatures("", "aarch64").names)
        assertEquals("riscv64", CpuFeatures("hart : 0", "riscv64").cpu)
        assertNull(CpuFeatures("flags : rv64", "riscv64").names)
    }
}
