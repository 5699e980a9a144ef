"""A start measures only what changed, whatever has become of the cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.domain import FaqEntry
from bot.files.config import Settings
from bot.matching import build
from bot.matching.score.blended import Fit
from bot.matching.score.classifier import Classifier
from bot.matching.score.fit_cache import FitCache, Measured
from bot.matching.score.score_scale import Scale
from tests.factories import bot_over, entry

CLASSIFIER = Classifier(np.array([[0.1, -2], [3, 4]], np.float32), np.array([5, 6], np.float32))
FIT = Fit(
    hubness=np.array([0.1, 0.2, 0.3], np.float32),
    centroids=np.array([[1, 0], [0.6, 0.8]], np.float32),
    classifier=CLASSIFIER,
    scale=Scale(0.123456, 0.654321, 7),
)
ROWS = [("a", "x"), ("a", "y"), ("b", "z")]
BY_LETTERS = Scale(0.4, 0.6, 3)
WHOLE = Measured(FIT, BY_LETTERS, ROWS)


def cache(folder: Path, fingerprint: str = "f") -> FitCache:
    return FitCache(folder, "name", fingerprint, "model")


def same(one: Measured | None, other: Measured | None) -> bool:
    """Whether two measurements agree to the last bit."""
    return repr(one) == repr(other)


@pytest.mark.parametrize(
    "measured",
    [
        pytest.param(WHOLE, id="with a classifier"),
        pytest.param(
            Measured(replace(FIT, classifier=None), BY_LETTERS, ROWS), id="without a classifier"
        ),
        pytest.param(Measured(None, BY_LETTERS, ROWS), id="of an FAQ the model cannot read"),
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


def test_a_damaged_file_is_not_there_and_one_log_line_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache(tmp_path).save(WHOLE)
    path = tmp_path / "fit-name.npz"
    with np.load(path) as file:
        np.savez(path, **{**file, "scale": np.zeros(2)})
    assert cache(tmp_path).load(ROWS) is None
    (line,) = caplog.messages
    assert line == f"{path} is damaged (IndexError); rebuilding"


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
        original = getattr(build, name)

        def measure(*arguments: object, **options: object) -> object:
            made.append(name)
            return original(*arguments, **options)

        return measure

    for name in ("fit_blended", "tfidf_scale"):
        monkeypatch.setattr(build, name, counted(name))
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
        ("score_scale.FOLLOW_UP_PERCENTILE", 80.0),
        ("score_scale.SHRINKAGE", 10),
        ("blended.MARGIN", 0.3),
        ("fit.FIXED", Scale(0.4, 0.6)),
        ("tfidf.MARGIN", 0.5),
    ],
)
def test_a_version_that_measures_otherwise_measures_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str, value: object
) -> None:
    cache(tmp_path).save(WHOLE)
    monkeypatch.setattr(f"bot.matching.score.{constant}", value)
    assert cache(tmp_path).load(ROWS) is None
