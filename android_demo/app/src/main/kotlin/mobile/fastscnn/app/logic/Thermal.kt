package mobile.fastscnn.app.logic

/** How Android calls heat, coolest first: the place is the number of PowerManager's thermal status. */
enum class Thermal {
    NONE,
    LIGHT,
    MODERATE,
    SEVERE,
    CRITICAL,
    EMERGENCY,
    SHUTDOWN,
    ;

    /** The system slows the processor down, so that latencies say little of a cool phone. */
    val throttles: Boolean get() = this >= MODERATE

    companion object {
        /** Null before Android 10, which does not tell, and for a number of the future. */
        fun of(status: Int?): Thermal? = values().getOrNull(status ?: -1)
    }
}
