"""Scripts that play peers."""
