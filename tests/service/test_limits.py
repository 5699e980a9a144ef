"""How much one person and one chat may ask; the clock is the test's."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.files.config_telegram import Limit, Limits
from bot.service.limits import Buckets, Limiter, Pace, Verdict

TAKE, NOTICE, SILENCE = Verdict.TAKE, Verdict.NOTICE, Verdict.SILENCE


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def buckets(clock: Clock, burst: int = 3, per_minute: float = 6) -> Buckets:
    return Buckets(Limit(burst, per_minute), clock)


def test_so_many_are_taken_at_once_then_one_notice_then_silence(clock: Clock) -> None:
    full = buckets(clock)
    assert [full.take("a") for _ in range(6)] == [TAKE] * 3 + [NOTICE] + [SILENCE] * 2


def test_a_bucket_fills_while_nothing_is_sent_and_never_over_its_brim(clock: Clock) -> None:
    slow = buckets(clock)
    assert [slow.take("a") for _ in range(3)] == [TAKE] * 3
    clock.now += 10  # one token
    assert slow.take("a") is TAKE
    clock.now += 3_600
    assert [slow.take("a") for _ in range(4)] == [TAKE] * 3 + [NOTICE]


def test_whoever_keeps_to_the_pace_is_never_told_to_slow_down(clock: Clock) -> None:
    steady = buckets(clock)
    for _ in range(100):
        assert steady.take("a") is TAKE
        clock.now += 10


def test_after_the_notice_there_is_silence_until_the_bucket_is_full(clock: Clock) -> None:
    """However often somebody tries, and there is one notice for each time it was emptied."""
    shut = buckets(clock)
    for _ in range(4):
        last = shut.take("a")
    assert (last, shut.refill_s) == (NOTICE, 30)
    for _ in range(29):
        clock.now += 1
        assert shut.take("a") is SILENCE
    clock.now += 1
    assert [shut.take("a") for _ in range(4)] == [TAKE] * 3 + [NOTICE]


def test_one_person_says_nothing_about_another(clock: Clock) -> None:
    shared = buckets(clock, burst=1)
    assert [shared.take(person) for person in "aab"] == [TAKE, NOTICE, TAKE]


def test_the_least_recently_used_buckets_are_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.limits._MAX_BUCKETS", 2)
    few = buckets(clock, burst=1)
    assert [few.take(person) for person in "abac"] == [TAKE, TAKE, NOTICE, TAKE]
    assert few.take("a") is SILENCE
    assert few.take("b") is TAKE  # forgotten, so it is full


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
    clock = Clock()
    own = buckets(clock, burst, per_minute)
    while own.take("a") is TAKE:
        pass
    began = clock.now
    for share in sorted(tries):  # before it is full, or they would be taken
        clock.now = began + share * 0.99 * (burst - 1) / per_minute * 60
        own.take("a")
    clock.now = began + own.refill_s
    assert own.take("a") is TAKE


def limiter(clock: Clock, person: int, chat: int) -> Limiter:
    return Limiter(Limits(Limit(person, 6), Limit(chat, 12)), clock)


def test_a_message_needs_a_token_of_its_person_and_of_its_chat(clock: Clock) -> None:
    """The notice names the time of whichever is empty."""
    both = limiter(clock, person=2, chat=4)
    assert [both.take("a", -1)[0] for _ in range(2)] == [TAKE] * 2
    assert both.take("a", -1) == (NOTICE, 20)
    assert [both.take("b", -1)[0] for _ in range(2)] == [TAKE] * 2
    assert both.take("c", -1) == (NOTICE, 20)
    assert both.take("c", -2)[0] is TAKE


def test_a_person_is_counted_over_all_chats(clock: Clock) -> None:
    both = limiter(clock, person=2, chat=9)
    assert [both.take("a", chat)[0] for chat in (-1, -2, -3)] == [TAKE, TAKE, NOTICE]


def test_who_is_told_to_wait_uses_up_nothing_of_the_chat(clock: Clock) -> None:
    both = limiter(clock, person=1, chat=2)
    assert [both.take("a", -1)[0] for _ in range(5)] == [TAKE, NOTICE, *[SILENCE] * 3]
    assert both.take("b", -1)[0] is TAKE


def test_in_any_minute_no_more_is_sent_than_the_pace_allows(clock: Clock) -> None:
    pace = Pace(18, clock)
    assert [pace.take() for _ in range(20)] == [True] * 18 + [False] * 2
    clock.now += 59.9
    assert pace.take() is False
    clock.now += 0.1
    assert [pace.take() for _ in range(19)] == [True] * 18 + [False]


@settings(max_examples=50)
@given(st.lists(st.floats(0, 30), max_size=100))
def test_the_pace_holds_for_every_minute_wherever_it_begins(pauses: list[float]) -> None:
    clock = Clock()
    pace, sent = Pace(18, clock), []
    for pause in pauses:
        clock.now += pause
        if pace.take():
            sent.append(clock.now)
    assert all(sum(at <= other < at + 60 for other in sent) <= 18 for at in sent)
