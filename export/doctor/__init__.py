"""The doctor: what this machine has, what is wrong with it, and what to do. One kind of check a module."""
