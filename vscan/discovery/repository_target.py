"""Read a repository: every file in it that names extensions, and the extensions that it has."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from vscan.discovery.installed_extensions import read_directory
from vscan.discovery.named import KINDS
from vscan.discovery.named.interface import NamedKind
from vscan.discovery.named_extensions import NamedExtensions
from vscan.discovery.repository_files import (
    LocalExtensions,
    NotRead,
    RepositoryFile,
    repository_files,
)
from vscan.discovery.repository_reader import Repository, not_read
from vscan.discovery.repository_values import GIVES_VALUES, GivenValues
from vscan.discovery.target_interface import Found, ReadOptions
from vscan.extension_files import UnreadableError, os_error_reason, resolve
from vscan.model import Origin, Unreadable
from vscan.safe_text import sanitize

_MAX_ROUNDS = 10  # of files that give others a value that they are given themselves


def read_repository(
    target: Path, options: ReadOptions, *, holds_extensions: bool = False
) -> Iterator[Found]:
    """Read all files of the repository that name extensions. Nothing is raised.

    ``holds_extensions`` says that a folder with a manifest, directly in it, is an extension, and
    no part of a repository.
    """
    try:
        root = resolve(target)
    except (OSError, UnreadableError) as error:
        why = os_error_reason(error) if isinstance(error, OSError) else str(error)
        name = sanitize(str(target), 1000)
        yield Unreadable(name, f"it can't be read: {why}", None, None, None, (Origin(name),))
        return
    named = NamedExtensions()

    def is_excluded(path: PurePosixPath) -> bool:
        is_extension = holds_extensions and os.path.lexists(root / path / "package.json")
        return (is_extension and len(path.parts) == 1) or options.is_excluded(path)

    def read_extensions(folder: Path) -> Iterator[Found]:
        return read_directory(target / folder, options, in_repository=True, has_index=False)

    repository = Repository(target, root, named, is_excluded, read_extensions)
    for item in repository_files(
        root, KINDS, within=_within(root), is_excluded=is_excluded, is_stopped=options.is_stopped
    ):
        if isinstance(item, RepositoryFile):
            repository.read(item.path, item.kinds, item.text)
        elif isinstance(item, LocalExtensions):
            yield from read_extensions(Path(item.path))
        else:
            yield not_read(repository.uri(item.path), item)
    yield from repository.finish()
    yield from _read_values(root, repository, options, is_excluded)
    yield from named.found()


def _read_values(
    root: Path,
    repository: Repository,
    options: ReadOptions,
    is_excluded: Callable[[PurePosixPath], bool],
) -> Iterator[Found]:
    """Read what the files give to the variables, the functions and the scripts of each other."""
    values = GivenValues()
    for _ in range(_MAX_ROUNDS):
        if not values.ask(repository.take_used()):
            break
        for item in repository_files(
            root, (GIVES_VALUES,), is_excluded=is_excluded, is_stopped=options.is_stopped
        ):
            if isinstance(item, RepositoryFile):
                repository.add_given(values.read(item.path, item.text))
        yield from repository.finish()
    else:
        why = "files give values to files, again and again: the rest was not read"
        yield not_read(repository.uri(PurePosixPath()), NotRead(PurePosixPath(), why))


def _within(root: Path) -> PurePosixPath:
    """Return the directories above that say which kinds the files of a directory are of."""
    is_of_editor = bool({root.name, root.parent.name} & {".vscode", ".devcontainer"})
    return PurePosixPath(*root.parts[-2:]) if is_of_editor else PurePosixPath()


def read_named_file(path: Path, kinds: Sequence[NamedKind], text: str) -> Iterator[Found]:
    """Read the text of one file that names extensions; ``path`` is where it is."""
    named = NamedExtensions()
    root = Path(path.parent)
    repository = Repository(root, root, named)
    repository.read(PurePosixPath(path.name), kinds, text)
    yield from repository.finish()
    yield from named.found()
