"""What is said back to small talk, and what the bot says about itself."""

from __future__ import annotations

from typing import Final

from bot.domain import Faq, base_language
from bot.matching.decide.small_talk import PERSON
from bot.texts import Phrasebook, Texts

HELP: Final = "what_can_you_do"
_GREETING, _THANKS = "greeting", "thanks"
_MAX_TOPICS = 20
_BETWEEN = " · "


def small_talk_reply(kind: str, faq: Faq, texts: Texts, lang: str | None) -> str:
    """What is said back.

    Args:
        kind: as in `Decision.small_talk`.
        lang: the code of the person's language; None if unknown.
    """
    if kind == _GREETING:
        return welcome(faq, texts, lang)
    if kind == HELP:
        return help_text(faq, texts, lang)
    if kind == _THANKS:
        return texts.thanks
    return texts.no_person if kind == PERSON else texts.talk.replies[kind]


def welcome(faq: Faq, texts: Texts, lang: str | None) -> str:
    """The greeting; see `small_talk_reply`."""
    return texts.welcome.replace("{example}", faq.example(lang))


def help_text(faq: Faq, texts: Texts, lang: str | None) -> str:
    """How to ask, and about what; see `small_talk_reply`."""
    told = texts.help.replace("{example}", faq.example(lang))
    names = list(faq.topics(lang))
    if not names:
        return told
    shown = [*names[:_MAX_TOPICS], *(["…"] if len(names) > _MAX_TOPICS else [])]
    return f"{told}\n\n{texts.help_topics.replace('{topics}', _BETWEEN.join(shown))}"


def languages_line(faq: Faq, phrasebook: Phrasebook, lang: str | None) -> str | None:
    """Which languages the bot answers in, said in a language that it does not speak itself.

    Args:
        lang: the code of that language; None if unknown.
    Returns:
        None where the bot speaks it, or has no such sentence in it.
    """
    if lang is None or phrasebook.speaks(lang):
        return None
    line = phrasebook.answers_in.get(base_language(lang))
    if line is None:
        return None
    codes = {code or base_language(phrasebook.default) for code in faq.languages}
    told = sorted(phrasebook.language_names.get(code, code) for code in codes)
    return line.replace("{languages}", ", ".join(told))


def with_line(text: str, line: str | None) -> str:
    """A text, and a line below it where there is one."""
    return text if line is None else f"{text}\n\n{line}"
