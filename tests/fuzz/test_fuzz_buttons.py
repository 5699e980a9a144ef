"""What buttons carry: their own is read as it was written, and nothing else is read at all."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.callback_data import Button, ButtonKind, Signer, short
from tests.fuzz.texts import TEXTS

OURS, OTHERS = Signer("123456:TEST-TOKEN"), Signer("123456:ANOTHER-TOKEN")
ENTRY = TEXTS.map(short)
DECISION = st.one_of(st.just(""), st.binary(min_size=8, max_size=8).map(bytes.hex))
ASKER = st.one_of(st.none(), TEXTS.filter(str.isascii)).map(partial(OURS.asker, chat_id=-1))
PAGE = st.integers(0, 99_999).map(str)
FIELDS = {
    ButtonKind.CHOICE: (ENTRY, DECISION, ASKER),
    ButtonKind.NONE: (DECISION, ASKER),
    ButtonKind.RELATED: (ENTRY,),
    ButtonKind.UP: (DECISION, ENTRY, ASKER),
    ButtonKind.DOWN: (DECISION, ENTRY, ASKER),
    ButtonKind.PERSON: (DECISION, ASKER),
    ButtonKind.TOPICS: (PAGE,),
    ButtonKind.TOPIC: (ENTRY, PAGE),
    ButtonKind.LOOK: (ENTRY,),
    ButtonKind.UNANSWERED: (PAGE,),
}
BUTTONS = st.sampled_from(list(FIELDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.tuples(*FIELDS[kind]))
)


@given(BUTTONS)
def test_every_callback_data_has_at_most_64_bytes_and_is_read_back(
    made: tuple[ButtonKind, tuple[str, ...]],
) -> None:
    kind, fields = made
    data = OURS.data(kind, *fields)
    assert len(data.encode()) <= 64
    assert OURS.read(data) == Button(kind, fields)
    assert OTHERS.read(data) is None


@given(TEXTS)
def test_text_that_is_no_callback_data_is_not_read(data: str) -> None:
    assert OURS.read(data) is None


@given(BUTTONS, st.integers(0, 63), st.integers(0, 3), TEXTS)
def test_changed_callback_data_is_not_read(
    made: tuple[ButtonKind, tuple[str, ...]], place: int, gone: int, put: str
) -> None:
    data = OURS.data(made[0], *made[1])
    place %= len(data)
    changed = data[:place] + put + data[place + gone :]
    assert OURS.read(changed) == (Button(*made) if changed == data else None)
