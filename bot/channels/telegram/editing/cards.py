"""What is shown of an edit of the FAQ: before it is written, and after."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

from telegram import Message, MessageEntity

from bot.channels.telegram.editing.case import Case
from bot.channels.telegram.handoff.notes import shown_name
from bot.channels.telegram.handoff.posts import digest_item, filled, isolated, with_words
from bot.domain import Action, Faq, FaqEntry
from bot.domain.flip import Flip, Kind, Turn
from bot.formatting import utf16_units
from bot.service.learning import Adds, LearningError, Proposal, Refusal
from bot.texts import TeamTexts

_MAX_CHARS = 500  # of a phrasing: together with the question above it, it fits into a message
_MAX_DRAFT_UNITS = 3_300  # of a new entry, in UTF-16 code units
_MAX_HARM = 3
_MAX_HARM_CHARS = 120
_CARD = re.compile("\n\n<blockquote>(.*?)</blockquote>", re.DOTALL)
_TAG = re.compile("<[^>]*>")


def with_card(message: Message, card: str) -> str:
    """A message as HTML, with a card beneath it in the place of one that stands there; "": none."""
    return beneath(_CARD.sub("", message.text_html), card)


def question_of(case: Case) -> str:
    """Who asked what, as HTML, above something new that is shown of it."""
    words = case.texts.words_not_kept if case.words is None else case.words
    if case.ticket is None:
        return f"“{isolated(cut(words))}”"
    return digest_item(shown_name(case.ticket), cut(words), case.texts)


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
        said = _plain(_phrasing(proposal, faq, texts)) in text
    return said and all(_plain(line) in text for line in _harm(proposal, faq, texts))


def proposal_card(proposal: Proposal, faq: Faq, texts: TeamTexts) -> str:
    """A phrasing that is not written yet, as HTML."""
    return "\n".join([_phrasing(proposal, faq, texts), *_effects(proposal, faq, texts)])


def fits(question: str, answer: str) -> bool:
    """Whether a message can show a new entry."""
    return utf16_units(question + answer) <= _MAX_DRAFT_UNITS


def draft_card(proposal: Proposal, faq: Faq, texts: TeamTexts) -> str:
    """A new entry that is not written yet, as HTML."""
    question, answer = (html.escape(each) for each in (proposal.text, proposal.answer))
    lines = [html.escape(texts.edit_entry, quote=False), f"<b>{question}</b>"]
    lines += [f"<pre>{answer}</pre>", *_effects(proposal, faq, texts)]
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
    known = (each for each in entry.wordings if _plain(_added(each, entry.question, texts)) in text)
    return next(known, "")


def refusal(error: LearningError, texts: TeamTexts) -> str:
    """Why something cannot be done."""
    told: Mapping[Refusal, str] = {
        Refusal.NOTHING_LEFT: texts.edit_nothing_left,
        Refusal.KNOWN: texts.edit_known,
        Refusal.NO_ENTRY: texts.entry_gone,
        Refusal.CHANGED: texts.edit_changed,
        Refusal.HARMFUL: texts.edit_changed,  # what does harm is shown before it is written
        Refusal.NOT_APPLIED: texts.edit_undone_already,
        Refusal.NOT_WRITABLE: texts.edit_not_writable,
        Refusal.BY_HAND: texts.edit_hand,
        Refusal.MISTAKE: texts.edit_mistake,
    }
    return told[error.refusal].replace("{reason}", str(error))


def refusal_card(error: LearningError, texts: TeamTexts) -> str:
    """The same as HTML."""
    return html.escape(refusal(error, texts), quote=False)


def done_card(sentence: str, words: Mapping[str, str], *more: str) -> str:
    """What was done, as HTML; names and words are put into the sentences by their marks."""
    short = {mark: cut(each) for mark, each in words.items()}
    return "\n".join(with_words(each, short) for each in (sentence, *more) if each)


def cut(text: str, most: int = _MAX_CHARS) -> str:
    """A text in one line, shortened to what a card shows."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _phrasing(proposal: Proposal, faq: Faq, texts: TeamTexts) -> str:
    entry = faq.by_id.get(proposal.entry_id)
    question = proposal.entry_id if entry is None else entry.question
    return _added(proposal.text, question, texts)


def _added(phrasing: str, question: str, texts: TeamTexts) -> str:
    return with_words(texts.edit_phrasing, {"phrasing": cut(phrasing), "question": cut(question)})


def _effects(proposal: Proposal, faq: Faq, texts: TeamTexts) -> list[str]:
    place = f"{Path(proposal.path).name}:{proposal.line}"
    if proposal.hindrance is not None:
        words = {"reason": proposal.hindrance, "place": place}
        return [with_words(texts.edit_by_hand, words), f"<pre>{html.escape(proposal.added)}</pre>"]
    turns, told = proposal.turns, texts.edit_flips if proposal.flips else texts.edit_no_flips
    counts = {
        "asked": proposal.asked,
        "better": turns[Turn.BETTER],
        "worse": turns[Turn.WORSE],
        "unknown": turns[Turn.UNKNOWN],
    }
    for mark, count in counts.items():
        told = told.replace(f"{{{mark}}}", str(count))
    where = with_words(texts.edit_where, {"place": place})
    return [where, html.escape(told, quote=False), *_harm(proposal, faq, texts)]


def _harm(proposal: Proposal, faq: Faq, texts: TeamTexts) -> list[str]:
    """What speaks against it. What people wrote is counted, and shown to nobody."""
    if proposal.harmless:
        return []
    ours = [flip for flip in proposal.harmful if flip.kind is not Kind.LOGGED]
    past = len(proposal.harmful) - len(ours)
    lines = [html.escape(texts.edit_harm, quote=False)]
    lines += [_harm_line(flip, faq, texts) for flip in ours[:_MAX_HARM]]
    if len(ours) > _MAX_HARM:
        lines.append(f"+ {len(ours) - _MAX_HARM}")
    if past:
        lines.append(html.escape(texts.edit_harm_log.replace("{count}", str(past)), quote=False))
    return lines


def _harm_line(flip: Flip, faq: Faq, texts: TeamTexts) -> str:
    after, shown = flip.after, texts.action_fallback
    if after.action is not Action.FALLBACK:
        entry = faq.by_id.get(after.entry_id or "")
        is_shown = entry is not None and (after.action is Action.ANSWER or after.tentative)
        shown = entry.question if entry is not None and is_shown else texts.action_follow_up
    words = {"text": cut(flip.text, _MAX_HARM_CHARS), "shown": cut(shown, _MAX_HARM_CHARS)}
    return with_words(texts.edit_harm_line, words)


def _plain(card: str) -> str:
    return html.unescape(_TAG.sub("", card))
