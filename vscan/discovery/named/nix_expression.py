"""Nix: extensions as attribute sets with a hash, as attributes of nixpkgs, and as strings."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct, field

from vscan.discovery.named.extension_argument import mistake, parse_id, read_extension
from vscan.discovery.named.interface import Named, NamedKind, Read
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import TARGET_PLATFORMS, How, Registry

_PART = r"(?:[A-Za-z_][\w'-]*+|\"[\w.-]{1,200}\")"
_SETS = r"(?:vscode-extensions|vscode-marketplace(?:-release)?|open-vsx(?:-release)?)"
_TOKEN = lazy_regex(
    rf"""
      \#[^\r\n]*+ | /\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)
    | (?P<with>\bwith\b(?:[^;{{}}\[\]"]|\$\{{[^{{}}]{{0,100}}+\}}|"[^"\r\n]{{0,100}}+"){{0,200}}?
        {_SETS}(?:\.(?P<of>{_PART}))?\)?\s*;)
    | (?P<within>\bwith\s+(?P<publisher>{_PART})\s*;)
    | (?P<inherit>\binherit\s*\([^()]{{0,200}}?{_SETS}\.(?P<from>{_PART})\)
        (?P<names>[^;]{{0,5000}}))
    | (?P<inherited>\binherit\s+(?=[^;()]{{0,200}}\bpublisher\b)[^;()]{{0,200}};)
    | (?P<unique>\bvscodeExtUniqueId\s*=\s*"(?P<id>[\w.-]{{1,200}})")
    | (?P<data>\bextensionsFromVscodeMarketplace\s*\((?=[^()]{{0,200}}(?:JSON|TOML)))
    | (?P<assignment>(?<![\w'.-])(?P<key>name|publisher|version|sha256|hash|arch|platform)
        \s*=\s*(?P<value>"(?:[^"\\]|\\.)*+"|[^\s;{{}}]++)?)
    | (?P<path>[A-Za-z_][\w'-]*+(?:\.{_PART})*+ | {_PART}(?:\.{_PART})++)
    | (?P<string>"(?:[^"\\]|\\.)*+(?:"|\Z)) | ''(?:[^']|'(?!'))*+(?:''|\Z)
    | (?P<open>[{{\[(]) | (?P<close>[}}\])]) | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_SET = lazy_regex(rf"(?:^|\.)(?P<set>{_SETS})\.(?P<path>{_PART}\.{_PART})")
_NAMES_SOMETHING = lazy_regex(
    rf"{_SETS}|forVscode|forOpenVsx|\bidx\b|vscodeExtUniqueId|FromVscodeMarketplace"
)
_OF_IDX = lazy_regex(r"(?:^|\.)extensions$")
_IDX = lazy_regex(r"(?<![\w.-])idx(?:\.extensions)?\s*=")
_WHOLE_SET = lazy_regex(rf"(?:^|\.){_SETS}$")
_FUNCTION = lazy_regex(r"(?:^|\.)for(?:Vscode|OpenVsx)\w*$")
_NOT_EXTENSIONS = frozenset(
    ("pkgs", "lib", "config", "inputs", "self", "super", "final", "prev", "stdenv", "vscode-utils")
)


class _Scope(Struct):
    """What a bracket, or the file, has in it so far. Values are kept with their places."""

    is_set: bool = False
    has_extensions: bool = False  # names in it are those of extensions
    has_strings: bool = False
    is_workspace: bool = False  # a file of Project IDX
    publisher: str = ""  # names in it are those of its extensions
    registry: Registry | None = None
    values: dict[str, tuple[str, int, bool]] = field(default_factory=dict)


_MARKS = ("xtension", "xts", "plugins", "_ext")


def _accepts(path: PurePosixPath) -> bool:
    return path.suffix.lower() == ".nix"


def _read(text: str) -> Iterator[Read]:
    if "publisher" not in text and not _NAMES_SOMETHING.search(text):
        return
    source = SourceText(text)
    scopes = [_Scope(is_workspace=_IDX.search(text) is not None)]
    for token in _TOKEN.finditer(text):
        kind = next((kind for kind in _HANDLED if token[kind] is not None), "")
        scope = scopes[-1]
        if kind == "open":
            inner = _Scope(token[0] == "{", registry=scope.registry)
            inner.is_workspace = scope.is_workspace
            if not inner.is_set:
                inner.has_extensions, inner.has_strings = scope.has_extensions, scope.has_strings
                inner.publisher = scope.publisher
            scopes.append(inner)
        elif kind == "close":
            yield from _attribute_set(source, scope)
            if len(scopes) > 1:
                scopes.pop()
        elif kind:
            yield from _read_token(source, scope, token, kind)
    for scope in scopes:
        yield from _attribute_set(source, scope)


_HANDLED = (
    *("open", "close", "with", "within", "inherit", "inherited", "unique", "data"),
    *("assignment", "path", "string", "end"),
)


def _read_token(
    source: SourceText, scope: _Scope, token: re.Match[str], kind: str
) -> Iterator[Read]:
    text = token[0]
    if kind in {"with", "within"}:
        _enter(scope, token)
    elif kind in {"inherited", "data"}:
        message = "the value of this is not in the file"
        yield mistake("input-unresolved", How.INSTALLS, message, source.span(*token.span()), text)
    elif kind == "unique":
        yield from read_extension(source, token.span("id"), token["id"])
    elif kind == "inherit":
        for name in re.finditer(r"[\w'-]+", token["names"]):
            start = token.start("names") + name.start()
            yield from _inherited(source, f"{token['from']}.{name[0]}", start, len(name[0]))
    elif kind == "end":
        scope.has_extensions = scope.has_strings = False
        scope.publisher = ""
        scope.registry = None
    elif kind == "assignment":
        value = token["value"] or ""
        is_literal = value.startswith('"') and "${" not in value
        place = token.start("value") + value.startswith('"')
        scope.values[token["key"]] = (value.strip('"'), place, is_literal)
    elif kind == "path":
        yield from _path(source, token, scope)
    elif kind == "string" and scope.has_strings and "." in text:
        yield from _string(source, text.strip('"'), token.start() + 1, scope)


def _enter(scope: _Scope, token: re.Match[str]) -> None:
    """Begin the scope of a ``with``: of all extensions, or of those of one publisher."""
    if token["with"]:
        scope.has_extensions = True
        scope.publisher = (token["of"] or "").strip('"')
        scope.registry = Registry.OPEN_VSX if "open-vsx" in token[0] else scope.registry
    else:
        scope.publisher = token["publisher"].strip('"') if scope.has_extensions else ""


def _path(source: SourceText, token: re.Match[str], scope: _Scope) -> Iterator[Read]:
    """Read a path of names: of an extension, of a function that takes ids, or of others."""
    text = token[0]
    if found := _IN_SET.search(text):
        registry = Registry.OPEN_VSX if found["set"].startswith("open-vsx") else scope.registry
        inner = _Scope(registry=registry)
        yield from _attribute(source, found["path"], token.start() + found.start("path"), inner)
    elif _WHOLE_SET.search(text):
        span = source.span(*token.span())
        message = "what is taken from this set is not told here"
        yield mistake("input-unresolved", How.INSTALLS, message, span, text)
    elif scope.is_workspace and _OF_IDX.search(text):
        scope.has_strings = True
        scope.registry = Registry.OPEN_VSX
    elif scope.publisher and "." not in text and text not in _NOT_EXTENSIONS:
        yield from _attribute(source, f"{scope.publisher}.{text}", token.start(), scope)
    elif _FUNCTION.search(text):
        scope.has_strings = True
        scope.registry = Registry.OPEN_VSX if "OpenVsx" in text else None
    elif scope.has_extensions and "." in text:
        yield from _attribute(source, text, token.start(), scope)


def _inherited(source: SourceText, text: str, start: int, length: int) -> Iterator[Read]:
    extension_id = parse_id(text.replace('"', ""))
    if extension_id is not None:
        yield Named(extension_id, How.INSTALLS, source.span(start, start + length))


def _attribute(source: SourceText, text: str, start: int, scope: _Scope) -> Iterator[Read]:
    """Read the path of an attribute, whose first two parts are a publisher and a name."""
    found = re.match(rf"({_PART})\.({_PART})", text)
    if found is None or found[1] in _NOT_EXTENSIONS:
        return
    extension_id = parse_id(f"{found[1]}.{found[2]}".replace('"', ""))
    if extension_id is not None:
        end = start + found.end() if source.text.startswith(text, start) else start + len(found[2])
        span = source.span(start, end)
        yield Named(extension_id, How.INSTALLS, span, registry=scope.registry)


def _string(source: SourceText, text: str, start: int, scope: _Scope) -> Iterator[Read]:
    """Read a string of nix4vscode: an id, perhaps with a version behind a further dot."""
    found = re.fullmatch(r"([\w-]+\.[\w-]+)[.@](\d+\.\d+\.\d+)", text)
    extension_id = parse_id(found[1]) if found else None
    if found and extension_id:
        span = source.span(start, start + len(found[1]))
        yield Named(extension_id, How.INSTALLS, span, found[2], registry=scope.registry)
    elif re.search(r"[A-Za-z]", text):
        yield from read_extension(source, (start, start + len(text)), text)


def _attribute_set(source: SourceText, scope: _Scope) -> Iterator[Read]:
    """Read what a set names that was closed: one with a publisher and a name."""
    values = scope.values
    if not scope.is_set or not {"publisher", "name"} <= values.keys():
        return
    (publisher, _, is_known), (name, start, is_name_known) = values["publisher"], values["name"]
    span = source.span(start, start + len(name))
    if not (is_known and is_name_known):
        if "version" in values or "sha256" in values or "hash" in values:
            message = "the value of this is not in the file"
            text = f"{publisher}.{name}"
            yield mistake("input-unresolved", How.INSTALLS, message, span, text)
        return
    extension_id = parse_id(f"{publisher}.{name}")
    if extension_id is None:
        message = "this is no id that an editor takes"
        yield mistake("input-ignored", How.INSTALLS, message, span, f"{publisher}.{name}")
        return
    version, platform, digest = (
        _literal(values, *keys) for keys in (("version",), ("arch", "platform"), ("sha256", "hash"))
    )
    yield Named(
        extension_id,
        How.INSTALLS,
        span,
        version=version or None,
        platform=platform if platform in TARGET_PLATFORMS else None,
        registry=scope.registry,
        hash=digest[:200],
    )


def _literal(values: dict[str, tuple[str, int, bool]], *keys: str) -> str:
    found = (values[key] for key in keys if key in values)
    return next((text for text, _, is_literal in found if is_literal), "")


KIND = NamedKind("nix-expression", _accepts, _read, _MARKS)
