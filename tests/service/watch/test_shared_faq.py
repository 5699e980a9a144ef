"""One FAQ for all replicas: who publishes what, and who takes over what; nothing is encoded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from bot.errors import FileProblems
from bot.files.project import Project
from bot.files.writing.remark import Remark
from bot.matching.matcher import Matcher
from bot.service.replicas import Replicas
from bot.service.watch import shared_faq
from bot.service.watch.shared_faq import SharedFaq
from bot.store.async_store import AsyncStore
from tests.fake_store import FakeStore

OLD, NEW, NEWER = "the first answer", "the second answer", "the third answer"
MATCHER = Mock(spec=Matcher)


class Turns(Replicas):
    """What one replica sees of the others: whether one of them has a turn."""

    def __init__(self, taken: dict[int, Turns]) -> None:
        super().__init__()
        self._taken = taken

    async def take(self, what: int) -> bool:
        return self._taken.setdefault(what, self) is self

    def give(self, what: int) -> None:
        if self._taken.get(what) is self:
            del self._taken[what]


class Replica:
    """A process with a folder of its own, or one that it shares."""

    def __init__(self, folder: Path, store: AsyncStore, replicas: Replicas) -> None:
        self._folder = folder
        config = folder / "config.yaml"
        config.write_text("faq: faq/\n", "utf-8")
        self.shared = SharedFaq(Project(str(config)), store, replicas)

    def write(self, answer: str) -> None:
        """Save the FAQ's only file."""
        (self._folder / "faq").mkdir(exist_ok=True)
        text = f"- {{id: a, question: what is it, answer: {answer}}}\n"
        (self._folder / "faq" / "one.yaml").write_text(text, "utf-8")

    def reads(self, *, is_asked: bool = False) -> str | None:
        """Read and serve, as a hot reload does; the answer that is served, None for a refusal."""
        return asyncio.run(self._reads(is_asked=is_asked))

    async def _reads(self, *, is_asked: bool) -> str | None:
        try:
            _, faq = await self.shared.read(is_asked=is_asked)
        except FileProblems:
            await self.shared.refused()
            return None
        await self.shared.served(MATCHER)
        return faq.entries[0].answer


@pytest.fixture
def replica(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Replica]]:
    """Makes replicas; a number tells folders apart."""
    monkeypatch.setattr(shared_faq, "kept_for", lambda _: {})
    store, taken = AsyncStore(FakeStore, is_shared=True), dict[int, Turns]()

    def make(number: int, answer: str | None = None) -> Replica:
        folder = tmp_path / str(number)
        folder.mkdir(exist_ok=True)
        made = Replica(folder, store, Turns(taken))
        if answer is not None:
            made.write(answer)
        return made

    yield make
    store.close()


def test_an_edit_in_one_folder_is_served_by_all(replica: Callable[..., Replica]) -> None:
    one, two = replica(1, OLD), replica(2, OLD)
    assert (one.reads(), two.reads()) == (OLD, OLD)
    one.write(NEW)
    assert (one.reads(), two.reads()) == (NEW, NEW)


def test_a_folder_that_is_behind_is_not_served(replica: Callable[..., Replica]) -> None:
    one = replica(1, OLD)
    one.reads()
    one.write(NEW)
    one.reads()
    late = replica(2, OLD)  # of an old image, say
    assert late.reads() == NEW
    late.write(NEW)  # it catches up
    assert (late.reads(), one.reads()) == (NEW, NEW)


def test_a_new_image_brings_its_faq_to_all(replica: Callable[..., Replica]) -> None:
    one = replica(1, OLD)
    one.reads()
    assert (replica(2, NEW).reads(), one.reads()) == (NEW, NEW)


def test_an_edit_that_is_taken_back_is_one_too(replica: Callable[..., Replica]) -> None:
    one, two = replica(1, OLD), replica(2, OLD)
    for answer in (OLD, NEW, OLD, NEWER):
        one.write(answer)
        assert (one.reads(), two.reads()) == (answer, answer)


def test_mistakes_are_told_by_one_and_served_by_nobody(replica: Callable[..., Replica]) -> None:
    one, two = replica(1, OLD), replica(1)  # the same folder
    assert (one.reads(), two.reads()) == (OLD, OLD)
    one.write("[")
    assert (one.reads(), two.reads()) == (None, OLD)
    assert two.reads(is_asked=True) is None  # but whoever asks is told
    two.write(NEW)
    assert (two.reads(), one.reads()) == (NEW, NEW)


def test_an_edit_is_read_by_one_at_a_time(replica: Callable[..., Replica]) -> None:
    one, two = replica(1, OLD), replica(1)
    assert (one.reads(), two.reads()) == (OLD, OLD)
    one.write(NEW)
    asyncio.run(one.shared.read())  # and it has not ended yet
    assert two.reads() == OLD
    asyncio.run(one.shared.served(MATCHER))
    assert two.reads() == NEW


def test_the_faq_is_edited_only_where_the_folder_holds_what_is_served(
    replica: Callable[..., Replica], tmp_path: Path
) -> None:
    one, two = replica(1, OLD), replica(2, OLD)
    one.reads(), two.reads()
    one.write(NEW)
    one.reads(), two.reads()
    assert one.shared.hindrance(tmp_path / "1" / "faq" / "one.yaml") is None
    told = two.shared.hindrance(tmp_path / "2" / "faq" / "one.yaml")
    assert told == Remark("file_behind")
