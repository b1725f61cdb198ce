"""The interface of a kind of file that names extensions: which files, and how they are read.

A kind reads the text of one file, and knows nothing of other files, registries or reports.
"""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from msgspec import Struct

from vscan.model import ExtensionId, How, Registry


class Span(Struct, frozen=True):
    """A part of one line of a text: ``line`` and ``column`` count from 1, in characters."""

    line: int
    column: int
    length: int


class Named(Struct, frozen=True):
    """An extension that a file names. ``span`` is of the id, as it is written there.

    ``version`` is an exact one that is asked for; ``is_pre_release`` says that the file asks for
    the newest pre-release instead. ``hash`` is that of the archive, as the file writes it.
    ``uuid`` is the number of an extension in the marketplace: an editor that is given one installs
    what has this number, whatever ``id`` says.
    """

    id: ExtensionId
    how: How
    span: Span
    version: str | None = None
    is_pre_release: bool = False
    platform: str | None = None
    registry: Registry | None = None
    hash: str = ""
    uuid: str = ""


MistakeRule: TypeAlias = Literal["input-ignored", "input-unresolved", "input-broken"]


class Mistake(Struct, frozen=True):
    """A part of a file that names no extension, though it should.

    ``input-ignored``: the editor ignores it, as an id that no editor takes or a version where none
    counts. ``input-unresolved``: a variable, whose value is not in the file. ``input-broken``: the
    file breaks its format here; what follows was read as the editor reads it.
    """

    rule: MistakeRule
    how: How
    message: str
    span: Span


class Elsewhere(Struct, frozen=True):
    """Something that a file takes extensions from, and that is not in the file.

    ``what`` is a file by its path (as written), a .vsix file by its URL, a feature of dev
    containers or an image by its reference, or all recommendations of the repository. A file that
    a command runs or uses is one of ``USED_FILES``; it need not be in the repository. An extension
    folder is copied to where an editor has its extensions. ``folders``
    are directories that the commands of the file change to, as written: a path may be relative to
    them.
    """

    what: Literal[
        "list-file",
        "vsix-file",
        "dockerfile",
        "vsix-url",
        "feature",
        "image",
        "recommendations",
        "script",
        "program",
        "brewfile",
        "container-file",
        "yaml-file",
        "extension-folder",
        "extensions-directory",
    ]
    target: str
    how: How
    span: Span
    folders: tuple[str, ...] = ()


USED_FILES = frozenset({"script", "program", "brewfile", "container-file", "yaml-file"})


class Used(Struct, frozen=True):
    """A name whose value is installed, and that other files of the repository may give a value.

    ``what`` is a variable, one of Terraform, a function that is called with what it installs, or
    the file itself, which gets arguments (``name`` is empty). If ``is_part``, the value is only a
    part of an id.
    """

    what: Literal["variable", "terraform", "function", "file"]
    name: str
    how: How
    span: Span
    is_part: bool = False


Read: TypeAlias = Named | Mistake | Elsewhere | Used


class NamedKind(Struct, frozen=True):
    """A kind of file. ``named.KINDS`` lists them; each that accepts a path reads the file.

    ``name`` is a short word for reports (``dev-container``). ``accepts`` gets the path relative to
    the repository. ``read`` gets the text, without a byte order mark, and raises nothing: a text
    that is not what it should be gives a ``Mistake``, or nothing where the path alone does not say
    that the file is of this kind. A kind whose files have many uses has ``marks``: of a file that
    is too large for it, only one with one of these texts is reported.
    """

    name: str
    accepts: Callable[[PurePosixPath], bool]
    read: Callable[[str], Iterator[Read]]
    marks: tuple[str, ...] = ()
