package mobile.fastscnn.core

import com.sun.management.ThreadMXBean
import java.lang.management.ManagementFactory
import org.junit.Assert.assertEquals

private const val WARM_UP = 50
private const val TRIES = 8
private const val FRAMES = 50

/** Runs it often, and counts the bytes that this thread allocated: none may be of the work itself. */
fun assertAllocatesNothing(work: () -> Unit) {
    assertEquals(0L, allocatedBy(work))
}

/** Bytes that fifty runs allocated, after the first ones; the least of some tries, for what the JVM does aside. */
fun allocatedBy(work: () -> Unit): Long {
    val bean = ManagementFactory.getThreadMXBean() as ThreadMXBean
    val thread = Thread.currentThread().id
    repeat(WARM_UP) { work() }
    var least = Long.MAX_VALUE
    repeat(TRIES) {
        if (least == 0L) return 0L
        val before = bean.getThreadAllocatedBytes(thread)
        repeat(FRAMES) { work() }
        least = minOf(least, bean.getThreadAllocatedBytes(thread) - before)
    }
    return least
}
