"""What shows in the vectors of wordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.authoring.review.competing import competing
from bot.authoring.review.meanings import Meanings
from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.matching.assembly import wordings_of
from bot.matching.index import PhrasingVectors
from tests.authoring.review.conftest import review_of

CIRCLE = 16  # dimensions


def near(axis: int, *, turned: int, by: float = 0.6) -> list[float]:
    """A vector near to an axis, turned a little towards another one."""
    vector = np.zeros(CIRCLE)
    vector[axis], vector[turned] = 1.0, by
    return [float(value) for value in vector / np.linalg.norm(vector)]


def group(rows: Sequence[tuple[str, Sequence[float]]]) -> PhrasingVectors:
    texts = [f"wording {number}" for number in range(len(rows))]
    vectors = np.array([vector for _, vector in rows], np.float32)
    return PhrasingVectors(vectors, [owner for owner, _ in rows], texts, texts)


def clusters(size: int = 4) -> list[tuple[str, Sequence[float]]]:
    """Four entries, the wordings of each about one axis."""
    return [
        (name, near(axis, turned=4 + (3 * axis + turn) % 12))
        for axis, name in enumerate("abcd")
        for turn in range(size)
    ]


def test_a_wording_under_a_wrong_entry_competes_and_the_other_is_named() -> None:
    rows = clusters()
    rows[5] = ("a", rows[5][1])  # of b
    (found,) = competing(group(rows))
    assert (found.row, rows[found.other][0]) == (5, "b")
    assert found.severity > 0


def test_where_each_stands_under_its_own_entry_nothing_competes() -> None:
    assert competing(group(clusters())) == []


def test_what_fits_its_entry_worse_is_told_first() -> None:
    rows = clusters()
    rows[5] = ("a", near(1, turned=0, by=0.5))  # somewhat like its own entry
    rows[10] = ("d", rows[10][1])
    assert [found.row for found in competing(group(rows))] == [10, 5]


def test_an_entry_with_one_wording_has_nothing_else_to_fit() -> None:
    assert competing(group([*clusters(), ("e", near(0, turned=5))])) == []


@pytest.mark.parametrize(
    "rows", [clusters(1)[:1], clusters()[:4]], ids=["one wording", "one entry"]
)
def test_one_entry_has_no_competitor(rows: Sequence[tuple[str, Sequence[float]]]) -> None:
    assert competing(group(rows)) == []


# --- what people are told


@pytest.fixture
def with_vectors(looked: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Sequence[float]]:
    """Vectors of wordings, to be filled in."""
    vectors: dict[str, Sequence[float]] = {}

    def read(settings: Settings, faq: Faq, _: object) -> Meanings:
        wordings = wordings_of(settings, faq)
        rows = np.array([vectors[text] for text in wordings.texts], np.float32)
        return Meanings((wordings.embedded(rows),), {}, frozenset(), ("en",))

    monkeypatch.setattr("bot.authoring.review.meanings.read_meanings", read)
    return vectors


def faq_of(entries: Mapping[str, Sequence[str]]) -> str:
    return "".join(
        f"- id: {name}\n  question: {wordings[0]}\n  answer: x\n"
        + "  phrasings:\n" * (len(wordings) > 1)
        + "".join(f"    - {wording}\n" for wording in wordings[1:])
        for name, wordings in entries.items()
    )


def told(content: str) -> list[str]:
    return [str(finding) for finding in review_of(content).findings]


@pytest.fixture
def shop(with_vectors: dict[str, Sequence[float]]) -> dict[str, list[str]]:
    """The wordings of four entries that have nothing to do with each other."""
    names = ("fees", "hours", "pets", "parking")
    entries = {name: [f"{name} question {n}" for n in range(4)] for name in names}
    rows = clusters()
    for number, wording in enumerate(wording for its in entries.values() for wording in its):
        with_vectors[wording] = rows[number][1]
    return entries


def test_a_competing_wording_is_told_with_the_other_place_and_what_to_do(
    shop: dict[str, list[str]],
) -> None:
    shop["fees"].append(shop["hours"].pop())
    assert told(faq_of(shop)) == [
        "faq.yaml:8: warning: “hours question 3” stands under fees, but fits hours better, such "
        "as “hours question 0” (faq.yaml:10). Move it there, or say in it what only fees is "
        "about. [competing]"
    ]


def test_two_wordings_of_two_entries_that_say_the_same_are_told_once(
    shop: dict[str, list[str]], with_vectors: dict[str, Sequence[float]]
) -> None:
    shop["fees"].append("what does a car cost")
    shop["parking"].append("what would a car cost")
    both = near(0, turned=3, by=1.0)  # as near to the one as to the other
    with_vectors["what does a car cost"] = with_vectors["what would a car cost"] = both
    assert told(faq_of(shop)) == [
        "faq.yaml:30: warning: “what would a car cost” says the same as “what does a car cost” "
        "(faq.yaml:8) under fees, so the bot can hardly tell the two entries apart. Keep one of "
        "them, or merge the entries. [near-duplicate]"
    ]


def test_two_wordings_that_fit_each_others_entry_are_told_once(
    shop: dict[str, list[str]], with_vectors: dict[str, Sequence[float]]
) -> None:
    shop["fees"].append("dogs at the till")
    shop["hours"].append("cats at night")
    with_vectors["dogs at the till"] = near(9, turned=10)
    with_vectors["cats at night"] = near(9, turned=11)
    assert [line.rpartition(" ")[2] for line in told(faq_of(shop))] == ["[competing]"]


ALIKE = near(0, turned=4)
OTHER = {"beta gamma": near(1, turned=5), "delta": near(2, turned=6), "zeta": near(3, turned=7)}


@pytest.mark.parametrize(
    ("one", "other", "lines"),
    [
        pytest.param("open today", "today open", 1, id="the same words"),
        pytest.param("open in May", "open in March", 1, id="hardly another word, says the model"),
        pytest.param("open from 8", "open from 9", 0, id="another number"),
        pytest.param("when you open", "when you close", 0, id="the contrary"),
        pytest.param("you are open", "you are not open", 0, id="denied"),
    ],
)
def test_a_wording_that_adds_nothing_is_told(
    with_vectors: dict[str, Sequence[float]], one: str, other: str, lines: int
) -> None:
    with_vectors.update(OTHER | {one: ALIKE, other: ALIKE})
    found = told(faq_of({"a": [one, other, "beta gamma", "delta", "zeta"]}))
    assert [line.rpartition(" ")[2] for line in found] == ["[adds-nothing]"] * lines


ALONE = {"hours": ["When are you open?"], "opening": ["What are your hours?"]}


@pytest.mark.parametrize(
    ("likeness", "more", "is_told"),
    [
        pytest.param(0.72, {}, True, id="nothing else tells them apart"),
        pytest.param(0.68, {}, False, id="they are about something else"),
        pytest.param(0.72, {"hours": ["on sundays"]}, False, id="one has another wording"),
        pytest.param(0.72, {"third": ["Open?"]}, False, id="one is nearer to a third"),
    ],
)
def test_two_entries_with_a_wording_each_may_ask_the_same(
    with_vectors: dict[str, Sequence[float]],
    likeness: float,
    more: dict[str, list[str]],
    is_told: bool,
) -> None:
    entries = {name: [*ALONE.get(name, []), *more.get(name, [])] for name in {**ALONE, **more}}
    axes = np.eye(4)
    with_vectors["When are you open?"] = axes[0].tolist()
    aside = (1 - likeness**2) ** 0.5
    with_vectors["What are your hours?"] = (likeness * axes[0] + aside * axes[1]).tolist()
    with_vectors["on sundays"] = axes[2].tolist()
    with_vectors["Open?"] = (0.5 * axes[0] + 0.75**0.5 * axes[1]).tolist()
    found = [line for line in told(faq_of(entries)) if "[competing]" in line]
    assert [line.partition(" (")[0] for line in found] == [
        "faq.yaml:5: hint: “What are your hours?” and “When are you open?”"
    ] * is_told


def test_what_is_never_valid_at_once_does_not_compete_and_what_comes_is_looked_at(
    with_vectors: dict[str, Sequence[float]],
) -> None:
    with_vectors["When are you open?"] = with_vectors["What are your hours?"] = [1.0, 0.0]
    now, later = faq_of(ALONE).split("- id: opening")
    later = f"- id: opening{later}  valid_from: 2199-01-01\n"
    assert any("[near-duplicate]" in line for line in told(now + later))
    assert any("opening has no wording" in line for line in told(now + later))
    until = f"{now}  valid_until: 2198-12-31\n"
    assert not any("[near-duplicate]" in line for line in told(until + later))
