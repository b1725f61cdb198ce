"""Read a file that decides verdicts and that an option names: an ignore file or the baseline."""

from pathlib import Path

from vscan.bounded_input import read_file
from vscan.errors import UsageError
from vscan.safe_text import describe_os_error

MAX_FILE_BYTES = 64 * 1024 * 1024


def read_policy_file(path: Path, option: str) -> bytes:
    """Read a file; ``UsageError`` names the option where it is unreadable or too large."""
    try:
        return read_file(path, MAX_FILE_BYTES)
    except OSError as error:
        raise UsageError(f"{option} {path} can't be read: {describe_os_error(error)}") from None
