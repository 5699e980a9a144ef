"""The commands that Telegram offers people beside the bot."""

from __future__ import annotations

import logging

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.files.config import Settings
from bot.texts import TeamTexts, Texts

logger = logging.getLogger(__name__)

_MAX_DESCRIPTION = 256  # characters that Telegram takes for a command


async def announce(bot: Bot, settings: Settings) -> None:
    """Tell Telegram the commands in every language; the bot works without that too.

    An admin sees theirs in the chat with the bot, and nobody else does.
    """
    phrasebook = settings.phrasebook
    has_team = settings.telegram.handoff_chat is not None
    try:
        for code, texts in [(None, phrasebook.of(None)), *phrasebook.languages.items()]:
            await bot.set_my_commands(_public(texts, has_team=has_team), language_code=code)
    except TelegramError as error:
        logger.warning("the commands could not be announced: %s", error)
        return
    texts = phrasebook.of(None)
    commands = [*_public(texts, has_team=has_team), *_of_admins(texts.team)]
    for admin in sorted(settings.telegram.admins):
        try:
            await bot.set_my_commands(commands, scope=BotCommandScopeChat(admin))
        except TelegramError as error:  # most likely they have not written to the bot yet
            logger.info("an admin's commands could not be announced: %s", error)


def _public(texts: Texts, *, has_team: bool) -> list[BotCommand]:
    of_team = [("person", texts.command_person), ("close", texts.command_close)]
    return [
        _command("topics", texts.command_topics),
        _command("ask", texts.command_ask),
        _command("help", texts.command_help),
        *[_command(*each) for each in (of_team if has_team else [])],
        _command("privacy", texts.command_privacy),
        _command("forget", texts.command_forget),
        _command("start", texts.command_start),
    ]


def _of_admins(texts: TeamTexts) -> list[BotCommand]:
    return [
        _command("why", texts.command_why),
        _command("stats", texts.command_stats),
        _command("unanswered", texts.command_unanswered),
        _command("reload", texts.command_reload),
    ]


def _command(name: str, description: str) -> BotCommand:
    return BotCommand(name, description[:_MAX_DESCRIPTION])
