"""The weekly digest: when it is due, that nobody has it twice, and what is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.telegram.handlers.digest_text import as_text
from bot.domain import Action, Decision, Faq, Hit
from bot.files.config.settings import AuthoringSettings, Settings
from bot.files.config.texts import shipped
from bot.office_hours import Weekly
from bot.service.admins.digest import Digests
from bot.service.admins.drift import DAY_S
from bot.service.admins.learning import Advice, Group
from bot.store.store import Record
from tests.factories import bot_over, entry
from tests.fake_learning import FakeLearning
from tests.fake_store import FakeStore
from tests.fakes import FakeEmbedder
from tests.service.served import VECTORS, Server

MONDAY = datetime(2023, 11, 13, 9, tzinfo=UTC).timestamp()
WEEK_S = 7 * DAY_S
ADMINS = frozenset({7, 8})
TEXTS = shipped()


@pytest.fixture
def served(tmp_path: Path) -> Server:
    weekly = AuthoringSettings(digest=Weekly(0, 9 * 60))
    settings = Settings(cache=tmp_path, lock=tmp_path / "policy.lock", head=False, authoring=weekly)
    entries = [entry(word.lower(), f"{word}?") for word in ("Refund", "Return", "Hours")]
    return Server(bot_over(tmp_path, *entries, embedder=FakeEmbedder(VECTORS), settings=settings))


def digests(server: Server, learning: FakeLearning | None = None) -> Digests:
    """As in a process that has just been started."""
    server.start()
    return Digests(server.live, server.live._store, learning or FakeLearning({}))


async def has(server: Server, at: float, process: Digests | None = None) -> list[int]:
    """Who gets a digest at a time."""
    process = process or digests(server)
    waiting = await process.due(at, ADMINS)
    for admin in waiting:
        await process.claim(admin)
    return waiting


# --- when it is due ------------------------------------------------------------------------------


async def test_the_first_digest_comes_when_its_time_comes_for_the_first_time(
    served: Server,
) -> None:
    process = digests(served)
    assert await has(served, MONDAY + 3600, process) == []
    assert await has(served, MONDAY + WEEK_S - 1, process) == []
    assert await has(served, MONDAY + WEEK_S, process) == [7, 8]
    assert await has(served, MONDAY + WEEK_S + 15, process) == []
    assert await has(served, MONDAY + 2 * WEEK_S, process) == [7, 8]


async def test_after_a_restart_nobody_has_it_twice_and_whoever_has_not_had_it_has_it(
    served: Server,
) -> None:
    await has(served, MONDAY)
    process = digests(served)
    assert await process.due(MONDAY + WEEK_S, ADMINS) == [7, 8]
    await process.claim(7)  # then the process is killed
    assert await has(served, MONDAY + WEEK_S + 60) == [8]
    assert await has(served, MONDAY + WEEK_S + 120) == []


async def test_one_that_could_not_be_sent_is_due_again(served: Server) -> None:
    await has(served, MONDAY)
    process = digests(served)
    await has(served, MONDAY + WEEK_S, process)
    await process.release(8)
    assert await has(served, MONDAY + WEEK_S + 60) == [8]


async def test_a_digest_whose_time_came_while_the_bot_was_away_is_late_but_one(
    served: Server,
) -> None:
    await has(served, MONDAY)
    assert await has(served, MONDAY + 3.5 * WEEK_S) == [7, 8]
    assert await has(served, MONDAY + 3.6 * WEEK_S) == []


@pytest.mark.parametrize("wrong", [-3 * 365 * DAY_S, -2 * WEEK_S, WEEK_S, 3 * 365 * DAY_S])
async def test_a_clock_that_was_wrong_for_a_while_brings_nothing_twice(
    served: Server, wrong: float
) -> None:
    for week in range(4):
        await has(served, MONDAY + week * WEEK_S)
    told_wrongly = await has(served, MONDAY + 3 * WEEK_S + wrong)
    assert told_wrongly == ([] if wrong < 0 else [7, 8])
    assert await has(served, MONDAY + 3 * WEEK_S + 3600) == []
    due_next = [] if wrong == WEEK_S else [7, 8]  # else it came too early
    assert await has(served, MONDAY + 4 * WEEK_S) == due_next


async def test_nothing_is_due_where_it_is_off_or_the_clock_cannot_be_trusted(
    served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await has(served, MONDAY)
    process = digests(served)
    with monkeypatch.context() as patch:
        patch.setattr("bot.store.clock.Clock.knows_age", False)
        assert await has(served, MONDAY + WEEK_S, process) == []
    off = replace(served.matcher.settings, authoring=AuthoringSettings())
    served.matcher = replace(served.matcher, settings=off)
    assert await has(served, MONDAY + WEEK_S) == []


# --- what is in it -------------------------------------------------------------------------------


def ask(store: FakeStore, at: float, answered: int, missed: int) -> None:
    for number in range(answered + missed):
        is_answered = number < answered
        action = Action.ANSWER if is_answered else Action.FALLBACK
        hit = Hit("refund", 0.8, "x")
        decision = Decision(action, "refund" if is_answered else None, 0.8, (hit,), "why")
        record_id = f"{int(at):08x}{number:08x}"
        store.record(Record(record_id, at + number, "x", None, decision, f"person {number}"))


async def test_a_change_of_the_faq_shows_in_what_is_resolved_before_and_after(
    served: Server,
) -> None:
    now = MONDAY + WEEK_S
    ask(served.store, now - 10 * DAY_S, 60, 40)
    ask(served.store, now - 2 * DAY_S, 90, 10)
    await digests(served).due(now - 20 * DAY_S, ADMINS)
    before = served.matcher
    for word in ("Money?", "Cash?"):  # two edits of one evening
        faq = Faq((*served.matcher.faq.entries, entry(word[:-1].lower(), word)))
        served.matcher = replace(served.matcher, faq=faq)
        await digests(served).due(now - 3 * DAY_S, ADMINS)
    digest = await digests(served).made(now)
    assert digest.gain is not None
    assert (digest.gain.then, digest.gain.now) == ((60, 100), (90, 100))
    assert digest.gain.interval == pytest.approx((0.183, 0.408), abs=0.001)
    text = as_text(digest, TEXTS["en"].team, now)
    assert "That's +30 points, most likely between +18 and +41." in text
    served.matcher = before
    ask(served.store, now - 1 * DAY_S, 5, 0)
    await digests(served).due(now - 1 * DAY_S, ADMINS)
    assert (await digests(served).made(now)).gain is None  # too few since to tell


async def test_entries_nobody_asked_for_are_named_once_enough_was_asked(served: Server) -> None:
    ask(served.store, MONDAY - 100, 20, 0)
    assert (await digests(served).made(MONDAY)).unasked == []
    ask(served.store, MONDAY - 10 * DAY_S, 40, 0)
    assert (await digests(served).made(MONDAY)).unasked == ["return", "hours"]


@pytest.mark.parametrize("code", ["en", "zh", "zh-hant"])
async def test_a_digest_is_one_message_however_much_there_is_to_tell(
    served: Server, code: str
) -> None:
    ask(served.store, MONDAY - DAY_S, 5_000, 5_000)
    many = [entry(f"{'long-' * 12}{number}") for number in range(300)]
    served.matcher = replace(served.matcher, faq=Faq(tuple(many)))
    learning = FakeLearning({})
    ids = tuple(each.id for each in many)
    learning.found = [
        Group("w" * 4_000, ("w",), 10_000, ("d",), advice, ids)
        for advice in [Advice.IGNORE, *Advice] * 3
    ]
    digest = await digests(served, learning).made(MONDAY)
    assert len(digest.groups) == 5
    text = as_text(digest, TEXTS[code].team, MONDAY)
    assert len(text.encode("utf-16-le")) // 2 < 4_096
    assert "{" not in text
