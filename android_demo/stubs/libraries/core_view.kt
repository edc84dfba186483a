// Signatures of androidx.core's views that the application uses, from its public reference.
package androidx.core.view

import android.view.View
import androidx.core.graphics.Insets

fun interface OnApplyWindowInsetsListener {
    fun onApplyWindowInsets(view: View, insets: WindowInsetsCompat): WindowInsetsCompat
}

object ViewCompat {
    @JvmStatic
    fun setOnApplyWindowInsetsListener(view: View, listener: OnApplyWindowInsetsListener?): Unit =
        throw NotImplementedError()
}

class WindowInsetsCompat private constructor() {
    object Type {
        @JvmStatic
        fun systemBars(): Int = throw NotImplementedError()

        @JvmStatic
        fun displayCutout(): Int = throw NotImplementedError()
    }

    fun getInsets(types: Int): Insets = throw NotImplementedError()
}
