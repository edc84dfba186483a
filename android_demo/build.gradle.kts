// one version of each plugin for both modules; AGP 9 brings Kotlin for Android itself
plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.kotlin.jvm) apply false
}
