package mobile.fastscnn.app.logic

/**
 * Whether the camera may run, and what stands in its way.
 *
 * Permission can be revoked while the application is in the background: what the system says at every
 * [resumed] counts, never what was remembered.
 */
data class CameraGate(val wanted: Boolean = false, val hindrance: Hindrance? = null, val asking: Boolean = false) {
    enum class Hindrance {
        /** Not given, but it can be asked for again. */
        DENIED,

        /** The system asks no more: only its settings help. */
        DENIED_FOR_GOOD,

        /** It was given, and taken back in the background. */
        REVOKED,

        /** There is none, another application has it, or a policy forbids it. */
        UNAVAILABLE,
    }

    /** The camera is to run. */
    val open: Boolean get() = wanted && hindrance == null && !asking

    /** The user wants the camera; where it is not permitted, the question is to be put now. */
    fun requested(permitted: Boolean): CameraGate = CameraGate(wanted = true, asking = !permitted)

    /** The user's answer; `askable`: the system would put the question again. */
    fun answered(granted: Boolean, askable: Boolean): CameraGate = when {
        !wanted -> CameraGate()
        granted -> CameraGate(wanted = true)
        askable -> CameraGate(wanted = true, hindrance = Hindrance.DENIED)
        else -> CameraGate(wanted = true, hindrance = Hindrance.DENIED_FOR_GOOD)
    }

    /** In the foreground again, where the system says whether it is permitted now. */
    fun resumed(permitted: Boolean): CameraGate = when {
        !wanted || asking -> this
        permitted && hindrance != Hindrance.UNAVAILABLE -> copy(hindrance = null)
        !permitted && hindrance == null -> copy(hindrance = Hindrance.REVOKED)
        else -> this
    }

    /** It could not be opened, or was lost. */
    fun lost(): CameraGate = if (wanted) copy(hindrance = Hindrance.UNAVAILABLE) else this

    /** The user looks at a picture instead. */
    fun released(): CameraGate = CameraGate()
}
