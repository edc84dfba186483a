"""MediaPipe Tasks as a client, in an environment of its own: it wants older packages than we do."""
