"""Calls to a Bot API server."""
