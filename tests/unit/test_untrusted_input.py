"""Files that were named are read, whatever the system has."""

import os
from pathlib import Path

import pytest

from vscan.bounded_input import read_file


@pytest.mark.parametrize("content", [b"", b"a\r\nb\n\x1ac"])
def test_a_file_is_read_where_nothing_can_be_told_not_to_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """Windows has no such flag; from Python 3.12 on it has the call, and refuses it for files."""

    def refuse(*_: object) -> None:
        raise OSError(1, "Incorrect function")

    monkeypatch.delattr(os, "O_NONBLOCK", raising=False)
    monkeypatch.setattr(os, "set_blocking", refuse, raising=False)
    file = tmp_path / "file"
    file.write_bytes(content)
    assert read_file(file, 100) == content
