"""What the blended score measures on an FAQ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from bot.matching.encoder.encoder import Vectors
from bot.matching.index import Rows
from bot.matching.score import fit as blended_fit
from bot.matching.score.blended import Classifier, Fit
from bot.matching.score.fit import (
    FIXED,
    FIXED_WITH_CLASSIFIER,
    NEIGHBOURS,
    Trial,
    fit_blended,
    hubness,
)
from bot.matching.score.ranker import Scale
from tests.fakes import FakeIndex
from tests.matching.score.rows import OWNERS, VECTORS, about, index_of, owned, rows_of

# --- hubness -------------------------------------------------------------------------------------


def test_hubness_is_the_mean_cosine_to_the_phrasings_of_other_entries() -> None:
    assert hubness(VECTORS, OWNERS).tolist() == about([0, 0.8, 0.4])


def test_of_many_others_the_ten_nearest_count() -> None:
    cosines = np.linspace(0, 0.9, 12)
    others = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)
    vectors = np.concatenate([[[1, 0]], others]).astype(np.float32)
    assert NEIGHBOURS == 10
    assert hubness(vectors, owned(0, *[1] * 12))[0] == about(cosines[2:].mean())


def test_without_other_entries_hubness_is_zero() -> None:
    assert hubness(VECTORS, owned(0, 0, 0)).tolist() == [0, 0, 0]


# --- what is measured on an FAQ ------------------------------------------------------------------


def measured(
    vectors: Vectors, owners: Rows, signs: str | None = None, *, use_classifier: bool = False
) -> Fit:
    """Measure an FAQ; without signs its phrasings share no letter."""
    signs = signs or "".join(chr(ord("一") + row) for row in range(len(owners)))
    tfidf = index_of(list(signs))
    index = FakeIndex(vectors)
    return fit_blended(vectors, owners, index, tfidf, use_classifier=use_classifier)


def shrunk(impostors: Sequence[float], phrasings: int, fixed: Scale) -> Scale:
    own = phrasings / (phrasings + 50)
    low, median, high = np.percentile(impostors, [20, 50, 95]).tolist()
    return Scale(
        about(own * low + (1 - own) * fixed.follow_up),
        about(own * (median + 0.6 * (high - median)) + (1 - own) * fixed.tentative),
        about(own * high + (1 - own) * fixed.answer),
        len(impostors),
    )


def test_the_scale_is_measured_on_phrasings_whose_own_entry_does_not_exist() -> None:
    """Each finds the other at cosine 0.6, lowered by half of its hubness 0.6; no lead."""
    impostor = 0.4 * (0.6 - 0.6 / 2) + 0.4 * 0.6
    fit = measured(rows_of((1, 0), (0.6, 0.8)), owned(0, 1))
    assert fit.hubness.tolist() == about([0.6, 0.6])
    np.testing.assert_allclose(fit.centroids, rows_of((1, 0), (0.6, 0.8)), atol=1e-6)
    assert fit.scale == shrunk([impostor, impostor], 2, FIXED)
    assert fit.classifier is None


def test_an_impostor_has_a_lead_too_and_letters_count() -> None:
    """Three entries at 0°, 60° and 120°; the first two are written alike."""
    third = math.sqrt(3) / 2
    vectors = rows_of((1, 0), (0.5, third), (-0.5, third))
    hub = [0.0, 0.5, 0.0]  # of (0.5, −0.5), (0.5, 0.5) and (0.5, −0.5)

    def s(cosine: float, other: int, alike: float = 0) -> float:
        return 0.4 * (cosine - hub[other] / 2) + 0.4 * cosine + 0.2 * alike

    def with_lead(best: float, second: float) -> float:
        return best + 0.5 * (best - second)

    impostors = [
        with_lead(s(0.5, 1, 1), s(-0.5, 2)),
        with_lead(s(0.5, 0, 1), s(0.5, 2)),
        with_lead(s(0.5, 1), s(-0.5, 0)),
    ]
    fit = measured(vectors, owned(0, 1, 2), "甲甲乙")
    assert fit.scale == shrunk(impostors, 3, FIXED)


def test_an_only_entry_keeps_the_fixed_scale() -> None:
    fit = measured(rows_of((1, 0), (0.6, 0.8)), owned(0, 0), use_classifier=True)
    assert (fit.scale, fit.classifier, fit.hubness.tolist()) == (FIXED, None, [0, 0])
    np.testing.assert_allclose(fit.centroids[0], (2 / 5**0.5, 1 / 5**0.5), atol=1e-6)


# Entry 0: four phrasings at (1, 0), one at (0.6, 0.8); entry 1: five at (0, 1).
TEN = rows_of(*[(1, 0)] * 4, (0.6, 0.8), *[(0, 1)] * 5)
TEN_OWNERS = owned(*[0] * 5, *[1] * 5)


def attempted(monkeypatch: pytest.MonkeyPatch, *, wins: bool = False) -> list[Trial]:
    """What each of the ten phrasings does without a classifier when left out."""
    trials: list[Trial] = []

    def fake_wins(vectors: Vectors, owners: Rows, attempt: Callable[..., Trial]) -> bool:
        trials.extend(attempt(row, None) for row in range(10))
        return wins

    monkeypatch.setattr(blended_fit, "wins", fake_wins)
    measured(TEN, TEN_OWNERS, use_classifier=True)
    return trials


def test_a_rehearsed_phrasing_is_left_out_of_its_own_entry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Out of its nearest and out of its centroid.

    The odd one out is then taken for the other entry; the others find what is left of their own.
    """
    trials = attempted(monkeypatch)
    hub = 0.8 / 5  # of (0, 1); (1, 0) has none
    own, other = 0.4 * 0.6 + 0.4 * 0.6, 0.4 * (0.8 - hub / 2) + 0.4 * 0.8
    assert trials[4] == Trial(False, about(other + 0.5 * (other - own)), about(other))
    rest = 3.6 / math.hypot(3.6, 0.8)  # three at (1, 0) and one at (0.6, 0.8)
    own, other = 0.4 * 1 + 0.4 * rest, 0.4 * (0 - hub / 2)
    assert trials[0] == Trial(True, about(own + 0.5 * (own - other)), about(other))


@pytest.mark.parametrize("chunk", [1, 3])
def test_comparing_in_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    whole, fit = attempted(monkeypatch), measured(TEN, TEN_OWNERS)
    monkeypatch.setattr(blended_fit, "_CHUNK", chunk)
    assert attempted(monkeypatch) == whole
    again = measured(TEN, TEN_OWNERS)
    assert (again.hubness.tolist(), again.scale) == (fit.hubness.tolist(), fit.scale)


def test_a_classifier_that_loses_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blended_fit, "wins", lambda *_: False)
    fit, plain = measured(TEN, TEN_OWNERS, use_classifier=True), measured(TEN, TEN_OWNERS)
    assert (fit.classifier, fit.scale) == (None, plain.scale)


def test_a_classifier_that_wins_is_kept_and_the_scale_is_measured_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second entry that is not there leaves no doubt: the classifier counts in full."""
    classifier = Classifier(np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
    monkeypatch.setattr(blended_fit, "wins", lambda *_: True)
    monkeypatch.setattr(blended_fit, "fit_classifier", lambda *_: classifier)
    fit = measured(TEN, TEN_OWNERS, use_classifier=True)
    hub = 0.8 / 5
    centroid = 0.8 / math.hypot(4.6, 0.8)  # of entry 0 and (0, 1)
    first = 0.4 * (0 - hub / 2) + 0.4 * 0  # of the four that find entry 1
    odd = 0.4 * (0.8 - hub / 2) + 0.4 * 0.8
    last = 0.4 * (0.8 - 0.8 / 2) + 0.4 * centroid  # of the five that find the odd one
    impostors = np.array([*[first] * 4, odd, *[last] * 5]) + 0.15
    assert fit.classifier is classifier
    assert fit.scale == shrunk(impostors.tolist(), 10, FIXED_WITH_CLASSIFIER)


@pytest.mark.parametrize(
    ("owners", "use_classifier"),
    [(TEN_OWNERS, False), (owned(*[0] * 6, *[1] * 3, 2), True)],
    ids=["switched off", "too few phrasings"],
)
def test_no_classifier_is_tried_where_it_is_not_worthwhile(
    monkeypatch: pytest.MonkeyPatch, owners: Rows, use_classifier: bool
) -> None:
    tried: list[object] = []
    monkeypatch.setattr(blended_fit, "wins", lambda *arguments: tried.append(arguments))
    assert measured(TEN, owners, use_classifier=use_classifier).classifier is None
    assert tried == []


@pytest.mark.parametrize("most", [6, 1], ids=["three of each entry", "fewer than entries"])
def test_of_a_large_faq_only_so_many_phrasings_are_measured(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(blended_fit, "_MAX_IMPOSTORS", most)
    assert measured(TEN, TEN_OWNERS).scale.impostors == most
