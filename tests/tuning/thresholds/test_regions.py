"""What becomes of a message at all thresholds, found by the bot's own rules."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from bot.domain import Hit, Place, Thresholds
from bot.labels.labelled import Labelled
from bot.labels.outcomes import OUTCOMES, WRONGLY_SHOWN, judge
from bot.labels.scored import Scored, policy_at, score
from bot.matching.decide.thresholds import Policy
from bot.matching.decider import Decider
from bot.matching.language import ForeignEntries
from bot.matching.score.ranker import Match, Read
from bot.matching.text import Synonyms
from bot.tuning.thresholds.regions import Regions, tabulate
from tests.factories import LINES, entry
from tests.fakes import FakeEmbedder, fake_encoder

IDS = tuple("abcdef")
GRID = np.round(np.arange(0, 1.0001, 0.05), 2)
# The whole has no hits of its own here; its sentences and clauses have.
MESSAGES = (
    *(f"plain {n}" for n in range(30)),
    *(f"one {n}. two {n}" for n in range(20)),
    *(f"this {n} and that {n}" for n in range(20)),
    *(f"first {n}. second {n} and third {n}" for n in range(20)),
)


class RandomRanker:
    """A `Ranker` with scores out of a hat, the same for the same text."""

    def prepare(self, text: str) -> Read:
        return Read(text, needs_vector=False)

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        hat = random.Random(read.text)
        scores = sorted((round(hat.uniform(0.3, 1), 2) for _ in IDS), reverse=True)
        ids = hat.sample(IDS, len(IDS))
        raw = hat.choice([0.0, 0.5])  # the first two now and then fit alike
        hits = [
            Hit(entry_id, value, f"phrasing of {entry_id}", raw if place else 0.5)
            for place, (entry_id, value) in enumerate(zip(ids, scores, strict=True))
            if entry_id not in without
        ]
        close = hat.choice([("phrasing",), ("phrasing 3",)])  # the second one doubts most numbers
        return Match(tuple(hits), text=read.text, close=close)


def decider(policy: Policy, foreign: ForeignEntries | None = None) -> Decider:
    return Decider(
        fake_encoder(FakeEmbedder()),
        RandomRanker(),
        Synonyms({}),
        policy,
        foreign or ForeignEntries(),
    )


def labels_of(messages: tuple[str, ...] = MESSAGES) -> list[Labelled]:
    """A third ask for what ranks first, a third for anything, a third are out of scope."""
    hat = random.Random(0)
    found = []
    for line, text in enumerate(messages, start=1):
        first = RandomRanker().rank(Read(text)).hits[0].entry_id
        expected = hat.choice([first, hat.choice(IDS), None])
        found.append(Labelled(text, expected, Place("set", line)))
    return found


POLICIES = {
    "shared lines only": Policy(LINES),
    "one choice": Policy(LINES, choices=1),
    "entries with lines of their own": Policy(
        LINES, own={"a": Thresholds(0.95, 0.8), "b": Thresholds(0.7, 0.7)}
    ),
    "a plain cosine's nearness": Policy(LINES, near=0.1),
    "entries that leave one line to the shared ones": Policy(
        LINES, own={"a": Thresholds(0.9, LINES.follow_up), "b": Thresholds(LINES.answer, 0.7)}
    ),
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
def test_at_any_thresholds_a_message_meets_the_fate_the_bot_decides(policy: Policy) -> None:
    labels = labels_of()
    scored = score(decider(policy), IDS, labels)
    regions = tabulate(scored)
    hat = random.Random(1)
    seen = set()
    for _ in range(120):
        # Often exactly on a score.
        follow_up, tentative, answer = sorted(round(hat.uniform(0.05, 1.0), 2) for _ in range(3))
        lines = Thresholds(answer, follow_up, hat.choice([tentative, follow_up, answer, None]))
        asked = decider(policy_at(policy, lines))
        decisions = asked.decide_all([label.text for label in labels])
        expected = [judge(a.expected, b).code for a, b in zip(labels, decisions, strict=True)]
        assert regions.at(lines).tolist() == expected, lines
        seen |= set(expected)
    assert len(seen) == len(OUTCOMES)
    assert scored.decisions(lines) == decisions


@pytest.mark.parametrize(
    ("own", "moved"),
    [
        pytest.param((0.9, 0.6), (0.9, 0.7), id="the follow-up line is shared"),
        pytest.param((0.75, 0.5), (0.8, 0.5), id="the answer line is shared"),
        pytest.param((0.65, 0.6), (0.65, 0.65), id="it never crosses the entry's own"),
        pytest.param((0.9, 0.5), (0.9, 0.5), id="none is"),
    ],
)
def test_an_entrys_own_lines_stay_where_its_file_put_them(
    own: tuple[float, float], moved: tuple[float, float]
) -> None:
    found = policy_at(Policy(LINES, own={"a": Thresholds(*own)}), Thresholds(0.8, 0.7))
    assert found == Policy(Thresholds(0.8, 0.7), own={"a": Thresholds(*moved)})


def test_a_label_is_scored_in_the_language_of_its_person() -> None:
    foreign = ForeignEntries([entry("a", lang="de"), entry("b", lang="en"), entry("c", lang="zh")])
    mine = decider(Policy(LINES), foreign)
    languages = ("en", "de-AT", None, "fr")
    labels = [
        replace(label, language=languages[place % 4]) for place, label in enumerate(labels_of())
    ]
    decisions = score(mine, IDS, labels).decisions()
    assert decisions == [mine.decide(label.text, label.language) for label in labels]
    assert decisions != mine.decide_all([label.text for label in labels])


def test_who_writes_chinese_is_answered_in_chinese_whatever_their_telegram_says() -> None:
    """As the conversation does."""
    mine = decider(Policy(LINES), ForeignEntries([entry("a", lang="zh"), entry("b", lang="en")]))
    labels = [
        Labelled(f"退款 {n}", None, Place("set", n), language)
        for n, language in enumerate(("en", None) * 20, start=1)
    ]
    decisions = score(mine, IDS, labels).decisions()
    assert decisions == mine.decide_all([label.text for label in labels], "zh")
    assert decisions != mine.decide_all([label.text for label in labels])


@pytest.mark.parametrize("lang", [None, "en"])
def test_entries_that_are_taken_not_to_exist_are_not_found(lang: str | None) -> None:
    mine = decider(Policy(LINES), ForeignEntries([entry("b", lang="de"), entry("c", lang="en")]))
    held_out, whole = mine.read_all(["x. y", "x. y"], lang, [frozenset("a"), frozenset()])
    found = [held_out.whole.own or held_out.whole, held_out.sentences[0], whole.whole]
    mine_alone = set() if lang is None else {"b"}
    assert [{hit.entry_id for hit in match.hits} for match in found] == [
        *(set("bcdef") - mine_alone, set("bcdef"), set(IDS))
    ]


@pytest.fixture(scope="module")
def tabulated() -> tuple[Scored, Regions]:
    scored = score(decider(POLICIES["entries with lines of their own"]), IDS, labels_of())
    return scored, tabulate(scored)


def test_a_grid_of_thresholds_counts_what_single_pairs_count(
    tabulated: tuple[Scored, Regions],
) -> None:
    _, regions = tabulated
    counts = regions.counts(GRID, np.ones(regions.rows))
    shown = regions.counts(GRID, np.ones(regions.rows), 0.65)
    for a, answer in enumerate(GRID.tolist()):
        for f, follow_up in enumerate(GRID[: a + 1].tolist()):
            for found, tentative in ((counts, None), (shown, max(0.65, follow_up))):
                codes = regions.at(Thresholds(answer, follow_up, tentative))
                assert found[a, f].tolist() == np.bincount(codes, minlength=len(OUTCOMES)).tolist()


def test_a_row_of_tentative_thresholds_counts_what_single_ones_count(
    tabulated: tuple[Scored, Regions],
) -> None:
    _, regions = tabulated
    weights = np.linspace(1, 3, regions.rows)
    lines = Thresholds(0.85, 0.45)
    found = regions.by_tentative(lines, GRID, weights)
    for place, tentative in enumerate(GRID.tolist()):
        codes = regions.at(replace(lines, tentative=tentative))
        assert found[place] == pytest.approx(np.bincount(codes, weights, len(OUTCOMES)))


def test_what_is_wrongly_shown_at_any_follow_up_threshold_is_in_the_plane_of_the_others(
    tabulated: tuple[Scored, Regions],
) -> None:
    _, regions = tabulated
    plane = regions.wrongly_shown()
    wrong = [outcome.code for outcome in WRONGLY_SHOWN]
    differ = 0
    for a, answer in enumerate(GRID.tolist()):
        for tentative in GRID[: a + 1].tolist():
            below = GRID[tentative >= GRID].tolist()
            each = [regions.at(Thresholds(answer, it, tentative)) for it in below]
            expected = np.isin(each, wrong).any(axis=0)
            found = np.isin(plane.at(Thresholds(answer, tentative)), wrong)
            assert (found | ~expected).all()  # it may say more than is true, never less
            differ += (found != expected).sum()
    assert differ <= 0.01 * regions.rows * len(GRID) ** 2 / 2
