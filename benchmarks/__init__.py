"""Latency on boards, and what it buys: artifacts on disk and the runtimes that open them, never torch."""
