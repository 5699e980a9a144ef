"""What stands in the handoff chat: people's words as HTML, which can pretend to be nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from bot.domain import Faq, Unanswered
from bot.formatting import MAX_UNITS, utf16_units
from bot.texts import TeamTexts

_MAX_WORDS = 1_200  # characters of one person in one post
_MAX_DIGEST_WORDS = 600
_COUNT_UNITS = 6  # of a number, "100. ", and a line break
_MAX_NEAREST = 3
_MAX_QUESTION_CHARS = 100  # of an entry beneath
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ISOLATE, _END = "\u2068", "\u2069"  # whatever way the words run, those around them do not
_SURROGATES = re.compile("[\ud800-\udfff]")


def isolated(text: str, most: int = _MAX_WORDS) -> str:
    """A person's words: shortened, escaped, and with their direction kept to themselves."""
    clean = _SURROGATES.sub("\ufffd", _BIDI.sub("", _cut(text, most)))
    return f"{_ISOLATE}{html.escape(clean, quote=False)}{_END}"


def filled(sentence: str, words: Mapping[str, str]) -> str:
    """A sentence of the bot with people's words in it, as HTML.

    Args:
        words: by mark, HTML.
    """
    marks = re.compile("|".join(re.escape(f"{{{mark}}}") for mark in words))
    told = html.escape(sentence, quote=False)
    return marks.sub(lambda found: words[found[0][1:-1]], told) if words else told


def question_post(
    name: str, asked: Unanswered, faq: Faq, texts: TeamTexts, *, wants_person: bool
) -> str:
    """A new post: who asks what, and what came nearest."""
    words = {"name": f"<b>{isolated(name)}</b>"}
    sentence = texts.wants_person if wants_person else texts.question
    if asked.question is not None:
        words["text"] = isolated(asked.question)
        sentence = texts.wants_person_about if wants_person else texts.question
    lines = [filled(sentence, words)]
    known = [hit for hit in asked.nearest if hit.entry_id in faq.by_id][:_MAX_NEAREST]
    if known:
        lines += ["", filled(texts.nearest, {})]
        lines += [
            f"{hit.score:.2f} {html.escape(_cut(faq.by_id[hit.entry_id].question), quote=False)} "
            f"(<code>{html.escape(hit.entry_id, quote=False)}</code>)"
            for hit in known
        ]
    return "\n".join([*lines, "", f"<i>{filled(texts.how_to_reply, {})}</i>"])


def message_post(name: str, words: str, texts: TeamTexts, most: int = _MAX_WORDS) -> str:
    """What a person writes next."""
    shown = f"<b>{isolated(name)}</b>"
    return filled(texts.says, {"name": shown, "text": isolated(words, most)})


def answered_note(answered: Sequence[str], faq: Faq, texts: TeamTexts) -> str:
    """That the bot has answered what a person writes next; "" where it has not."""
    known = [faq.by_id[each].question for each in answered if each in faq.by_id]
    told = "; ".join(html.escape(_cut(question), quote=False) for question in known)
    return f"\n\n<i>{filled(texts.bot_answered, {'question': told})}</i>" if told else ""


def digest_item(name: str, question: str, texts: TeamTexts) -> str:
    """One line of a digest; without a question, somebody wants a person."""
    if not question:
        return filled(texts.wants_person, {"name": f"<b>{isolated(name)}</b>"})
    in_a_line = " ".join(question.split())  # or it could go on with an item that is none
    return message_post(name, in_a_line, texts, _MAX_DIGEST_WORDS)


def digest_post(items: Iterable[str], texts: TeamTexts) -> tuple[str, list[str]]:
    """Many posts in one.

    Returns:
        HTML, and the items it holds; those that follow are too many for one message.
    """
    held: list[str] = []
    room = MAX_UNITS - utf16_units(digest_lines([], texts)) - _COUNT_UNITS
    for item in items:
        room -= utf16_units(item) + _COUNT_UNITS
        if held and room < 0:
            break
        held.append(item)
    return digest_lines(held, texts), held


def digest_lines(items: Sequence[str], texts: TeamTexts) -> str:
    """A digest of these items, of whatever length."""
    lines = [f"{number}. {item}" for number, item in enumerate(items, start=1)]
    return "\n".join([filled(texts.digest, {"count": str(len(items))}), "", *lines])


def _cut(text: str, most: int = _MAX_QUESTION_CHARS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
