"""The commands that Telegram offers people beside the bot."""

from __future__ import annotations

import logging

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.files.config import Settings
from bot.texts import Texts

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
    commands = [
        *_public(phrasebook.of(None), has_team=has_team),
        *_of_admins(phrasebook.of(None)),
    ]
    for admin in sorted(settings.telegram.admins):
        try:
            await bot.set_my_commands(commands, scope=BotCommandScopeChat(admin))
        except TelegramError as error:  # most likely they have not written to the bot yet
            logger.info("an admin's commands could not be announced: %s", error)


def _public(texts: Texts, *, has_team: bool) -> list[BotCommand]:
    commands = {
        "topics": texts.command_topics,
        "ask": texts.command_ask,
        "help": texts.command_help,
        **({"person": texts.command_person, "close": texts.command_close} if has_team else {}),
        "privacy": texts.command_privacy,
        "forget": texts.command_forget,
        "start": texts.command_start,
    }
    return _described(commands)


def _of_admins(texts: Texts) -> list[BotCommand]:
    return _described(
        {
            "why": texts.team.command_why,
            "stats": texts.team.command_stats,
            "unanswered": texts.team.command_unanswered,
            "reload": texts.team.command_reload,
        }
    )


def _described(commands: dict[str, str]) -> list[BotCommand]:
    return [BotCommand(name, text[:_MAX_DESCRIPTION]) for name, text in commands.items()]
