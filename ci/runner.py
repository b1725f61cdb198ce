"""The runner's side: what started the workflow, its log, its outputs, its signals."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from vscan.errors import UsageError
from vscan.safe_text import sanitize

_PULL_REQUESTS = {"pull_request", "pull_request_target"}
# What nobody but the owners can start a workflow by.
_OWN = {"push", "schedule", "workflow_dispatch", "release", "create", "repository_dispatch"}
# With these, GitHub's own idea of what is looked at is a branch of the owners.
_BESIDE = {"pull_request_target", "workflow_run", "issue_comment"}


@dataclass(frozen=True)
class Event:
    """What started the workflow, as far as it decides whom to trust."""

    name: str
    proposal: bool  # of changes: whoever wrote the branch is not who runs the gate
    base: str  # its base commit; "": unknown
    fork: bool
    beside: bool  # a proposal, and the run counts for the branch that it is for
    automated: bool  # by dependabot, whose token can only read


def read_event() -> Event:
    """Read what started the workflow. What can't be known is not trusted."""
    name = os.environ.get("GITHUB_EVENT_NAME", "")
    try:
        payload = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
    except (KeyError, OSError, ValueError):
        payload = {}
    pull, queue = _table(payload, "pull_request"), _table(payload, "merge_group")
    earlier = _table(payload, "workflow_run")
    proposal = (
        bool(pull or queue or os.environ.get("GITHUB_BASE_REF"))
        or name in {*_PULL_REQUESTS, "merge_group"}
        or _is_proposed(payload, earlier)
        or bool(_table(_table(payload, "issue"), "pull_request"))
    )
    base = _table(pull, "base").get("sha") or queue.get("base_sha") or ""
    ours = _table(_table(pull, "base"), "repo").get("full_name")
    theirs = _table(_table(pull, "head"), "repo").get("full_name")
    return Event(
        name=name,
        proposal=proposal,
        base=str(base),
        fork=proposal and not queue and (not ours or ours != theirs),
        beside=proposal and name in _BESIDE,
        automated=os.environ.get("GITHUB_ACTOR") == "dependabot[bot]",
    )


def _is_proposed(payload: object, earlier: dict[str, Any]) -> bool:
    """Whether a workflow that ran before this one may be of another repository."""
    if not earlier:
        return False
    ours = _table(payload, "repository").get("full_name")
    theirs = _table(earlier, "head_repository").get("full_name")
    return earlier.get("event") not in _OWN or not ours or ours != theirs


def _table(content: object, key: str) -> dict[str, Any]:
    value = content.get(key) if isinstance(content, dict) else None
    return value if isinstance(value, dict) else {}


def set_outputs(values: Mapping[str, str]) -> None:
    """Write outputs between lines that nobody can have foreseen."""
    with open(  # noqa: PTH123 - the runner's own file, by the name that it gave
        os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8", newline="\n", errors="replace"
    ) as file:
        for name, value in values.items():
            delimiter = f"ghadelimiter_{secrets.token_hex(16)}"
            file.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def say(level: str, message: str) -> None:
    """Annotate the run."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{level} title=vscan::{escaped}", flush=True)


class Forwarded:
    """Passes signals on to the one child, for the runner tells only this process."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._catch)

    def _catch(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number
        self._send()

    def _send(self) -> None:
        if self._child is not None and self.signal is not None:
            with suppress(OSError, ValueError):
                self._child.send_signal(self.signal)

    def to(self, child: subprocess.Popen[bytes]) -> None:
        """Name the child; what came before goes to it, too."""
        self._child = child
        self._send()


def run(
    command: list[str], variables: Mapping[str, str], directory: Path, forward: Forwarded
) -> tuple[int, tuple[str, ...]]:
    """Run a command, its output into the log. Its exit code, and the errors that it named."""
    said: list[str] = []
    with untrusted():
        try:
            child = subprocess.Popen(
                command,
                cwd=directory,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise UsageError(f"vscan can't be started: {error.strerror}") from None
        with child:
            forward.to(child)
            assert child.stdout is not None
            for line in child.stdout:
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
                text = sanitize(line[:4000].decode("utf-8", "replace"), 500)
                if text.startswith(("Error: ", "Hint: ")):
                    said = [*said[-3:], text]
    code = child.returncode
    return (128 - code if code < 0 else code), tuple(said)


class untrusted:  # noqa: N801 - it reads like a statement
    """Have the runner take no line of the log for a command while something else writes it."""

    def __enter__(self) -> None:
        self._token = secrets.token_hex(16)
        print(f"::stop-commands::{self._token}", flush=True)

    def __exit__(self, *_: object) -> None:
        # On a line of its own, whatever was written last.
        print(f"\n::{self._token}::", flush=True)
