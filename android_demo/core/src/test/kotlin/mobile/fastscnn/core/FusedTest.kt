package mobile.fastscnn.core

import java.util.Random
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

/** On Java 17, where Math.fma says what the right number is. */
class FusedTest {
    @Test
    fun `random numbers are fused as Math does`() {
        val random = Random(1)
        repeat(500_000) {
            val a = number(random)
            val b = random.nextFloat()
            val c = number(random)
            assertEquals(Math.fma(a, b, c), fused(a, b, c), 0f)
        }
    }

    @Test
    fun `sums that a double rounds onto the middle of two floats are set right`() {
        var set = 0
        val random = Random(2)
        repeat(200_000) {
            // the product ends far below the middle of two floats near c, on which a double must round it
            val c = Math.scalb(1f + random.nextInt(1 shl 23) / (1 shl 23).toFloat(), random.nextInt(20))
            val half = Math.ulp(c) / 2
            val a = half * (1f + Math.ulp(1f) * random.nextInt(4))
            val b = 1f - Math.ulp(0.5f) * random.nextInt(4)
            val sign = if (random.nextBoolean()) 1 else -1
            for (factor in listOf(a, -a)) {
                val expected = Math.fma(factor, b, sign * c)
                assertEquals(expected, fused(factor, b, sign * c), 0f)
                if ((factor.toDouble() * b + sign * c).toFloat() != expected) set++
            }
        }
        assertTrue("double alone was wrong in $set cases: this test must meet some", set > 100)
    }

    private fun number(random: Random) = Math.scalb(random.nextFloat() - 0.5f, random.nextInt(30) - 15)
}
