"""The command, by its name or as ``python -m vscan``: how it ends before there is one."""

import os
import signal


def main() -> None:
    """Run the command."""
    if os.getpid() == 1:
        # The kernel keeps from the first process of a container what has no handler: it would
        # be stopped for ten seconds, and then killed. So, and before anything that takes
        # time, what SIGTERM does everywhere else; a scan puts its own handler in its place.
        signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    try:
        from vscan.cli import main as command

        command()
    except (MemoryError, OSError, ImportError):
        # Not even that could be said. Python's own exit code would be 1, which means findings.
        os.write(2, b"Error: the system allows too little: memory, or open files (ulimit)\n")
        os._exit(2)


if __name__ == "__main__":
    main()
