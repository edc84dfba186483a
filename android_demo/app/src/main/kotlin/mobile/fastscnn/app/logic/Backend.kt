package mobile.fastscnn.app.logic

/** Where a model runs. */
sealed class Backend {
    /** XNNPACK on so many threads. */
    data class Cpu(val threads: Int) : Backend()

    object Gpu : Backend()

    /** For the settings file. */
    val key: String
        get() = when (this) {
            is Cpu -> "cpu-$threads"
            Gpu -> "gpu"
        }

    companion object {
        private val THREADS = listOf(1, 2, 4)
        private const val USUAL_THREADS = 4

        /** What is worth trying on a phone with so many cores. */
        fun choices(cores: Int): List<Backend> = THREADS.filter { it == 1 || it <= cores }.map(::Cpu) + Gpu

        /** The choice of that key; else as many threads as a phone's big cores bear. */
        fun of(key: String?, cores: Int): Backend {
            val choices = choices(cores)
            return choices.firstOrNull { it.key == key }
                ?: choices.last { it is Cpu && it.threads <= USUAL_THREADS }
        }
    }
}
