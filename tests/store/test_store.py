"""What every `Store` keeps to: the real one and the fake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Action, Decision, Hit, Thresholds
from bot.store.counts import Behind, Counts, EntryCounts, Figure, Stats
from bot.store.store import Kept, Label, LabelKind, Record, Store, Ticket
from tests.store.files import DAY_S, NOON

HITS = (Hit("refund", 0.7, "my money back", 0.51), Hit("returns", 0.65, "send it back"))


def decision(action: Action, entry_id: str | None = "refund") -> Decision:
    fallback = action is Action.FALLBACK
    entry_id = None if fallback else entry_id
    return Decision(
        *(action, entry_id, 0.7, HITS, "0.7 is why", "f1"),
        thresholds=Thresholds(0.75, 0.6, 0.69),
        guard="polarity",
        tentative=action is Action.FOLLOW_UP,
    )


def asked(number: int, action: Action = Action.FALLBACK, *, at: float = NOON) -> Record:
    """The decision of that number, asked by Ada in her own chat."""
    words = f"words {number}"
    return Record(f"{number:016x}", at, words, "en", decision(action), "ada", "chat:ada")


def label(number: int, kind: LabelKind, entry_id: str | None = None) -> Label:
    return Label(f"{number:016x}", kind, "ada", NOON + 5, entry_id)


def texts(store: Store) -> list[str | None]:
    return [one.record.text for one in store.missed(10)]


def test_a_decision_is_found_by_the_message_that_shows_it(store: Store) -> None:
    store.record(asked(1, Action.FOLLOW_UP))
    store.label(label(1, LabelKind.UP, "returns"))
    store.shown(asked(1).id, "chat", 7)
    assert store.decision_shown("chat", 7) == Record(
        id=asked(1).id,
        at=NOON,
        text="words 1",
        lang="en",
        decision=decision(Action.FOLLOW_UP),
        labels=(replace(label(1, LabelKind.UP, "returns"), person=""),),
    )
    assert store.decision_shown("chat", 8) is None
    assert store.decision_shown("other chat", 7) is None


def test_a_message_shows_the_last_decision_it_was_given(store: Store) -> None:
    store.record(asked(1))
    store.record(asked(2))
    store.shown(asked(1).id, "chat", 7)
    store.shown(asked(2).id, "chat", 7)
    store.shown("f" * 16, "chat", 7)  # known to nobody
    found = store.decision_shown("chat", 7)
    assert found is not None
    assert found.id == asked(2).id


def test_a_decision_recorded_twice_is_there_once(store: Store) -> None:
    store.record(asked(1))
    store.record(replace(asked(1), text="other words"))
    assert texts(store) == ["words 1"]


@pytest.mark.parametrize("text", ["a\ud800b", "a\x00b"])
def test_what_no_database_takes_is_replaced(store: Store, text: str) -> None:
    store.record(replace(asked(1), text=text))
    assert texts(store) == ["a\ufffdb"]


def test_a_label_is_taken_from_the_person_who_asked_alone(store: Store) -> None:
    store.record(asked(1, Action.FOLLOW_UP))
    others = replace(label(1, LabelKind.UP), person="ben")
    assert not store.label(others)
    assert not store.label(label(2, LabelKind.UP))
    assert store.stats(0).total.up == 0
    assert store.label(others, anyone=True)
    assert store.stats(0).total.up == 1


def test_the_first_label_of_each_family_counts(store: Store) -> None:
    store.record(asked(1, Action.FOLLOW_UP))
    given = [LabelKind.NONE, LabelKind.CHOICE, LabelKind.DOWN, LabelKind.UP]
    assert [store.label(label(1, kind, "refund")) for kind in given] == [True, False, True, False]
    (found,) = store.missed(1)
    assert [one.kind for one in found.record.labels] == [LabelKind.NONE, LabelKind.DOWN]


def test_the_last_decision_of_a_conversation_comes_with_what_was_said_of_it(store: Store) -> None:
    assert store.last_decision("chat:ada") is None
    store.record(asked(1, Action.FOLLOW_UP))
    store.label(label(1, LabelKind.NONE))
    found = store.last_decision("chat:ada")
    assert found is not None
    assert (found.id, found.decision.candidates) == (asked(1).id, HITS)
    assert found.labels == (replace(label(1, LabelKind.NONE), person=""),)
    assert store.last_decision("chat:ben") is None
    store.record(asked(2, Action.ANSWER))  # at the same time: what came later counts
    found = store.last_decision("chat:ada")
    assert found is not None
    assert found.id == asked(2).id


def test_the_last_decision_that_was_shown_is_none_whose_reply_never_got_out(store: Store) -> None:
    store.record(asked(1, Action.FOLLOW_UP))
    assert store.last_decision("chat:ada", is_shown=True) is None
    store.shown(asked(1).id, "chat", 11)
    store.record(asked(2, Action.ANSWER))
    found = store.last_decision("chat:ada", is_shown=True)
    assert found is not None
    assert found.id == asked(1).id


def test_what_was_asked_is_counted(store: Store) -> None:
    yesterday = NOON - DAY_S
    store.record(asked(1, Action.ANSWER, at=NOON - 9 * DAY_S))  # before `since`
    store.record(asked(2, Action.ANSWER, at=yesterday))
    store.record(asked(3, Action.FOLLOW_UP))
    store.record(asked(4, Action.FOLLOW_UP))
    store.record(asked(5))
    store.record(replace(asked(6), small_talk=True))
    store.label(label(2, LabelKind.DOWN, "refund"))
    store.label(label(3, LabelKind.CHOICE, "returns"))
    store.label(label(3, LabelKind.UP, "returns"))
    store.label(label(4, LabelKind.NONE))
    assert store.stats(NOON - 2 * DAY_S) == Stats(
        total=Counts(4, 1, asked_back=2, unanswered=1, resolved=1, up=1, down=1, tentative=2),
        by_day=(
            ("2023-11-14", Counts(3, asked_back=2, unanswered=1, resolved=1, up=1, tentative=2)),
            ("2023-11-13", Counts(1, answered=1, down=1)),
        ),
        by_entry=(
            EntryCounts("refund", answered=1, chosen=0, up=0, down=1),
            EntryCounts("returns", answered=0, chosen=1, up=1, down=0),
        ),
    )


def test_each_part_that_was_answered_counts_for_its_entry(store: Store) -> None:
    parts = (
        decision(Action.ANSWER, "refund"),
        decision(Action.FOLLOW_UP, "hours"),
        decision(Action.ANSWER, "returns"),
    )
    whole = replace(decision(Action.ANSWER), parts=parts)
    store.record(replace(asked(1), decision=whole))
    store.record(replace(asked(2), decision=decision(Action.ANSWER, "returns")))
    found = store.stats(0)
    assert found.total == Counts(2, answered=2)
    assert found.by_entry == (EntryCounts("returns", 2, 0, 0, 0), EntryCounts("refund", 1, 0, 0, 0))


def test_how_long_replies_took_is_told_of_those_of_which_it_is_known(store: Store) -> None:
    assert (store.stats(0).typical_s, store.stats(0).slow_s) == (None, None)
    for number in range(1, 21):
        store.record(replace(asked(number), took_s=number / 100))
    store.record(asked(21))
    found = store.stats(0)
    assert (found.typical_s, found.slow_s) == (0.1, 0.19)
    slow = store.behind(Behind(least_s=found.slow_s), 9)
    assert [(int(one.id, 16), one.took_s) for one in slow] == [(20, 0.2), (19, 0.19)]


def test_behind_each_number_is_what_it_counts_newest_first(store: Store) -> None:
    """And nothing else: neither what was asked before or after, nor small talk."""
    parts = (decision(Action.ANSWER, "hours"), decision(Action.ANSWER, "returns"))
    whole = replace(decision(Action.ANSWER), parts=parts)
    for number in range(1, 13):
        action = (Action.ANSWER, Action.FOLLOW_UP, Action.FALLBACK)[number % 3]
        store.record(replace(asked(number, action, at=NOON + number), took_s=number / 10))
    store.record(replace(asked(13, Action.ANSWER, at=NOON + 13), decision=whole))
    store.record(replace(asked(14, at=NOON + 14), small_talk=True))
    store.record(asked(15, Action.ANSWER, at=NOON - DAY_S))
    store.label(label(1, LabelKind.CHOICE, "returns"))
    store.label(label(4, LabelKind.CHOICE))
    store.label(label(3, LabelKind.UP))
    store.label(label(6, LabelKind.DOWN, "returns"))
    store.label(label(14, LabelKind.HELPED))
    found = store.stats(NOON)
    for figure in Figure:
        behind = store.behind(Behind(figure, NOON), 99)
        whole_number = getattr(found.total, figure.value, getattr(found, figure.value, None))
        assert len(behind) == (2 if figure is Figure.CHOSEN else whole_number), figure
        assert [one.at for one in behind] == sorted((one.at for one in behind), reverse=True)
        assert store.behind(Behind(figure, NOON), 1) == behind[:1]
        assert NOON - DAY_S not in [one.at for one in behind]
    for counts in found.by_entry:
        for figure in (Figure.ANSWERED, Figure.CHOSEN, Figure.UP, Figure.DOWN):
            behind = store.behind(Behind(figure, NOON, entry_id=counts.entry_id), 99)
            assert len(behind) == getattr(counts, figure.value), (counts.entry_id, figure)
    within = store.behind(Behind(since=NOON + 2, until=NOON + 4, least_s=0.3), 9)
    assert [int(one.id, 16) for one in within] == [3]
    (one,) = store.behind(Behind(decision_id=asked(15).id), 9)
    assert one.at == NOON - DAY_S


def test_missed_is_what_was_not_answered_or_not_well_newest_first(store: Store) -> None:
    """A 👎, and a reply of the team, say so of an answer and of a follow-up."""
    given = [LabelKind.NONE, LabelKind.DOWN, LabelKind.REPLIED, LabelKind.CHOICE, LabelKind.UP]
    for number, kind in enumerate(given, start=1):
        store.record(asked(number, Action.FOLLOW_UP, at=NOON - number))
        store.label(label(number, kind))
    store.record(asked(6, Action.ANSWER, at=NOON - 6))
    store.label(label(6, LabelKind.DOWN))
    store.record(asked(7, Action.ANSWER, at=NOON - 7))
    store.record(asked(8, at=NOON - 8))
    store.record(replace(asked(9), small_talk=True))
    assert [int(one.record.id) for one in store.missed(9)] == [1, 2, 3, 4, 6, 8]
    assert [int(one.record.id) for one in store.missed(2)] == [1, 2]


def test_missed_tells_people_apart_without_naming_them(store: Store) -> None:
    for number, person in enumerate(("ada", "ben", "ada")):
        store.record(replace(asked(number, at=NOON - number), person=person))
    first, second, third = store.missed(9)
    assert first.asker == third.asker != second.asker
    assert not {"ada", "ben"} & {first.asker, second.asker}
    assert first.record == replace(asked(0), person="", conversation="")


def test_what_admins_ignore_is_marked(store: Store) -> None:
    for number in (1, 2, 3):
        store.record(asked(number, at=NOON - number))
    store.ignore([asked(2).id, "f" * 16])
    assert [one.is_ignored for one in store.missed(9)] == [False, True, False]
    store.ignore([asked(2).id], is_ignored=False)
    assert [one.is_ignored for one in store.missed(9)] == [False, False, False]


def test_of_what_the_team_replies_the_longest_is_kept_until_either_side_is_forgotten(
    store: Store,
) -> None:
    def reply(number: int, text: str | None, entry_id: str | None = None) -> bool:
        kind, at = LabelKind.REPLIED, NOON + 5
        said = Label(asked(number).id, kind, "helper", at, entry_id, text)
        return store.label(said, anyone=True)

    def replies() -> list[str | None]:
        return [label.text for one in store.missed(9) for label in one.record.labels]

    for number in (1, 2):
        store.record(replace(asked(number, at=NOON - number), person=f"person {number}"))
    told = [reply(1, "One moment"), reply(1, "We open at nine."), reply(1, "Bye!")]
    assert (told, replies()) == ([True, True, False], ["We open at nine."])
    assert reply(2, None, "refund")
    assert [one.record.labels[0].entry_id for one in store.missed(9)] == [None, "refund"]
    store.forget("person 2")
    assert replies() == ["We open at nine."]
    store.forget("helper")
    assert replies() == []


def test_a_person_is_forgotten_with_all_that_hangs_on_them(store: Store) -> None:
    bens = replace(asked(2), person="ben", conversation="chat:ben")
    store.record(asked(1))
    store.record(bens)
    store.label(label(2, LabelKind.UP), anyone=True)  # Ada's, on what Ben asked
    store.shown(asked(1).id, "chat", 7)
    for _ in range(2):
        store.forget("ada")
    (found,) = store.missed(9)
    assert (found.record.id, found.record.labels) == (bens.id, ())
    assert store.decision_shown("chat", 7) is None


def test_all_that_is_kept_of_a_person_can_be_told(store: Store) -> None:
    bens = replace(asked(3), person="ben", conversation="chat:ben")
    for record in (asked(2, at=NOON + 1), asked(1), bens):
        store.record(record)
    store.label(label(1, LabelKind.UP))
    store.label(label(3, LabelKind.DOWN), anyone=True)
    ticket = Ticket("a" * 16, "ada", "chat:ada", {"chat": 17}, "why?", False, NOON)
    store.save_ticket(ticket)
    found = store.kept_of("ada")
    assert [(one.text, len(one.labels)) for one in found.records] == [
        ("words 1", 1),
        ("words 2", 0),
    ]
    assert found.said == ((LabelKind.DOWN, NOON + 5),)
    assert found.tickets == (ticket,)
    store.forget("ada")
    assert store.kept_of("ada") == Kept()
    assert len(store.kept_of("ben").records) == 1


def test_what_people_say_of_the_team_is_a_label_of_its_own(store: Store) -> None:
    """It counts though nothing was asked, and takes no other label's place."""
    store.record(replace(asked(1), small_talk=True))
    store.record(asked(2))
    assert store.label(label(1, LabelKind.HELPED))
    assert not store.label(label(1, LabelKind.UNHELPED))
    assert store.label(label(2, LabelKind.DOWN))
    assert store.label(label(2, LabelKind.UNHELPED))
    found = store.stats(NOON)
    assert (found.helped, found.unhelped, found.total.asked, found.total.down) == (1, 1, 1, 1)


def test_glimpses_tell_little_of_what_was_asked_within_a_time(store: Store) -> None:
    store.record(replace(asked(1, Action.ANSWER), unknown=0.5))
    store.record(asked(2, at=NOON + 1))
    store.record(replace(asked(3, Action.FOLLOW_UP, at=NOON + 2), person="ben"))
    store.record(replace(asked(4, at=NOON + 3), small_talk=True))
    store.record(asked(5, at=NOON + 4))
    label_of_ben = replace(label(3, LabelKind.CHOICE, "returns"), person="ben")
    assert store.label(label_of_ben)
    first, second, third = store.glimpses(NOON, NOON + 4, 10)
    assert (first.at, first.nearest, first.score, first.unknown) == (NOON, "refund", 0.7, 0.5)
    assert (first.text, second.text) == (None, "words 2")
    assert [each.is_resolved for each in (first, second, third)] == [True, False, True]
    assert first.asker == second.asker != third.asker
    assert store.glimpses(NOON, NOON + 4, 2) == [second, third]
    store.forget("ada")
    assert [each.asker for each in store.glimpses(0, NOON + 9, 10)] == [third.asker]


def test_a_note_takes_the_place_of_the_one_before(store: Store) -> None:
    assert store.note("a") is None
    for text in ("one", "two"):
        store.take_note("a", text)
    assert (store.note("a"), store.note("b")) == ("two", None)
