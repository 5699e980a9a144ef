"""How much one person and one chat may ask; the clock is the test's."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.files.config.telegram import Limit, Limits
from bot.service import limits
from bot.service.limits import Buckets, Limiter, Pace, TokenBucket, Verdict, refill_s, verdict_of
from bot.store.shared import Taken

TAKE, NOTICE, SILENCE = Verdict.TAKE, Verdict.NOTICE, Verdict.SILENCE


def take(limiter: Limiter, messages: list[tuple[str, str, int]]) -> list[tuple[Verdict, int]]:
    """What becomes of messages: person, chat and characters of each."""

    async def one_by_one() -> list[tuple[Verdict, int]]:
        return [await limiter.take(*message) for message in messages]

    return asyncio.run(one_by_one())


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    return clock


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            [(0, TAKE)] * 3 + [(0, NOTICE)] + [(0, SILENCE)] * 2,
            id="so many at once, then one notice, then silence",
        ),
        pytest.param(
            [(0, TAKE)] * 3 + [(10, TAKE), (3_600, TAKE), *[(0, TAKE)] * 2, (0, NOTICE)],
            id="it fills while nothing is sent, and never over its brim",
        ),
        pytest.param([(10, TAKE)] * 100, id="who keeps to the pace is never told"),
        pytest.param(
            [(0, TAKE)] * 3 + [(0, NOTICE)] + [(1, SILENCE)] * 29 + [(1, TAKE)],
            id="after the notice there is silence until it is full, however often they try",
        ),
        pytest.param(
            [(0, TAKE)] * 3 + [(0, NOTICE), (30, TAKE), *[(0, TAKE)] * 2, (0, NOTICE)],
            id="one notice for each time it was emptied",
        ),
    ],
)
def test_a_token_bucket_of_three_that_gains_six_a_minute(
    clock: Clock, script: list[tuple[float, Verdict]]
) -> None:
    bucket, verdicts = TokenBucket(Limit(3, 6)), []
    for pause, _ in script:
        clock.now += pause
        verdicts.append(verdict_of(bucket.take()))
    assert verdicts == [verdict for _, verdict in script]


def test_the_least_recently_used_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.service.limits._MAX_BUCKETS", 3)  # one is the chat's
    few = Limiter(Limits(Limit(1, 6), Limit(9, 6)), Buckets())
    verdicts = [verdict for verdict, _ in take(few, [(each, "chat", 0) for each in "abacab"])]
    assert verdicts == [TAKE, TAKE, NOTICE, TAKE, SILENCE, TAKE]  # b was forgotten, so it is full


@example(burst=8, per_minute=8, tries=[1.0, 0.75])
@settings(max_examples=50)
@given(
    st.integers(1, 20),
    st.one_of(st.integers(1, 60), st.floats(0.1, 10_000)),
    st.lists(st.floats(0, 1), max_size=5),
)
def test_whoever_waits_as_long_as_the_notice_says_is_taken_again(
    burst: int, per_minute: float, tries: list[float]
) -> None:
    """Whether or not they try in between."""
    with pytest.MonkeyPatch.context() as patched:
        clock = Clock()
        patched.setattr(limits, "time", clock)
        own = TokenBucket(own_limit := Limit(burst, per_minute))
        while not own.take().wait_s:
            pass
        began = clock.now
        for share in sorted(tries):  # before it is full, or they would be taken
            clock.now = began + share * 0.99 * (burst - 1) / per_minute * 60
            own.take()
        clock.now = began + refill_s(own_limit)
        assert own.take() == Taken()


@pytest.mark.parametrize(
    ("person", "chat", "script"),
    [
        pytest.param(
            2,
            4,
            [("a", -1, TAKE)] * 2
            + [("a", -1, NOTICE), *[("b", -1, TAKE)] * 2, ("c", -1, NOTICE), ("c", -2, TAKE)],
            id="a token of its person and one of its chat",
        ),
        pytest.param(
            2,
            9,
            [("a", -1, TAKE), ("a", -2, TAKE), ("a", -3, NOTICE)],
            id="a person is counted over all chats",
        ),
        pytest.param(
            1,
            2,
            [("a", -1, TAKE), ("a", -1, NOTICE), *[("a", -1, SILENCE)] * 3, ("b", -1, TAKE)],
            id="who is told to wait uses up nothing of the chat",
        ),
    ],
)
def test_a_message_needs_two_tokens(
    person: int, chat: int, script: list[tuple[str, int, Verdict]]
) -> None:
    """The notice names the time of whichever bucket is empty: 20 seconds in all of these."""
    both = Limiter(Limits(Limit(person, 6 if person == 2 else 3), Limit(chat, 12)), Buckets())
    taken = take(both, [(who, str(where), 0) for who, where, _ in script])
    assert [verdict for verdict, _ in taken] == [verdict for _, _, verdict in script]
    assert {wait_s for verdict, wait_s in taken if verdict is NOTICE} == {20}


@pytest.mark.parametrize(
    ("chars", "messages"), [(0, 12), (1, 12), (300, 12), (301, 6), (600, 6), (601, 4), (4_096, 1)]
)
def test_a_message_costs_a_token_for_every_300_characters(chars: int, messages: int) -> None:
    """One that costs more than the bucket holds takes all of it."""
    limiter = Limiter(Limits(Limit(12, 6), Limit(99, 6)), Buckets())
    verdicts = [verdict for verdict, _ in take(limiter, [("a", "-1", chars)] * (messages + 1))]
    assert verdicts == [TAKE] * messages + [NOTICE]


@settings(max_examples=50)
@example([0.0] * 20 + [30.0, 29.9, 0.1] + [0.0] * 18)
@given(st.lists(st.floats(0, 30), max_size=100))
def test_in_any_minute_as_much_is_sent_as_the_pace_allows_and_no_more(pauses: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        clock = Clock()
        patched.setattr(limits, "time", clock)
        pace = Pace(18)
        sent: list[float] = []
        for pause in pauses:
            clock.now += pause
            of_last_minute = sum(clock.now - at < 60 for at in sent)
            assert pace.take() is (of_last_minute < 18)
            if of_last_minute < 18:
                sent.append(clock.now)
