"""What the Android sample is compiled against where there is no SDK."""
