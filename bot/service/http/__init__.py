"""The HTTP server, what it serves, and who asks."""
