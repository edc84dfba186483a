"""Other converters on the same network: each in an environment of its own, one table for all."""
