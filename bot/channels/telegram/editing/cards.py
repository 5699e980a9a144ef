"""What is shown of an edit of the FAQ: before it is written, and after."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from telegram import Message, MessageEntity

from bot.channels.telegram.editing.case import Case
from bot.channels.telegram.handoff.posting.posts import digest_item
from bot.channels.telegram.handoff.records.notes import shown_name
from bot.domain import Faq, FaqEntry
from bot.formatting import in_short, utf16_units
from bot.service.admins.learning import Adds, Proposal
from bot.service.admins.proposed import (
    MAX_CHARS,
    added_told,
    effects_told,
    harm_told,
    phrasing_told,
)
from bot.service.worded import filled, isolated, with_words
from bot.texts import TeamTexts

_MAX_DRAFT_UNITS = 3_300  # of a new entry, in UTF-16 code units
_CARD = re.compile("\n\n<blockquote>(.*?)</blockquote>", re.DOTALL)
_TAG = re.compile("<[^>]*>")


def with_card(message: Message, card: str) -> str:
    """A message as HTML, with a card beneath it in the place of one that stands there; "": none."""
    return beneath(_CARD.sub("", message.text_html), card)


def question_of(case: Case) -> str:
    """Who asked what, as HTML, above something new that is shown of it."""
    words = case.texts.words_not_kept if case.words is None else case.words
    if case.ticket is None:
        return f"“{isolated(in_short(words, MAX_CHARS))}”"
    return digest_item(shown_name(case.ticket), in_short(words, MAX_CHARS), case.texts)


def beneath(text: str, card: str) -> str:
    """A card beneath a text, both HTML."""
    return f"{text}\n\n<blockquote>{card}</blockquote>" if card else text


def card_on(message: Message) -> str:
    """The card that a message shows, as HTML; "": none."""
    found = _CARD.search(message.text_html)
    return "" if found is None else found[1]


def is_shown(message: Message, proposal: Proposal, faq: Faq, texts: TeamTexts) -> bool:
    """Whether a message says what a proposal would write, and all the harm it would do."""
    text = message.text or ""
    if proposal.adds is Adds.ENTRY:
        said = draft_on(message) == (proposal.text, proposal.answer)
    else:
        said = _plain(phrasing_told(proposal, faq, texts)) in text
    return said and all(_plain(line) in text for line in harm_told(proposal, faq, texts))


def fits(question: str, answer: str) -> bool:
    """Whether a message can show a new entry."""
    return utf16_units(question + answer) <= _MAX_DRAFT_UNITS


def draft_card(proposal: Proposal, faq: Faq, texts: TeamTexts) -> str:
    """A new entry that is not written yet, as HTML."""
    question, answer = (html.escape(each) for each in (proposal.text, proposal.answer))
    lines = [html.escape(texts.edit_entry, quote=False), f"<b>{question}</b>"]
    lines += [f"<pre>{answer}</pre>", *effects_told(proposal, faq, texts)]
    return "\n".join([*lines, html.escape(texts.edit_entry_hint, quote=False)])


def draft_on(message: Message) -> tuple[str, str]:
    """The question and the answer of a new entry that a message shows; "" for what it does not."""
    found = message.parse_entities([MessageEntity.BOLD, MessageEntity.PRE])
    parts = {entity.type: text for entity, text in found.items()}  # above stands a name
    return parts.get(MessageEntity.BOLD, "").strip(), parts.get(MessageEntity.PRE, "").strip()


def asks_answer(question: str, texts: TeamTexts) -> str:
    """What asks for the answer of a new entry, as HTML from which `draft_on` reads the question."""
    return filled(texts.edit_ask_answer, {"question": f"<b>{html.escape(question)}</b>"})


def phrasing_there(message: Message, entry: FaqEntry, texts: TeamTexts) -> str:
    """The wording that a message was to add to an entry, which has it already; "": it has not."""
    text = message.text or ""
    known = (
        each for each in entry.wordings if _plain(added_told(each, entry.question, texts)) in text
    )
    return next(known, "")


def done_card(sentence: str, words: Mapping[str, str], *more: str) -> str:
    """What was done, as HTML; names and words are put into the sentences by their marks."""
    short = {mark: in_short(each, MAX_CHARS) for mark, each in words.items()}
    return "\n".join(with_words(each, short) for each in (sentence, *more) if each)


def _plain(card: str) -> str:
    return html.unescape(_TAG.sub("", card))
