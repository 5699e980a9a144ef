"""What stands in the handoff chat: people's words as HTML, which can pretend to be nothing else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from bot.domain import Faq, Hit, Span, Unanswered
from bot.formatting import MAX_UNITS, html_parts, utf16_units
from bot.service.worded import END, ISOLATE, clean, filled, isolated
from bot.texts import TeamTexts

_PIECE_UNITS = 2_400  # of one person's words in one post; names and entries stand around them
_COUNT_UNITS = 6  # of a number, "100. ", and a line break
_MAX_NEAREST = 3
_MAX_QUESTION_CHARS = 100  # of an entry beneath


def pieces(name: str, words: str, sentence: str, texts: TeamTexts) -> list[str]:
    """A person's words within a sentence; what is more than one post holds goes on in others."""
    shown = f"<b>{isolated(name)}</b>"
    # Cut before they are isolated, for each post ends by itself.
    parts = html_parts([Span(clean(words))], _PIECE_UNITS) or [""]
    isolates = [f"{ISOLATE}{part}{END}" for part in parts]
    first = filled(sentence, {"name": shown, "text": isolates[0]})
    return [first, *(filled(texts.says, {"name": shown, "text": each}) for each in isolates[1:])]


def question_posts(
    name: str,
    asked: Unanswered,
    faq: Faq,
    texts: TeamTexts,
    *,
    wants_person: bool,
    is_edit: bool = False,
) -> list[str]:
    """A new post: who asks what, and what came nearest; more than one where it says much.

    Args:
        is_edit: it was asked in other words before.
    """
    if asked.question is None:
        told = [filled(texts.wants_person, {"name": f"<b>{isolated(name)}</b>"})]
    else:
        sentence = texts.wants_person_about if wants_person else texts.question
        sentence = texts.edited if is_edit else sentence
        told = pieces(name, asked.question, sentence, texts)
    lines = []
    known = near(asked, faq)
    if known:
        lines = ["", filled(texts.nearest, {})]
        lines += [
            f"{hit.score:.2f} {html.escape(_cut(faq.by_id[hit.entry_id].question), quote=False)} "
            f"(<code>{html.escape(hit.entry_id, quote=False)}</code>)"
            for hit in known
        ]
    beneath = ["", *lines, "", f"<i>{filled(texts.how_to_reply, {})}</i>"]
    return [*told[:-1], told[-1] + "\n".join(beneath)]


def near(asked: Unanswered, faq: Faq) -> list[Hit]:
    """What came nearest of what is in the FAQ now, best first."""
    return [hit for hit in asked.nearest if hit.entry_id in faq.by_id][:_MAX_NEAREST]


def answered_note(answered: Sequence[str], faq: Faq, texts: TeamTexts) -> str:
    """That the bot has answered what a person writes next; "" where it has not."""
    known = [faq.by_id[each].question for each in answered if each in faq.by_id]
    told = "; ".join(html.escape(_cut(question), quote=False) for question in known)
    return f"\n\n<i>{filled(texts.bot_answered, {'question': told})}</i>" if told else ""


def digest_item(name: str, question: str, texts: TeamTexts, *, wants_person: bool = False) -> str:
    """One line of a digest; without a question, somebody wants a person."""
    if not question:
        return filled(texts.wants_person, {"name": f"<b>{isolated(name)}</b>"})
    in_a_line = " ".join(question.split())  # or it could go on with an item that is none
    words = {"name": f"<b>{isolated(name)}</b>", "text": isolated(in_a_line)}
    return filled(texts.wants_person_about if wants_person else texts.says, words)


def fits_into_digest(item: str, texts: TeamTexts) -> bool:
    """Whether an item is short enough to stand in a digest; else it is posted by itself."""
    return utf16_units(item) <= _room(texts) - _COUNT_UNITS


def digest_post(items: Iterable[str], texts: TeamTexts) -> tuple[str, list[str]]:
    """Many posts in one.

    Returns:
        HTML, and the items it holds; those that follow are too many for one message.
    """
    held: list[str] = []
    room = _room(texts)
    for item in items:
        room -= utf16_units(item) + _COUNT_UNITS
        if held and room < 0:
            break
        held.append(item)
    return digest_lines(held, texts), held


def digest_lines(items: Sequence[str], texts: TeamTexts) -> str:
    """A digest of these items, of whatever length; whoever replies to one item needs no number."""
    if len(items) == 1:
        return "\n".join([*items, "", f"<i>{filled(texts.how_to_reply, {})}</i>"])
    lines = [f"{number}. {item}" for number, item in enumerate(items, start=1)]
    return "\n".join([filled(texts.digest, {"count": str(len(items))}), "", *lines])


def without_item(digest: str, number: int) -> str:
    """A digest that stands in the chat, as HTML, with nothing left of one of its items."""
    lines = digest.split("\n")
    place = lines.index("") + number if "" in lines else len(lines)
    return "\n".join(f"{number}. …" if at == place else line for at, line in enumerate(lines))


def without_notes(post: str) -> str:
    """A question's post as HTML, less what the bot noted beneath it; "" of a post without any."""
    asked, end, notes = post.partition("</i>")  # of how to reply, which stands in italics alone
    return asked + end if notes else ""


def _room(texts: TeamTexts) -> int:
    """UTF-16 code units that the items of a digest may take together."""
    return MAX_UNITS - utf16_units(digest_lines([], texts)) - _COUNT_UNITS


def _cut(text: str, most: int = _MAX_QUESTION_CHARS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
