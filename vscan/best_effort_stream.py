"""A wrapper of a standard stream whose failures do not stop a scan.

Its reader may have exited, its disk may be full, its encoding may be ASCII, or it may be closed.
Progress, logs and the result for people are lost then, but the exit code and the reports are not.
"""

from contextlib import suppress
from typing import IO


class BestEffortStream:
    """A text stream whose writes never fail. ``None`` stands for a closed one."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self.encoding = getattr(stream, "encoding", None) or "ascii"

    def write(self, text: str) -> int:
        """Write text, with ``?`` for characters that the encoding lacks."""
        with suppress(OSError, ValueError, AttributeError):
            self._stream.write(  # type: ignore[union-attr]
                text.encode(self.encoding, "replace").decode(self.encoding)
            )
        return len(text)

    def flush(self) -> None:
        """Flush the stream, if possible."""
        with suppress(OSError, ValueError, AttributeError):
            self._stream.flush()  # type: ignore[union-attr]

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        try:
            return bool(self._stream.isatty())  # type: ignore[union-attr]
        except (OSError, ValueError, AttributeError):
            return False

    def fileno(self) -> int:
        """Return the descriptor, which tells the size of the terminal."""
        if self._stream is None:
            raise OSError("closed")
        return self._stream.fileno()
