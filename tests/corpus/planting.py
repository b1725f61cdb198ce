"""Put payload shapes and near misses into real bundles, one in each copy of an extension.

Where they go is drawn by lot, from a seed, so that two runs make the same directory. The
names of copies say nothing of what is in them: an analyser that excuses or accuses by id
or by file name gains nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.builders import index
from tests.corpus.shapes import CASES, COMPANION, Near, Plant, Shape

BUNDLES = 20
_SEED = 20
_STATEMENT = re.compile(r";(?=(?:var|let|const|function|class) )")
_ELEMENT = re.compile(r'(?<=[=:(,])\["[^"\\\n]{1,60}",(?=")')
_MINIFIED = 400  # characters without a line's end, on either side of what is planted
# Syllables without l, i, m, n or r: no name is confusable with another one.
_SYLLABLES = ("ba", "de", "fo", "gu", "ka", "pe", "so", "ta", "vu", "zo", "hy", "wa")

_COMPANION = {
    "publisher": COMPANION.partition(".")[0],
    "name": COMPANION.partition(".")[2],
    "version": "1.0.0",
    "engines": {"vscode": "^1.75.0"},
}


@dataclass(frozen=True)
class Bundle:
    """A large script of a real extension, and the places in it where something can stand."""

    extension: Path
    path: Path
    text: str
    statements: tuple[int, ...]
    elements: tuple[int, ...]

    @property
    def name(self) -> str:
        """Its path inside the extension."""
        return self.path.relative_to(self.extension).as_posix()


@dataclass(frozen=True)
class Planted:
    """Where a case lies, the same extension without it, and what a finding may name."""

    case: Shape | Near
    folder: str
    control: str
    places: frozenset[str | None]


def largest(extensions: Path, number: int = BUNDLES) -> tuple[Bundle, ...]:
    """Take the largest scripts that are minified around some statements and lists."""
    paths = (p for p in extensions.glob("*/**/*.js") if p.is_file())
    found: list[Bundle] = []
    for path in sorted(paths, key=lambda path: (-path.stat().st_size, path.as_posix())):
        text = path.read_bytes().decode("utf-8")
        statements, elements = _spots(text, _STATEMENT), _spots(text, _ELEMENT)
        if statements and elements:
            extension = extensions / path.relative_to(extensions).parts[0]
            found.append(Bundle(extension, path, text, statements, elements))
        if len(found) == number:
            break
    return tuple(found)


def _spots(text: str, pattern: re.Pattern[str]) -> tuple[int, ...]:
    spots = (match.end() for match in pattern.finditer(text))
    return tuple(s for s in spots if "\n" not in _around(text, s))


def _around(text: str, spot: int) -> str:
    return text[max(spot - _MINIFIED, 0) : spot + _MINIFIED].ljust(2 * _MINIFIED, "\n")


def lay_out(extensions: Path, place: Path) -> tuple[Planted, ...]:
    """Fill a directory with every case, a control for each bundle, and an index."""
    lot = Random(_SEED)
    bundles = largest(extensions)
    names = _names(lot)
    folders = [_write(place, _COMPANION, {})]
    controls = {}
    for bundle in bundles:
        controls[bundle.name, bundle.extension] = _copy(place, bundle, next(names), Plant(), lot)
    hosts: list[Bundle] = []
    planted = []
    for case in CASES:
        if not hosts:
            hosts = lot.sample(bundles, len(bundles))
        bundle = hosts.pop() if case.plant.code or case.plant.element else bundles[-1]
        folder = _copy(place, bundle, next(names), case.plant, lot)
        control = controls[bundle.name, bundle.extension]
        planted.append(Planted(case, folder, control, _places(case.plant, bundle)))
    folders += [*controls.values(), *(item.folder for item in planted)]
    index(place, *folders)
    return tuple(planted)


def _names(lot: Random) -> Iterator[str]:
    used = set()
    while True:
        publisher, name = ("".join(lot.choices(_SYLLABLES, k=4)) for _ in range(2))
        if publisher not in used:
            used.add(publisher)
            yield f"{publisher}.{name}"


def _places(plant: Plant, bundle: Bundle) -> frozenset[str | None]:
    """Name the files that a finding may lie in.

    One about an extension as a whole names none, which is too little for a bundle.
    """
    if plant.code or plant.element:
        return frozenset({bundle.name})
    return frozenset({None, *plant.files, *(("package.json",) if plant.manifest else ())})


def _copy(place: Path, bundle: Bundle, identity: str, plant: Plant, lot: Random) -> str:
    """Copy the bundle and the manifest of an extension, with something planted."""
    manifest = json.loads((bundle.extension / "package.json").read_text("utf-8-sig"))
    publisher, _, name = identity.partition(".")
    manifest |= {
        "publisher": publisher,
        "name": name,
        "displayName": name.title(),
        "version": f"{lot.randrange(1, 9)}.{lot.randrange(30)}.{lot.randrange(10)}",
        "description": "Tools",
        "main": f"./{bundle.name}",
        "activationEvents": ["onStartupFinished"],
        **dict.fromkeys(("browser", "scripts", "extensionPack", "extensionDependencies", "icon")),
        **plant.manifest,
    }
    return _write(place, manifest, {bundle.name: _with(bundle, plant, lot).encode(), **plant.files})


def _write(place: Path, manifest: Mapping[str, object], contents: Mapping[str, bytes]) -> str:
    folder = f"{manifest['publisher']}.{manifest['name']}-{manifest['version']}".lower()
    fields = {name: value for name, value in manifest.items() if value is not None}
    package = json.dumps(fields, ensure_ascii=False, indent=2).encode()
    for name, content in {"package.json": package, **contents}.items():
        path = place / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _with(bundle: Bundle, plant: Plant, lot: Random) -> str:
    text = bundle.text
    if plant.code:
        spot = lot.choice(_middle(bundle.statements))
        closed = plant.code.endswith((";", "}", "/", "\n"))
        text = text[:spot] + plant.code + ("" if closed else ";") + text[spot:]
    if plant.element:
        spot = lot.choice(_middle(bundle.elements))
        text = text[:spot] + plant.element + "," + text[spot:]
    return text


def _middle(spots: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out the first and the last tenth."""
    tenth = len(spots) // 10
    return spots[tenth : len(spots) - tenth]
