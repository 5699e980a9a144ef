"""The commands that Telegram offers people beside the bot."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.files.config.settings import Settings
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

_MAX_DESCRIPTION = 256  # characters that Telegram takes for a command
_CODE = 2  # letters of a language's code; Telegram takes no region or script beside them
PUBLIC = ("topics", "ask", "help", "person", "close", "privacy", "mydata", "forget", "start")
_WITH_TEAM = frozenset({"person", "close"})  # only where there are people behind the bot
_IN_A_LIST = tuple(name for name in PUBLIC if name not in ("start", "help"))
OF_TEAM = ("close", "take", "block", "unblock", "help")  # in the handoff chat
OF_ADMINS = ("why", "stats", "unanswered", "block", "unblock", "reload")


async def announce(bot: Bot, settings: Settings) -> None:
    """Tell Telegram the commands in every language; the bot works without that too.

    An admin sees theirs in the chat with the bot, the team its own in its chat, and nobody else.
    """
    phrasebook, has_team = settings.phrasebook, settings.telegram.handoff_chat is not None
    names = _public(has_team=has_team)
    spoken = [(code, texts) for code, texts in phrasebook.languages.items() if len(code) == _CODE]
    try:
        for code, texts in [(None, phrasebook.of(None)), *spoken]:
            await bot.set_my_commands(_commands(texts, names), language_code=code)
    except TelegramError as error:
        logger.warning("the commands could not be announced: %s", error)
        return
    texts = phrasebook.of(None)
    commands = [*_commands(texts, names), *_commands(texts.team, OF_ADMINS)]
    chats = dict.fromkeys(sorted(settings.telegram.admins), commands)
    if settings.telegram.handoff_chat is not None:
        chats[settings.telegram.handoff_chat] = _commands(texts.team, OF_TEAM)
    for chat_id, its in chats.items():
        try:
            await bot.set_my_commands(its, scope=BotCommandScopeChat(chat_id))
        except TelegramError as error:  # most likely an admin has not written to the bot yet
            logger.info("the commands of %d could not be announced: %s", chat_id, error)


def command_lines(texts: Texts, *, has_team: bool) -> list[str]:
    """The commands in words, for whoever asks what the bot can do."""
    return _lines(texts, [name for name in _public(has_team=has_team) if name in _IN_A_LIST])


def team_lines(texts: TeamTexts) -> list[str]:
    """The commands of the team in words."""
    return _lines(texts, OF_TEAM[:-1])


def admin_lines(texts: TeamTexts) -> list[str]:
    """The commands of admins in words."""
    return _lines(texts, OF_ADMINS)


def _lines(texts: Texts | TeamTexts, names: Iterable[str]) -> list[str]:
    return [f"/{each.command} – {each.description}" for each in _commands(texts, names)]


def _public(*, has_team: bool) -> list[str]:
    return [name for name in PUBLIC if has_team or name not in _WITH_TEAM]


def _commands(texts: Texts | TeamTexts, names: Iterable[str]) -> list[BotCommand]:
    """Commands, each with the sentence that texts have for it."""
    told = {name: str(getattr(texts, f"command_{name}")) for name in names}
    return [BotCommand(name, text[:_MAX_DESCRIPTION]) for name, text in told.items()]
