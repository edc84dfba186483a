// Signatures of androidx.camera:camera-core's choice of sizes, from its public reference.
package androidx.camera.core.resolutionselector

import android.util.Size

class ResolutionStrategy(boundSize: Size, fallbackRule: Int) {
    companion object {
        const val FALLBACK_RULE_CLOSEST_HIGHER_THEN_LOWER = 1
    }
}

class ResolutionSelector private constructor() {
    class Builder {
        fun setResolutionStrategy(strategy: ResolutionStrategy): Builder = throw NotImplementedError()

        fun build(): ResolutionSelector = throw NotImplementedError()
    }
}
