"""The entry point of ``vscan`` and ``python -m vscan``: errors before ``vscan.cli`` end here."""

import os
import signal


def main() -> None:
    """Run the command."""
    if os.getpid() == 1:
        # The kernel delivers SIGTERM to the first process of a container only if it has a handler;
        # without one, stopping the container takes ten seconds and a SIGKILL. A scan replaces
        # this handler by its own.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    try:
        from vscan.cli import main as command

        command()
    except (MemoryError, OSError, ImportError, SystemError):  # the last: Python out of memory
        # The import failed, or the report of an error. Python would exit with 1: findings.
        os.write(2, b"Error: the system allows too little: memory, or open files (ulimit)\n")
        os._exit(2)


if __name__ == "__main__":
    main()
