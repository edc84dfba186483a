"""The Core ML room: an ML Program written with coremltools' MIL builder, read back and evaluated anywhere."""
