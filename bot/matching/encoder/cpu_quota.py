"""How many processor cores this process may really use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MOUNTS_V1 = ("cpu", "cpu,cpuacct", "cpuacct,cpu")


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
    """The limits, in cores, of this process's cgroups and of all cgroups around them.

    /proc/self/cgroup has one line "number:controllers:path" per hierarchy; that of cgroup v2 names
    no controllers (man 7 cgroups). In a container the path can be the host's, which is not there:
    then the root of what is mounted is the container's own cgroup.
    """
    mounts = root / "sys" / "fs" / "cgroup"
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        folders = [PurePosixPath(path), *PurePosixPath(path).parents]
        for folder in (str(folder).lstrip("/") for folder in folders):
            if not controllers:
                yield from _quota(_read(mounts / folder / "cpu.max").split())
            elif "cpu" in controllers.split(","):
                for mount in _MOUNTS_V1:
                    cgroup = mounts / mount / folder
                    files = (cgroup / "cpu.cfs_quota_us", cgroup / "cpu.cfs_period_us")
                    yield from _quota([_read(file).strip() for file in files])


def _quota(words: list[str]) -> Iterator[float]:
    """Microseconds of processor time and of wall clock; "max" or -1 is no limit."""
    if len(words) == 2 and all(word.isdigit() and int(word) > 0 for word in words):
        yield int(words[0]) / int(words[1])


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""
