"""Stand-ins for labels, made of the FAQ itself, for whoever has no labels yet.

In scope: each wording is held out in turn and taken for a message, against an FAQ without it. Out
of scope, one half: wordings of entries that are held out whole, which is what a near miss looks
like. The other half: everyday talk that no FAQ has an answer to. An FAQ's wordings are cleaner and
more alike than messages of people, so what comes out is optimistic.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.domain import Faq, FaqEntry, Place
from bot.errors import BotError
from bot.files.section import wording_key
from bot.labels.labelled import Labelled
from bot.labels.progress import progress
from bot.labels.scored import Scored, of_readings, read_all
from bot.labels.trials import FOLDS, distinct, held_out, read_held_out, spoken, trials
from bot.matching.build import Matcher

OOS_SHARE = 0.30  # that is supposed where nobody says another
_EVERYDAY = Path(__file__).parent / "everyday"
_LEAST_ENTRIES = 2


def score_faq(bot: Matcher) -> Scored:
    """Make labels of a bot's FAQ and score them.

    Raises:
        BotError: the FAQ has less than two entries, or no entry with two wordings.
    """
    faq = bot.faq
    rows = list(held_out(faq))
    if len(faq.entries) < _LEAST_ENTRIES or not rows:
        raise BotError(
            "The FAQ is too small to find thresholds by: at least two entries, one of them with "
            "two wordings, are needed. Add phrasings, or give a labelled set."
        )
    with trials(bot) as beside, progress(FOLDS + 2, "holding out") as done:
        labels = [_label(entry, wording, entry.id) for entry, wording, _ in rows]
        readings = read_held_out(beside, faq, rows, done=done)
        everyday = everyday_utterances(faq)
        near = _near_misses(faq, len(everyday))
        labels += [_label(entry, wording, None) for entry, wording in near]
        gone = [frozenset({entry.id}) for entry, _ in near]
        readings += read_all(bot.decider, spoken(near), gone)
        done()
        labels += everyday
        readings += read_all(bot.decider, [(label.text, None) for label in everyday])
        done()
    return of_readings(bot.decider, sorted(faq.by_id), labels, readings)


def _near_misses(faq: Faq, most: int) -> list[tuple[FaqEntry, str]]:
    """So many wordings, in an order that has nothing to do with the FAQ's."""
    rows = [(entry, wording) for entry in faq.entries for wording in distinct(entry)]
    rows.sort(key=lambda row: hashlib.sha256(row[1].encode("utf-8", "surrogatepass")).digest())
    return rows[:most]


def everyday_utterances(faq: Faq) -> list[Labelled]:
    """What people say and no FAQ answers, in the languages of the FAQ that are known here.

    What stands in the FAQ all the same is left out.
    """
    known = {wording_key(w) for entry in faq.entries for w in entry.wordings}
    found = []
    for language in _languages(faq):
        path = _EVERYDAY / f"{language}.txt"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if line.strip() and wording_key(line) not in known:
                found.append(Labelled(line.strip(), None, Place(path.name, number)))
    return found


def _languages(faq: Faq) -> list[str]:
    """English, Chinese, or both: whatever at least a tenth of the wordings are in."""
    wordings = [wording for entry in faq.entries for wording in entry.wordings]
    chinese = sum(any("\u3400" <= sign <= "\u9fff" for sign in wording) for wording in wordings)
    shares = {"en": 1 - chinese / len(wordings), "zh": chinese / len(wordings)}
    return [language for language, share in shares.items() if share >= 0.1]


def _label(entry: FaqEntry, wording: str, expected: str | None) -> Labelled:
    place = Place("the FAQ", 1) if entry.place is None else entry.place
    return Labelled(wording, expected, place, entry.lang)
