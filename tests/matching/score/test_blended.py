"""The blended score: its formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bot.matching.encoder.encoder import Vectors
from bot.matching.index import Mask, Nearest, Rows
from bot.matching.score.blended import BlendedScorer, Classifier, EntryScore, Fit
from bot.matching.score.fit import (
    FIXED,
)
from tests.fakes import FakeIndex
from tests.matching.score.rows import OWNERS, VECTORS, about, index_of, owned, rows_of

# The utterance is written like the last phrasing and means most nearly the second.
TFIDF = index_of(["甲", "乙", "丙"])
UTTERANCE = np.array([0.8, 0.6], np.float32)  # its cosines are 0.8, 0.96 and 0.6
QUERY = TFIDF.query("丙")
HUBNESS = np.array([0, 0.8, 0.4], np.float32)
CENTROIDS = rows_of((2 / math.sqrt(5), 1 / math.sqrt(5)), (0, 1))
CENTRAL = (0.8 * 2 + 0.6) / math.sqrt(5)  # the utterance and the first centroid
S_FIRST = 0.4 * 0.8 + 0.4 * CENTRAL  # its first phrasing, of no hubness, beats 0.96 − 0.8 / 2
S_SECOND = 0.4 * (0.6 - 0.4 / 2) + 0.4 * 0.6 + 0.2 * 1
NEAREST = Nearest(np.array([0.96, 0.8, 0.6], np.float32), owned(1, 0, 2))


def scorer(classifier: Classifier | None = None) -> BlendedScorer:
    fit = Fit(HUBNESS, CENTROIDS, classifier, FIXED)
    return BlendedScorer(OWNERS, FakeIndex(VECTORS), TFIDF, fit)


def expected(first: float, second: float) -> list[EntryScore]:
    """The two entries, best first, each with half of its lead or lag."""
    scores = [
        EntryScore(0, about(first + 0.5 * (first - second)), 1,
                   about(0.96)),
        EntryScore(1, about(second + 0.5 * (second - first)), 2,
                   about(0.6)),
    ]  # fmt: skip
    return scores if first > second else scores[::-1]


def test_the_score_blends_nearest_phrasing_centroid_and_letters_and_adds_half_the_lead() -> None:
    assert scorer().score(UTTERANCE, QUERY) == expected(S_FIRST, S_SECOND)


def test_the_terms_of_a_score_add_up_to_it() -> None:
    classifier = Classifier(
        np.zeros((2, 2), np.float32), np.log(np.array([0.36, 0.64], np.float32))
    )
    first, second = scorer(classifier).score(UTTERANCE, QUERY)
    assert [sum(one.terms) for one in (first, second)] == [about(first.raw), about(second.raw)]
    (foreign, _) = scorer().score(UTTERANCE, None)
    assert sum(foreign.terms) == about(foreign.raw)
    assert first.terms.classifier > 0 == foreign.terms.classifier
    assert first.terms.margin == -second.terms.margin


def test_the_classifier_adds_the_root_of_its_probability() -> None:
    classifier = Classifier(
        np.zeros((2, 2), np.float32), np.log(np.array([0.36, 0.64], np.float32))
    )
    scores = scorer(classifier).score(UTTERANCE, QUERY)
    assert scores == expected(S_FIRST + 0.15 * 0.6, S_SECOND + 0.15 * 0.8)


def test_the_best_entry_is_the_one_of_the_best_score_not_of_the_nearest_phrasing() -> None:
    classifier = Classifier(np.zeros((2, 2), np.float32), np.array([-99, 0], np.float32))
    scores = scorer(classifier).score(UTTERANCE, QUERY)
    assert scores == expected(S_FIRST, S_SECOND + 0.15)
    assert scores[0].entry == 1


def test_an_entry_left_out_takes_no_lead_away() -> None:
    (score,) = scorer().score(UTTERANCE, QUERY, owned(1))
    assert score == EntryScore(0, about(S_FIRST), 1, about(0.96))
    assert scorer().score(UTTERANCE, QUERY, owned(0, 1)) == []


def test_entries_that_tie_are_ranked_by_number() -> None:
    vectors = rows_of((0.8, 0.6), (0.8, -0.6))
    fit = Fit(np.zeros(2, np.float32), vectors, None, FIXED)
    tfidf = index_of(["甲", "乙"])
    tied = BlendedScorer(owned(1, 0), FakeIndex(vectors), tfidf, fit)
    scores = tied.score(np.array([1, 0], np.float32), tfidf.query("?"))
    assert [(score.entry, score.raw) for score in scores] == [
        (0, about(0.64)),
        (1, about(0.64)),
    ]


def test_what_is_left_of_an_entry_stands_in_for_its_centroid() -> None:
    rest = np.array([0, 1], np.float32)
    scores = scorer().score_near(UTTERANCE, QUERY, NEAREST, None, 0, rest)
    assert scores == expected(0.4 * 0.8 + 0.4 * 0.6, S_SECOND)


def test_for_the_classifier_an_entry_that_does_not_exist_shares_in_no_probability() -> None:
    classifier = Classifier(np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
    nearest = Nearest(NEAREST.cosines[2:], NEAREST.rows[2:])
    (with_all,) = scorer().score_near(UTTERANCE, QUERY, nearest, classifier)
    (alone,) = scorer().score_near(UTTERANCE, QUERY, nearest, classifier, 0)
    (reduced,) = scorer().score_near(UTTERANCE, QUERY, nearest, classifier, 0, VECTORS[0])
    assert with_all.raw == about(S_SECOND + 0.15 * math.sqrt(0.5))
    assert alone.raw == about(S_SECOND + 0.15)
    assert reduced.raw == with_all.raw


class RecordingIndex(FakeIndex):
    """A `FakeIndex` that remembers how many rows it was asked for."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__(vectors)
        self.asked: list[int] = []

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        self.asked.append(k)
        return super().search(vector, k, kept)


SIX = [0, 1, 2, 3, 4, 5] * 22 + [6] * 508


@pytest.mark.parametrize(
    ("owners", "without", "asked"),
    [
        pytest.param(
            [0] * 124 + [1, 2, 3, 4] + [5] * 100, None, [128], id="five among the nearest 128"
        ),
        pytest.param([0] * 125 + [1, 2, 3] + [4] * 500, None, [128, 512], id="four: widened"),
        pytest.param([0] * 600 + [1, 2], None, [128, 512, 602], id="three in all: to the end"),
        pytest.param([0] * 10, None, [10], id="a small FAQ is looked at whole"),
        pytest.param(SIX, owned(4), [128], id="one left out, five are left"),
        pytest.param(SIX, owned(0, 4), [128, 512], id="two left out, four are left: widened"),
    ],
)
def test_the_search_is_widened_until_five_entries_are_among_the_nearest(
    owners: list[int], without: Rows | None, asked: list[int]
) -> None:
    angles = np.linspace(0, 3, len(owners))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    index, tfidf = RecordingIndex(vectors), index_of(["甲"] * len(owners))
    fit = Fit(np.zeros(len(owners), np.float32), np.zeros((7, 2), np.float32), None, FIXED)
    scorer = BlendedScorer(np.array(owners), index, tfidf, fit)
    scorer.score(vectors[0], tfidf.query("甲"), without)
    assert index.asked == asked
