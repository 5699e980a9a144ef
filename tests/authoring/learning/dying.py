"""A process that edits the shop's FAQ, and is killed in the midst of it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from signal import SIGKILL
from typing import NoReturn

import pytest

from bot.authoring.edit.edits import Rewrite
from bot.authoring.learning.audit import Audit
from tests.authoring.learning.shop import Shop


def die(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), SIGKILL)
    raise AssertionError


def main(wish: str, point: str, folder: str) -> None:
    """Edit and die.

    Args:
        wish: to "apply" a phrasing, or to "undo" what was applied last.
        point: up to where the process comes: "unwritten", "written" or "noted".
    """
    write, append = Rewrite.write, Audit._append
    with pytest.MonkeyPatch.context() as patch:
        if point == "unwritten":
            patch.setattr(Rewrite, "write", die)
        elif point == "written":
            patch.setattr(Rewrite, "write", lambda self: (write(self), die()))
        else:
            patch.setattr(Audit, "_append", lambda self, line: (append(self, line), die()))
        asyncio.run(edit(Shop(Path(folder)), wish))


async def edit(shop: Shop, wish: str) -> None:
    """Have it done."""
    if wish == "undo":
        await shop.learning.undo(None, "Ben")
    else:
        proposal = await shop.learning.propose_phrasing("violet oak", "en", "refund")
        await shop.learning.apply(proposal, "Anna")


if __name__ == "__main__":
    main(*sys.argv[1:])
