"""What admins can ask the bot about itself: /why, /stats, /unanswered, /reload."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from telegram import CallbackQuery, InlineKeyboardMarkup, Message

from bot.channels.telegram.api.sender import Edited, Sender
from bot.channels.telegram.keyboard.callback_data import Button, Kind
from bot.channels.telegram.keyboard.topic_menu import Browser
from bot.channels.telegram.reload import Reload
from bot.channels.telegram.serving import Serving
from bot.channels.telegram.updates.incoming import Arrival, Command
from bot.domain import Action, Hit
from bot.errors import StoreError
from bot.store.async_store import AsyncStore
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

    Args:
        ids: the numeric ids of the accounts that may use them.
        serving: what is served right now.
    """

    def __init__(
        self,
        ids: frozenset[int],
        sender: Sender,
        memory: AsyncStore,
        browser: Browser,
        serving: Callable[[], Serving],
        reload: Reload,
    ) -> None:
        self._ids = ids
        self._sender = sender
        self._memory = memory
        self._browser = browser
        self._serving = serving
        self._reload = reload

    def includes(self, arrival: Arrival) -> bool:
        """Whether the person behind it is an admin who says or presses it themselves."""
        user = arrival.user
        return user is not None and user.id in self._ids and not arrival.is_forward

    def command(self, command: Command) -> Callable[[Arrival, Message], Awaitable[None]] | None:
        """What an admin's command does; None for any other command."""
        ask = {
            "why": self._why,
            "stats": self._stats,
            "unanswered": self._unanswered,
            "reload": self._reloading,
        }.get(command.name)
        if ask is None:
            return None

        async def answer(arrival: Arrival, message: Message) -> None:
            page = await self._told(arrival, ask(arrival, message))
            await self._sender.text(arrival.address, *page)

        return answer

    async def turn(self, query: CallbackQuery, arrival: Arrival, button: Button) -> None:
        """Turn to another page of unanswered questions."""
        page = await self._told(arrival, self._page(int(button.fields[0]), self._texts(arrival)))
        if await self._sender.edit(query, *page) is Edited.REFUSED:
            await self._sender.text(arrival.address, *page)

    async def _told(self, arrival: Arrival, page: Awaitable[_Page]) -> _Page:
        """A page, or that the memory it is made of cannot be reached."""
        try:
            return await page
        except StoreError as error:
            return self._texts(arrival).memory_away.replace("{reason}", str(error)), None

    async def _why(self, arrival: Arrival, message: Message) -> _Page:
        replied = message.reply_to_message
        texts = self._texts(arrival)
        if replied is None:
            return texts.why_usage, None
        chat, number = str(arrival.address.chat_id), replied.message_id
        found = await self._memory.decision_shown(chat, number)
        if found is None:
            return texts.why_unknown, None
        return explanation(found, texts, self._serving().fingerprint), None

    async def _stats(self, arrival: Arrival, message: Message) -> _Page:
        texts = self._texts(arrival)
        since = time.time() - STATS_DAYS * _DAY_S
        found = await self._memory.stats(since)
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
        drift = self._serving().drift
        if drift is not None:
            lines += ["", drift]
        return "\n".join(lines), None

    async def _unanswered(self, arrival: Arrival, message: Message) -> _Page:
        return await self._page(0, self._texts(arrival))

    async def _reloading(self, arrival: Arrival, message: Message) -> _Page:
        return await self._reload.now(lambda: self._texts(arrival)), None

    async def _page(self, number: int, texts: TeamTexts) -> _Page:
        offset = number * _PER_PAGE
        found, total = await self._memory.unanswered(offset, _PER_PAGE)
        if total == 0:
            return texts.unanswered_empty, None
        last = (total - 1) // _PER_PAGE
        if number > last:  # some were erased since the button was made
            return await self._page(last, texts)
        lines = [texts.unanswered.replace("{total}", str(total))]
        for item in found:
            words = texts.words_not_kept if item.text is None else _shortened(item.text)
            lines += ["", f"{_when(item.at)}  {words}"]
            lines += [_hit(hit) for hit in item.decision.candidates[:1]]
        rows = self._browser.turn(number, last, Kind.UNANSWERED)
        return "\n".join(lines), InlineKeyboardMarkup(rows) if rows else None

    def _texts(self, arrival: Arrival) -> TeamTexts:
        return self._serving().phrasebook.of(arrival.lang).team


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
