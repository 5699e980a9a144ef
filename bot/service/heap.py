"""How the process keeps memory: few pools, and what was freed goes back to the machine."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENA_MAX = -8  # M_ARENA_MAX of <malloc.h>
_POOLS = 2  # one for the event loop, one for the thread that matches: hardly ever do more allocate


def share_pools() -> None:
    """Have the threads that start from now on share two pools of memory.

    By default glibc gives threads pools of their own, up to eight for each core, and what is freed
    in one does not serve another: a bot that reads its FAQ anew again and again grows by them.
    Other C libraries do without.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _POOLS)


def give_back() -> None:
    """Have the C library return the memory that it keeps for later.

    Building a matcher takes a hundred megabytes for a moment, compiling a model a gigabyte. glibc
    keeps most of it, in pieces that the next build does not quite fit into. Takes some
    milliseconds; other C libraries do without.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
