"""What buttons carry, and whom they are for.

That nobody can make a button up, the fuzz tests and the hostile cases prove.
"""

from __future__ import annotations

import pytest

from bot.channels.telegram.callback_data import Button, ButtonKind, Signer, short

TOKEN = "123456789:AAF3vJ9-secret_part_of_a_token_qwerty"
SIGNER, OTHERS = Signer(TOKEN), Signer("987654321:AAE-the-token-of-another-bot-entirely")
ENTRY, DECISION, ASKER = short("refund"), "a1b2c3d4e5f60718", SIGNER.asker("7", 7)


def test_a_button_is_read_after_a_restart_and_by_no_other_bot() -> None:
    data = SIGNER.data(ButtonKind.CHOICE, ENTRY, DECISION, ASKER)
    button = Button(ButtonKind.CHOICE, (ENTRY, DECISION, ASKER))
    assert (Signer(TOKEN).read(data), OTHERS.read(data)) == (button, None)
    assert [button.field(name) for name in ("entry", "decision", "asker", "number")] == [
        ENTRY, DECISION, ASKER, "",
    ]  # fmt: skip


@pytest.mark.parametrize("fields", [(), (ENTRY, DECISION), (ENTRY, DECISION, ASKER, "0")])
def test_a_signed_button_of_another_number_of_fields_is_not_read(fields: tuple[str, ...]) -> None:
    """A version that had other buttons may have signed it."""
    assert SIGNER.read(SIGNER.data(ButtonKind.CHOICE, *fields)) is None


def test_a_signed_button_of_a_kind_that_is_gone_is_not_read() -> None:
    data = f"z:{ENTRY}"
    assert SIGNER.read(f"{data}.{SIGNER._mac(data)}") is None


def test_neither_the_token_nor_the_persons_number_is_in_the_data() -> None:
    secret = TOKEN.split(":")[1]
    data = SIGNER.data(ButtonKind.NONE, DECISION, SIGNER.asker("123456789", 1))
    assert "123456789" not in data
    assert not any(secret[at : at + 6] in data for at in range(len(secret) - 5))


def test_askers_are_told_apart_and_marked_differently_by_every_bot() -> None:
    people = ["7", "77", "8"]
    marks = [SIGNER.asker(person, 1) for person in people]
    assert len(set(marks)) == len(people)
    assert marks == [Signer(TOKEN).asker(person, 1) for person in people]
    assert not set(marks) & {OTHERS.asker(person, 1) for person in people}


def test_a_long_name_stands_on_a_button_in_short_and_half_a_character_harms_nothing() -> None:
    names = ["refund", "Refund", "x" * 200, "标" * 200, "\ud83d"]
    shorts = {short(name) for name in names}
    assert ({len(one) for one in shorts}, len(shorts)) == ({16}, len(names))


def test_each_kind_of_button_has_a_letter_of_its_own() -> None:
    letters = [kind.value[0] for kind in ButtonKind]
    assert sorted(set(letters)) == sorted(letters)


def test_what_labels_a_decision_carries_whose_it_is() -> None:
    """But the buttons that admins or the team alone may press."""
    kinds = [kind for kind in ButtonKind if "decision" in kind.value[1:]]
    others = [kind for kind in kinds if not {"asker", "ticket"} & {*kind.value[1:]}]
    assert others == [ButtonKind.GROUP]


def test_buttons_are_for_who_asked_or_for_all_of_a_group_and_for_nobody_elsewhere() -> None:
    anyones = Signer(TOKEN, for_anyone=True)
    theirs, admins, all_ = SIGNER.asker("7", -1), SIGNER.asker(None, -1), anyones.asker("7", -1)
    assert anyones.asker("7", 7) == SIGNER.asker("7", 7) == theirs
    assert admins == all_
    presses = [("7", -1), ("7", -2), ("8", -1), ("8", -2), ("8", 8)]
    found = [
        [SIGNER.is_for(Button(ButtonKind.NONE, (DECISION, mark)), *press) for press in presses]
        for mark in (theirs, all_)
    ]
    assert found == [[True, True, False, False, False], [True, False, True, False, False]]
