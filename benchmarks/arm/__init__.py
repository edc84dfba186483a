"""Emulated ARM cores: Debian's packages unpacked into a folder, and qemu-user."""
