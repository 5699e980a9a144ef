"""One watch over the folders of several bots: who hears of what."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.service.watch import folder_watch
from bot.service.watch.folder_watch import FolderWatch
from tests.service.served import until
from tests.service.watch.watched import Shop


class Hints:
    """What one listener has heard."""

    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None

    @asynccontextmanager
    async def of(self, watch: FolderWatch, *folders: Path) -> AsyncIterator[Hints]:
        """Listen meanwhile."""

        async def listen() -> None:
            try:
                async for _ in watch.hints(map(str, folders)):
                    self.count += 1
            except OSError as error:
                self.error = error

        listening = asyncio.create_task(listen())
        try:
            yield self
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def hear(self, folder: Path) -> None:
        """Write into a folder until that is heard."""
        before = self.count

        def is_heard() -> bool:
            (folder / "file").write_text("x", "utf-8")
            return self.count > before

        await until(is_heard)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two, of which nobody hears by looking."""
    monkeypatch.setattr(folder_watch, "LOOK_EVERY_S", 3600.0)
    found = [tmp_path / "first", tmp_path / "second"]
    for each in found:
        each.mkdir()
    return found


async def test_each_hears_of_its_own_folders_and_of_no_others(folders: list[Path]) -> None:
    watch = FolderWatch()
    async with Hints().of(watch, folders[0]) as first, Hints().of(watch, folders[1]) as second:
        await first.hear(folders[0])
        assert second.count == 0
        await second.hear(folders[1])


async def test_who_comes_or_goes_leaves_the_others_listening(folders: list[Path]) -> None:
    watch = FolderWatch()
    async with Hints().of(watch, folders[0]) as first:
        async with Hints().of(watch, folders[1]) as second:
            await second.hear(folders[1])
            await first.hear(folders[0])
        await first.hear(folders[0])
    async with Hints().of(watch, folders[1]) as later:
        await later.hear(folders[1])


async def test_a_folder_that_is_not_there_is_told_to_who_asked_for_it_alone(
    folders: list[Path],
) -> None:
    watch = FolderWatch()
    async with Hints().of(watch, folders[0]) as first:
        async with Hints().of(watch, folders[1], folders[1] / "gone") as second:
            await until(lambda: second.error is not None)
            await first.hear(folders[0])
        assert first.error is None


def test_one_of_several_bots_whose_folder_is_gone_is_not_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever serves them all says that it is gone: nothing in its files is wrong."""
    monkeypatch.setattr(folder_watch, "LOOK_EVERY_S", 0.1)
    folder, away = tmp_path / "tea", tmp_path / "away"

    async def told(folders: FolderWatch | None) -> bool:
        folder.mkdir()
        shop = Shop(folder)
        shop.write("old")
        async with shop.watched(folders):
            loads = len(shop.project.loads)
            folder.rename(away)
            await shop.looked(6)
            is_told = len(shop.project.loads) > loads
            away.rename(folder)
            shop.write("new")
            await shop.says("new")
        shutil.rmtree(folder)
        return is_told

    assert not asyncio.run(told(FolderWatch()))
    assert asyncio.run(told(None))
