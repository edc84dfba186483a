package mobile.fastscnn.app.logic

import mobile.fastscnn.app.logic.CameraGate.Hindrance
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class CameraGateTest {
    private val running = CameraGate().requested(permitted = true)

    @Test
    fun `nothing runs that nobody asked for`() {
        assertFalse(CameraGate().open)
        assertFalse(CameraGate().resumed(permitted = true).open)
    }

    @Test
    fun `a permitted camera runs at once, another one after the answer`() {
        assertTrue(running.open)
        val asking = CameraGate().requested(permitted = false)
        assertFalse(asking.open)
        assertTrue(asking.answered(granted = true, askable = false).open)
    }

    @Test
    fun `a question is not disturbed by the pause that it makes itself`() {
        val asking = CameraGate().requested(permitted = false)
        assertEquals(asking, asking.resumed(permitted = false))
    }

    @Test
    fun `a refusal says whether asking again helps`() {
        val asking = CameraGate().requested(permitted = false)
        assertEquals(Hindrance.DENIED, asking.answered(granted = false, askable = true).hindrance)
        assertEquals(Hindrance.DENIED_FOR_GOOD, asking.answered(granted = false, askable = false).hindrance)
    }

    @Test
    fun `a permission taken back in the background stops the camera, and given again starts it`() {
        val revoked = running.resumed(permitted = false)
        assertEquals(Hindrance.REVOKED, revoked.hindrance)
        assertFalse(revoked.open)
        assertTrue(revoked.resumed(permitted = true).open)
    }

    @Test
    fun `a refusal is not renamed by coming back`() {
        val denied = CameraGate().requested(permitted = false).answered(granted = false, askable = true)
        assertEquals(Hindrance.DENIED, denied.resumed(permitted = false).hindrance)
    }

    @Test
    fun `the settings page opens the camera when the user comes back`() {
        val denied = CameraGate().requested(permitted = false).answered(granted = false, askable = false)
        assertTrue(denied.resumed(permitted = true).open)
    }

    @Test
    fun `a lost camera waits for the user`() {
        val lost = running.lost()
        assertEquals(Hindrance.UNAVAILABLE, lost.hindrance)
        assertFalse(lost.resumed(permitted = true).open)
        assertTrue(lost.requested(permitted = true).open)
    }

    @Test
    fun `an answer or a loss after the user turned to a picture is nobody's`() {
        assertNull(running.released().lost().hindrance)
        assertFalse(running.released().answered(granted = true, askable = true).open)
    }
}
