"""A channel with a team behind it, over a small FAQ."""

from tests.channels.telegram.handlers.conftest import serve

__all__ = ["serve"]
