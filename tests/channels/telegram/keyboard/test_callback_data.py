"""What buttons carry. That nobody can make one up, the fuzz tests and the hostile cases prove."""

from __future__ import annotations

import pytest

from bot.channels.telegram.keyboard.callback_data import Button, ButtonKind, ButtonSigner, short

TOKEN = "123456789:AAF3vJ9-secret_part_of_a_token_qwerty"
OURS, OTHERS = ButtonSigner(TOKEN), ButtonSigner("987654321:AAE-the-token-of-another-bot-entirely")
ENTRY, DECISION, ASKER = short("refund"), "a1b2c3d4e5f60718", OURS.asker("7")


def test_a_button_is_read_after_a_restart_and_by_no_other_bot() -> None:
    data = OURS.data(ButtonKind.CHOICE, ENTRY, DECISION, ASKER)
    button = Button(ButtonKind.CHOICE, (ENTRY, DECISION, ASKER))
    assert (ButtonSigner(TOKEN).read(data), OTHERS.read(data)) == (button, None)
    assert [button.field(name) for name in ("entry", "decision", "asker", "number")] == [
        ENTRY, DECISION, ASKER, "",
    ]  # fmt: skip


@pytest.mark.parametrize("fields", [(), (ENTRY, DECISION), (ENTRY, DECISION, ASKER, "0")])
def test_a_signed_button_of_another_number_of_fields_is_not_read(fields: tuple[str, ...]) -> None:
    """A version that had other buttons may have signed it."""
    assert OURS.read(OURS.data(ButtonKind.CHOICE, *fields)) is None


def test_a_signed_button_of_a_kind_that_is_gone_is_not_read() -> None:
    data = f"z:{ENTRY}"
    assert OURS.read(f"{data}.{OURS._mac(data)}") is None


def test_neither_the_token_nor_the_persons_number_is_in_the_data() -> None:
    secret = TOKEN.split(":")[1]
    data = OURS.data(ButtonKind.NONE, DECISION, OURS.asker("123456789"))
    assert "123456789" not in data
    assert not any(secret[at : at + 6] in data for at in range(len(secret) - 5))


def test_askers_are_told_apart_and_marked_differently_by_every_bot() -> None:
    people = [None, "7", "77", "8"]
    marks = [OURS.asker(person) for person in people]
    assert len(set(marks)) == len(people)
    assert marks == [ButtonSigner(TOKEN).asker(person) for person in people]
    assert not set(marks) & {OTHERS.asker(person) for person in people}


def test_a_long_name_stands_on_a_button_in_short_and_half_a_character_harms_nothing() -> None:
    names = ["refund", "Refund", "x" * 200, "标" * 200, "\ud83d"]
    shorts = {short(name) for name in names}
    assert ({len(one) for one in shorts}, len(shorts)) == ({16}, len(names))
