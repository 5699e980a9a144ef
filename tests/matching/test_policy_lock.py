"""policy.lock: what the thresholds were tuned on, and what has changed since."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Faq, Place, Thresholds
from bot.files.config.settings import Score, Settings
from bot.labels.labelled import Labelled
from bot.matching.build import build_matcher
from bot.matching.decide.confidence import Calibration
from bot.matching.fingerprint import Fingerprints, of_scores
from bot.matching.policy_lock import (
    PolicyLock,
    load_lock,
    save_lock,
)
from bot.matching.traffic import Traffic
from bot.tuning.thresholds.lock import labels_hash
from tests.factories import LINES, bot_over, entry
from tests.fakes import FakeEmbedder, fake_encoder

PRINTS = Fingerprints("m", "f", "s")
LOCK = PolicyLock(
    thresholds=LINES,
    max_wrong=0.05,
    max_follow_up=None,
    confidence=0.95,
    proven=True,
    labels=240,
    labels_hash="abc",
    fingerprints=PRINTS,
    calibration=Calibration(8.5, -5.25, 240),
)


@pytest.mark.parametrize(
    "lock",
    [
        LOCK,
        replace(LOCK, calibration=None, max_follow_up=0.25),
        replace(LOCK, thresholds=replace(LINES, tentative=0.7), max_wrong_shown=0.1),
        replace(LOCK, traffic=Traffic(1.5, {-12: 3, 71: 2}, {0: 4}, {"a": 4, "": 1})),
    ],
)
def test_what_is_written_is_read_again(tmp_path: Path, lock: PolicyLock) -> None:
    save_lock(tmp_path / "policy.lock", lock)
    assert load_lock(tmp_path / "policy.lock") == lock


def test_a_lock_of_before_messages_were_counted_is_read(tmp_path: Path) -> None:
    save_lock(tmp_path / "policy.lock", LOCK)
    text = (tmp_path / "policy.lock").read_text("utf-8")
    record = json.loads(text)
    del record["traffic"]
    (tmp_path / "policy.lock").write_text(json.dumps(record), "utf-8")
    assert load_lock(tmp_path / "policy.lock") == LOCK


def test_whoever_runs_the_bot_can_read_what_somebody_else_tuned(tmp_path: Path) -> None:
    """A service has an account of its own, and so has a container."""
    save_lock(tmp_path / "policy.lock", LOCK)
    assert (tmp_path / "policy.lock").stat().st_mode & 0o777 == 0o644


def test_a_missing_policy_lock_is_none(tmp_path: Path) -> None:
    assert load_lock(tmp_path / "policy.lock") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\xff", "[" * 100_000])
def test_a_damaged_policy_lock_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "policy.lock").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"^not in the form this bot writes$"):
        load_lock(tmp_path / "policy.lock")


OTHER = Thresholds(0.8, 0.6)
A, B = entry("a", "x", "y", "z"), entry("b")


@pytest.mark.parametrize(
    ("now", "prints", "told"),
    [
        pytest.param(LINES, PRINTS, None, id="nothing"),
        pytest.param(OTHER, PRINTS, "the thresholds (0.75/0.6 then, 0.8/0.6 now)", id="thresholds"),
        pytest.param(
            replace(LINES, tentative=0.69),
            replace(PRINTS, scale="x"),
            "the thresholds (0.75/0.6 then, 0.75/0.69/0.6 now) and what scores mean in this "
            "version of the bot",
            id="a lock of before the scale changed",
        ),
        pytest.param(LINES, replace(PRINTS, faq="x"), "the FAQ", id="the FAQ"),
        pytest.param(
            LINES, replace(PRINTS, model="x", settings="x"), "the model and settings", id="two"
        ),
        pytest.param(
            LINES, Fingerprints("x", "x", "x"), "the model, the FAQ and settings", id="three"
        ),
    ],
)
def test_a_stale_lock_is_one_line_that_names_what_changed(
    now: Thresholds, prints: Fingerprints, told: str | None
) -> None:
    line = (
        None
        if told is None
        else (
            f"Changed since the thresholds were tuned: {told}. What they promised then may no "
            "longer hold. To tune again: python -m bot tune LABELLED --write"
        )
    )
    assert LOCK.stale(now, prints) == line


def test_a_stale_lock_without_labels_names_the_command_without_labels() -> None:
    line = replace(LOCK, labels=0, proven=False).stale(OTHER, PRINTS)
    assert line is not None
    assert line.endswith("To tune again: python -m bot tune --write --unproven")


def test_a_confidence_holds_for_the_same_scores_only() -> None:
    assert LOCK.calibration_for(PRINTS) == LOCK.calibration
    assert LOCK.calibration_for(replace(PRINTS, faq="x")) is None


@pytest.mark.parametrize(
    ("settings", "faq", "model", "parts"),
    [
        pytest.param(Settings(), Faq((B, A)), "m", [], id="another order of entries"),
        pytest.param(
            Settings(), Faq((replace(A, phrasings=A.phrasings[::-1]), B)), "m", [],
            id="another order of wordings",
        ),
        pytest.param(Settings(thresholds=OTHER), Faq((A, B)), "m", [], id="other shared lines"),
        pytest.param(Settings(), Faq((A, B)), "other", ["model"], id="another model"),
        pytest.param(Settings(), Faq((A, entry("b", "x"))), "m", ["faq"], id="another wording"),
        pytest.param(
            Settings(), Faq((replace(A, thresholds=OTHER), B)), "m", ["faq"], id="lines of its own"
        ),
        pytest.param(Settings(head=False), Faq((A, B)), "m", ["settings"], id="no classifier"),
        pytest.param(
            Settings(synonyms=(("x", "y"),)), Faq((A, B)), "m", ["settings"], id="a synonym"
        ),
        pytest.param(
            Settings(score=Score.COSINE), Faq((A, B)), "m", ["settings", "scale"],
            id="plain cosines have no scale",
        ),
    ],
)  # fmt: skip
def test_what_scores_depend_on_shows_in_its_own_part(
    settings: Settings, faq: Faq, model: str, parts: list[str]
) -> None:
    now = of_scores(settings, faq, model)
    then = of_scores(Settings(), Faq((A, B)), "m")
    names = ("model", "faq", "settings", "scale")
    assert [name for name in names if getattr(now, name) != getattr(then, name)] == parts


def test_the_rules_of_the_scale_show_in_a_part_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    then = of_scores(Settings(), Faq((A, B)), "m")
    monkeypatch.setattr("bot.matching.score.ranker.FOLLOW_UP_PERCENTILE", 50.0)
    now = of_scores(Settings(), Faq((A, B)), "m")
    assert now.scale != then.scale
    assert replace(now, scale=then.scale) == then


def test_a_line_that_an_entry_shares_is_no_part_of_the_faqs_print() -> None:
    """It moves whenever somebody changes the shared one in config.yaml."""
    prints = [
        of_scores(
            Settings(thresholds=lines),
            Faq((entry("a", thresholds=Thresholds(0.9, lines.follow_up)),)),
            "m",
        )
        for lines in (LINES, Thresholds(0.7, 0.5))
    ]
    assert prints[0] == prints[1]


def test_the_same_labels_have_the_same_hash_in_any_order() -> None:
    one, two = Labelled("x", "a", Place("s", 1)), Labelled("y", None, Place("s", 2))
    assert labels_hash([one, two]) == labels_hash([replace(two, place=Place("t", 9)), one])
    assert labels_hash([one, two]) != labels_hash([one, replace(two, expected="a")])


def locked(folder: Path, lock: PolicyLock | None) -> tuple[Settings, Faq]:
    settings = Settings(cache=folder / "cache", lock=folder / "policy.lock")
    faq = Faq((entry("a", "where is it"), entry("b", "how much")))
    if lock is not None:
        save_lock(settings.lock, lock)
    return settings, faq


@pytest.mark.parametrize("changed", [True, False])
def test_the_bot_says_at_its_start_that_it_was_tuned_on_something_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    changed: bool,
) -> None:
    settings, faq = locked(tmp_path, None)
    bot = bot_over(tmp_path, *faq.entries, settings=settings)
    prints = of_scores(settings, faq, bot.model_fingerprint)
    lock = replace(LOCK, thresholds=settings.thresholds)
    save_lock(settings.lock, replace(lock, fingerprints=PRINTS if changed else prints))
    again = bot_over(tmp_path, *faq.entries, settings=settings)
    assert (again.stale is not None) is changed
    assert (again.calibration is None) is changed
    found = fake_encoder(FakeEmbedder()), bot.model_fingerprint
    monkeypatch.setattr("bot.matching.build.first_encoder", lambda settings: found)
    with caplog.at_level(logging.WARNING, logger="bot"):
        build_matcher(settings, faq)
    assert [record.getMessage() for record in caplog.records] == ([again.stale] if changed else [])


def test_an_unreadable_policy_lock_is_told_and_stops_nothing(tmp_path: Path) -> None:
    settings, faq = locked(tmp_path, None)
    settings.lock.write_text(json.dumps({"format": 99}), "utf-8")
    bot = bot_over(tmp_path, *faq.entries, settings=settings)
    assert bot.stale == (
        f"{settings.lock}: it cannot be read (of another version). Delete it, or tune again."
    )
    assert bot.calibration is None
