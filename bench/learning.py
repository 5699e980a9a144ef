"""python -m bench.learning FOLDER: how much better an FAQ gets by being used.

Each entry begins with its question alone. The messages of `dev` come in a seeded order, each from
another person, who chooses the right entry where they are asked. What is not answered stands before
the team, with the entries that come nearest of those that the person has not refused. Somebody who
knows what was asked has it added to the first if that is the right one, and ignores it if there is
none. Where another of those shown is right, they send its answer, and have it added there, which is
then put first; where none is, they answer in words of their own. After every so many messages they
have added what `unanswered` advises, where that is right. They press nothing else.
Then the messages of `test` are asked. Beside it: presses as often as not, on whatever stands there.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tqdm import tqdm

from bench import command
from bench.embedding import RememberingEncoder, load_remembering
from bench.outcomes import Quality, measure
from bench.sets import FAQ, QUERIES, FaqSet, Query, find_asked, load_faq_set, sets_parser, shortened
from bot.authoring.learning.audit import Audit
from bot.authoring.learning.learning import FaqLearning
from bot.domain import Action, Decision, Faq
from bot.files.config.settings import MultilingualModel, Settings
from bot.files.faq.load import load_faq
from bot.files.writing.faq_writer import faq_text
from bot.labels.outcomes import Outcome, got, judge
from bot.labels.scored import read_all
from bot.matching.build import Matcher, assemble
from bot.matching.decide.thresholds import Rules
from bot.service.admins.learning import Advice, LearningError
from bot.store.store import Label, LabelKind, Missed, Record
from bot.tuning.show.tables import table

_MEASURES = ("right_shown", "wrong_shown", "fallback", "oos_shown")


@dataclass(frozen=True, slots=True)
class Point:
    """How the test messages fare after so many messages.

    Attributes:
        asked: messages so far.
        taps: presses so far.
        added: phrasings so far.
    """

    asked: int
    taps: int
    added: int
    quality: Quality


class Traffic:
    """A bot over files of its own, people who ask it, and somebody who looks after it.

    Args:
        chance: whoever looks after it knows nothing, and presses as often as not; None: they know
            what was asked.
    """

    def __init__(
        self, faq: Faq, model: RememberingEncoder, folder: Path, chance: random.Random | None
    ) -> None:
        path = folder / FAQ
        path.write_text(faq_text(faq.entries), "utf-8")
        self._settings = Settings(
            faq=path, cache=folder / "cache", multilingual_model=MultilingualModel.NONE
        )
        self._model, self._chance = model, chance
        self._missed: dict[str, Missed] = {}
        self._wanted: dict[str, str | None] = {}  # what was asked for, by what was written
        self._number = self.taps = self.added = 0
        self.bot: Matcher | None = None
        asyncio.run(self._serve())
        self.learning = FaqLearning(
            *(self._served, lambda: [it.record for it in self._newest()]),
            Audit(folder / "data"),
            serve=self._serve,
            missed=self._newest,
        )

    def ask(self, query: Query) -> None:
        """Have a person ask, who says what they think of the reply."""
        self._number += 1
        number, decision = self._number, self._decided([query])[0]
        self._wanted[query.text] = query.expected
        record = Record(f"{number:016x}", float(number), query.text, "en", decision)
        kind, is_unknown = _SAID.get(judge(query.expected, decision)), _is_unknown(decision)
        self._missed[record.id] = Missed(record, str(number))
        if kind is not None:
            chosen = {LabelKind.CHOICE: query.expected, LabelKind.DOWN: decision.entry_id}
            self._say(record.id, kind, chosen.get(kind))
        elif not is_unknown:
            del self._missed[record.id]
        if kind is LabelKind.NONE or is_unknown:
            offered = frozenset(() if is_unknown else got(decision))
            self._help(record.id, query, offered)

    def look(self) -> None:
        """Look at the groups of what was missed."""
        seen: set[tuple[str, str]] = set()
        while True:
            groups = asyncio.run(self.learning.groups())
            new = [
                it
                for it in groups
                if it.advice is Advice.PHRASING and (it.entry_ids[0], it.name) not in seen
            ]
            if not new:
                return
            for group in new:
                seen.add((group.entry_ids[0], group.name))
                self._press(group.name, group.entry_ids[0], self._wanted[group.texts[0]])

    def quality(self, queries: Sequence[Query]) -> Quality:
        """How such messages fare now."""
        return measure([query.expected for query in queries], self._decided(queries))

    def _help(self, number: str, query: Query, refused: frozenset[str]) -> None:
        """See to what stands before the team."""
        shown = self._served().decide(query.text, "en", refused).candidates
        nearest = [hit.entry_id for hit in shown]
        if nearest and self._press(query.text, nearest[0], query.expected):
            return
        if self._presses(query.expected is None):
            self.taps += 1
            self._missed[number] = replace(self._missed[number], is_ignored=True)
            return
        sent = next((it for it in nearest[1:] if self._presses(it == query.expected)), None)
        self.taps += sent is not None
        self._say(number, LabelKind.REPLIED, sent)
        if sent is not None:
            self._press(query.text, sent, query.expected)

    def _say(self, number: str, kind: LabelKind, entry_id: str | None) -> None:
        """Keep what somebody has said of a message."""
        missed = self._missed[number]
        label = Label(number, kind, "", missed.record.at, entry_id)
        record = replace(missed.record, labels=(*missed.record.labels, label))
        self._missed[number] = replace(missed, record=record)

    def _newest(self) -> list[Missed]:
        return [*self._missed.values()][::-1]

    def _presses(self, is_right: bool) -> bool:
        return is_right if self._chance is None else self._chance.random() < 0.5

    def _press(self, text: str, entry_id: str, wanted: str | None) -> bool:
        """Look at what an entry would gain, and have it written if that does no harm."""
        if not self._presses(wanted == entry_id):
            return False
        self.taps += 1
        with suppress(LearningError):
            asyncio.run(self._add(text, entry_id))
        return True

    async def _add(self, text: str, entry_id: str) -> None:
        proposal = await self.learning.propose_phrasing(text, "en", entry_id)
        self.taps += proposal.harmless
        await self.learning.apply(proposal, "bench")
        self.added += 1

    def _decided(self, queries: Sequence[Query]) -> list[Decision]:
        decider = self._served().decider
        rules = Rules(decider.policy)
        return [rules.decide(it) for it in read_all(decider, [(q.text, "en") for q in queries])]

    def _served(self) -> Matcher:
        assert self.bot is not None
        return self.bot

    async def _serve(self) -> str | None:
        faq = load_faq(self._settings.faq, self._settings.thresholds)
        parts = self._settings, faq, self._model.encoder, self._model.fingerprint
        self.bot = assemble(*parts, before=self.bot, measures=True)
        return None


def _is_unknown(decision: Decision) -> bool:
    return decision.action is Action.FALLBACK and decision.small_talk is None


# What people say of a reply that does not help them at once.
_SAID = {
    Outcome.HELD: LabelKind.CHOICE,
    **dict.fromkeys((Outcome.MISSED, Outcome.OOS_ASKED), LabelKind.NONE),
    **dict.fromkeys((Outcome.WRONG_TENTATIVE, Outcome.OOS_TENTATIVE), LabelKind.NONE),
    **dict.fromkeys((Outcome.WRONG, Outcome.OOS_ANSWERED), LabelKind.DOWN),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        0: fine; 2: wrong usage or unusable sets.
    """
    parser = sets_parser("python -m bench.learning", (__doc__ or "").strip())
    add = parser.add_argument
    add("--most", type=command.positive, default=600, metavar="N", help="messages (600)")
    add("--every", type=command.positive, default=100, metavar="N", help="a row each (100)")
    add("--split", default="test", help="the messages to measure with (test)")
    add("--seed", type=command.natural, default=0, metavar="N", help="of the order (0)")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    model = load_remembering(options.model, options.cache)
    print(command.machine_line(command.machine()))
    for folder in find_asked(options.folder, options.sets, FAQ, QUERIES).values():
        faq_set = load_faq_set(folder, Settings().thresholds)
        for chance in (None, random.Random(options.seed)):
            who = "pressing what is right" if chance is None else "pressing as often as not"
            points = list(_points(faq_set, model, chance, options))
            print(f"\n{faq_set.name}, {who}", _table(points), sep="\n", flush=True)
            model.save()


def _points(
    faq_set: FaqSet,
    model: RememberingEncoder,
    chance: random.Random | None,
    options: argparse.Namespace,
) -> Iterator[Point]:
    asked, test = list(faq_set.of_split("dev")), faq_set.of_split(options.split)
    random.Random(options.seed).shuffle(asked)
    asked = asked[: options.most]
    with tempfile.TemporaryDirectory() as name:
        traffic = Traffic(shortened(faq_set.faq, 1), model, Path(name), chance)
        with closing(traffic.learning):
            yield Point(0, 0, 0, traffic.quality(test))
            for number, query in enumerate(tqdm(asked, disable=None, leave=False), start=1):
                traffic.ask(query)
                if number % options.every == 0 or number == len(asked):
                    traffic.look()
                    yield Point(number, traffic.taps, traffic.added, traffic.quality(test))
    with tempfile.TemporaryDirectory() as name:
        whole = Traffic(faq_set.faq, model, Path(name), chance)
        with closing(whole.learning):
            yield Point(-1, 0, 0, whole.quality(test))


def _table(points: Sequence[Point]) -> str:
    """The points, and how much of the gap to the whole FAQ is closed by each."""
    first, whole = (points[place].quality.right_shown or 0.0 for place in (0, -1))
    rows = []
    for point in points:
        its = [getattr(point.quality, name) or 0.0 for name in _MEASURES]
        closed = (its[0] - first) / (whole - first) if whole != first else 1.0
        name = "all wordings" if point.asked < 0 else str(point.asked)
        shares = [f"{100 * share:.1f}" for share in (*its, closed)]
        rows.append((name, str(point.taps), str(point.added), *shares))
    heads = ("right\nshown %", "wrong\nshown %", "fallback\n%", "oos\nshown %", "gap closed\n%")
    return table(("messages", "taps", "added", *heads), rows)


if __name__ == "__main__":
    sys.exit(main())
