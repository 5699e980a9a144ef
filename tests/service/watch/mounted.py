"""A bot over a folder and a file that are mounted, each alone; run in a mount namespace of its own.

Arguments: the folder in which the bot looks, and the one on the host, from which both are mounted.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.service.served import LONG_S, until
from tests.service.watch.test_file_watch import in_place, rename_over
from tests.service.watch.watched import Shop, entries


async def main(container: Path, host: Path) -> None:
    """Change what is mounted as people do, on the host."""
    shop = Shop(container)
    file, config = host / "faq" / "a.yaml", host / "config.yaml"
    as_it_was = config.read_text("utf-8")
    async with shop.watched():
        for answer, save in (("new", rename_over), ("newer", in_place)):
            save(file, entries(answer))
            await shop.says(answer)
        in_place(config, f"{as_it_was}follow_up_choices: 5\n")
        await until(lambda: shop.live.matcher.settings.follow_up_choices == 5)
        rename_over(config, as_it_was)  # the mount goes on showing the old file
        rename_over(file, entries("newest"))
        await shop.says("newest")
        assert shop.live.matcher.settings.follow_up_choices == 5


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(*map(Path, sys.argv[1:])), LONG_S))
