plugins {
    alias(libs.plugins.android.application)
}

android {
    namespace = "mobile.fastscnn.app"
    compileSdk = libs.versions.compileSdk.get().toInt()

    defaultConfig {
        applicationId = "mobile.fastscnn.demo"
        minSdk = libs.versions.minSdk.get().toInt()
        targetSdk = libs.versions.targetSdk.get().toInt()
        versionCode = 1
        versionName = "1.0"
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    // a compressed model cannot be mapped into memory
    androidResources {
        noCompress += "tflite"
    }

    packaging {
        jniLibs {
            // libraries stay uncompressed in the package, aligned for pages of 16 KB
            useLegacyPackaging = false
        }
    }
}

dependencies {
    implementation(project(":core"))
    implementation(libs.activity)
    implementation(libs.camera.core)
    implementation(libs.camera.lifecycle)
    runtimeOnly(libs.camera.camera2)
    implementation(libs.core)
    implementation(libs.lifecycle.viewmodel)
    implementation(libs.litert)
    implementation(libs.litert.gpu)
    testImplementation(libs.junit)
}
