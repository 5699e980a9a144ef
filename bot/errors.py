"""What can go wrong that a person can mend, and how it is said.

Every error here ends as one line per problem on standard error; none is shown as a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A key or a file's name can hold them; a problem is one line, moves no cursor and turns no words.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# What a terminal obeys, what turns words around and what cannot be written, but breaks and tabs.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_COMPARED = 20  # names that are compared letter by letter with a misspelt one
_LONGEST = 100  # letters of a name by which these are chosen


def escaped(text: str) -> str:
    """A text as a terminal may be shown it: no control character but line break and tab, and
    nothing that turns words around. Each becomes \\uXXXX, so that JSON stays what it was.
    """
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in something a person wrote.

    Attributes:
        path: the file as the person named it, so that an editor can jump to it.
        line: 1-based; None where the file as a whole is meant (missing, unreadable).
        text: what is there, what was needed, what to do.
        code: of what is merely odd, the name of its kind, by which it can be silenced.
    """

    path: str
    line: int | None
    text: str
    code: str = field(default="", compare=False)

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return _BREAKS.sub(lambda found: repr(found.group())[1:-1], f"{place}: {self.text}")


class ProblemList:
    """Collects what is wrong with one file, and what is merely odd.

    Args:
        shown: the file's path as the person named it.
    """

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []

    def note(self, line: int | None, text: str) -> None:
        """Note what is wrong, in a line or (None) with the file as a whole."""
        self.problems.append(Problem(self.shown, line, text))

    def remark(self, line: int, text: str, code: str) -> None:
        """Note what is odd, but stops nothing."""
        self.remarks.append(Problem(self.shown, line, text, code))


class BotError(Exception):
    """The root of the family: its text is written for the person who can mend it."""


class FileProblems(BotError):  # noqa: N818  (it carries problems, plural; it is not one error)
    """Configuration or FAQ files hold mistakes; all of them, ordered by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        # A missing line sorts before the first one.
        self.problems = tuple(
            sorted(set(problems), key=lambda p: (p.path, p.line or 0, p.text)),
        )
        super().__init__("\n".join(map(str, self.problems)))


class ModelError(BotError):
    """The encoder cannot be loaded, or its weights are not the ones they claim to be."""


class OtherModelError(ModelError):
    """The server that runs the encoder runs another model than is needed."""


class UnavailableError(BotError):
    """What messages are compared by cannot be had now; its text says why in a few words."""


class EncoderError(UnavailableError):
    """The server that runs the encoder cannot be asked now."""


class SearchError(UnavailableError):
    """The database that holds the phrasings cannot be searched now."""


class VectorError(BotError):
    """Vectors have the wrong shape, type or length."""


class StoreError(BotError):
    """What the bot remembers cannot be read or written now; its text says why in a few words."""


class ChannelError(BotError):
    """A channel cannot start: the token is refused, the server's address is not one."""


def cannot_be_read(what: str, error: OSError) -> str:
    """How it is said that a file or a folder is there and cannot be read."""
    reason = error.strerror or type(error).__name__
    return f"the {what} cannot be read ({reason}). Check its permissions."


def nearest(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the known word closest to this one; "" if none is close."""
    return Names(known).hint(word)


class Names:
    """Known words, for whoever looks up many misspelt ones among them."""

    def __init__(self, known: Iterable[str]) -> None:
        self._by_folded = {name.casefold(): name for name in known}
        self._folded = list(self._by_folded)

    def hint(self, word: str) -> str:
        """See `nearest`."""
        wanted = word.casefold()
        is_short = len(self._folded) <= _COMPARED
        close = get_close_matches(
            wanted, self._folded if is_short else self._sharing_most(wanted), n=1, cutoff=0.6
        )
        return f" Did you mean {self._by_folded[close[0]]!r}?" if close else ""

    def _sharing_most(self, word: str) -> list[str]:
        """The few names that share most pairs of letters: to compare thousands letter by letter
        takes a tenth of a second, for each word."""
        import numpy as np  # nobody needs it where nothing is misspelt

        own = _pairs(word)
        holders = [self._holders[pair] for pair in own if pair in self._holders]
        numbers = np.concatenate([[], *holders]).astype(int)
        shared = np.bincount(numbers, minlength=len(self._counts))
        alike = shared / (len(own) + self._counts)
        return [self._folded[number] for number in np.argsort(-alike, kind="stable")[:_COMPARED]]

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """How many pairs of letters each name holds."""
        import numpy as np

        return np.array([len(_pairs(name)) for name in self._folded])

    @cached_property
    def _holders(self) -> dict[str, NDArray[np.int64]]:
        """The numbers of the names that hold a pair of letters."""
        import numpy as np

        holders: dict[str, list[int]] = {}
        for number, name in enumerate(self._folded):
            for pair in _pairs(name):
                holders.setdefault(pair, []).append(number)
        return {pair: np.array(numbers) for pair, numbers in holders.items()}


def _pairs(word: str) -> set[str]:
    whole = f" {word[:_LONGEST]} "
    return set(map("".join, pairwise(whole)))
