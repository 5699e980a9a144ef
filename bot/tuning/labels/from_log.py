"""The bot's memory → messages that can be decided on again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from bot.domain import Decision, Thresholds, base_language
from bot.errors import BotError
from bot.files.config_telegram import Groups
from bot.matching import fingerprint
from bot.matching.build import Matcher
from bot.matching.decide.reading import KeptReading, Rules
from bot.matching.decide.thresholds import Policy
from bot.store.store import Record
from bot.tuning.labels.retelling import is_certain, retell
from bot.tuning.labels.scored import read_all
from bot.tuning.thresholds.shift import faq_at, policy_at

_LINE = re.compile(r"(?:answer|follow-up) line (-?[0-9]+(?:\.[0-9]+)?(?:e-[0-9]+)?)")
_MOST_LINES = 20  # different values of thresholds that are looked through


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the log.

    Attributes:
        reading: what decisions are made on.
        from_words: it was read anew; else it is what was recorded then.
    """

    past: Record
    reading: KeptReading
    from_words: bool


@dataclass(frozen=True, slots=True)
class Log:
    """What the log holds of some time.

    Attributes:
        told: the messages that can be decided on again, oldest first.
        strange: how many cannot: decided with another FAQ, model or settings, words not kept.
        in_parts: how many cannot: answered in parts, words not kept.
        unclear: how many cannot, as entries that were not shown had a say; words not kept.
        is_silent_in_groups: there the bot says nothing unless it is sure, and remembers nothing of
            what it says nothing to.
    """

    told: tuple[Told, ...]
    strange: int = 0
    in_parts: int = 0
    unclear: int = 0
    is_silent_in_groups: bool = False

    @property
    def messages(self) -> int:
        """How many there are in all."""
        return len(self.told) + self.strange + self.in_parts + self.unclear

    @property
    def from_words(self) -> int:
        """How many were read anew."""
        return sum(one.from_words for one in self.told)


def read_log(bot: Matcher, pasts: Sequence[Record], where: str) -> Log:
    """Read all that was remembered, anew where the words are kept.

    Args:
        where: the database, for errors.
    Raises:
        BotError: nothing can be decided on again.
    """
    if not pasts:
        raise BotError(f"{where}: nothing was asked in that time.")
    lines_then = recognised(bot, pasts)
    kept = [(past.id, past.text, past.lang) for past in pasts if past.text is not None]
    readings = read_all(bot.decider, [(text, lang) for _, text, lang in kept], doing="reading")
    fresh = {past_id: reading for (past_id, *_), reading in zip(kept, readings, strict=True)}
    told: list[Told] = []
    strange = in_parts = unclear = 0
    for past in pasts:
        lines = lines_then.get(past.decision.fingerprint)
        if past.id in fresh:
            told.append(Told(past, fresh[past.id], from_words=True))
        elif lines is None:
            strange += 1
        elif past.decision.parts:
            in_parts += 1
        else:
            then = policy_at(bot.decider.policy, lines)
            reading = retell(past, then)
            if reading is None:
                unclear += 1
            else:
                told.append(Told(past, reading, from_words=False))
    if told:
        is_silent = bot.settings.telegram.groups is Groups.SILENT_UNLESS_SURE
        return Log(tuple(told), strange, in_parts, unclear, is_silent)
    if strange:
        raise BotError(
            f"{where}: a log from another FAQ: {strange:,} of its {len(pasts):,} messages were "
            "decided with another FAQ, model or settings, and no words are kept that could be read "
            "anew. Take the configuration and the FAQ they were decided with, or have words kept "
            "(`store: keep_text: all`)."
        )
    raise BotError(
        f"{where}: none of its {len(pasts):,} messages can be decided on again: all were answered "
        "in parts, and their words are not kept (`store: keep_text: all` keeps them)."
    )


def recognised(bot: Matcher, pasts: Iterable[Record]) -> dict[str, Thresholds]:
    """By fingerprint, the two shared thresholds of what was decided with the bot's own FAQ, model
    and settings.

    A fingerprint covers the thresholds too, and cannot be read backwards. So those that reasons
    speak of are tried, and the present ones.
    """
    wanted = {past.decision.fingerprint for past in pasts}
    seen: Counter[float] = Counter()
    for past in pasts:
        seen.update(float(value) for value in _LINE.findall(past.decision.reason))
    present = (bot.settings.thresholds.answer, bot.settings.thresholds.follow_up)
    common = (value for value, _ in seen.most_common(_MOST_LINES))
    values = list(dict.fromkeys((*present, *common)))
    found: dict[str, Thresholds] = {}
    for answer, follow_up in product(values, values):
        if follow_up > answer or len(found) == len(wanted):
            continue
        lines = Thresholds(answer, follow_up)
        settings = replace(bot.settings, thresholds=lines)
        faq = faq_at(bot.faq, bot.settings.thresholds, lines)
        made = fingerprint.of_decisions(settings, faq, bot.model_fingerprint)
        if made in wanted:
            found[made] = lines
    return found


class Teller:
    """Decides on messages of the log, by any policy, and says how sure that is."""

    def __init__(self, bot: Matcher) -> None:
        languages = {
            entry.id: base_language(entry.lang)
            for entry in bot.faq.entries
            if entry.lang is not None
        }
        self._lang_of = languages if len(set(languages.values())) > 1 else {}

    def decide(self, told: Told, policy: Policy) -> Decision:
        """What the bot does with a message, as far as the log knows."""
        return Rules(policy).decide(told.reading)

    def is_certain(self, told: Told, decision: Decision, policy: Policy) -> bool:
        """Whether that is what it really does with it; see `retelling.is_certain`."""
        return told.from_words or is_certain(told.past, decision, policy, self._lang_of)
