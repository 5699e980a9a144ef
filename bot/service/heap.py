"""What was freed goes back to the machine."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Have the C library return the memory that it keeps for later.

    Building a matcher takes a hundred megabytes for a moment, compiling a model a gigabyte. glibc
    keeps most of it, in pieces that the next build does not quite fit into. Takes some
    milliseconds; other C libraries do without.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
