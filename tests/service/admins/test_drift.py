"""Drift: what is told, to whom it is attributed, and that it is told once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.domain import Action, Decision, Hit, KeepText
from bot.files.config.settings import Settings
from bot.files.config.texts import shipped
from bot.matching.build import Matcher
from bot.matching.decide.confidence import Calibration
from bot.matching.fingerprint import of_scores
from bot.matching.policy_lock import PolicyLock, save_lock
from bot.matching.traffic import Message, Traffic
from bot.service.admins.drift import DAY_S, DAYS, DriftWatch, Finding, Kind, compare, lines_of
from bot.store.store import Record
from tests.factories import bot_over, entry
from tests.fake_store import FakeStore
from tests.fakes import FakeEmbedder
from tests.service.served import VECTORS, Server

NOW = 1_700_000_000.0
TUNED = NOW - 40 * DAY_S
SPREAD = np.linspace(0.5, 0.9, 200).round(2).tolist()
TEXTS = shipped()["en"].team


def traffic(
    scores: Sequence[float] = SPREAD, unknown: float = 0.1, entries: Sequence[str] = ("a", "b")
) -> Traffic:
    names = [entries[number % len(entries)] for number in range(len(scores))]
    shares = [unknown * (number % 3) for number in range(len(scores))]
    return Traffic.of(map(Message, scores, names, shares), TUNED)


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        pytest.param(traffic(), [], id="the same"),
        pytest.param(traffic([s - 0.2 for s in SPREAD]), [Kind.SCORES], id="lower scores"),
        pytest.param(traffic([s + 0.1 for s in SPREAD]), [], id="higher scores are no harm"),
        pytest.param(traffic(unknown=0.3), [Kind.UNKNOWN], id="more unknown words"),
        pytest.param(traffic(unknown=0.0), [], id="fewer are no harm"),
        pytest.param(traffic(entries="abbb"), [Kind.ENTRIES], id="another mix"),
        pytest.param(traffic(SPREAD[:49], 0.9, "c"), [], id="too few people to tell"),
    ],
)
def test_only_what_does_harm_or_is_another_mix_is_told(now: Traffic, kinds: list[Kind]) -> None:
    found = compare(traffic(), now, is_same_faq=True)
    assert [finding.kind for finding in found] == kinds


def test_the_mix_is_compared_with_the_faq_alone_that_was_tuned_on() -> None:
    """Whoever adds an entry wants it to be asked for."""
    now = traffic([s - 0.2 for s in SPREAD], entries="abcc")
    (scores, mix) = compare(traffic(), now, is_same_faq=True)
    assert (scores.then, scores.now) == (0.7, 0.5)
    assert (mix.what, mix.then, mix.now) == ("c", 0.0, 0.5)
    assert compare(traffic(), now, is_same_faq=False) == [scores]


# --- the watch -----------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Server:
    settings = Settings(cache=tmp_path, lock=tmp_path / "policy.lock", score="cosine", head=False)  # type: ignore[arg-type]
    entries = [entry(word.lower(), f"{word}?") for word in ("Refund", "Return", "Hours")]
    return Server(bot_over(tmp_path, *entries, embedder=FakeEmbedder(VECTORS), settings=settings))


def tuned(matcher: Matcher, then: Traffic | None) -> None:
    """Write policy.lock as `tune --write` does."""
    settings = matcher.settings
    prints = of_scores(settings, matcher.faq, matcher.model_fingerprint)
    lock = PolicyLock(
        *(settings.thresholds, 0.05, None, 0.95, True, 200, "hash", prints),
        calibration=Calibration(8.5, -5.25, 240),
        traffic=then,
    )
    save_lock(settings.lock, lock)


def ask(
    store: FakeStore,
    scores: Sequence[float],
    until: float = NOW,
    text: str = "words",
    first: int = 0,
) -> None:
    """Let many people ask once each, in the days before a time."""
    for number, score in enumerate(scores, start=first):
        hit = Hit("ab"[number % 2], score, "x")
        decision = Decision(Action.FALLBACK, None, score, (hit,), "low")
        at = until - (number - first) * 20 * DAY_S / len(scores) - 1
        record_id = f"{number:08x}{int(until) % 2**32:08x}"
        unknown = 0.1 * (number % 3)
        person = f"person {number}"
        store.record(Record(record_id, at, text, None, decision, person, unknown=unknown))


def told_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log tells of drift."""
    return [it.getMessage() for it in caplog.records if it.name == "bot.service.admins.drift"]


def watch(server: Server) -> DriftWatch:
    server.start()
    return DriftWatch(server.live, server.live._store)


async def test_drift_is_told_once_in_the_log_and_again_when_it_has_changed(
    served: Server, caplog: pytest.LogCaptureFixture
) -> None:
    tuned(served.matcher, traffic())
    ask(served.store, [score - 0.2 for score in SPREAD])
    caplog.set_level(logging.WARNING)
    for hour in (0, 1, 25, 50):
        await watch(served).look(NOW + hour * 3600)  # each time in another process
    (line,) = told_in(caplog)
    assert line == (
        "Questions fit the FAQ less well than when I was tuned: a typical score was 0.70 then, and "
        "is 0.50 now."
    )
    caplog.clear()
    tuned(served.matcher, replace(traffic(), at=NOW - 39 * DAY_S))
    await watch(served).look(NOW + 75 * 3600)
    assert told_in(caplog) == [line]


async def test_what_the_last_look_found_is_shown_until_another_one(served: Server) -> None:
    tuned(served.matcher, traffic())
    ask(served.store, [score - 0.2 for score in SPREAD])
    drift = watch(served)
    assert await drift.found() == []
    await drift.look(NOW)
    assert [finding.kind for finding in await drift.found()] == [Kind.SCORES]
    assert lines_of(await drift.found(), TEXTS)[-1] == TEXTS.drift_advice
    tuned(served.matcher, None)
    assert await drift.found() == []
    await drift.look(NOW + 2 * DAY_S)
    assert lines_of(await drift.found(), TEXTS) == [TEXTS.drift_blind]


def test_shares_are_told_in_percent_and_people_in_numbers() -> None:
    shares, people = Finding(Kind.UNKNOWN, 0.04, 0.13), Finding(Kind.WORDS, 0, 17, "ai agent")
    more, word, _advice = lines_of([shares, people], TEXTS)
    assert "4 % of them when I was tuned, 13 % now" in more
    assert "“ai agent”, from 17 people in four weeks, and from 0" in word


async def test_of_each_person_one_message_counts(served: Server) -> None:
    tuned(served.matcher, traffic())
    ask(served.store, [0.3] * 200)
    records = served.store._records
    served.store._records = {key: replace(it, person="one") for key, it in records.items()}
    drift = watch(served)
    await drift.look(NOW)
    assert await drift.found() == []


async def test_messages_from_before_the_tuning_are_not_held_against_it(served: Server) -> None:
    tuned(served.matcher, replace(traffic(), at=NOW - 60.0))
    ask(served.store, [0.3] * 200, until=NOW - 120.0)
    drift = watch(served)
    await drift.look(NOW)
    assert await drift.found() == []


async def test_another_model_is_no_drift_as_its_scores_mean_something_else(served: Server) -> None:
    tuned(served.matcher, traffic())
    ask(served.store, [0.3] * 200)
    served.matcher = replace(served.matcher, model_fingerprint="another")
    drift = watch(served)
    await drift.look(NOW)
    assert await drift.found() == []


# --- words that come up --------------------------------------------------------------------------


def with_new_word(keep_text: KeepText, people: int) -> FakeStore:
    store = FakeStore(keep_text)
    ask(store, [0.3] * 150, until=NOW - DAYS * DAY_S)
    ask(store, [0.3] * (150 - people), first=1_000)
    ask(store, [0.3] * people, text="what of your AI agent 4711", first=2_000)
    return store


async def found_in(server: Server, store: FakeStore) -> Sequence[Finding]:
    server.start(lambda: store)
    drift = DriftWatch(server.live, server.live._store)
    await drift.look(NOW)
    return await drift.found()


async def test_a_word_that_many_people_begin_to_write_is_named(served: Server) -> None:
    found = await found_in(served, with_new_word(KeepText.UNANSWERED, 30))
    assert found == [Finding(Kind.WORDS, 0, 30, "ai agent")]
    assert "“ai agent”, from 30 people in four weeks" in lines_of(found, TEXTS)[0]


@pytest.mark.parametrize(("keep_text", "people"), [(KeepText.NONE, 30), (KeepText.ALL, 5)])
async def test_no_word_is_named_that_is_not_kept_or_that_few_people_wrote(
    served: Server, keep_text: KeepText, people: int
) -> None:
    assert await found_in(served, with_new_word(keep_text, people)) == []


async def test_one_person_who_repeats_a_word_does_not_bring_it_up(served: Server) -> None:
    store = with_new_word(KeepText.ALL, 30)
    for key, record in store._records.items():
        if record.text != "words":
            store._records[key] = replace(record, person="one")
    assert await found_in(served, store) == []


async def test_a_word_goes_with_the_people_who_are_forgotten(served: Server) -> None:
    store = with_new_word(KeepText.ALL, 30)
    assert await found_in(served, store) != []
    for record in [*store._records.values()]:
        if record.text != "words":
            store.forget(record.person)
    assert await DriftWatch(served.live, served.live._store).found() == []
    assert "agent" not in str(store._notes)
