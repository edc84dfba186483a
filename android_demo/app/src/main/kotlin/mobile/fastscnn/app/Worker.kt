package mobile.fastscnn.app

import android.os.Handler
import android.os.Looper
import java.util.concurrent.Executor
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException

/** The one thread on which models are read and run, and the way back to the screen. */
class Worker : Executor {
    private val thread: ExecutorService = Executors.newSingleThreadExecutor()
    private val screen = Handler(Looper.getMainLooper())

    override fun execute(task: Runnable) {
        try {
            thread.execute(task)
        } catch (error: RejectedExecutionException) {
            // the application is closing: a last frame of the camera is nobody's loss
        }
    }

    fun onScreen(task: () -> Unit) {
        screen.post(task)
    }

    /** What waits is still done, the last thing too. */
    fun close(last: () -> Unit) {
        execute(last)
        thread.shutdown()
    }
}
