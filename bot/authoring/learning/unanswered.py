"""What the bot could not answer → groups of people who ask the same, and what is best done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from bot.authoring.learning.advice import Asked, group_of, meant, people
from bot.authoring.learning.grouping import ALIKE, ANY, centred, grouped
from bot.conversation.language import language_of
from bot.domain import Action, Decision, Hit, Incoming
from bot.labels.outcomes import got, shown_entries
from bot.lru import Lru
from bot.matching.assembly import embed
from bot.matching.build import AT_ONCE, Matcher, Turns, complete_for
from bot.matching.decide.thresholds import Rules
from bot.matching.encoder import multilingual
from bot.matching.encoder.encoder import Vectors
from bot.matching.mask import masked
from bot.matching.text import has_words, normalise, same_wording
from bot.matching.turns import InTurn
from bot.service.admins.learning import Group
from bot.store.store import Missed

_MOST_CHARS = 400  # of a message that are compared
_MAX_KNOWN = 10_000  # vectors, and decisions
_Now = tuple[Decision, Sequence[Hit]]


class Unanswered:
    """Finds the groups. The vectors of what was read are kept: 1.5 kB a message, and no words.

    Args:
        turns: where the encoders may be used.
    """

    def __init__(self, turns: Turns = AT_ONCE) -> None:
        self._turns = turns
        self._known: Lru[tuple[str, int], Vectors] = Lru(_MAX_KNOWN)
        self._decided: Lru[tuple[str, int], _Now] = Lru(_MAX_KNOWN)

    def groups(
        self, bot: Matcher, missed: Iterable[Missed], min_people: int, *, ignored: bool = False
    ) -> list[Group]:
        """What so many different people have asked in vain, most people first; but what the FAQ
        answers now.

        Args:
            missed: newest first.
            ignored: what admins ignore, and whatever is like it; else all but that.
        """
        messages = _messages(missed)
        if not messages:
            return []
        bot = complete_for(bot, [(it.written, it.lang) for it in messages], self._turns)
        vectors = self._vectors(bot, messages)
        found: list[tuple[Group, float]] = []
        for rows in _alike(messages, vectors):
            gone = _ignored(rows, messages, vectors)
            its = [messages[row] for row in rows if (row in gone) is ignored]
            if people(its) >= min_people:
                its = self._still_missed(bot, its)
            if people(its) >= min_people:
                found.append((group_of(bot.faq, its), max(it.sent[0].record.at for it in its)))
        found.sort(key=lambda one: (-one[0].people, -one[1]))
        return [group for group, _ in found]

    def _vectors(self, bot: Matcher, messages: Sequence[Asked]) -> Vectors:
        """Of each message, by one encoder that reads them all."""
        encoder, model = bot.encoder, bot.model_fingerprint
        if bot.second is not None and _needs_second(bot, messages):
            encoder, model = bot.second.encoder, multilingual.FINGERPRINT
        utterances = InTurn(encoder.utterances, self._turns)
        rows = []
        for key, text in (((model, hash(it.text)), it.text) for it in messages):
            vector = self._known.get(key)
            if vector is None:  # one by one, so that whoever waits waits for no more
                vector = self._known[key] = utterances.encode([text])[0]
            rows.append(vector)
        phrasings = InTurn(encoder.phrasings, self._turns)
        faq = embed(bot.settings, bot.wordings, phrasings, model).vectors
        return centred(np.stack(rows), faq)

    def _still_missed(self, bot: Matcher, messages: Sequence[Asked]) -> list[Asked]:
        """Those that would fare no better now, each with what the FAQ has for it."""
        found = []
        for message, (now, hits) in zip(messages, self._decide(bot, messages), strict=True):
            known = meant(message)
            sent = [one for one in message.sent if _is_no_better(one.record.decision, now, known)]
            if sent and now.small_talk is None:
                found.append(replace(message, sent=sent, hits=hits))
        return found

    def _decide(self, bot: Matcher, messages: Sequence[Asked]) -> list[_Now]:
        """What is decided now."""
        rules, found = Rules(bot.decider.policy), []
        for message in messages:
            asked = message.written, message.lang
            key = bot.fingerprint, hash(asked)
            now = self._decided.get(key)
            if now is None:
                read = partial(bot.decider.read_all, [asked[0]], asked[1])
                (reading,) = self._turns.in_turn(read)
                decision = replace(
                    rules.decide(reading), reason=""
                )  # which quotes what was written
                now = self._decided[key] = decision, (reading.whole.own or reading.whole).hits
            found.append(now)
        return found


def _messages(missed: Iterable[Missed]) -> list[Asked]:
    """By wording, those whose words are kept and ask something."""
    found: dict[str, Asked] = {}
    for one in missed:
        text = masked(normalise((one.record.text or "")[:_MOST_CHARS]))
        if has_words(text):
            said = language_of(Incoming("", one.record.text or "", one.record.lang))
            found.setdefault(same_wording(text), Asked(text, said)).sent.append(one)
    return [*found.values()]


def _needs_second(bot: Matcher, messages: Iterable[Asked]) -> bool:
    """Whether the first encoder cannot read all of them."""
    routes = bot.routes
    return routes is not None and any(
        routes.is_for_second(routes.language(it.written, it.lang)) for it in messages
    )


def _ignored(rows: Sequence[int], messages: Sequence[Asked], vectors: Vectors) -> set[int]:
    """The rows of a group that are ignored, and those that are like them."""
    ignored = [row for row in rows if any(one.is_ignored for one in messages[row].sent)]
    if not ignored:
        return set()
    middle = vectors[ignored].mean(axis=0)
    return {*ignored, *(row for row in rows if float(vectors[row] @ middle) >= ALIKE)}


def _alike(messages: Sequence[Asked], vectors: Vectors) -> Iterator[list[int]]:
    """The rows that ask the same: by the entry that somebody said they ask for, else by meaning."""
    by_entry: dict[str | None, list[int]] = {}
    for row, message in enumerate(messages):
        by_entry.setdefault(meant(message), []).append(row)
    for entry_id, rows in by_entry.items():
        for group in grouped(vectors[rows], ALIKE if entry_id is None else ANY):
            yield [rows[place] for place in group]


def _is_no_better(then: Decision, now: Decision, known: str | None) -> bool:
    """Whether nothing is shown or offered now that was not in vain then.

    Args:
        known: the entry that it asks for, which is to be shown; None: nobody said.
    """
    if known is not None:
        return shown_entries(now) != {known}
    return now.action is Action.FALLBACK or {*got(now)} <= {*got(then)}
