"""How many processor cores this process may really use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def usable_cores(root: Path = Path("/")) -> int:
    """The cores this process may be scheduled on, but no more than its cgroups pay for.

    A quota of one and a half cores counts as one: a second thread would spend it early, and then
    all threads stand still until the next period.

    Args:
        root: where /proc and /sys are.
    Returns:
        1 or more.
    """
    quotas = list(_quotas(root))
    scheduled = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, int(min([scheduled, *quotas])))


def _quotas(root: Path) -> Iterator[float]:
    """The limits, in cores, of this process's cgroup and of all cgroups around it (man 7 cgroups).

    In a container the path can be the host's, which is not there: then the root of what is mounted
    is the container's own cgroup.
    """
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        if line.startswith("0::"):
            own = PurePosixPath(line.removeprefix("0::"))
            for folder in (own, *own.parents):
                file = root / "sys" / "fs" / "cgroup" / str(folder).lstrip("/") / "cpu.max"
                # Microseconds of processor time and of wall clock; "max" is no limit.
                words = _read(file).split()
                if len(words) == 2 and all(word.isdigit() and int(word) > 0 for word in words):
                    yield int(words[0]) / int(words[1])


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""
