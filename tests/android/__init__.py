"""The Android sample, as far as it can be compiled and run without Android."""
