// Signatures of androidx.activity's results that the application uses, from its public reference.
package androidx.activity.result

import androidx.activity.result.contract.ActivityResultContracts

fun interface ActivityResultCallback<O> {
    fun onActivityResult(result: O)
}

abstract class ActivityResultLauncher<I> {
    open fun launch(input: I): Unit = throw NotImplementedError()
}

class PickVisualMediaRequest internal constructor() {
    class Builder {
        fun setMediaType(mediaType: ActivityResultContracts.PickVisualMedia.VisualMediaType): Builder =
            throw NotImplementedError()

        fun build(): PickVisualMediaRequest = throw NotImplementedError()
    }
}
