"""What was missed is put together, without what is no news, and says what is best done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.authoring.learning.unanswered import Unanswered
from bot.domain import Action, Decision, Hit
from bot.matching.build import Matcher
from bot.service.admins.learning import Advice, Group
from bot.store.store import Label, LabelKind, Missed, Record
from tests.factories import bot_over, entry
from tests.fakes import FakeEmbedder

KETTLE, BOILER = "violet kettle whistles", "violet kettle whistles loudly"
STRANGE = "zebra quartz fjord"


@pytest.fixture
def bot(tmp_path: Path) -> Matcher:
    entries = (
        entry("refund", "all about my refund please", "the refund question", "tell me of refund"),
        entry("parcel", "all about my parcel please", "the parcel question", "parcel arrival"),
        entry("hours", "all about your hours please", "the hours question", "hours on sunday"),
    )
    return bot_over(tmp_path, *entries)


def missed(
    text: str | None,
    person: str,
    *labels: Label,
    then: Decision | None = None,
    is_ignored: bool = False,
    at: float = 0.0,
) -> Missed:
    decision = Decision(Action.FALLBACK, None, 0.1, (), "too low") if then is None else then
    record = Record(f"{text} {person}", at, text, "en", decision, labels=labels)
    return Missed(record, person, is_ignored)


def of(bot: Matcher, asked: Iterable[Missed], min_people: int = 2) -> list[Group]:
    return Unanswered().groups(bot, [*asked], min_people)


def asked(bot: Matcher, *texts: str, people: str = "ab") -> list[Missed]:
    return [missed(text, person) for text in texts for person in people]


def names(groups: Sequence[Group]) -> list[str]:
    return [group.name for group in groups]


def offered(*entry_ids: str, action: Action = Action.FOLLOW_UP) -> Decision:
    hits = tuple(Hit(each, 0.65, each) for each in entry_ids)
    return Decision(action, entry_ids[0], 0.65, hits, "so")


def test_a_group_is_there_once_so_many_different_people_asked(bot: Matcher) -> None:
    """Who asks again and again is one of them."""
    alone = [missed(KETTLE, "a"), missed(BOILER, "a"), missed(STRANGE, "b")]
    assert of(bot, alone) == []
    (group,) = of(bot, [*alone, missed(BOILER, "c")])
    assert (group.people, {*group.texts}) == (2, {KETTLE, BOILER})
    assert sorted(map(len, (it.texts for it in of(bot, alone, min_people=1)))) == [1, 2]


def test_what_most_people_asked_comes_first_whoever_asked_it_most_often(bot: Matcher) -> None:
    groups = of(bot, [*asked(bot, KETTLE, BOILER), *asked(bot, STRANGE, people="abc")])
    assert [(group.texts[0], group.people) for group in groups] == [(STRANGE, 3), (BOILER, 2)]


def test_a_name_tells_nobodys_numbers(bot: Matcher) -> None:
    sent = [missed(f"Hello, {STRANGE} order 123456{n}", person) for n, person in enumerate("ab")]
    (group,) = of(bot, sent)
    assert group.name.startswith(STRANGE)
    assert "123456" not in group.name


@pytest.mark.parametrize("text", [None, "", "…", "👍"])
def test_what_has_no_words_is_left_out(bot: Matcher, text: str | None) -> None:
    assert of(bot, [missed(text, "a"), missed(text, "b")]) == []


def test_what_the_faq_answers_since_is_left_out(bot: Matcher) -> None:
    known = [missed("all about my refund please", person) for person in "ab"]
    assert of(bot, known) == []
    refused = [replace(one, record=replace(one.record, decision=answered)) for one in known
               for answered in [offered("refund", action=Action.ANSWER)]]  # fmt: skip
    assert len(of(bot, refused)) == 1  # it fares no better now


def test_what_is_ignored_stays_ignored_with_what_asks_the_same(bot: Matcher) -> None:
    ignored = [missed(KETTLE, person, is_ignored=True) for person in "ab"]
    new = [missed(KETTLE, "c"), missed(BOILER, "d"), missed(BOILER, "e")]
    others = asked(bot, STRANGE)
    assert names(of(bot, [*new, *ignored, *others])) == [STRANGE]
    assert names(of(bot, [*new, *others])) == [BOILER, STRANGE]
    (group,) = Unanswered().groups(bot, [*new, *ignored, *others], 2, ignored=True)
    assert (group.people, {*group.texts}) == (5, {KETTLE, BOILER})


def test_no_text_is_read_twice(bot: Matcher, tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    bot = bot_over(tmp_path, *bot.faq.entries, embedder=embedder)
    finder, sent = Unanswered(), asked(bot, KETTLE, BOILER)
    before = finder.groups(bot, sent, 2)
    embedder.encoded.clear()
    assert finder.groups(bot, sent, 2) == before
    assert embedder.encoded == []


# --- what is best done ---


def advice(bot: Matcher, sent: Iterable[Missed]) -> tuple[Advice, tuple[str, ...]]:
    (group,) = of(bot, sent)
    return group.advice, group.entry_ids


def said(kind: LabelKind, entry_id: str | None = None, text: str | None = None) -> Label:
    return Label("", kind, "", 0.0, entry_id, text)


def helped(bot: Matcher, text: str) -> list[Missed]:
    """What was asked of the bot, and answered by the team."""
    then, reply = bot.decide(text), said(LabelKind.REPLIED, text="Ask me.")
    return [missed(text, person, reply, then=then) for person in "ab"]


def test_what_is_near_to_one_entry_is_a_phrasing_of_it(bot: Matcher) -> None:
    assert advice(bot, helped(bot, "parcel question")) == (Advice.PHRASING, ("parcel",))


def test_what_is_near_to_nothing_is_an_entry_with_the_longest_reply_as_its_draft(
    bot: Matcher,
) -> None:
    assert advice(bot, asked(bot, STRANGE))[0] is Advice.ENTRY
    replies = [said(LabelKind.REPLIED, text=text) for text in ("Hm.", "Ask the zoo.", "Bye!")]
    sent = [missed(STRANGE, str(n), reply) for n, reply in enumerate(replies)]
    (group,) = of(bot, sent)
    assert (group.advice, group.answer) == (Advice.ENTRY, "Ask the zoo.")


def test_the_entry_that_the_team_sent_is_what_was_asked_for(bot: Matcher) -> None:
    sent = [missed(STRANGE, "a", said(LabelKind.REPLIED, "hours")), missed(STRANGE, "b")]
    assert advice(bot, sent) == (Advice.PHRASING, ("hours",))


def test_an_entry_of_which_most_said_none_of_these_gets_no_phrasing(bot: Matcher) -> None:
    none, then = said(LabelKind.NONE), offered("parcel")
    sent = [missed("parcel question", person, none, then=then) for person in "ab"]
    assert advice(bot, sent)[0] is Advice.ENTRY


def test_an_answer_that_most_disliked_is_asked_for_two_things(bot: Matcher) -> None:
    down, then = said(LabelKind.DOWN), offered("parcel", action=Action.ANSWER)
    sent = [missed("the parcel question", person, down, then=then) for person in "ab"]
    assert advice(bot, sent) == (Advice.SPLIT, ("parcel",))


def test_two_entries_that_are_as_near_are_a_conflict(tmp_path: Path) -> None:
    twins = [entry(each, f"all about my {each} please") for each in ("red", "blue")]
    bot = bot_over(tmp_path, *twins, entry("x", "something else"), entry("y", "and more"))
    found, entry_ids = advice(bot, helped(bot, "all about my please"))
    assert (found, {*entry_ids}) == (Advice.CONFLICT, {"red", "blue"})


def test_what_says_nothing_by_itself_is_best_ignored(bot: Matcher) -> None:
    assert advice(bot, asked(bot, "and what is it?"))[0] is Advice.IGNORE


def test_people_who_chose_the_same_entry_are_one_group_until_it_is_shown_at_once(
    bot: Matcher,
) -> None:
    def chose(text: str, person: str, entry_id: str) -> Missed:
        label = Label("", LabelKind.CHOICE, "", 0.0, entry_id)
        return missed(text, person, label, then=offered("refund", "parcel"))

    told = [chose(KETTLE, "a", "parcel"), chose(STRANGE, "b", "parcel")]
    (group,) = of(bot, [*told, chose("the refund question", "c", "refund")])
    assert (group.advice, group.entry_ids, group.people) == (Advice.PHRASING, ("parcel",), 2)
