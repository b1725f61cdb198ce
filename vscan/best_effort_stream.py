"""Standard error, as something that can't stop a scan.

Its reader may be gone, its disk full, its encoding ASCII, or it may be closed: progress,
logs and summaries are lost then, and the verdict is not.
"""

from contextlib import suppress
from typing import IO


class BestEffortStream:
    """A text stream whose every write succeeds. ``None`` stands for a closed one."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self.encoding = getattr(stream, "encoding", None) or "ascii"

    def write(self, text: str) -> int:
        """Write what can be written, with ``?`` for what the encoding lacks."""
        with suppress(OSError, ValueError, AttributeError):
            self._stream.write(  # type: ignore[union-attr]
                text.encode(self.encoding, "replace").decode(self.encoding)
            )
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError, AttributeError):
            self._stream.flush()  # type: ignore[union-attr]

    def isatty(self) -> bool:
        """Say whether a person reads it."""
        try:
            return bool(self._stream.isatty())  # type: ignore[union-attr]
        except (OSError, ValueError, AttributeError):
            return False

    def fileno(self) -> int:
        """Give the descriptor, for the size of the terminal."""
        if self._stream is None:
            raise OSError("closed")
        return self._stream.fileno()
