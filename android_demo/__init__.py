"""The Android sample: a Gradle project; its Python is what the checks compile against."""
