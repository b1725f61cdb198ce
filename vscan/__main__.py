"""The entry point of ``vscan`` and ``python -m vscan``: errors before ``vscan.cli`` end here."""

import gc
import os
import signal
import sys

from vscan import __version__


def main() -> None:
    """Run the command."""
    if os.getpid() == 1:
        # The kernel delivers SIGTERM to the first process of a container only if it has a handler;
        # without one, stopping the container takes ten seconds and a SIGKILL. A scan replaces
        # this handler by its own.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    if sys.argv[1:] == ["--version"] and _print_version():
        return
    gc.disable()  # until the command is imported: what imports make is no garbage, and 9 ms less
    try:
        from vscan.cli import main as command

        command()
    except (MemoryError, OSError, ImportError, SystemError):  # the last: Python out of memory
        # The import failed, or the report of an error. Python would exit with 1: findings.
        os.write(2, b"Error: the system allows too little: memory, or open files (ulimit)\n")
        os._exit(2)


def _print_version() -> bool:
    """Print the version without importing the command line, which takes most of the time.

    Returns whether it was printed; if not, the command line reports the error.
    """
    try:
        os.write(1, f"vscan {__version__}\n".encode())
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
