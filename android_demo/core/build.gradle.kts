import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    alias(libs.plugins.kotlin.jvm)
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

kotlin {
    compilerOptions {
        jvmTarget.set(JvmTarget.JVM_1_8)
        allWarningsAsErrors.set(true)
    }
}

// Java 8's own library too, which is what Android's minSdk 24 has: newer ByteBuffers have methods that are missing there
tasks.compileKotlin {
    compilerOptions.freeCompilerArgs.add("-Xjdk-release=1.8")
}

dependencies {
    testImplementation(libs.junit)
}
