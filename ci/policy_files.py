"""Read policy files from the base commit of a pull request, never from its author's branch.

What cannot be had from the base commit is an error: the file as it lies in the workspace
is never a substitute, for its author is whoever the policy is meant for.
"""

import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path

from vscan.errors import UsageError
from vscan.safe_text import sanitize

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FILES = {"100644", "100755"}  # no links: they lead to where the author wants
_TIMEOUT_S = 120
_HINT = (
    "name a file that the base branch has, or one outside of the workspace;"
    " `policy-from: workspace` trusts the author of the pull request"
)


def whole(named: str, workspace: Path) -> Path:
    """Make a path absolute without following links; ``~/`` is the home directory."""
    try:
        return Path(os.path.normpath(workspace / Path(named).expanduser()))
    except RuntimeError:
        raise UsageError(f"{sanitize(named)} is in the home of nobody") from None


def from_base(path: Path, workspace: Path, commit: str, place: Path) -> Path:
    """Copy an absolute path as it is in a commit to below ``place``.

    A path outside of the workspace is given back: no branch can reach it.
    """
    relative = _inside(path, workspace)
    if relative is None:
        return path
    if not _COMMIT.fullmatch(commit):
        raise UsageError("the event names no base commit to read policy files from", hint=_HINT)
    repository = _repository(workspace, relative)
    name = (workspace / relative).relative_to(repository).as_posix()
    _fetch(repository, commit)
    listed = _git(repository, "ls-tree", "-z", "--full-tree", commit, "--", name)
    mode, _, rest = listed.decode("utf-8", "replace").partition(" ")
    kind, _, rest = rest.partition(" ")
    content, _, found = rest.partition("\t")
    if found != f"{name}\0" or kind != "blob" or mode not in _FILES:
        what = "is no regular file in" if found else "is not in"
        raise UsageError(f"{sanitize(name)} {what} the base commit {commit[:12]}", hint=_HINT)
    copy = place / f"base-{commit[:12]}" / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(_git(repository, "cat-file", "blob", content))
    return copy


def _inside(path: Path, workspace: Path) -> Path | None:
    """Give a path relative to the workspace; ``None`` where no branch can reach it."""
    if path.is_relative_to(workspace):
        return path.relative_to(workspace)
    try:
        # Another name of the same directory, or a link into it.
        real, root = path.resolve(), workspace.resolve()
    except (OSError, RuntimeError):
        return None
    return real.relative_to(root) if real.is_relative_to(root) else None


def _repository(workspace: Path, relative: Path) -> Path:
    """Find the outermost checkout that holds a file: one further in may be the author's."""
    for place in reversed((workspace / relative).parents):
        # One that can't be looked at is one, too: it is further out.
        if place.is_relative_to(workspace) and os.path.lexists(place / ".git"):
            return place
    raise UsageError(f"{sanitize(str(relative))} is in no checkout with a base commit", hint=_HINT)


def _fetch(repository: Path, commit: str) -> None:
    """Make sure that a commit is here; a shallow clone has only the newest one."""
    if _has(repository, commit):
        return
    shallow = _git(repository, "rev-parse", "--is-shallow-repository").strip() == b"true"
    depth = ["--depth=1"] if shallow else []  # it would make a whole clone a shallow one
    options = ("--quiet", "--no-tags", "--no-recurse-submodules", *depth)
    with suppress(UsageError):
        _git(repository, "fetch", *options, "origin", commit)
    if not _has(repository, commit):
        raise UsageError(
            f"the base commit {commit[:12]} is not in this clone and can't be fetched",
            hint="give actions/checkout `fetch-depth: 0`",
        )


def _has(repository: Path, commit: str) -> bool:
    try:
        _git(repository, "cat-file", "-e", f"{commit}^{{commit}}")
    except UsageError:
        return False
    return True


def program_named(name: str) -> str | None:
    """Find a program in the whole directories of PATH; ``None`` where there is none.

    ``shutil.which`` looks in relative ones, too, and on Windows in the working directory before
    any other: there lies what the author of a pull request has put there.
    """
    windows = os.name == "nt"
    suffixes = os.environ.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";") if windows else [""]
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if not Path(directory).is_absolute():
            continue
        for suffix in suffixes:
            place = os.path.join(directory, name + suffix)  # noqa: PTH118 - a text for a command
            if os.path.isfile(place) and os.access(place, os.X_OK):  # noqa: PTH113 - never raises
                return place
    return None


def _git(repository: Path, *arguments: str) -> bytes:
    """Run git where nothing of the branch can be run by it."""
    program = program_named("git")
    if program is None:
        raise UsageError("git is not installed, and policy files come from the base commit")
    settings = {
        "safe.directory": str(repository),  # in a container the checkout is another user's
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "protocol.ext.allow": "never",
    }
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
    }
    try:
        return subprocess.run(
            [program, *options, *arguments],
            cwd=repository,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"git {arguments[0]} failed: {sanitize(str(error), 200)}") from None
