"""What buttons carry, and that nobody can make one up."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.keyboard.callback_data import Button, ButtonKind, ButtonSigner, short

TOKEN = "123456789:AAF3vJ9-secret_part_of_a_token_qwerty"
OURS, OTHERS = ButtonSigner(TOKEN), ButtonSigner("987654321:AAE-the-token-of-another-bot-entirely")
ENTRY, DECISION, ASKER = short("refund"), "a1b2c3d4e5f60718", OURS.asker("7")
FIELDS: dict[ButtonKind, tuple[str, ...]] = {
    ButtonKind.CHOICE: (ENTRY, DECISION, ASKER),
    ButtonKind.NONE: (DECISION, ASKER),
    ButtonKind.RELATED: (ENTRY,),
    ButtonKind.UP: (DECISION, ENTRY, ASKER),
    ButtonKind.DOWN: (DECISION, ENTRY, ASKER),
    ButtonKind.PERSON: (DECISION, ASKER),
    ButtonKind.TOPICS: ("99999",),
    ButtonKind.TOPIC: (short("标" * 200), "99999"),
    ButtonKind.LOOK: (ENTRY,),
    ButtonKind.UNANSWERED: ("99999",),
}
GENUINE = [OURS.data(kind, *fields) for kind, fields in FIELDS.items()]


@pytest.mark.parametrize("kind", ButtonKind)
def test_every_button_fits_telegrams_64_bytes_and_reads_back(kind: ButtonKind) -> None:
    data = OURS.data(kind, *FIELDS[kind])
    assert len(data.encode()) <= 64
    assert OURS.read(data) == Button(kind, FIELDS[kind])


@pytest.mark.parametrize("kind", [ButtonKind.CHOICE, ButtonKind.NONE, ButtonKind.PERSON])
def test_a_decision_that_is_not_kept_leaves_its_field_empty(kind: ButtonKind) -> None:
    fields = tuple("" if field == DECISION else field for field in FIELDS[kind])
    assert OURS.read(OURS.data(kind, *fields)) == Button(kind, fields)


def test_a_button_is_read_after_a_restart() -> None:
    assert ButtonSigner(TOKEN).read(OURS.data(ButtonKind.RELATED, ENTRY)) == Button(
        ButtonKind.RELATED, (ENTRY,)
    )


def test_buttons_of_another_token_are_not_read() -> None:
    for kind, fields in FIELDS.items():
        assert OTHERS.read(OURS.data(kind, *fields)) is None


@pytest.mark.parametrize("fields", [(), (ENTRY, DECISION), (ENTRY, DECISION, ASKER, "0")])
def test_a_signed_button_of_another_number_of_fields_is_not_read(fields: tuple[str, ...]) -> None:
    """A version that had other buttons may have signed it."""
    assert OURS.read(OURS.data(ButtonKind.CHOICE, *fields)) is None


def test_a_signed_button_of_a_kind_that_is_gone_is_not_read() -> None:
    data = f"z:{ENTRY}"
    assert OURS.read(f"{data}.{OURS._mac(data)}") is None


def _forged(rng: random.Random) -> str:
    """Something that no button of this bot ever carried."""
    genuine = rng.choice(GENUINE)
    place = rng.randrange(len(genuine))
    letter = rng.choice(string.printable + "é标😀\x00")
    ways = (
        lambda: "".join(rng.choices(string.printable, k=rng.randrange(65))),
        lambda: rng.randbytes(rng.randrange(65)).decode("utf-8", "surrogateescape"),
        lambda: rng.randbytes(rng.randrange(65)).decode("latin-1"),
        lambda: genuine[:place] + letter + genuine[place + 1 :],
        lambda: genuine[:place] + letter + genuine[place:],
        lambda: genuine[:place] + genuine[place + 1 :],
        lambda: genuine.split(".")[0] + "." + rng.choice(GENUINE).split(".")[1],
        lambda: genuine[:-11] + "".join(rng.choices(string.ascii_letters + "-_09", k=11)),
        lambda: OTHERS.data(rng.choice(list(ButtonKind)), *rng.choice(list(FIELDS.values()))),
    )
    return rng.choice(ways)()


def test_of_100000_forged_buttons_none_is_read() -> None:
    rng = random.Random(20250101)
    own = set(GENUINE)
    accepted = tried = 0
    while tried < 100_000:
        data = _forged(rng)
        if data not in own:
            tried += 1
            accepted += OURS.read(data) is not None
    assert accepted == 0


@given(st.text(max_size=64))
@settings(max_examples=200)
def test_whatever_is_handed_back_raises_nothing(data: str) -> None:
    assert OURS.read(data) is None


def test_the_token_is_not_in_the_data() -> None:
    """Nor the person's number, of which only a mark is there."""
    secret = TOKEN.split(":")[1]
    for data in [*GENUINE, OURS.data(ButtonKind.NONE, DECISION, OURS.asker("123456789"))]:
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
    shorts = [short(name) for name in names]
    assert {len(one) for one in shorts} == {16}
    assert len(set(shorts)) == len(names)
