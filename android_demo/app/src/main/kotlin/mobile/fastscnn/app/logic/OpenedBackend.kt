package mobile.fastscnn.app.logic

/** A model that runs: on what, and if not on what was wanted, why. */
class OpenedBackend<Engine>(val engine: Engine, val used: Backend, val fallback: Fallback?) {
    /** The runtime's own words for why the GPU is not used. */
    data class Fallback(val reason: String)

    companion object {
        private const val CPU_THREADS = 4

        /**
         * Opens what is wanted; where the GPU cannot take the model, the CPU, with the reason.
         *
         * The GPU counts as opened only when `tried` has run it: drivers accept models that they cannot compute.
         * What the CPU throws comes through: the model itself does not run.
         */
        fun <Engine : AutoCloseable> open(
            wanted: Backend,
            cores: Int,
            create: (Backend) -> Engine,
            tried: (Engine) -> Unit,
        ): OpenedBackend<Engine> {
            if (wanted !is Backend.Gpu) return OpenedBackend(opened(wanted, create, tried), wanted, null)
            return try {
                OpenedBackend(opened(wanted, create, tried), wanted, null)
            } catch (error: Exception) {
                onCpu(cores, create, tried, reason(error))
            } catch (error: LinkageError) {
                onCpu(cores, create, tried, reason(error))
            }
        }

        private fun <Engine : AutoCloseable> onCpu(
            cores: Int,
            create: (Backend) -> Engine,
            tried: (Engine) -> Unit,
            reason: String,
        ): OpenedBackend<Engine> {
            val cpu = Backend.Cpu(minOf(CPU_THREADS, maxOf(1, cores)))
            return OpenedBackend(opened(cpu, create, tried), cpu, Fallback(reason))
        }

        private fun <Engine : AutoCloseable> opened(
            backend: Backend,
            create: (Backend) -> Engine,
            tried: (Engine) -> Unit,
        ): Engine {
            val engine = create(backend)
            try {
                tried(engine)
            } catch (error: Throwable) {
                engine.close()
                throw error
            }
            return engine
        }

        /** One line, whatever the runtime threw. */
        fun reason(error: Throwable): String {
            val words = error.message?.lineSequence()?.map { it.trim() }?.firstOrNull { it.isNotEmpty() }
            return words ?: error.javaClass.simpleName
        }
    }
}
