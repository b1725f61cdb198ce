"""The processors that this process may use: a quota counts as an affinity does."""

import os
from pathlib import Path

import pytest

from vscan.providers.offline.usable_processors import usable_processors

ALL = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def system(root: Path, cgroup: str, **files: str) -> Path:
    """Lay out what the kernel shows of control groups; ``__`` in a name is a slash."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, content in files.items():
        place = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_max", ".max")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return root


@pytest.mark.skipif(ALL < 2, reason="one processor has no smaller quota")
@pytest.mark.parametrize(
    ("cgroup", "files"),
    [
        ("0::/\n", {"cpu_max": "100000 100000\n"}),
        ("0::/\n", {"cpu_max": "50000 100000\n"}),  # a part counts as one
        ("0::/pod/scan\n", {"pod__cpu_max": "100000 100000\n", "pod__scan__cpu_max": "max 100000"}),
        ("0::/of/the/machine\n", {"cpu_max": "20000 100000\n"}),  # in a container
    ],
    ids=["one processor", "half a processor", "of the group around it", "in a container"],
)
def test_a_quota_below_the_affinity_counts(
    tmp_path: Path, cgroup: str, files: dict[str, str]
) -> None:
    assert usable_processors(system(tmp_path, cgroup, **files)) == 1


@pytest.mark.skipif(ALL < 2, reason="one processor has no smaller quota")
@pytest.mark.parametrize("mount", ["cpu,cpuacct", "cpu"])
def test_version_1_of_control_groups_has_a_quota_too(tmp_path: Path, mount: str) -> None:
    system(tmp_path, "5:cpu,cpuacct:/pod\n1:memory:/pod\n")
    group = tmp_path / "sys/fs/cgroup" / mount / "pod"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("100000\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_processors(tmp_path) == 1


@pytest.mark.parametrize(
    ("cgroup", "files"),
    [
        ("0::/\n", {}),
        ("0::/\n", {"cpu_max": "max 100000\n"}),
        ("0::/\n", {"cpu_max": "1000000000 100000\n"}),
        ("0::/\n", {"cpu_max": "0 0\n"}),
        ("0::/\n", {"cpu_max": "x"}),
        ("nonsense\n", {}),
        ("", {"cpu_max": ""}),
    ],
)
def test_without_a_smaller_quota_the_affinity_counts(
    tmp_path: Path, cgroup: str, files: dict[str, str]
) -> None:
    assert usable_processors(system(tmp_path, cgroup, **files)) == ALL
    assert usable_processors(tmp_path / "nothing") == ALL
