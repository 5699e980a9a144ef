"""Commands that people write as messages, as in Telegram: the bot's sentences name them."""

from __future__ import annotations

import re

from bot.channels.http import shapes
from bot.channels.http.problems import ProblemError
from bot.channels.http.talks import Talks
from bot.domain import Reply
from bot.files.config.settings import Settings
from bot.service.kept import privacy_told
from bot.service.live import Live
from bot.service.visitors.team import Line
from bot.texts import Texts

_COMMAND = re.compile(
    r"/(start|help|topics|ask|person|close|privacy|mydata|forget)(?:\s+(.*))?", re.DOTALL
)
_LISTED = ("topics", "person", "close", "privacy", "mydata", "forget")
_OF_TEAM = frozenset({"person", "close"})


class Commands:
    """Carries out commands, and has all other messages answered."""

    def __init__(self, settings: Settings, live: Live, line: Line, talks: Talks) -> None:
        self._settings = settings
        self._live = live
        self._line = line
        self._talks = talks

    async def answer(self, text: str, given: str | None, lang: str | None) -> shapes.Answer:
        """Answer a message, which may be a command; see `Talks.ask`."""
        found = _COMMAND.fullmatch(text.strip())
        if found is None:
            return await self._talks.ask(text, given, lang)
        name, rest = found[1], (found[2] or "").strip()
        if name == "ask" and rest:
            return await self._talks.ask(rest, given, lang)
        if name == "person" and self._line.team is not None:
            return await self._talks.call_person(rest or None, given, lang, "")
        conversation, lang = await self._talks.begin(given, lang)
        reply = await self._said(name, conversation, lang, self._live.texts(lang))
        return self._talks.say(conversation, text, lang, reply)

    def privacy(self, lang: str | None) -> str:
        """What is remembered, as it is configured."""
        texts, has_team = self._live.texts(lang), self._line.team is not None
        return privacy_told(self._settings, texts, has_team=has_team)

    async def _said(self, name: str, conversation: str, lang: str | None, texts: Texts) -> Reply:
        """What is said to a command."""
        if name == "forget":
            try:
                await self._talks.forget(conversation)
            except ProblemError:
                return Reply(texts.not_forgotten)
            return Reply(texts.forgotten)
        if name == "close":
            try:
                await self._talks.close(conversation)
            except ProblemError:
                return Reply(texts.nothing_to_close)
            return Reply("")  # it is said by mail
        if name == "mydata":
            return Reply((await self._talks.kept(conversation)).text)
        if name == "privacy":
            return Reply(self.privacy(lang))
        if name == "topics":
            return Reply(texts.topics, topics=tuple(self._live.faq.topics(lang)))
        if name == "person":
            return Reply(texts.no_person)
        if name == "ask":
            return Reply(texts.ask_usage.replace("{example}", self._live.faq.example(lang)))
        return Reply(self._live.welcome(lang) if name == "start" else self._help(lang, texts))

    def _help(self, lang: str | None, texts: Texts) -> str:
        has_team = self._line.team is not None
        names = [each for each in _LISTED if has_team or each not in _OF_TEAM]
        lines = [f"/{each} – {getattr(texts, f'command_{each}')}" for each in names]
        return "\n".join([self._live.help(lang), "", texts.help_commands, *lines])
