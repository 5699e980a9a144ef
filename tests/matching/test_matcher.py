"""Utterance → decision: the lines, the guards, and the parts of a message."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.domain import Action, Decision, Hit, Thresholds
from bot.matching.decide.thresholds import Policy
from bot.matching.decider import Decider
from bot.matching.language import ForeignEntries
from bot.matching.score.ranker import Match, Read
from bot.matching.text import Synonyms
from tests.factories import LINES
from tests.fakes import FakeEmbedder, fake_encoder

NOTHING = Match((Hit("weather", 0.1, "rain", 0.0),), text="?")


class TableRanker:
    """A `Ranker` that looks utterances up: among all entries, and without those left out."""

    def __init__(self, table: Mapping[str, Match], own: Mapping[str, Match] | None = None) -> None:
        self._table = table
        self._own = own or {}

    def prepare(self, text: str) -> Read:
        return Read(text)

    def rank(self, read: Read, without: frozenset[str] = frozenset()) -> Match:
        return (self._own if without else self._table).get(read.text, NOTHING)


def decider(
    table: Mapping[str, Match], *, careful: bool = True, policy: Policy | None = None
) -> Decider:
    policy = policy or Policy(LINES, careful=careful, fingerprint="f")
    return Decider(
        fake_encoder(FakeEmbedder()), TableRanker(table), Synonyms({}), policy, ForeignEntries()
    )


def test_what_many_ask_is_read_once_and_what_nobody_asked_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.matching.decider._REMEMBERED", 2)
    embedder = FakeEmbedder()
    ask = Decider(
        fake_encoder(embedder), TableRanker({}), Synonyms({}), Policy(LINES), ForeignEntries()
    )
    for utterance in ("a", "b", "a", "c", "a", "b", "B"):
        ask.decide(utterance)
    assert embedder.encoded == ["a", "b", "c", "b", "B"]


def match(entry_id: str, score: float, text: str = "it", *others: Hit) -> Match:
    """A match whose entry leads clearly unless others are given."""
    phrasing = f"phrasing of {entry_id}"
    return Match((Hit(entry_id, score, phrasing, 0.9), *others), text=text, close=(phrasing,))


def test_a_clear_case_answers() -> None:
    found = match("return", 0.9, "it", Hit("track", 0.6, "…", 0.5))
    assert decider({"it": found}).decide("it") == Decision(
        Action.ANSWER, "return", 0.9, found.hits, "0.9000 is above the answer line 0.75", "f",
        thresholds=LINES,
    )  # fmt: skip


DENIED = Match((Hit("works", 0.9, "the code works", 0.9),), (), "code not work", ("code works",))
NUMBERED = Match((Hit("fee", 0.9, "5 days", 0.9),), (), "9 days", ("5 days",))
CLOSE = match("return", 0.9, "it", Hit("track", 0.89, "…", 0.89), Hit("pay", 0.4, "…", 0.1))
ALL_DOUBTS = Match((*NUMBERED.hits, Hit("b", 0.8, "…", 0.9)), (), "not 9 days", ("5 days",))


@pytest.mark.parametrize(
    ("found", "offered", "guard", "doubt"),
    [
        pytest.param(
            DENIED, ["works"], "polarity",
            "the message says the contrary of “code works”", id="a denial"
        ),
        pytest.param(
            NUMBERED, ["fee"], "numbers",
            "the message says 9, “5 days” 5", id="other numbers",
        ),
        pytest.param(
            CLOSE, ["return", "track"], "close_call", "return and track fit almost equally well",
            id="a close call",
        ),
        pytest.param(
            ALL_DOUBTS, ["fee", "b"], "polarity", "the message says the contrary of “5 days”",
            id="of several doubts the first is told",
        ),
    ],
)  # fmt: skip
def test_a_guard_turns_an_answer_into_a_follow_up(
    found: Match, offered: list[str], guard: str, doubt: str
) -> None:
    decision = decider({"it": found}).decide("it")
    assert (decision.action, decision.entry_id, decision.score, decision.reason) == (
        Action.FOLLOW_UP,
        offered[0],
        0.9,
        f"0.9000 is above the answer line 0.75; but {doubt}, so it asks",
    )
    assert [hit.entry_id for hit in decision.candidates] == offered
    assert decision.guard == guard


def test_a_guards_follow_up_offers_at_most_the_configured_number() -> None:
    policy = Policy(LINES, choices=1)
    assert decider({"it": CLOSE}, policy=policy).decide("it").candidates == CLOSE.hits[:1]


@pytest.mark.parametrize(
    ("score", "action"),
    [(0.68, Action.FOLLOW_UP), (0.50, Action.FALLBACK)],
    ids=["follow-up", "fallback"],
)
def test_a_guard_changes_nothing_but_what_is_shown(score: float, action: Action) -> None:
    found = Match((Hit("fee", score, "5 days", 0.9),), (), "9 days", ("5 days",))
    decision = decider({"it": found}).decide("it")
    assert decision.action is action
    assert "; but" not in decision.reason


def test_a_phrasing_typed_word_for_word_is_not_doubted() -> None:
    exact = Match(CLOSE.hits, (), "not 9", ("5 days",), word_for_word=True)
    assert decider({"it": exact}).decide("it").action is Action.ANSWER


def test_the_plain_rule_hears_no_guard_and_splits_no_message() -> None:
    table = {"it": NUMBERED, "a. b.": NOTHING, "a.": match("return", 0.9)}
    plain = decider(table, careful=False)
    assert plain.decide("it").action is Action.ANSWER
    assert plain.decide("a. b.").action is Action.FALLBACK


# --- parts ---------------------------------------------------------------------------------------

RETURN = match("return", 0.9, "it", Hit("refund", 0.65, "…", 0.2))
TRACK = match("track", 0.8)
UNSURE = match("pay", 0.7)
TABLE = {
    "Send back?": RETURN, "send back": RETURN, "Back again?": match("return", 0.85),
    "Where is it?": TRACK, "where is it": TRACK, "Pay?": UNSURE, "pay": UNSURE,
    "Nine days?": NUMBERED,
}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "parts", "told"),
    [
        pytest.param(
            "Send back? Where is it?", ["Send back?", "Where is it?"],
            "return: answer, track: answer", id="both are answered, in their order",
        ),
        pytest.param(
            "Thanks a lot! Send back?", ["Send back?"],
            "return: answer", id="one that means nothing is passed over",
        ),
        pytest.param(
            "Pay? Send back?", ["Pay?", "Send back?"],
            "pay: follow_up, return: answer", id="one that is not sure stays a follow-up",
        ),
        pytest.param(
            "Nine days? Send back?", ["Nine days?", "Send back?"],
            "fee: follow_up, return: answer", id="and so does one that a guard doubts",
        ),
    ],
)  # fmt: skip
def test_each_of_two_sentences_is_decided_on_and_the_decision_speaks_of_the_first_answer(
    message: str, parts: list[str], told: str
) -> None:
    ask = decider(TABLE)
    others = (TRACK.hits[0],) if "track" in told else RETURN.hits[1:]
    assert ask.decide(message) == Decision(
        Action.ANSWER,
        "return",
        0.9,
        (RETURN.hits[0], *others),
        f"in parts ({told}); 0.9000 is above the answer line 0.75",
        "f",
        parts=tuple(ask.decide(part) for part in parts),
        thresholds=LINES,
    )


def test_two_sentences_with_the_same_answer_get_it_once() -> None:
    decision = decider(TABLE).decide("Send back? Back again?")
    assert [part.score for part in decision.parts] == [0.9]
    assert decision.candidates == RETURN.hits


@pytest.mark.parametrize("message", ["Back maybe? Send back?", "Send back? Back maybe?"])
def test_an_answer_is_not_lost_to_a_follow_up_about_the_same_entry(message: str) -> None:
    decision = decider({**TABLE, "Back maybe?": match("return", 0.7)}).decide(message)
    assert [(part.entry_id, part.score) for part in decision.parts] == [("return", 0.9)]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        pytest.param("send back and where is it", ["return", "track"], id="both are answered"),
        pytest.param("send back and pay", ["return", "pay"], id="one is not sure"),
        pytest.param("send back and forth", [], id="one means nothing"),
        pytest.param("send back and send back", [], id="both mean the same entry"),
        pytest.param("pay and fee", [], id="neither is sure"),
    ],
)
def test_what_stands_around_and_is_two_questions_only_if_both_mean_different_entries(
    message: str, parts: list[str]
) -> None:
    decision = decider({**TABLE, "fee": match("fee", 0.7)}).decide(message)
    assert [part.entry_id for part in decision.parts] == parts
    assert decision.action is (Action.ANSWER if parts else Action.FALLBACK)


def test_a_message_whose_parts_all_fail_keeps_its_own_decision() -> None:
    whole = match("return", 0.7)
    decision = decider({**TABLE, "Pay? Rain?": whole}).decide("Pay? Rain?")
    assert (decision.action, decision.candidates, decision.parts) == (
        Action.FOLLOW_UP,
        whole.hits,
        (),
    )


def test_a_doubted_message_is_still_answered_in_parts() -> None:
    whole = "Send back? Where is it?"
    decision = decider({**TABLE, whole: CLOSE}).decide(whole)
    assert [part.entry_id for part in decision.parts] == ["return", "track"]


def test_a_part_does_not_answer_what_the_whole_made_doubtful() -> None:
    whole = "Send back? I never do."
    doubted = Match(match("return", 0.9).hits, text="never send back", close=("send back",))
    decision = decider({**TABLE, whole: doubted}).decide(whole)
    assert (decision.action, decision.guard, decision.parts) == (Action.FOLLOW_UP, "polarity", ())


def test_a_part_is_held_to_its_entrys_own_lines() -> None:
    strict = Policy(LINES, own={"track": Thresholds(answer=0.95, follow_up=0.9)})
    decision = decider(TABLE, policy=strict).decide("Send back? Where is it?")
    assert [part.entry_id for part in decision.parts] == ["return"]


@pytest.mark.parametrize(
    ("message", "whole", "parts"),
    [
        pytest.param(
            "Send back? Where is it?", match("track", 0.8), ["return", "track"],
            id="two answers, its own among them",
        ),
        pytest.param(
            "send back and where is it", match("track", 0.8), ["return", "track"],
            id="two answers around and",
        ),
        pytest.param(
            "Send back? Where is it?", match("both", 0.8), [], id="two answers without its own"
        ),
        pytest.param(
            "Send back? Pay?", match("return", 0.8), ["return", "pay"], id="its own and a follow-up"
        ),
        pytest.param(
            "send back and pay", match("return", 0.8), ["return", "pay"], id="the same around and"
        ),
        pytest.param(
            "Send back? Where is it?", match("track", 1.0), [], id="a phrasing, word for word"
        ),
    ],
)  # fmt: skip
def test_an_answer_to_the_whole_gives_way_only_to_its_own_answer_and_something_more(
    message: str, whole: Match, parts: list[str]
) -> None:
    decision = decider({**TABLE, message: whole}).decide(message)
    assert decision.action is Action.ANSWER
    assert [part.entry_id for part in decision.parts] == parts
    assert decision.score == (0.9 if parts else whole.hits[0].score)
