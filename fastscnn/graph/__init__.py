"""The Graph: a network without sizes, its shapes, its arithmetic and its file."""
