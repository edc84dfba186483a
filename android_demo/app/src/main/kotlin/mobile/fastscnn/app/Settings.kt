package mobile.fastscnn.app

import android.content.Context
import mobile.fastscnn.core.Overlay

/** What the user chose, kept for the next start. */
class Settings(context: Context) {
    private val file = context.getSharedPreferences(FILE, Context.MODE_PRIVATE)

    var model: String?
        get() = file.getString(MODEL, null)
        set(value) = file.edit().putString(MODEL, value).apply()

    var backend: String?
        get() = file.getString(BACKEND, null)
        set(value) = file.edit().putString(BACKEND, value).apply()

    var opacity: Float
        get() = file.getFloat(OPACITY, Overlay.DEFAULT_OPACITY)
        set(value) = file.edit().putFloat(OPACITY, value).apply()

    private companion object {
        const val FILE = "choices"
        const val MODEL = "model"
        const val BACKEND = "backend"
        const val OPACITY = "opacity"
    }
}
