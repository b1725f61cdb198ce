"""What the shell completes on a command line: paths, ids, rules, keys, formats, words of options.

A suggestion of the kind ``file`` or ``dir`` has the shell complete a path itself, as it does for
any command: with ``~``, variables and quotes. Only names that no shell takes for anything else are
suggested, because the author of an extension chooses the name of its folder.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from vscan.lazy_regex import lazy_regex

_MOST_FOLDERS: Final = 10_000  # of one directory: completion answers while a person waits
_FOLDER: Final = lazy_regex(
    r"(?is)(?P<id>[a-z0-9][a-z0-9-]{0,200}\.[a-z0-9][a-z0-9._-]{0,200}?)(-\d+\.\d+\.\d+.*)?"
)
_SAFE: Final = lazy_regex(r"[A-Za-z0-9][A-Za-z0-9._,*-]*")
Items = list[CompletionItem[str]]


def path(kind: str, incomplete: str) -> Items:
    """Have the shell complete a path: of the kind ``file``, or ``dir`` for directories alone."""
    return [CompletionItem(incomplete, type=kind)]


def words(among: Iterable[str], incomplete: str) -> Items:
    """Suggest those of some words that begin with what is typed, in any case."""
    return [CompletionItem(word) for word in among if word.lower().startswith(incomplete.lower())]


def targets(context: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Suggest paths, and the ids of installed extensions if no file begins like that."""
    suggested = path("file", incomplete)
    if incomplete and not _is_path(incomplete):
        suggested += words(_installed_ids(context), incomplete)
    return suggested


def names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Suggest what an option takes that lists names; after a comma, the next one."""
    before, comma, last = incomplete.rpartition(",")
    if before and not _SAFE.fullmatch(before):
        return []
    already = set(before.lower().split(","))
    return [
        CompletionItem(before + comma + name)
        for name in _names_for(str(parameter.name), context)
        if name.lower().startswith(last.lower()) and name.lower() not in already
    ]


def outputs(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Suggest ``FORMAT=``, a path after that, and a path alone."""
    from vscan.settings.option_value_checks import FORMATS

    name, equals, rest = incomplete.partition("=")
    if equals and name in FORMATS:
        return [CompletionItem(rest, type="file", before=f"{name}=")]
    formats = words([f"{name}=" for name in FORMATS], incomplete)
    return formats or path("file", incomplete)


def rules(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Suggest the ids of rules and policy checks, with their titles."""
    from vscan.cli.rules import ALL
    from vscan.policy.checks import MEANINGS

    titles = {rule.id: rule.title for rule in ALL} | MEANINGS
    return [
        CompletionItem(name, help=title)
        for name, title in titles.items()
        if name.startswith(incomplete)
    ]


def keys(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Suggest keys of the config file, with what they mean."""
    from vscan.settings.table import BY_KEY

    return [
        CompletionItem(key, help=row.help.partition("  [")[0])
        for key, row in BY_KEY.items()
        if key.startswith(incomplete)
    ]


def value_of_key(context: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Suggest values for the key that the command line names before."""
    from vscan.cli.scan import scan
    from vscan.settings.table import BY_KEY

    row = BY_KEY.get(str(context.params.get("key")))
    option = next((each for each in scan.params if row and each.name == row.field), None)
    if option is None:
        return []
    if isinstance(option, click.Option) and option.is_flag:
        return words(("true", "false"), incomplete)
    with click.Context(scan, resilient_parsing=True) as own:
        return option.shell_complete(own, incomplete)


def _is_path(text: str) -> bool:
    """Whether a text is the beginning of a path: of a file that exists, or with a separator."""
    if text.startswith(("~", ".", "$")) or os.sep in text:
        return True
    try:
        return any(entry.name.startswith(text) for entry in os.scandir())
    except OSError:
        return False


def _names_for(field: str, context: click.Context) -> Iterable[str]:
    """Give the names that an option may list, by the field of the setting."""
    match field:
        case "sources":
            from vscan.providers import PROVIDERS

            return [provider.name for provider in PROVIDERS]
        case "fetch":
            return ["open-vsx", "marketplace"]
        case "publishers":
            return dict.fromkeys(name.partition(".")[0] for name in _installed_ids(context))
        case "include_ids" | "exclude_ids" | "private" | "blocked" | "allowed":
            return _installed_ids(context)
        case _:
            return []


def _installed_ids(context: click.Context) -> list[str]:
    """List the ids of installed extensions, by the names of their folders."""
    found: dict[str, None] = {}
    for directory in _directories(context):
        try:
            with os.scandir(directory) as entries:
                for _, entry in zip(range(_MOST_FOLDERS), entries, strict=False):
                    match = _FOLDER.fullmatch(entry.name)
                    if match is not None and _SAFE.fullmatch(match["id"]):
                        found[match["id"].lower()] = None
        except OSError:
            continue
    return sorted(found)


def _directories(context: click.Context) -> Iterator[Path]:
    """Give the directories that the command line or the variable names, else the editors'."""
    from vscan.discovery.editor_directories import editor_directories

    named = [
        *(context.params.get("targets") or ()),
        *(context.params.get("extensions_dir") or ()),
    ]
    directories = [path for path in map(Path, named) if path.is_dir()]
    yield from directories or editor_directories()
