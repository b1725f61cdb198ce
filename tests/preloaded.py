"""Run ``vscan`` in a copy of a process that has imported it: a tenth of a second less for each.

For tests of which the start of the interpreter is not the subject. Each process of pytest has
one such process; it copies itself (``fork``) for each command, which has its own arguments,
environment, working directory, streams, process number and exit code, and ends as Python does.
"""

import contextlib
import functools
import gc
import importlib
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).resolve().parent.parent
_MODULES = (
    "vscan.cli.scan",
    "vscan.cli.report",
    "vscan.cli.cache",
    "vscan.cli.db",
    "vscan.cli.config",
    "vscan.cli.rules",
    "vscan.run_log",
    "vscan.progress",
    "vscan.cache",
    "vscan.report.csv",
    "vscan.report.github",
    "vscan.report.html",
    "vscan.report.json",
    "vscan.report.junit",
    "vscan.report.markdown",
    "vscan.report.sarif",
    "vscan.report.terminal",
    "vscan.providers.vscan_dev.client",
    "vscan.providers.offline.analyser",
    "vscan.advisories.writer",
    "ctypes",
    "rich.progress",
    "structlog.dev",
)
# What Python and the C library read when a process begins, and never again.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "TZ", "COVERAGE_")
_STANDARD = {"PYTHONUTF8": "1", "PYTHONPATH": str(_ROOT)}


def can_run(environment: Mapping[str, str]) -> bool:
    """Whether a copy would behave as a new process with this environment does."""
    if not hasattr(os, "pidfd_open") or "TESTS_NEW_PROCESSES" in os.environ:
        return False
    return all(
        _STANDARD.get(name, os.environ.get(name)) == value
        for name, value in environment.items()
        if name.startswith(_READ_AT_START)
    ) and not any(name.startswith("COVERAGE_") for name in environment)


class Process:
    """A command that was started, with what tests use of ``subprocess.Popen``."""

    def __init__(
        self, arguments: Sequence[str | Path], environment: Mapping[str, str], cwd: Path
    ) -> None:
        """Start it, with nothing on its standard input."""
        request = [[str(argument) for argument in arguments], dict(environment), str(cwd)]
        message = json.dumps(request).encode()
        self.returncode: int | None = None
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(_address())
        (our_out, out), (our_err, err) = os.pipe(), os.pipe()
        null = os.open(os.devnull, os.O_RDONLY)
        socket.send_fds(self._connection, [len(message).to_bytes(4)], [null, out, err])
        self._connection.sendall(message)
        for end in (null, out, err):
            os.close(end)
        self.stdout = os.fdopen(our_out, encoding="utf-8")
        self.stderr = os.fdopen(our_err, encoding="utf-8")
        self.pid = int.from_bytes(self._connection.recv(4, socket.MSG_WAITALL))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        self._close()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Say how it ended; ``None``: it did not."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            return self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Returns its exit code."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                code = self._connection.recv(4, socket.MSG_WAITALL)
            except TimeoutError:
                assert timeout is not None
                raise subprocess.TimeoutExpired("vscan", timeout) from None
            self._connection.close()
            self.returncode = int.from_bytes(code, signed=True)
        return self.returncode

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """Wait for its end. Returns what it said on both streams, but for what was read before."""
        until = time.monotonic() + timeout
        with ThreadPoolExecutor(2) as pool:
            said = [pool.submit(stream.read) for stream in (self.stdout, self.stderr)]
            try:
                out, err = (each.result(max(0, until - time.monotonic())) for each in said)
                self.wait(max(0.001, until - time.monotonic()))
            except TimeoutError:
                self.kill()
                raise subprocess.TimeoutExpired("vscan", timeout) from None
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        self._close()
        return out, err

    def _close(self) -> None:
        self.stdout.close()
        self.stderr.close()


@functools.cache
def _address() -> str:
    """Start the process that is copied, at the first use. It ends when this process does."""
    path = tempfile.mkdtemp(prefix="vscan-preloaded-") + "/socket"
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, path],
        env={**os.environ, **_STANDARD},
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    _kept.append(process)
    return path


_kept: list[object] = []  # its standard input stays open as long as this process lives


def _serve(path: str) -> list[Any]:  # noqa: C901 - one loop
    """Answer requests until standard input ends; in a copy, return what it is asked to run."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    os.write(1, b"ready\n")
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    children: dict[int, tuple[int, socket.socket]] = {}  # by descriptor: number, who waits for it
    while True:
        for key, _ in selector.select():
            if key.fd == 0:
                Path(path).unlink()
                Path(path).parent.rmdir()
                os._exit(0)
            if key.fd in children:
                selector.unregister(key.fd)
                process, waiting = children.pop(key.fd)
                code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                os.close(key.fd)
                with waiting, contextlib.suppress(OSError):
                    waiting.sendall(code.to_bytes(4, signed=True))
                continue
            connection, _ = listener.accept()
            size, streams, _, _ = socket.recv_fds(connection, 4, 3)
            message = connection.recv(int.from_bytes(size), socket.MSG_WAITALL)
            process = os.fork()
            if not process:
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                for descriptor, (_, waiting) in children.items():
                    os.close(descriptor)
                    waiting.close()
                for stream in streams:
                    os.close(stream)
                for end in (selector, listener, connection):
                    end.close()
                request: list[Any] = json.loads(message)
                return request
            for stream in streams:
                os.close(stream)
            connection.sendall(process.to_bytes(4))
            ended = os.pidfd_open(process)
            children[ended] = process, connection
            selector.register(ended, selectors.EVENT_READ)


def _become(arguments: list[str], environment: dict[str, str], cwd: str) -> None:
    """Make of this copy what a new process would be."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.path[0] = cwd  # as python -m has it
    sys.argv[:] = [str(_ROOT / "vscan" / "__main__.py"), *arguments]
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        errors = "backslashreplace" if name == "stderr" else "surrogateescape"
        stream = open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    for module in _MODULES:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    request = _serve(sys.argv[1])
    _become(*request)
    from vscan.__main__ import main

    main()
