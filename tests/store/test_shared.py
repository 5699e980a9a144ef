"""What replicas share, whatever keeps it: versions of the FAQ, token buckets."""

from __future__ import annotations

import pytest

from bot.files.config.telegram import Limit
from bot.service import limits
from bot.service.limits import TokenBucket, Verdict, verdict_of
from bot.store.shared import FaqVersion, Taken
from bot.store.sql import shared
from bot.store.store import Store

SIX_A_MINUTE = Limit(3, 6)
FIRST = FaqVersion(1, "a" * 64, b"files", b"caches")


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (limits, shared):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_a_version_is_published_once_and_the_newest_counts(store: Store) -> None:
    assert store.faq_since(0) is None
    assert store.publish_faq(FIRST)
    assert not store.publish_faq(FaqVersion(1, "b" * 64))
    assert (store.faq_since(0), store.faq_since(1)) == (FIRST, None)
    second = FaqVersion(2, "b" * 64, b"other files", b"")
    assert store.publish_faq(second)
    assert (store.faq_since(0), store.faq_since(1)) == (second, second)
    assert [store.knows_faq(letter * 64) for letter in "abc"] == [True, True, False]


@pytest.mark.parametrize("shuts", [True, False])
def test_a_shared_bucket_gives_what_a_buckets_own_process_would_give(
    store: Store, clock: Clock, *, shuts: bool
) -> None:
    own = TokenBucket(SIX_A_MINUTE)
    messages = [(0, 1), (0, 2), (0, 1), (5, 1), (5, 1), (25, 3), (0, 1), (10, 9), (30, 9), (0, 1)]
    for pause, tokens in messages:
        clock.now += pause
        taken = store.take_tokens("ada", SIX_A_MINUTE, tokens, shuts=shuts)
        expected = own.take(tokens, shuts=shuts)
        assert verdict_of(taken) is verdict_of(expected)
        assert taken.wait_s == pytest.approx(expected.wait_s, abs=1e-3)
    assert store.take_tokens("bob", SIX_A_MINUTE, 1, shuts=shuts) == Taken()


def test_a_bucket_is_told_of_once_until_it_is_full_again(store: Store, clock: Clock) -> None:
    verdicts = []
    for pause in (0, 0, 0, 0, 0, 10, 20, 0):
        clock.now += pause
        verdicts.append(verdict_of(store.take_tokens("ada", SIX_A_MINUTE, 1, shuts=True)))
    take, silence = Verdict.TAKE, Verdict.SILENCE
    assert verdicts == [*[take] * 3, Verdict.NOTICE, silence, silence, take, take]


def test_a_clock_that_is_behind_takes_nothing_out_of_a_bucket(store: Store, clock: Clock) -> None:
    store.take_tokens("ada", SIX_A_MINUTE, 1, shuts=True)
    clock.now -= 30
    assert store.take_tokens("ada", SIX_A_MINUTE, 2, shuts=True) == Taken()
    clock.now += 30
    assert store.take_tokens("ada", SIX_A_MINUTE, 1, shuts=True).wait_s == pytest.approx(10)
