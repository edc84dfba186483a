"""The TFLite room: a flatbuffer written directly, read back, and run."""
