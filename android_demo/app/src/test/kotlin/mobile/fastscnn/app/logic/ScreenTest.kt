package mobile.fastscnn.app.logic

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class ScreenTest {
    private val empty = Screen(wanted = Backend.Cpu(4))
    private val loaded = empty.loading().loaded("street", "360x480", true, Backend.Cpu(4))

    @Test
    fun `a benchmark can begin only with a model at rest`() {
        assertFalse(empty.ready)
        assertFalse(empty.loading().ready)
        assertTrue(loaded.ready)
        assertFalse(loaded.copy(busy = Screen.Busy.BENCHMARK).ready)
    }

    @Test
    fun `the camera runs with a model only, and not beside a benchmark`() {
        val camera = CameraGate().requested(permitted = true)
        assertFalse(empty.copy(camera = camera).streaming)
        assertTrue(loaded.copy(camera = camera).streaming)
        assertFalse(loaded.copy(camera = camera, busy = Screen.Busy.BENCHMARK).streaming)
    }

    @Test
    fun `the newest notice is shown, one of a kind is kept`() {
        val told = empty.told(Notice.NoModel).told(Notice.ModelFailed("a", "x")).told(Notice.ModelFailed("b", "y"))
        assertEquals(Notice.ModelFailed("b", "y"), told.notice)
        assertEquals(Notice.NoModel, told.dismissed().notice)
        assertNull(told.dismissed().dismissed().notice)
    }

    @Test
    fun `what stands in the camera's way is said until the user gives the camera up`() {
        val denied = loaded.copy(camera = CameraGate().requested(false).answered(false, askable = true))
        assertEquals(Notice.Camera(CameraGate.Hindrance.DENIED), denied.notice)
        assertNull(denied.dismissed().notice)
        assertFalse(denied.dismissed().camera.wanted)
    }

    @Test
    fun `what ends does not end what began after it`() {
        val importing = empty.loading().copy(busy = Screen.Busy.IMPORTING)
        val both = importing.loaded("street", "360x480", true, Backend.Cpu(4))
        assertEquals(Screen.Busy.IMPORTING, both.busy)
        assertNull(both.finished(Screen.Busy.IMPORTING).busy)
    }

    @Test
    fun `another model takes what was said of the last one away`() {
        val refused = empty.failed(Notice.ModelRefused("cats", "It finds cats.")).told(Notice.PictureUnreadable)
        assertNull(refused.used)
        assertEquals(listOf(Notice.PictureUnreadable), refused.loading().notices)
    }
}
