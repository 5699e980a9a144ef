"""Files that replies lead to: those of answers, and what the team sends to a visitor.

Who may see a reply may see its files, without a key: those of the team are at addresses that nobody
can guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from fastapi import Response
from fastapi.responses import FileResponse, StreamingResponse

from bot.channels.http import shapes
from bot.channels.http.problems import ProblemError
from bot.domain import Attachment, FileKind
from bot.errors import ChannelError, StoreError
from bot.service.live import Live
from bot.service.visitors.mailbox import MailedFile
from bot.service.visitors.team import Line, Team

FOLDER: Final = "/files/"
_HASH_CHARS = 32
# It is shown, on pages of other sites too, and runs nothing.
_HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PART_BYTES = 1 << 16
_BYTES_PER_CHAR = 3_333  # a megabyte costs as much as a message


class Files:
    """Gives out files, by what stands for them in their addresses."""

    def __init__(self, live: Live, line: Line) -> None:
        self._live = live
        self._line = line

    async def response(self, name: str, pay: Callable[[int], Awaitable[object]]) -> Response:
        """A file.

        Args:
            pay: takes what a file of the team costs, by characters of a message.
        Raises:
            ProblemError: there is none, or it cannot be had now.
        """
        entries = self._live.faq.entries
        files = (each for entry in entries for each in entry.attachments if not each.is_web)
        path = next((Path(each.source) for each in files if _hash_of(each) == name), None)
        if path is not None and path.is_file():
            return FileResponse(
                path, headers=_HARMLESS, filename=path.name, content_disposition_type="inline"
            )
        if path is not None or self._line.team is None:
            raise _gone()
        await pay(0)
        try:
            return await _mailed(name, self._line.team, pay)
        except (ChannelError, StoreError):
            told = "The file cannot be had just now; try again in a minute."
            raise ProblemError(503, told, {"Retry-After": "60"}) from None


def attached(file: Attachment) -> shapes.Attachment:
    """A file that goes with an answer."""
    url = file.source if file.is_web else f"{FOLDER}{_hash_of(file)}"
    name = unquote(urlsplit(file.source).path) if file.is_web else file.source
    name = PurePosixPath(name).name
    return shapes.Attachment(kind=file.kind.value, url=url, name=name, caption=file.caption)


def mailed(file: MailedFile) -> shapes.Attachment:
    """A file that the team has sent."""
    url = f"{FOLDER}{file.name}"
    return shapes.Attachment(kind=file.kind.value, url=url, name=file.title, caption="")


async def _mailed(name: str, team: Team, pay: Callable[[int], Awaitable[object]]) -> Response:
    """A file of the team. A picture, which Telegram has drawn anew, is shown; what else there may
    be in a file is saved as it is."""
    file = await team.file(name)
    if file is None:
        raise _gone()
    await pay(file.size // _BYTES_PER_CHAR)
    content = await team.content(file)
    is_picture = file.kind is FileKind.PHOTO
    saved = f"attachment; filename*=UTF-8''{quote(file.title, safe='')}"
    headers = _HARMLESS | {
        "Content-Disposition": "inline" if is_picture else saved,
        "Content-Length": str(len(content)),
        "Cache-Control": "private, no-store",  # or it would outlive a forgotten conversation
    }
    kind = "image/jpeg" if is_picture else "application/octet-stream"
    return StreamingResponse(_parts(content), headers=headers, media_type=kind)


def _gone() -> ProblemError:
    return ProblemError(404, "There is no such file (any more).")


def _parts(content: bytes) -> Iterator[bytes]:
    return (content[at : at + _PART_BYTES] for at in range(0, len(content), _PART_BYTES))


def _hash_of(file: Attachment) -> str:
    """What stands for a file, and says nothing of where it lies."""
    return hashlib.sha256(file.source.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARS]
