"""What buttons of this bot never carried, whoever hands it back: none of it is read.

Each line of callbacks.jsonl has a `data`, for the bot of the token below.
"""

from __future__ import annotations

import pytest

from bot.channels.telegram.callback_data import Button, ButtonKind, Signer, short
from tests.hostile.cases import Json, cases, lines

OURS = Signer("123456:TEST-TOKEN")


def test_genuine_callback_data_is_read() -> None:
    """The forged ones are made of this one; if it were not read, they would prove nothing."""
    fields = (short("refund"), "0123456789abcdef", OURS.asker("7", 7))
    data = OURS.data(ButtonKind.CHOICE, *fields)
    assert OURS.read(data) == Button(ButtonKind.CHOICE, fields)
    forged = {line["data"] for line in lines("callbacks.jsonl") if isinstance(line["data"], str)}
    assert {f"{data} ", f" {data}", f"{data}=", data.partition(".")[0]} <= forged


@pytest.mark.parametrize("case", cases("callbacks.jsonl"))
def test_forged_callback_data_is_not_read(case: Json) -> None:
    assert OURS.read(case["data"]) is None
