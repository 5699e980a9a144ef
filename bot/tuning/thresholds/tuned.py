"""The door of `tune`: files and what to tune on → thresholds, and all they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.labels.from_faq import OOS_SHARE, score_faq
from bot.labels.from_log import labels_of, read_log
from bot.labels.labelled import Labelled, load_labelled
from bot.labels.scored import Scored, of_readings, score
from bot.matching import build
from bot.matching.build import Matcher
from bot.store.store import Record
from bot.tuning.thresholds.regions import Regions, tabulate
from bot.tuning.thresholds.search import Promise
from bot.tuning.thresholds.tune import Tuning, tune


@dataclass(frozen=True, slots=True)
class TunedOn:
    """What thresholds are tuned on. Where it is neither of the two, the FAQ stands in for it.

    Attributes:
        labelled: paths of labelled sets.
        log: people's presses in the bot's memory stand in for labels.
        days: of the log, so many of the last; None: all of it.
    """

    labelled: tuple[str, ...] = ()
    log: bool = False
    days: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """Thresholds, and all they came from.

    Attributes:
        settings, faq: as they were read.
        regions: of the messages in `scored`.
        since: of when the first message of the log is; seconds since 1970, 0 where it is no log.
    """

    settings: Settings
    faq: Faq
    matcher: Matcher
    scored: Scored
    regions: Regions
    tuning: Tuning
    since: float


def tune_on(settings: Settings, faq: Faq, on: TunedOn, promise: Promise) -> Tuned:
    """Recommend thresholds; see `tune`.

    Raises:
        FileProblems: all mistakes in labelled sets.
        BotError: there is nothing to tune on.
    """
    is_one_sided = promise.oos_share == 0
    labels: Sequence[Labelled] = ()
    if on.labelled:
        labels = load_labelled(on.labelled, faq.by_id, may_be_one_sided=is_one_sided)
    where, records = _records(settings, on)
    asked = [(label.text, label.language) for label in labels]
    asked += [(record.text, record.lang) for record in records if record.text is not None]
    if not asked:
        asked = [(wording, entry.lang) for entry in faq.entries for wording in entry.wordings]
    matcher = build.complete_for(build.build_matcher(settings, faq), asked)
    pressed, ids = None, sorted(faq.by_id)
    if on.log:
        log = read_log(matcher, records, where)
        pressed = labels_of(log, faq.by_id, where, may_be_one_sided=is_one_sided)
        readings = [logged.reading for logged in pressed.messages]
        scored = of_readings(matcher.decider, ids, pressed.labels, readings, pressed.weights)
    elif on.labelled:
        scored = score(matcher.decider, ids, labels)
    else:
        scored = score_faq(matcher)
        if promise.oos_share is None:
            promise = replace(promise, oos_share=OOS_SHARE)
    regions = tabulate(scored)
    is_labelled = on.log or bool(on.labelled)
    found = tune(scored, regions, promise, from_labels=is_labelled, log=pressed)
    since = records[0].at if records else 0.0
    return Tuned(settings, faq, matcher, scored, regions, found, since)


def _records(settings: Settings, on: TunedOn) -> tuple[str, Sequence[Record]]:
    if not on.log:
        return "", ()
    from bot.store.sql.store import read_records

    return read_records(settings.store.url, on.days)
