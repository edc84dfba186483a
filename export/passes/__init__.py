"""Rewrites of a Graph, one a file: each says what it requires, what it does and what it ensures."""
