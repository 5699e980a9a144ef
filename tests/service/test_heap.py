"""Memory that was freed goes back to the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.config_texts import shipped
from bot.service import heap
from tests.service.served import Server, until

PAGE = 4096


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


def test_what_is_freed_between_what_is_kept_goes_back() -> None:
    taken = [bytes(50_000) for _ in range(4_000)]
    kept = taken[9::10]  # the last one stands above all that is freed
    del taken
    before = resident()
    heap.give_back()
    assert resident() < before - 50_000_000
    assert kept


async def test_after_a_reload_what_it_took_goes_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[None] = []
    monkeypatch.setattr(heap, "give_back", lambda: called.append(None))
    server.start()
    await server.live.reload(shipped()["en"].team)
    await until(lambda: len(called) == 1)
