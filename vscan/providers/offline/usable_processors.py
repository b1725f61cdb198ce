"""How many processors this process may use: its affinity, and the quota of its control group.

A container on a machine with 64 processors often has a quota of two and may run on all of them.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath


def usable_processors(root: Path = Path("/")) -> int:
    """Count the processors that this process may use. A part of a processor counts as one.

    ``root`` is where ``proc`` and ``sys`` are.
    """
    allowed = _affinity()
    quotas = list(_quotas(root))
    return min(allowed, max(1, min(quotas))) if quotas else allowed


def _affinity() -> int:
    """Count the processors of the affinity; not every system has one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[int]:
    """Read the quota of each control group that this process is in, in processors, rounded up."""
    for group in _groups(root):
        with suppress(OSError, ValueError, ZeroDivisionError):
            if (group / "cpu.max").exists():  # version 2 of control groups
                quota, period = (group / "cpu.max").read_text("ascii").split()
            else:
                quota = (group / "cpu.cfs_quota_us").read_text("ascii")
                period = (group / "cpu.cfs_period_us").read_text("ascii")
            if quota != "max" and int(quota) > 0:
                yield -(-int(quota) // int(period))


def _groups(root: Path) -> Iterator[Path]:
    """List the directories of the control groups that may limit the processors of this process.

    The limits of the groups around a group hold for it, too.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        for mount in (mounts / controllers, mounts / "cpu") if controllers else (mounts,):
            group = PurePosixPath(path.strip("/"))
            # In a container the path may be that of the machine, where the group is the root.
            for each in (group, *group.parents):
                yield mount / each
