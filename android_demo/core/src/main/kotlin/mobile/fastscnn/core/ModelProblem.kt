package mobile.fastscnn.core

/** Why a file, or what it computes, cannot be shown: one sentence for the screen, and what to do about it. */
class ModelProblem(
    /** What is wrong, as a whole sentence. */
    val sentence: String,
    /** What the user can do; empty where nothing helps. */
    val remedy: String = "",
    cause: Throwable? = null,
) : Exception("$sentence $remedy".trim(), cause)
