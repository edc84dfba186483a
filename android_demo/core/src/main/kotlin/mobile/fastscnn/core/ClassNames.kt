package mobile.fastscnn.core

/** Names of classes as a file gives them: they go to the screen as they are. */
internal object ClassNames {
    /** Characters; as fastscnn/naming.py has it. */
    private const val LONGEST = 100

    /** What is not shown but acts: escapes, directions, halves of characters, lines. */
    private val ACTING = setOf(
        Character.CONTROL,
        Character.FORMAT,
        Character.SURROGATE,
        Character.LINE_SEPARATOR,
        Character.PARAGRAPH_SEPARATOR,
    ).map { it.toInt() }

    /** One a line. */
    fun lines(content: ByteArray): List<String> {
        val lines = String(content, Charsets.UTF_8).split('\n').map { it.removeSuffix("\r") }
        return if (lines.last().isEmpty()) lines.dropLast(1) else lines
    }

    /** ModelProblem where one cannot be shown. */
    fun requireShown(names: List<String>) {
        names.forEachIndexed { index, name ->
            val complaint = complaint(name) ?: return@forEachIndexed
            throw ModelProblem(
                "The name of class ${index + 1} $complaint.",
                "Name it otherwise: fastscnn-export --classes FILE.",
            )
        }
    }

    private fun complaint(name: String): String? = when {
        name.isBlank() -> "is empty"
        name.length > LONGEST -> "has ${name.length} characters, more than $LONGEST"
        acts(name) -> "has control characters"
        else -> null
    }

    private fun acts(name: String): Boolean {
        var at = 0
        while (at < name.length) {
            val point = name.codePointAt(at)
            if (Character.getType(point) in ACTING) return true
            at += Character.charCount(point)
        }
        return false
    }
}
