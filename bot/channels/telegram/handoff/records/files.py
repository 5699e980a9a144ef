"""Pictures and other files that people sent, until the team is shown them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Update

from bot.channels.telegram.updates import conversation_of, has_file, message_of, text_of
from bot.lru import Lru

_MAX_CONVERSATIONS = 2_000
_MAX_FILES = 20  # of one conversation
_RECENT_S = 600.0  # a file without words belongs to what is asked within that time


@dataclass(frozen=True, slots=True)
class _File:
    message_id: int
    words: str
    album: str | None
    at: float


class Files:
    """Which messages with files a conversation holds, at hand alone: a restart forgets them."""

    def __init__(self) -> None:
        self._of: Lru[str, list[_File]] = Lru(_MAX_CONVERSATIONS)
        self._shown: Lru[str, None] = Lru(_MAX_CONVERSATIONS)  # albums, which may go on

    def note(self, update: Update) -> None:
        """Keep that a message holds a file."""
        message, conversation = message_of(update), conversation_of(update)
        if not has_file(message):
            return
        words, album = text_of(update) or "", message.media_group_id
        files = self._of.get(conversation, [])
        files = [each for each in files if each.message_id != message.message_id]
        files.append(_File(message.message_id, words, album, time.time()))
        self._of[conversation] = files[-_MAX_FILES:]

    def show(self, update: Update) -> None:
        """Keep that the team is being shown the album that a message belongs to."""
        album = message_of(update).media_group_id
        if album is not None:
            self._shown[album] = None

    def is_shown(self, update: Update) -> bool:
        """Whether a message belongs to an album that the team is being shown."""
        return message_of(update).media_group_id in self._shown

    def is_known(self, update: Update) -> bool:
        """Whether a message belongs to an album of which something was said to the bot."""
        album, kept = message_of(update).media_group_id, self._of.get(conversation_of(update), [])
        return album in self._shown or (album is not None and album in {one.album for one in kept})

    def take(self, conversation: str, question: str | None) -> Sequence[int]:
        """The messages whose files belong to a question; they are kept no longer.

        These are the one whose words it is, with its album, and what came lately without words.

        Args:
            question: None where somebody wants a person and has asked nothing.
        """
        files, words = self._of.pop(conversation, []), question or ""
        since = time.time() - _RECENT_S
        albums = {each.album for each in files if each.album and _is_of(each, words)}
        taken = [
            each
            for each in files
            if _is_of(each, words) or each.album in albums or (not each.words and each.at > since)
        ]
        for each in taken:
            if each.album is not None:
                self._shown[each.album] = None
        left = [each for each in files if each not in taken]
        if left:
            self._of[conversation] = left
        return [each.message_id for each in taken]

    def forget(self, person: str) -> None:
        """Drop what a person sent."""
        for conversation in [each for each in self._of if each.endswith(f":{person}")]:
            del self._of[conversation]


def _is_of(file: _File, question: str) -> bool:
    """Whether a question is what stands beneath a file, perhaps with more, or behind a command."""
    return file.words != "" and (file.words in question or question in file.words)
