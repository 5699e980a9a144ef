"""Where conversations take place: one adapter each, all with the same verb."""

from __future__ import annotations

from typing import Protocol


class Channel(Protocol):
    """A place where people write to the bot."""

    def serve(self) -> None:
        """Pass messages to the conversation and replies back, until told to stop or at the end.

        Raises:
            ChannelError: the channel cannot start.
        """
        ...
