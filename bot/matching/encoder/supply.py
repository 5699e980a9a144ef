"""Vectors that come from elsewhere, for whoever may not wait for them.

On the thread that matches nobody waits for a server. There an encoder raises `VectorsMissing`; once
they have come, the same is done again, and finds them in its `Supply`. Everywhere else an encoder
waits itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from bot.matching.encoder.encoder import Vectors


@dataclass(slots=True)
class Supply:
    """What has come for one job.

    Attributes:
        vectors: by the text that was sent.
        is_cut_off: nothing more comes; it has to do without.
    """

    vectors: dict[str, Vectors] = field(default_factory=dict)
    is_cut_off: bool = False


class VectorsMissing(Exception):  # noqa: N818  (it asks for something; nothing has gone wrong)
    """What is done here needs vectors that are still to come.

    Args:
        coming: the vectors by text, or the `EncoderError` that they do not come.
    """

    def __init__(self, coming: Future[Mapping[str, Vectors]]) -> None:
        super().__init__("vectors are still to come")
        self.coming = coming


_SUPPLY: ContextVar[Supply | None] = ContextVar("supply", default=None)


def current_supply() -> Supply | None:
    """That of the job at hand; None where whoever encodes may wait."""
    return _SUPPLY.get()


@contextmanager
def supplied(supply: Supply | None) -> Iterator[None]:
    """What is done meanwhile is the job of a supply."""
    token = _SUPPLY.set(supply)
    try:
        yield
    finally:
        _SUPPLY.reset(token)
