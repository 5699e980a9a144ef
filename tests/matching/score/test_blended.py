"""The blended score: its formula, what it measures on an FAQ, and how entries are ranked by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.domain import Hit
from bot.files.config import Settings
from bot.matching.encoder.encoder import Vectors
from bot.matching.index.index import Mask, Nearest, Rows
from bot.matching.score import fit as blended_fit
from bot.matching.score.blended import BlendedScorer, Classifier, EntryScore, Fit
from bot.matching.score.classifier import Trial
from bot.matching.score.fit import (
    FIXED,
    FIXED_WITH_CLASSIFIER,
    NEIGHBOURS,
    fit_blended,
    hubness,
)
from bot.matching.score.ranker import Scale
from bot.matching.score.tfidf import TfidfIndex, grams_of
from tests.factories import bot_over, entry, matched
from tests.fakes import FakeEmbedder, FakeIndex


def about(value: Any) -> Any:
    return pytest.approx(value, abs=1e-6)


def rows_of(*rows: tuple[float, float]) -> Vectors:
    return np.array(rows, np.float32)


def owned(*owners: int) -> Rows:
    return np.array(owners, np.int64)


def index_of(texts: Sequence[str]) -> TfidfIndex:
    return TfidfIndex(grams_of(texts))


# --- the formula ---------------------------------------------------------------------------------

# Entry 0 owns two phrasings, entry 1 one. The utterance is written like the last one and means
# most nearly the second.
VECTORS = rows_of((1, 0), (0.6, 0.8), (0, 1))
OWNERS = owned(0, 0, 1)
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
    return fit_blended(vectors, owners, index, tfidf, signs, use_classifier=use_classifier)


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
    np.testing.assert_allclose(fit.centroids[0], CENTROIDS[0], atol=1e-6)


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


# --- the ranking ---------------------------------------------------------------------------------

ENTRIES = (
    entry("refund", "How do I get a refund?", "give me my money back"),
    entry("track", "Where is my parcel?", "track my order"),
)


def test_a_phrasing_typed_word_for_word_scores_one_whatever_the_blend_says(tmp_path: Path) -> None:
    match = matched(bot_over(tmp_path, *ENTRIES), " TRACK my  order! ")
    first = match.hits[0]
    assert (first.entry_id, first.score, first.phrasing) == ("track", 1.0, "track my order")
    assert (match.close, match.word_for_word) == (("track my order",), True)
    assert match.remarks == ("word for word a phrasing",)
    near = matched(bot_over(tmp_path, *ENTRIES), "track my parcel order")
    assert near.hits[0].score < 1
    assert near.word_for_word is False


def test_a_word_for_word_phrasing_overtakes_entries_that_score_more(tmp_path: Path) -> None:
    """ "b" is written alike, "a" means the same."""
    embedder = FakeEmbedder({"q": (0, 1), "Q!": (1, 0), "x": (1, 0)})
    bot = bot_over(tmp_path, entry("a", "x"), entry("b", "q"), embedder=embedder)
    first, second = matched(bot, "Q!").hits
    assert (first.entry_id, first.score, second.entry_id) == ("b", 1.0, "a")
    assert (first.raw, second.raw) == (about(0.2 - 0.5 * 0.6), about(0.8 + 0.5 * 0.6))


def test_a_wording_of_two_entries_is_sure_for_neither(tmp_path: Path) -> None:
    entries = entry("a", "where is it"), entry("b", "Where is it?"), entry("c", "how to pay")
    match = matched(bot_over(tmp_path, *entries), "where is it")
    assert match.word_for_word is False
    assert max(hit.score for hit in match.hits) < 1


def test_with_synonyms_a_phrasing_is_still_found_word_for_word(tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path, synonyms=(("locker", "pick-up point"),))
    bot = bot_over(tmp_path, entry("a", "Where is the locker?"), *ENTRIES, settings=settings)
    for utterance in ("where is the locker", "where is the pick-up point"):
        match = matched(bot, utterance)
        assert (match.word_for_word, match.hits[0].score, match.hits[0].phrasing) == (
            True,
            1.0,
            "Where is the locker?",
        )


CHINESE = (*ENTRIES, entry("zh", "如何退款", "English too"))


def test_phrasings_the_model_cannot_read_stay_out_of_its_vectors(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, *CHINESE)
    assert bot.measured is not None
    assert bot.measured.fit is not None
    assert len(bot.measured.fit.hubness) == 5  # of six wordings
    shown = {hit.phrasing for hit in matched(bot, "how where give track").hits}
    assert "English too" in shown
    assert "如何退款" not in shown


def test_a_message_the_model_cannot_read_is_compared_by_letters(tmp_path: Path) -> None:
    match = matched(bot_over(tmp_path, *CHINESE), "退款如何办")
    assert [(hit.entry_id, hit.phrasing) for hit in match.hits] == [("zh", "如何退款")]
    assert match.close == ("如何退款",)
    assert match.remarks == ("the model cannot read this script, so only letters were compared",)
    exact = matched(bot_over(tmp_path, *CHINESE), "如何退款？").hits[0]
    assert (exact.entry_id, exact.score) == ("zh", 1.0)


@pytest.mark.parametrize(
    ("text", "needs_vector"),
    [("abcdefg一二三", True), ("abcdef一二三四", False)],
    ids=["30 % unknown", "40 % unknown"],
)
def test_above_30_percent_of_unknown_words_a_message_is_not_encoded(
    tmp_path: Path, text: str, needs_vector: bool
) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, *CHINESE, embedder=embedder)
    embedder.encoded.clear()
    matched(bot, text)
    assert embedder.encoded == ([text] if needs_vector else [])


def test_an_faq_the_model_cannot_read_at_all_is_found_by_letters(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, entry("a", "如何退款"), entry("b", "何时发货"), embedder=embedder)
    assert bot.measured is not None
    assert bot.measured.fit is None
    embedder.encoded.clear()
    assert matched(bot, "退款").hits[0].entry_id == "a"
    assert matched(bot, "money").hits == ()
    assert embedder.encoded == []


def at(cosine: float) -> tuple[float, float]:
    return cosine, math.sqrt(1 - cosine**2)


def test_phrasings_less_than_a_tenth_below_the_nearest_are_close(tmp_path: Path) -> None:
    embedder = FakeEmbedder(
        {"q": at(1), "far": at(0.87), "near": at(0.89), "nearest": at(0.98), "other": at(0.1)}
    )
    entries = entry("a", "far", "near", "nearest"), entry("b", "other")
    bot = bot_over(tmp_path, *entries, embedder=embedder)
    match = matched(bot, "q")
    assert match.hits[0].entry_id == "a"
    assert match.close == ("nearest", "near")


def test_at_most_ten_phrasings_are_close(tmp_path: Path) -> None:
    names = [chr(ord("a") + number) * 3 for number in range(12)]
    angles = dict(zip(names, (at(1 - number / 1_000) for number in range(12)), strict=True))
    bot = bot_over(tmp_path, entry("a", *names), embedder=FakeEmbedder({"q": at(1), **angles}))
    assert matched(bot, "q").close == tuple(names[:10])


def test_typing_errors_are_repaired_before_anything_is_compared(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, *ENTRIES, embedder=embedder)
    match = matched(bot, "trakc my ordr please")
    assert embedder.encoded[-2:] == ["track my order please", "trakc my ordr please"]
    assert match.text == "track my order please"
    assert match.remarks == ('read "trakc" as "track"', 'read "ordr" as "order"')


def test_a_repaired_utterance_is_not_a_phrasing_word_for_word(tmp_path: Path) -> None:
    bot = bot_over(tmp_path, *ENTRIES)
    exact, repaired = matched(bot, "track my order"), matched(bot, "trakc my order")
    assert (exact.word_for_word, exact.hits[0].score) == (True, 1.0)
    assert repaired.text == exact.text
    assert not repaired.word_for_word
    assert repaired.hits[0].score < 1


def test_an_utterance_counts_as_typed_where_that_fits_better(tmp_path: Path) -> None:
    vectors = {"xyz": at(1), "track it now": at(0), "track": at(0.5), "trakc": at(1)}
    entries = (entry("a", "xyz"), entry("b", "track it now"))
    match = matched(bot_over(tmp_path, *entries, embedder=FakeEmbedder(vectors)), "trakc")
    assert (match.text, match.hits[0].entry_id) == ("trakc", "a")
    assert match.remarks == ('read "trakc" as "track"', "as typed it fits better")


def test_scores_are_on_the_faqs_scale_and_rounded_to_four_places(tmp_path: Path) -> None:
    """The entry's only phrasing lies at cosine 0.5; an only entry keeps the fixed scale."""
    bot = bot_over(
        tmp_path, entry("a", "xyz"), embedder=FakeEmbedder({"q": (1, 0), "xyz": at(0.5)})
    )
    score = round(0.60 + 0.09 * (0.4 - 0.34) / (0.57 - 0.34), 4)
    assert matched(bot, "q").hits == (Hit("a", score, "xyz", 0.4),)


def test_at_most_ten_entries_are_ranked(tmp_path: Path) -> None:
    entries = [entry(f"e{number:02}", f"thing {number}") for number in range(12)]
    bot = bot_over(tmp_path, *entries)
    assert len(matched(bot, "some thing").hits) == 10
    assert len(matched(bot, "thing 11").hits) == 10
