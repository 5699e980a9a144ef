"""What admins can ask the bot about itself: /why, /stats, /unanswered, /reload."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from telegram import InlineKeyboardMarkup, Update

from bot.channels.telegram.handlers.people import People
from bot.channels.telegram.keyboard import ButtonKind
from bot.channels.telegram.updates import address_of, message_of, press_of
from bot.domain import Action, Hit
from bot.store.store import Counts, EntryCounts, Label, LabelKind, Record
from bot.texts import TeamTexts

STATS_DAYS = 7
_DAY_S = 24 * 3600.0
_PER_PAGE = 5
_MAX_ENTRIES = 10
_MAX_WORDS = 300
_THUMBS = {LabelKind.UP: "👍", LabelKind.DOWN: "👎"}
_Page = tuple[str, InlineKeyboardMarkup | None]


class Admins:
    """The admins' commands. Whoever is no admin learns nothing of them.

    A StoreError is told by whoever calls.
    """

    def __init__(self, people: People) -> None:
        self._people = people

    async def why(self, update: Update, _: object) -> None:
        """/why, in reply to the bot: what decided."""
        replied, texts = message_of(update).reply_to_message, self._texts(update)
        if replied is None:
            await self._people.say(update, texts.why_usage)
            return
        chat = str(address_of(update).chat_id)
        found = await self._people.store.decision_shown(chat, replied.message_id)
        if found is None:
            await self._people.say(update, texts.why_unknown)
        else:
            told = explanation(found, texts, self._people.live.fingerprint)
            await self._people.say(update, told)

    async def stats(self, update: Update, _: object) -> None:
        """/stats: what was asked lately, by day and by entry."""
        texts = self._texts(update)
        found = await self._people.store.stats(time.time() - STATS_DAYS * _DAY_S)
        lines = [texts.stats.replace("{days}", str(STATS_DAYS)), ""]
        if found.total.asked == 0:
            lines.append(texts.stats_empty)
        else:
            lines += [_filled(texts.counts, found.total), _filled(texts.thumbs, found.total)]
            lines += ["", texts.stats_days]
            lines += [
                _filled(texts.stats_day.replace("{day}", day), counts)
                for day, counts in found.by_day
            ]
        if found.by_entry:
            lines += ["", texts.stats_entries]
            lines += [
                _filled(texts.stats_entry.replace("{entry}", counts.entry_id), counts)
                for counts in found.by_entry[:_MAX_ENTRIES]
            ]
        if found.helped or found.unhelped:
            helped = texts.stats_helped.replace("{helped}", str(found.helped))
            lines += ["", helped.replace("{unhelped}", str(found.unhelped))]
        drift = self._people.live.drift
        told = lines if drift is None else [*lines, "", drift]
        await self._people.say(update, "\n".join(told))

    async def unanswered(self, update: Update, _: object) -> None:
        """/unanswered: the first page of questions without an answer."""
        await self._people.say(update, *await self._page(update, 0))

    async def turn(self, update: Update, _: object) -> None:
        """Turn to another page of unanswered questions."""
        people, query = self._people, press_of(update)
        if query.from_user.id not in people.settings.telegram.admins:
            await people.sender.toast(query, people.texts(update).old_button)
            return
        await people.sender.toast(query)  # ends the spinner on the button
        button = people.keyboards.read(query.data or "")
        number = 0 if button is None else int(button.field("number"))
        await people.turn_page(update, query, *await self._page(update, number))

    async def reload(self, update: Update, _: object) -> None:
        """/reload: read the files anew, and say what came of it."""
        told = await self._people.live.reload(self._texts(update))
        await self._people.say(update, told)

    async def _page(self, update: Update, number: int) -> _Page:
        texts = self._texts(update)
        found, total = await self._people.store.unanswered(number * _PER_PAGE, _PER_PAGE)
        if total == 0:
            return texts.unanswered_empty, None
        last = (total - 1) // _PER_PAGE
        if number > last:  # some were erased since the button was made
            return await self._page(update, last)
        lines = [texts.unanswered.replace("{total}", str(total))]
        for item in found:
            words = texts.words_not_kept if item.text is None else _shortened(item.text)
            lines += ["", f"{_when(item.at)}  {words}"]
            lines += [_hit(hit) for hit in item.decision.candidates[:1]]
        arrows = self._people.keyboards.arrows(number, last, ButtonKind.UNANSWERED)
        return "\n".join(lines), InlineKeyboardMarkup(arrows) if arrows else None

    def _texts(self, update: Update) -> TeamTexts:
        return self._people.texts(update).team


def explanation(found: Record, texts: TeamTexts, fingerprint: str) -> str:
    """Why the bot said something: what was compared, what decided, what became of it.

    Args:
        fingerprint: of what is served now.
    """
    actions = {
        Action.ANSWER: texts.action_answer,
        Action.FOLLOW_UP: texts.action_follow_up,
        Action.FALLBACK: texts.action_fallback,
    }
    decision = found.decision
    lines = [actions[decision.action]]
    if decision.candidates:
        first, *others = decision.candidates
        lines += ["", texts.why_matched, _hit(first)]
        if others:
            lines += [texts.why_others, *map(_hit, others)]
    lines += ["", f"{texts.why_reason} {decision.reason}"]
    if found.labels:
        lines.append(
            f"{texts.why_labels} {', '.join(_label(each, texts) for each in found.labels)}"
        )
    present = texts.why_now if decision.fingerprint == fingerprint else texts.why_then
    return "\n".join([*lines, "", present.replace("{fingerprint}", decision.fingerprint)])


def _label(label: Label, texts: TeamTexts) -> str:
    if label.kind in _THUMBS:
        return _THUMBS[label.kind]
    if label.kind is LabelKind.NONE:
        return texts.label_none
    if label.kind in {LabelKind.HELPED, LabelKind.UNHELPED}:
        return texts.label_helped if label.kind is LabelKind.HELPED else texts.label_unhelped
    return texts.label_choice.replace("{entry}", label.entry_id or "")


def _hit(hit: Hit) -> str:
    return f"{hit.score:.2f} {hit.entry_id} “{hit.phrasing}”"


def _filled(sentence: str, counts: Counts | EntryCounts) -> str:
    for name in counts.__dataclass_fields__:
        sentence = sentence.replace(f"{{{name}}}", str(getattr(counts, name)))
    return sentence


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return f"“{flat}”" if len(flat) <= _MAX_WORDS else f"“{flat[: _MAX_WORDS - 1]}…”"
