"""What Python makes of frames and of outputs, for android_demo/core to equal: `make android-golden`."""
