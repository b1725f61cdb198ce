"""npm packages whose names are those of well-known ones with a letter changed, and that are not them.

Thousands of honest packages have names that are near to others. So the package must also look like
bait: it runs a command when it is installed, or it is a few lines where the well-known package has
thousands. The table has only packages that are large and that very many projects use.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    FileWindow,
    Found,
    Note,
    Unexamined,
)
from vscan.providers.offline.manifest_values import mapping, text
from vscan.providers.offline.package_recognition import INSTALLED_MANIFEST
from vscan.safe_text import sanitize

TYPOSQUATTED = Rule(
    "typosquatted-package",
    Kind.MALWARE,
    "A dependency is named almost like a well-known package",
    "The extension contains an npm package whose name differs from that of a well-known one in one"
    " letter, and which runs a command at its installation or is only a few lines.",
    "Such packages are published for people who mistype a name.",
    "Find out which package the author means. Don't install the extension's dependencies.",
)
_LARGE: Final = (
    "angular apollo-server applicationinsights archiver autoprefixer aws-sdk axios babel-core"
    " bluebird bootstrap cheerio chokidar codemirror commander cross-env crypto-js cytoscape dayjs"
    " discord.js dockerode electron electron-builder ethers eslint express fastify firebase"
    " formidable graphql grunt-cli handlebars highlight.js immutable inquirer ioredis isomorphic-git"
    " jquery jsonwebtoken jszip knex leaflet lodash markdown-it mathjs mermaid mocha moment mongodb"
    " mongoose mysql2 nodemailer node-fetch node-forge node-gyp node-sass nodemon openai passport"
    " playwright postcss preact prettier prisma puppeteer react react-dom react-native request rollup"
    " rxjs selenium-webdriver sequelize shelljs simple-git socket.io socket.io-client sqlite3 storybook"
    " stylelint supabase svelte tailwindcss tensorflow terser three twilio typeorm typescript"
    " underscore validator vscode-languageclient vscode-languageserver web3 webpack winston yargs"
)
# Packages with such a name that are what they say.
_HONEST: Final = frozenset(
    {"angularjs", "expresso", "moments", "prettierx", "requests", "rollups", "tslint", "validators"}
    | {
        "webpack5",
        "reactjs",
        "socket-io",
        "passports",
        "nodemailer2",
        "jquery2",
        "reach",
        "reactor",
    }
)
_SHORTEST = 5  # letters of a name; between shorter ones a letter's difference is chance
_TINY_BYTES = 3000  # of all code of a package
_INSTALLS: Final = ("preinstall", "install", "postinstall")
_DANGEROUS: Final = lazy_regex(
    r"\b(?:curl|wget|powershell|pwsh|iwr|irm|certutil|bitsadmin|mshta|nc|bash|sh)\b|https?://|base64"
    r"|\bnode\s+-e\b|\beval\b",
)
_CODE: Final = (".js", ".cjs", ".mjs", ".node", ".ts", ".wasm", ".json")
_TOPIC = "packages with a name that is near to a well-known one"
_MAX_BYTES = 8 * 1024**2  # of a package.json that is parsed


def _on_file(window: FileWindow) -> Iterator[Found]:
    folder = INSTALLED_MANIFEST.fullmatch(window.name)
    known = _near(folder[1]) if folder is not None else None
    if known is not None:
        if not window.is_whole or window.file_size > _MAX_BYTES:
            yield Unexamined(f"{sanitize(window.name, 200)} is too large to read")
            return
        try:
            manifest = mapping(json.loads(window.content))
        except (ValueError, RecursionError):
            manifest = {}
        scripts = mapping(manifest.get("scripts"))
        commands = [text(scripts.get(key)) for key in _INSTALLS]
        yield Note(_TOPIC, window.name, "; ".join(filter(None, commands)))


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    for name, commands in context.notes.get(_TOPIC, {}).items():
        folder = name.removesuffix("package.json")
        package = folder.rstrip("/").rpartition("node_modules/")[2]
        code = [
            entry.size
            for entry in context.entries
            if entry.name.startswith(folder) and entry.name.lower().endswith(_CODE)
        ]
        is_tiny = sum(code) <= _TINY_BYTES
        if not (commands or is_tiny):
            continue
        dangerous = _DANGEROUS.search(commands) is not None
        severity = Severity.HIGH if dangerous or (commands and is_tiny) else Severity.MEDIUM
        why = f"runs {commands} at its installation" if commands else f"has only {sum(code)} bytes"
        yield Finding(
            rule=TYPOSQUATTED.id,
            severity=severity,
            kind=TYPOSQUATTED.kind,
            message=sanitize(f"{package} is named almost like {_near(package)}, and {why}"),
            file=sanitize(name, 1000),
            line=1,
            offset=0,
            evidence=sanitize(package, 160),
            confidence=Confidence.HIGH if dangerous else Confidence.MEDIUM,
        )


@cache
def _well_known() -> frozenset[str]:
    return frozenset(name for name in _LARGE.split() if len(name) >= _SHORTEST)


def _near(package: str) -> str | None:
    """Return the well-known package whose name a package's differs from in one letter."""
    names = _well_known()
    if (
        package in names
        or package in _HONEST
        or package.startswith("@")
        or len(package) < _SHORTEST
    ):
        return None
    return next((known for known in sorted(names) if _differs_in_one(package, known)), None)


def _differs_in_one(one: str, other: str) -> bool:
    """Say whether one letter is added, missing, doubled or replaced, or two are swapped.

    Two packages that differ by an ending, such as a plural or a digit, are different things.
    """
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, wanted = one[start:], other[start:]
    if len(rest) <= 1 and len(wanted) <= 1:
        return rest == "" or (rest.isalpha() and (wanted.isalpha() or rest == other[-1]))
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:])
    )


CHECK = Check((TYPOSQUATTED,), on_file=_on_file, on_end=_on_end)
