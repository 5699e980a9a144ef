"""One FAQ for all who serve with one store: what is served is a row there.

Whoever finds that somebody has edited the files in its folder reads them, alone, and has them be
the next version once they are found right; all others take that over, whatever their own folder
holds.

A folder is edited where it held what is served and now holds something else, or where it holds what
was never served. A folder that holds an older version, as that of an old image does, is behind; it
is left as it is, and not served.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from bot.domain import Faq
from bot.errors import StoreError
from bot.files.config.settings import Settings
from bot.files.faq.content import FaqContent, pack, unpack
from bot.files.project import Project
from bot.files.writing.remark import Remark
from bot.files.writing.rewrite import hindrance
from bot.matching.kept_files import keep, kept_for
from bot.matching.matcher import Matcher
from bot.service.live import Live
from bot.service.replicas import Replicas
from bot.service.source import Source
from bot.store.async_store import AsyncStore
from bot.store.shared import FaqVersion

logger = logging.getLogger(__name__)

_NEWS = "faq"  # what replicas are told when there is a version
_LOOK_S = 1.0  # what is told may not be heard, and what could not be done is tried again
_READS = 0  # what whoever reads an edit leads; no account has this number
_REFUSED = "refused FAQ"  # the note that says which edit holds mistakes, by its digest


class SharedFaq(Source):
    """The FAQ that all serve, and the folder of this machine. Use it from the event loop."""

    def __init__(self, project: Project, store: AsyncStore, replicas: Replicas) -> None:
        self._project = project
        self._store = store
        self._replicas = replicas
        self._newest = FaqVersion(0, "")
        self._content: FaqContent | None = None  # of that
        self._held = ""  # the digest of the folder, when it was last looked at and was no edit
        self._edit: FaqContent | None = None  # which is read, and not published yet
        self._refused = ""  # the digest of an edit that was found to be wrong here
        self._is_due = False

    def begin(self) -> tuple[Settings, Faq] | None:
        """What is to be served from the start on; None where the store cannot tell yet.

        Raises:
            FileProblems: what all serve cannot be served on this machine.
        """
        try:
            return asyncio.run(self.read())
        except StoreError as error:
            logger.warning("what the others serve is not known yet: %s", error)
            self._is_due = True
            return None

    async def read(self, *, is_asked: bool = False) -> tuple[Settings, Faq]:
        caches = await self._learn()
        here = await asyncio.to_thread(self._project.content)
        self._edit = None
        if await self._is_edit(here, is_asked=is_asked):
            if await self._replicas.take(_READS):
                caches = await self._learn() or caches  # whoever had the turn may have published
                self._edit = here if await self._is_edit(here, is_asked=is_asked) else None
            else:
                self._is_due = True
            if self._edit is None:
                self._replicas.give(_READS)
        read = await asyncio.to_thread(self._project.load, self._edit or self._content)
        await asyncio.to_thread(keep, read[0], caches)
        return read

    async def served(self, matcher: Matcher) -> None:
        edit, self._edit = self._edit, None
        if edit is None:
            return
        caches = pack(await asyncio.to_thread(kept_for, matcher))
        version = FaqVersion(self._newest.number + 1, edit.digest, pack(edit.files), caches)
        try:
            if await self._store.publish_faq(version):
                self._newest, self._content, self._held = version, edit, edit.digest
                self._store.tell(_NEWS, "")
                logger.info("version %d of the FAQ is served by all from now on", version.number)
            else:
                self._is_due = True  # another one was faster
        except StoreError as error:
            self._is_due = True
            logger.warning("the others are not told of the FAQ yet: %s", error)
        finally:
            self._replicas.give(_READS)

    async def refused(self) -> None:
        edit, self._edit = self._edit, None
        try:
            if edit is not None:
                self._refused = edit.digest
                await self._store.take_note(_REFUSED, edit.digest)
        except StoreError as error:
            logger.warning("the others may find the same mistakes: %s", error)
        finally:
            self._replicas.give(_READS)

    def hindrance(self, path: Path) -> Remark | None:
        """Why a file of the FAQ cannot be changed on this machine; None where it can."""
        is_held = self._held == self._newest.digest
        return hindrance(path) or (None if is_held else Remark("file_behind"))

    async def run(self, live: Live) -> None:
        """Have all that others publish be served here, until cancelled."""
        told = asyncio.Event()
        self._replicas.on(_NEWS, lambda _: told.set())
        await self.served(live.matcher)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await told.wait()
            told.clear()
            try:
                is_behind = await self._store.faq_since(self._newest.number) is not None
            except StoreError:
                continue
            if is_behind or self._is_due:
                self._is_due = False
                await live.reload(live.team_texts)

    async def _learn(self) -> dict[str, bytes]:
        """Learn what all serve; what was computed for it, if it is new here."""
        newer = await self._store.faq_since(self._newest.number)
        if newer is None:
            return {}
        self._newest, self._content = newer, FaqContent(unpack(newer.files))
        return unpack(newer.caches)

    async def _is_edit(self, here: FaqContent, *, is_asked: bool) -> bool:
        """Whether what the folder holds is to be the next version."""
        digest = here.digest
        if digest != self._newest.digest:
            is_behind = self._held != self._newest.digest and await self._store.knows_faq(digest)
            if not is_behind:
                is_wrong = await self._store.note(_REFUSED) == digest != self._refused
                return is_asked or not is_wrong
            logger.warning(
                "the FAQ's folder holds an older version than version %d, which is served",
                self._newest.number,
            )
        self._held = digest
        return False
