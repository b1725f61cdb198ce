"""Write docs/reference/: the command line, the config file, the JSON report and the logs.

``python -m ci.reference`` writes the pages; ``--check`` exits with 1 where one is not current.
They are made from what the program itself uses: click's commands, the table of settings, the
JSON Schema of the report, and the lines that the log writes of one event of each kind.
"""

import argparse
import inspect
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import click

from tests.reports import report
from vscan import run_log
from vscan.cli import cli
from vscan.cli.help_and_suggestions import CommandWithGroups, options_by_group
from vscan.cli.scan import scan
from vscan.events import (
    Asking,
    Began,
    Ended,
    Event,
    Fetched,
    LookupsEstimated,
    Retrying,
    SlowedDown,
    Warned,
)
from vscan.model import Extension, ExtensionId, Failed, FailureKind, RiskLevel, Scanned, Task
from vscan.model import Verdict as ProviderVerdict
from vscan.report.json import schema
from vscan.settings.row import Row
from vscan.settings.table import BY_KEY, CACHE_KEY_VARIABLE, CONFIG_VARIABLE, SECTIONS
from vscan.settings.types import Choice, Flag, Integer, PathType, Seconds

PLACE = Path(__file__).resolve().parent.parent / "docs" / "reference"
_NOTE = "This page is made by `python -m ci.reference` from the program itself."
_CODE = re.compile(r"(`[^`]+`)")
_CONFIGURATION = """\
# Configuration

Every setting is an option, a variable and a key of the config file (TOML). An option overrides a
variable, a variable overrides the file, and the file overrides the default. {note}

The file is `~/.vscanrc`, or the one that `--config` or the variable `{config}` names. A list is
`[...]` in the file, commas in a variable, and a repeated option.

```toml
[scan]
extensions_dir = ["~/.vscode/extensions"]
private = ["corp.*"]

[policy]
fail_on = "medium"
ignore_file = "accepted.toml"

[output]
reports = ["json=reports/vscan.json"]
```

- `vscan config init` writes a file with every key, `vscan config set KEY VALUE` changes one, and
  `vscan config show` lists every key with its value and where that comes from.
- **Paths** in these keys are relative to the config file: {paths}. Paths in options and variables
  are relative to the working directory. A leading `~` is the home directory, in the file and in
  variables.
- **Empty values** are errors, in the file, as an option and as a variable, because a variable
  that is not set leaves an empty value. `private = []` is an empty list, on purpose.
- **A `~/.vscanrc` that exists and can't be read** ends the run, because it may contain the
  policy. `{config}=/dev/null` means that there is no config file.
- `{cache_key}` is a variable alone, because it is a secret: with it vscan uses only cached
  verdicts that were signed with it."""
# In a sentence: an option, a variable, or a path that begins with one.
_LITERAL = re.compile(
    r"(?<![\w\-/`])(--?[a-z][\w-]*|\$?[A-Z]{2,}_[A-Z_]+(?:/[\w.]+|=[\w.*,]*[\w*])*)(?![\w`])"
)
_DEFAULT = re.compile(r"\s*\[default: (.*)\]$")
# How click writes the range of a number, and how people do.
_RANGES = (
    (re.compile(r"([\d.]+)<=x<=([\d.]+)"), r"\1 to \2"),
    (re.compile(r"([\d.]+)<x<=([\d.]+)"), r"more than \1, at most \2"),
    (re.compile(r"x>=([\d.]+)"), r"at least \1"),
    (re.compile(r"x>([\d.]+)"), r"more than \1"),
)
_ID = ExtensionId.parse("acme.tools")


def pages() -> dict[str, str]:
    """Make the pages, by file name."""
    made = {
        "cli.md": _cli(),
        "configuration.md": _configuration(),
        "json-report.md": _json_report(),
        "logs.md": _logs(),
    }
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def _prose(text: str) -> str:
    """Write a text of the program in Markdown, for a paragraph or a cell of a table."""
    parts = []
    for part in _CODE.split(" ".join(text.replace("``", "`").split())):
        if part.startswith("`") and len(part) > 1:
            parts.append(part)
            continue
        for piece in re.split(_LITERAL, part):
            escaped = re.sub(r"([\\*_<|])", r"\\\1", piece)
            parts.append(f"`{piece}`" if _LITERAL.fullmatch(piece) else escaped)
    return "".join(parts)


def _table(*header: str) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


# The command line


def _cli() -> Iterator[str]:
    yield "# Command line"
    yield ""
    yield f"Each command shows the same text with `--help`. {_NOTE}"
    yield "[Configuration](configuration.md) has the variable and the key of each option."
    context = click.Context(cli, info_name="vscan")
    commands = list(_commands(cli, context))
    yield ""
    yield from _table("Command", "What it does")
    for path, command, _ in commands:
        anchor = path.replace(" ", "-")
        summary = _prose((command.help or "").partition("\n")[0])
        yield _row(f"[`{path}`](#{anchor})", summary)
    for path, command, inner in commands:
        yield from ("", f"## {path}", "", "```text", command.get_usage(inner)[7:], "```")
        yield from _help(command.help or "")
        yield from _options(command, inner)


def _commands(
    group: click.Group, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, terminal_width=100)
        if isinstance(command, click.Group):
            yield from _commands(command, inner)
        else:
            yield inner.command_path, command, inner


def _help(text: str) -> Iterator[str]:
    r"""Write a help text; a paragraph after ``\b`` keeps its lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield ""
        if not paragraph.startswith("\b\n"):
            yield _prose(paragraph)
            continue
        title, _, rest = paragraph.removeprefix("\b\n").partition("\n")
        if title.endswith(":") and rest:
            yield from (f"**{title}**", "", "```text", inspect.cleandoc(rest), "```")
        else:
            yield from ("```text", inspect.cleandoc(paragraph.removeprefix("\b\n")), "```")


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    """Write a table, or one for each group of options that the help has."""
    if isinstance(command, CommandWithGroups):
        for group, records in options_by_group(command, context).items():
            yield from ("", f"**{group}**", "", *_option_table(records))
        return
    every = [
        record
        for parameter in command.get_params(context)
        if (record := parameter.get_help_record(context)) is not None
    ]
    yield from ("", *_option_table(every))


def _option_table(records: list[tuple[str, str]]) -> Iterator[str]:
    yield from _table("Option", "Meaning")
    for option, text in records:
        help_ = text
        for pattern, words in _RANGES:
            help_ = pattern.sub(words, help_)
        name, _, choices = option.partition(" [")
        chosen = f" {', '.join(choices.rstrip(']').split('|'))}" if "|" in choices else ""
        if help_:
            yield _row(f"`{name if chosen else option}`{chosen}", _prose(help_))


# The config file


def _configuration() -> Iterator[str]:
    paths = ", ".join(f"`{key}`" for key, row in BY_KEY.items() if isinstance(row.type, PathType))
    yield _CONFIGURATION.format(
        note=_NOTE, paths=paths, config=CONFIG_VARIABLE, cache_key=CACHE_KEY_VARIABLE
    )
    helps = {parameter.name: parameter for parameter in scan.params}
    for section in SECTIONS:
        yield from ("", f"## [{section}]", "")
        yield from _table("Key, option, variable", "Value", "Meaning")
        for key, row in BY_KEY.items():
            if key.startswith(f"{section}."):
                option = helps[row.field]
                assert isinstance(option, click.Option)
                yield _setting(key, row, option.help or "")


def _setting(key: str, row: Row, help_: str) -> str:
    named = f"`{key}`<br>`{row.option.partition('/')[0]}`<br>`{row.variable}`"
    default = row.type.default(row.default)
    told = _DEFAULT.search(help_)
    if told is not None:
        shown = _prose(told[1])
    elif default in (None, ()):
        shown = "not set"
    else:
        shown = f"`{json.dumps(default)}`"
    meaning = _prose(_DEFAULT.sub("", help_))
    return _row(named, f"{_values(row)}<br>Default: {shown}", meaning)


def _values(row: Row) -> str:
    match row.type:
        case Choice(words=words):
            return ", ".join(f"`{word}`" for word in words)
        case Flag():
            return "`true`, `false`"
        case Integer(minimum=low, maximum=high):
            return f"{low} to {high}"
        case Seconds(minimum=low, maximum=high, positive=positive):
            least = f"more than {low:g}" if positive else f"{low:g}"
            return (
                f"Seconds, {least}"
                + (" or more" if not positive and high is None else "")
                + (f" to {high:g}" if high is not None else "")
            )
        case other:
            return _prose(_first_sentence(other).partition(":")[0]).removesuffix(".")


def _first_sentence(documented: object) -> str:
    text = " ".join((inspect.getdoc(documented) or "").split())
    return text.partition(". ")[0].removesuffix(".") + "."


# The JSON report


def _json_report() -> Iterator[str]:
    root = schema()
    yield "# JSON report"
    yield ""
    yield _prose(root["description"]) + f" {_NOTE}"
    yield ""
    yield "The JSON Schema is `vscan/report/report-v1.schema.json` in the package. This prints it:"
    yield ""
    yield "```sh"
    yield "python -c 'import json, vscan.report.json as j; print(json.dumps(j.schema()))'"
    yield "```"
    yield ""
    yield "A key that is marked as optional may be absent. Times are UTC, in ISO 8601 with `Z`."
    yield from _object("The report", root)
    for key, value in root["properties"].items():
        yield from _nested(key, value)
    for name, value in root["$defs"].items():
        yield from _object(name, value)
        for key, inner in value["properties"].items():
            yield from _nested(f"{name}.{key}", inner)


def _nested(path: str, node: Mapping[str, Any]) -> Iterator[str]:
    """Describe the objects that are written in place."""
    items = node.get("items", {})
    if "properties" in items:
        node, path = items, f"{path}[]"
    if "properties" not in node:
        return
    yield from _object(path, node)
    for key, value in node["properties"].items():
        yield from _nested(f"{path}.{key}", value)


def _object(title: str, node: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    if "description" in node and title != "The report":
        yield from (_sentence(node["description"]), "")
    yield from _table("Key", "Type", "Meaning")
    for key, value in node["properties"].items():
        optional = "" if key in node["required"] else " Optional."
        section = key if title == "The report" else f"{title}.{key}"
        yield _row(f"`{key}`", _type(value, section), _sentence(_description(value)) + optional)


def _description(node: Mapping[str, Any]) -> str:
    """Give the description of a value, or of what it consists of."""
    if "description" in node:
        return str(node["description"])
    if "items" in node:
        return _description(node["items"])
    if "$ref" in node:
        return str(schema()["$defs"][node["$ref"].rpartition("/")[2]]["description"])
    raise ValueError(f"no description: {node}")


def _sentence(text: str) -> str:
    return f"{_prose(text[0].upper() + text[1:]).removesuffix('.')}."


def _type(node: Mapping[str, Any], section: str) -> str:
    """Name a type; an object that is written in place has the section of that title."""
    match node:
        case {"$ref": str(reference)}:
            name = reference.rpartition("/")[2]
            text = f"[{name}](#{name})"
        case {"anyOf": list(each)}:
            text = " or ".join(_type(one, section) for one in each)
        case {"const": word}:
            text = f"`{json.dumps(word)}`"
        case {"enum": list(words)}:
            text = ", ".join(f"`{json.dumps(word)}`" for word in words)
        case {"items": dict(items)}:
            text = f"array of {_type(items, f'{section}[]')}"
        case {"additionalProperties": dict(values)}:
            text = f"object; each value: {_type(values, section)}"
        case {"type": kind}:
            text = kind if isinstance(kind, str) else " or ".join(kind)
            if "properties" in node:
                anchor = re.sub(r"[^\w-]", "", section)
                text = text.replace("object", f"[object](#{anchor})")
            if "maximum" in node:
                text += f", {node['minimum']} to {node['maximum']}"
        case _:
            raise ValueError(f"no type: {node}")
    return text


# The logs


def _logs() -> Iterator[str]:
    yield "# Logs"
    yield ""
    yield "`--log-format json` writes one JSON object on each line, to standard error or to the"
    yield "file that `--log-file` names. `--log-level` says from which level on (`warning` by"
    yield "default, `info` for a line for each extension). Field names come from the Elastic Common"
    yield "Schema; other fields begin with `vscan.`. No field has a secret, a full address or a"
    yield f"path below a home directory. {_NOTE}"
    made = _lines()
    common = set.intersection(*(set(line) for _, line in made))
    yield from ("", "A line, here on several:", "", "```json")
    yield json.dumps(next(line for _, line in made if "vscan.score" in line), indent=2)
    yield from ("```", "", "## Fields of every line", "")
    yield from _fields([name for name in made[0][1] if name in common])
    by_action: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for meaning, line in made:
        by_action.setdefault(line["event.action"], []).append((meaning, line))
    yield from ("", "## Events", "")
    yield from _table("`event.action`", "Level", "When")
    for action, lines in by_action.items():
        meaning, line = lines[0]
        has_own = set().union(*(fields for _, fields in lines)) > common
        name = f"[`{action}`](#{action})" if has_own else f"`{action}`"
        yield _row(name, line["log.level"], _prose(meaning))
    for action, lines in by_action.items():
        own = dict.fromkeys(name for _, line in lines for name in line if name not in common)
        if own:
            yield from ("", f"## {action}", "", f"{_prose(lines[0][0])}", "")
            yield from _fields(list(own))
    used = {name for _, line in made for name in line}
    unknown = set(run_log.FIELDS) - used
    assert not unknown, f"no line has {unknown}"


def _fields(names: list[str]) -> Iterator[str]:
    counts = schema()["properties"]["stats"]["properties"]
    yield from _table("Field", "Meaning")
    for name in names:
        meaning = run_log.FIELDS.get(name)
        if meaning is None:
            meaning = _description(counts[name.removeprefix("vscan.")])
        yield _row(f"`{name}`", _sentence(meaning))


def _when(event: Event) -> str:
    meaning = _first_sentence(type(event))
    return meaning.replace("``topic``", event.topic) if isinstance(event, Warned) else meaning


def _lines() -> list[tuple[str, dict[str, Any]]]:
    """Log one event of each kind; give each line with what it means."""
    verdict = ProviderVerdict("vscan.dev", "1.2.0", 92, RiskLevel.LOW, (), None, (), None, (), ())
    extension = Extension(_ID, "1.2.0", None, "Tools", "acme.tools-1.2.0", (), in_index=None)
    task = Task("vscan.dev", (extension,))
    events: list[Event] = [
        LookupsEstimated("vscan.dev", "publisher and name", 66, 198, 66.0),
        Began((task,), workers=3),
        Asking(worker=0, task=task),
        Fetched(_ID, done=1, total=2, problem="it is not there"),
        Retrying(task, attempt=1, delay_s=2.0, detail="vscan.dev answered with HTTP 503"),
        SlowedDown(task, pause_s=30.0, interval_s=0.667, fell_back=True),
        Ended(0, Scanned(task, verdict, from_cache=False), "miss", 1.5),
        Ended(0, Failed(task, FailureKind.TIMEOUT, "no whole answer within 30 s"), "miss", 30.0),
        *(Warned(topic, "a sentence") for topic in ("settings", "discovery", "cache", "data")),
    ]
    kinds = set(get_args(Event)) ^ set(map(type, events))
    assert not kinds, f"events of other kinds: {kinds}"
    writers: list[tuple[str, Callable[[run_log.RunLog], None]]] = [
        (_when(event), lambda log, event=event: log(event))  # type: ignore[misc]
        for event in events
    ]
    ends = _first_sentence(run_log.RunLog.finished).removeprefix("Log ")
    writers.append((ends[0].upper() + ends[1:], lambda log: log.finished(report([]))))
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "log")
        log = run_log.RunLog(run_id="run-1", log_format="json", level="debug", file=file)
        for _, write in writers:
            write(log)
        log.close()
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for line in lines:  # what differs from run to run, and from version to version
        line |= {"@timestamp": "2026-11-28T12:00:00.000000Z", "service.version": "1.0.0"}
    return [(meaning, line) for (meaning, _), line in zip(writers, lines, strict=True)]


def main() -> int:
    """Write the pages, or check that they are current."""
    parser = argparse.ArgumentParser(prog="python -m ci.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--place", type=Path, default=PLACE, help="where (default: %(default)s)")
    arguments = parser.parse_args()
    place: Path = arguments.place
    if not arguments.check:
        place.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (place / name).write_text(text, "utf-8")
        return 0
    old = [
        place / name
        for name, text in pages().items()
        if not (place / name).is_file() or (place / name).read_text("utf-8") != text
    ]
    for path in old:
        print(f"{path} is not current: run python -m ci.reference", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
