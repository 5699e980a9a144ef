"""Measurements: kept from start to start, carried over to a changed FAQ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.domain import FaqEntry
from bot.files.config.settings import Settings
from bot.matching import assembly
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import PhrasingVectors
from bot.matching.score.blended import Classifier, Fit
from bot.matching.score.fit import FIXED, centroids, hubness
from bot.matching.score.measured import FEWEST, FitCache, Measured, carried_over, is_small_change
from bot.matching.score.ranker import Scale
from tests.factories import bot_over, entry

# --- a start measures only what changed, whatever has become of the cache -------------------------

CLASSIFIER = Classifier(np.array([[0.1, -2], [3, 4]], np.float32), np.array([5, 6], np.float32))
FIT = Fit(
    hubness=np.array([0.1, 0.2, 0.3], np.float32),
    centroids=np.array([[1, 0], [0.6, 0.8]], np.float32),
    classifier=CLASSIFIER,
    scale=Scale(0.123456, 0.5, 0.654321, 7),
)
ROWS = [("a", "x"), ("a", "y"), ("b", "z")]
BY_LETTERS = Scale(0.4, 0.5, 0.6, 3)
WHOLE = Measured(FIT, BY_LETTERS, ROWS, "f")


def cache(folder: Path, fingerprint: str = "f") -> FitCache:
    return FitCache(folder, "name", fingerprint, "model")


def same(one: Measured | None, other: Measured | None) -> bool:
    """Whether two measurements agree to the last bit."""
    return repr(one) == repr(other)


@pytest.mark.parametrize(
    "measured",
    [
        pytest.param(WHOLE, id="with a classifier"),
        pytest.param(replace(WHOLE, fit=replace(FIT, classifier=None)), id="without a classifier"),
        pytest.param(replace(WHOLE, fit=None), id="of an FAQ the model cannot read"),
    ],
)
def test_what_was_saved_is_loaded_to_the_last_bit(tmp_path: Path, measured: Measured) -> None:
    cache(tmp_path).save(measured)
    assert same(cache(tmp_path).load(ROWS), measured)


@pytest.mark.parametrize(("content", "model"), [("other", "model"), ("f", "other")])
def test_measurements_of_another_faq_or_model_are_not_taken(
    tmp_path: Path, content: str, model: str
) -> None:
    cache(tmp_path).save(WHOLE)
    assert FitCache(tmp_path, "name", content, model).load(ROWS) is None
    assert same(cache(tmp_path).load(ROWS), WHOLE)


def test_the_fit_cache_can_be_read_without_the_models_fingerprint(tmp_path: Path) -> None:
    cache(tmp_path).save(WHOLE)
    assert same(FitCache(tmp_path, "name", "f", None).load(ROWS), WHOLE)


def test_a_bot_starts_and_answers_though_its_folder_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    bot = bot_over(tmp_path, *ENTRIES, settings=Settings(cache=blocked / "cache"))
    elsewhere = bot_over(tmp_path, *ENTRIES)
    assert bot.decider.read_all(UTTERANCES) == elsewhere.decider.read_all(UTTERANCES)


# --- starts --------------------------------------------------------------------------------------

ENTRIES = (
    entry("refund", "How do I get a refund?", "give me my money back"),
    entry("track", "Where is my parcel?", "track my order"),
    entry("zh", "如何退款", "退款多久"),
    entry("zh-track", "包裹在哪里"),
)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The measurements made, one name each."""
    made: list[str] = []

    def counted(name: str) -> Callable[..., object]:
        original = getattr(assembly, name)

        def measure(*arguments: object, **options: object) -> object:
            made.append(name)
            return original(*arguments, **options)

        return measure

    for name in ("fit_blended", "tfidf_scale"):
        monkeypatch.setattr(assembly, name, counted(name))
    return made


BOTH = ["fit_blended", "tfidf_scale"]
UTTERANCES = ["where is my money", "退款要多久", "track my order", "??"]


def test_a_warm_start_measures_nothing_and_decides_the_same(
    tmp_path: Path, count: list[str]
) -> None:
    cold = bot_over(tmp_path, *ENTRIES)
    assert count == BOTH
    warm = bot_over(tmp_path, *ENTRIES)
    assert count == BOTH
    assert same(warm.measured, cold.measured)
    assert warm.decide_all(UTTERANCES) == cold.decide_all(UTTERANCES)


def changed(entries: tuple[FaqEntry, ...]) -> tuple[FaqEntry, ...]:
    return (replace(entries[0], question="How do I get my refund?"), *entries[1:])


@pytest.mark.parametrize(
    ("entries", "settings", "measures"),
    [
        pytest.param(ENTRIES[::-1], {}, False, id="another order of entries"),
        pytest.param(
            (replace(ENTRIES[0], answer="new"), *ENTRIES[1:]), {}, False, id="another answer"
        ),
        pytest.param(ENTRIES, {"follow_up_choices": 2}, False, id="settings it does not need"),
        pytest.param(changed(ENTRIES), {}, True, id="another wording"),
        pytest.param(ENTRIES[:-1], {}, True, id="an entry less"),
        pytest.param(
            (replace(ENTRIES[0], id="other"), *ENTRIES[1:]), {}, True, id="another entry id"
        ),
        pytest.param(ENTRIES, {"head": False}, True, id="the classifier switched off"),
        pytest.param(
            ENTRIES, {"synonyms": (("parcel", "package"),)}, True, id="a synonym in a phrasing"
        ),
        pytest.param(ENTRIES, {"synonyms": (("x", "y"),)}, False, id="a synonym in none"),
    ],
)
def test_a_start_measures_again_only_what_the_measurements_depend_on(
    tmp_path: Path,
    count: list[str],
    entries: tuple[FaqEntry, ...],
    settings: dict[str, object],
    measures: bool,
) -> None:
    plain = Settings(cache=tmp_path / "cache")
    bot_over(tmp_path, *ENTRIES, settings=plain)
    bot_over(tmp_path, *entries, settings=replace(plain, **settings))  # type: ignore[arg-type]
    assert count == BOTH * (2 if measures else 1)


def test_a_damaged_cache_is_measured_again_and_kept(tmp_path: Path, count: list[str]) -> None:
    cold = bot_over(tmp_path, *ENTRIES)
    (path,) = (tmp_path / "cache").glob("fit-*.npz")
    path.write_bytes(b"PK no zip")
    assert same(bot_over(tmp_path, *ENTRIES).measured, cold.measured)
    assert same(bot_over(tmp_path, *ENTRIES).measured, cold.measured)
    assert count == BOTH * 2


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        ("ranker.FOLLOW_UP_PERCENTILE", 80.0),
        ("ranker.SHRINKAGE", 10),
        ("blended.MARGIN", 0.3),
        ("fit.FIXED", Scale(0.4, 0.5, 0.6)),
        ("tfidf.MARGIN", 0.5),
    ],
)
def test_a_version_that_measures_otherwise_measures_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str, value: object
) -> None:
    cache(tmp_path).save(WHOLE)
    monkeypatch.setattr(f"bot.matching.score.{constant}", value)
    assert cache(tmp_path).load(ROWS) is None


# --- measurements of an FAQ, carried over to one of which little has changed ----------------------

Rows = list[tuple[str, str]]
THEN: Rows = [("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1"), ("c", "c2")]


def vector(text: str) -> Vectors:
    drawn = np.random.default_rng(sum(map(ord, text))).normal(size=6)
    unit: Vectors = (drawn / np.linalg.norm(drawn)).astype(np.float32)
    return unit


def faq(rows: Rows) -> PhrasingVectors:
    entry_ids, texts = [entry_id for entry_id, _ in rows], [text for _, text in rows]
    return PhrasingVectors(np.stack([vector(text) for text in texts]), entry_ids, texts, texts)


def hubs(rows: Rows) -> Vectors:
    now = faq(rows)
    return hubness(now.vectors, now.numbered[1])


def centres(rows: Rows) -> Vectors:
    now = faq(rows)
    return centroids(now.vectors, now.numbered[1])


HUBS, CENTRES = hubs(THEN), centres(THEN)


def of_then(classifier: Classifier | None = None) -> Measured:
    return Measured(Fit(HUBS, CENTRES, classifier, FIXED), FIXED, THEN)


def carried(rows: Rows, classifier: Classifier | None = None) -> Fit:
    fit = carried_over(of_then(classifier), faq(rows)).fit
    assert fit is not None
    return fit


def test_what_did_not_change_keeps_its_measurements_wherever_it_stands_now() -> None:
    fit = carried([("A", "new"), *THEN[2:]])
    assert fit.hubness[1:].tolist() == HUBS[2:].tolist()
    assert fit.centroids[1:].tolist() == CENTRES[1:].tolist()
    assert fit.scale == FIXED


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([*THEN, ("d", "d1")], id="a new entry"),
        pytest.param([*THEN[:2], ("a", "a3"), *THEN[2:]], id="a new phrasing"),
        pytest.param([("a", "a1"), ("a", "a3"), *THEN[2:]], id="another phrasing"),
        pytest.param([THEN[0], *THEN[2:]], id="a phrasing less"),
        pytest.param(THEN[2:], id="an entry less"),
        pytest.param([*THEN[:3], ("d", "c1"), ("d", "c2")], id="an entry under another id"),
    ],
)
def test_centroids_are_those_of_the_faq_as_it_is_now(rows: Rows) -> None:
    np.testing.assert_allclose(carried(rows).centroids, centres(rows))


def test_the_hubness_of_a_new_phrasing_is_measured_at_once() -> None:
    rows = [*THEN, ("d", "d1")]
    fit = carried(rows)
    assert fit.hubness[:5].tolist() == HUBS.tolist()
    assert fit.hubness[5] == pytest.approx(hubs(rows)[5])


def test_the_classifier_loses_entries_that_are_gone_and_keeps_the_others() -> None:
    classifier = Classifier(
        np.arange(18, dtype=np.float32).reshape(3, 6), np.array([1, 2, 3], np.float32)
    )
    fit = carried(THEN[2:], classifier)
    assert fit.classifier is not None
    assert fit.classifier.weights.tolist() == classifier.weights[1:].tolist()
    assert fit.classifier.bias.tolist() == [2, 3]


def test_a_new_entry_gets_the_weights_that_those_of_the_others_suggest() -> None:
    """Where weights are a multiple of what centroids differ in, its are the same multiple."""
    rows = [*THEN, ("d", "d1")]
    mean = CENTRES.mean(axis=0)
    classifier = Classifier(4 * (CENTRES - mean), np.array([1, 2, 6], np.float32))
    fit = carried(rows, classifier)
    assert fit.classifier is not None
    new = centres(rows)[3]
    np.testing.assert_allclose(fit.classifier.weights[3], 4 * (new - mean), atol=1e-5)
    assert fit.classifier.bias.tolist() == [1, 2, 6, 3]


def many(count: int, changed: int = 0) -> Rows:
    return [("e", f"{'new' if number < changed else 'old'} {number}") for number in range(count)]


@pytest.mark.parametrize(
    ("now", "is_small"),
    [
        pytest.param(many(2_000, 1), True, id="one of many"),
        pytest.param(many(2_000), True, id="nothing that the model can read"),
        pytest.param(many(2_000, 50), True, id="one in forty: as many gone as new"),
        pytest.param(many(2_000, 51), False, id="more"),
        pytest.param(many(FEWEST - 1), False, id="a small FAQ is measured at once"),
    ],
)
def test_a_change_is_small_where_few_of_many_phrasings_are_gone_or_new(
    now: Rows, is_small: bool
) -> None:
    assert is_small_change(many(len(now)), now) is is_small
