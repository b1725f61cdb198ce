"""A registry of extensions on loopback: a gallery and an Open VSX from one table, and their faults.

In a test: ``with Registry([published("acme.tools")]) as registry: ... registry.gallery_url``. By
hand: ``python -m tests.registry --help``.
"""

import argparse
import base64
import contextlib
import gzip
import hashlib
import io
import json
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.builders import pack
from tests.quiet_http_server import QuietHandler, QuietServer

VSIX = "Microsoft.VisualStudio.Services.VSIXPackage"
SIGNATURE = "Microsoft.VisualStudio.Services.VsixSignature"
_BLOCKED = {
    "$id": "1",
    "message": "Request was blocked due to exceeding usage of resource 'Count'",
    "typeName": "Microsoft.TeamFoundation.Framework.Server.RequestBlockedException",
    "typeKey": "RequestBlockedException",
    "errorCode": 0,
}


@dataclass(frozen=True)
class Published:
    """One archive in the table. ``platform`` ``None``: for all platforms."""

    id: str
    version: str
    content: bytes
    platform: str | None = None
    published_at: str = "2026-01-31T12:00:00.000Z"
    pre_release: bool = False
    pack: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    deprecated: bool = False

    @property
    def file_name(self) -> str:
        at = f"@{self.platform}" if self.platform else ""
        return f"{self.id}-{self.version}{at}"

    @property
    def api_path(self) -> str:
        publisher, _, name = self.id.partition(".")
        between = f"/{self.platform}" if self.platform else ""
        return f"/api/{publisher}/{name}{between}/{self.version}"


def archive(text: str, version: str = "1.0.0", platform: str | None = None, **more: Any) -> bytes:
    """Pack an archive as ``tests.builders.pack`` does, in memory."""
    with tempfile.TemporaryDirectory() as directory:
        return pack(Path(directory), text, version, platform=platform, **more).read_bytes()


def published(
    text: str, version: str = "1.0.0", platform: str | None = None, **more: Any
) -> Published:
    """Make a row of the table with an archive that fits it."""
    content = more.pop("content", None) or archive(text, version, platform)
    return Published(text, version, content, platform, **more)


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    ``kind`` is a status code, or: block-page, html, garbage, truncated, endless, bomb, hang, drip,
    slow, reset, redirect (to ``to``), redirect-loop, no-versions, rejected, other-id,
    other-version, other-platform, changed-byte, wrong-sha256, key-rotated, bad-entry,
    bad-package, empty-signature, list.
    ``step`` is query, download, sha256, signature or key; ``id`` an extension (``None``: any);
    ``times`` how often.
    """

    kind: int | str
    id: str | None = None
    step: str | None = "download"
    times: float = float("inf")
    headers: tuple[tuple[str, str], ...] = ()
    to: str = ""


@dataclass
class Behaviour:
    """How the registry behaves. ``key`` signs (an ``Ed25519PrivateKey``)."""

    faults: list[Fault] = field(default_factory=list)
    latency_s: float = 0.0
    key: Any = None
    signs: bool = True  # without a key, the signature archives hold a manifest alone
    knows_newest: bool = True  # the flag for the newest release and the newest pre-release
    page_size: int = 1000
    retired_key: Any = None  # what signed before the key was rotated


class Registry:
    """Plays both kinds of registry until the ``with`` block ends, and counts requests."""

    def __init__(
        self,
        table: Iterable[Published] = (),
        *faults: Fault,
        port: int = 0,
        **behaviour: Any,
    ) -> None:
        self.table = list(table)
        self.behaviour = Behaviour(faults=list(faults), **behaviour)
        self.seen: list[tuple[str, str]] = []  # step, id
        self.headers: list[dict[str, str]] = []
        self.connections: set[int] = set()
        self.fired: Counter[int] = Counter()
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._http = _HTTPServer(("127.0.0.1", port), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(
            target=lambda: self._http.serve_forever(poll_interval=0.02), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def gallery_url(self) -> str:
        return f"{self.url}/vscode/gallery"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def count(self, step: str | None = None, text: str | None = None) -> int:
        """Count the requests that came."""
        with self.lock:
            return sum(
                (step is None or one == step)
                and (text is None or text.lower() in other.lower().split())
                for one, other in self.seen
            )

    def fault(self, step: str, ids: Sequence[str]) -> Fault | None:
        """Take the fault that a request meets."""
        with self.lock:
            for number, fault in enumerate(self.behaviour.faults):
                if (
                    fault.step in (None, step)
                    and (fault.id is None or fault.id.lower() in ids)
                    and self.fired[number] < fault.times
                ):
                    self.fired[number] += 1
                    return fault
        return None

    def signature_of(self, row: Published, kind: int | str = "") -> bytes:
        """Make the archive with the signature."""
        if kind == "empty-signature":
            return _zip({})
        entries = {}
        with zipfile.ZipFile(io.BytesIO(row.content)) as whole:
            for name in whole.namelist():
                content = whole.read(name) + b"!" * (kind == "bad-entry")
                entries[base64.b64encode(name.encode()).decode()] = _digests(content)
        package = _digests(row.content + b"!" * (kind == "bad-package"))
        manifest = {"package": package, "entries": entries}
        files = {".signature.manifest": json.dumps(manifest).encode(), ".signature.p7s": b""}
        signer = self.behaviour.retired_key if kind == "key-rotated" else self.behaviour.key
        if signer is not None:
            files[".signature.sig"] = signer.sign(row.content)
        return _zip(files)


def _digests(content: bytes) -> dict[str, Any]:
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"size": len(content), "digests": {"sha256": digest}}


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


class _HTTPServer(QuietServer):
    owner: Registry


class _Handler(QuietHandler):
    server: _HTTPServer

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.endswith("/extensionquery"):
            self._send(404, b"no such path")
            return
        question = json.loads(body)
        ids = [
            each["value"].lower()
            for each in question["filters"][0]["criteria"]
            if each["filterType"] == 7
        ]
        fault = self._begin("query", *ids)
        if len(question["filters"]) != 1:
            self._json({"message": "one filter"}, 400)
        elif not self._misbehave(fault):
            self._json(self._gallery_answer(question, ids, fault))

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        parts = urlsplit(self.path)
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        match path:
            case ["api", "version"]:
                self._begin("version")
                self._json({"version": "v0.30.0"})
            case ["api", "-", "query"] | ["api", "v2", "-", "query"]:
                self._query(query)
            case ["api", "-", "public-key", _]:
                self._key()
            case ["api", publisher, name, *_, "file", file]:
                row = self._row(
                    f"{publisher}.{name}", lambda row: file.startswith(row.file_name + ".")
                )
                self._file(row, file.rpartition(".")[2])
            case ["vscode", "asset", publisher, name, version, asset]:
                row = self._row(
                    f"{publisher}.{name}",
                    lambda row: (
                        row.version == version
                        and row.platform in (query.get("targetPlatform"), None)
                    ),
                )
                self._file(row, "vsix" if asset == VSIX else "sigzip")
            case [
                "vscode",
                "gallery",
                "publishers",
                publisher,
                "vsextensions",
                name,
                version,
                "vspackage",
            ]:
                row = self._row(
                    f"{publisher}.{name}",
                    lambda row: (
                        row.version == version
                        and row.platform in (query.get("targetPlatform"), None)
                    ),
                )
                self._file(row, "vsix")
            case _:
                self._begin("other")
                self._send(404, b"no such path")

    def _begin(self, step: str, *ids: str) -> Fault | None:
        owner = self.server.owner
        if owner.behaviour.latency_s:
            time.sleep(owner.behaviour.latency_s)
        with owner.lock:
            owner.seen.append((step, " ".join(ids)))
            owner.headers.append(dict(self.headers))
            owner.connections.add(self.client_address[1])
        return owner.fault(step, [each.lower() for each in ids])

    def _row(self, text: str, fits: Any) -> Published | None:
        rows = [
            row for row in self.server.owner.table if row.id.lower() == text.lower() and fits(row)
        ]
        return max(rows, key=lambda row: row.platform is not None, default=None)

    def _key(self) -> None:
        fault = self._begin("key")
        key = self.server.owner.behaviour.key
        if self._misbehave(fault):
            return
        if key is None:
            self._send(404, b"")
            return
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self._send(
            200, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )

    def _file(self, row: Published | None, suffix: str) -> None:
        step = {"vsix": "download", "sha256": "sha256", "sigzip": "signature"}.get(suffix, "other")
        fault = self._begin(step, row.id if row is not None else "")
        if self._misbehave(fault):
            return
        if row is None:
            self._json({"error": "not found"}, 404)
            return
        kind = fault.kind if fault is not None else ""
        if suffix == "sha256":
            content = hashlib.sha256(row.content).hexdigest().encode()
            self._send(200, b"0" * 64 if kind == "wrong-sha256" else content)
        elif suffix == "sigzip":
            self._send(200, self.server.owner.signature_of(row, kind))
        else:
            self._archive(row, kind)

    def _archive(self, row: Published, kind: int | str) -> None:
        content = row.content
        if kind == "slow":
            self._send(200, content[:4], (("Content-Length", str(len(content))),))
            for start in range(4, len(content), 65536):
                time.sleep(0.1)
                self.wfile.write(content[start : start + 65536])
            return
        if kind == "truncated":
            self._send(200, content[:-10], (("Content-Length", str(len(content))),))
            self.close_connection = True
            return
        if kind == "other-id":
            content = archive("evil.twin", row.version, row.platform)
        elif kind == "other-version":
            content = archive(row.id, "6.6.6", row.platform)
        elif kind == "other-platform":
            content = archive(row.id, row.version, "win32-arm64")
        elif kind == "changed-byte":
            content = content[:40] + bytes([content[40] ^ 1]) + content[41:]
        self._send(200, content)

    def _gallery_answer(
        self, question: dict[str, Any], ids: list[str], fault: Fault | None
    ) -> dict[str, Any]:
        flags, asked = question["flags"], question["filters"][0]
        behaviour = self.server.owner.behaviour
        known = [text for text in dict.fromkeys(ids) if self._rows(text)]
        size = min(asked["pageSize"], behaviour.page_size)
        start = (asked["pageNumber"] - 1) * size
        extensions = []
        for text in known[start : start + size]:
            rows = self._rows(text)
            if flags & 0x10000 and behaviour.knows_newest:
                rows = [row for row in rows if _is_newest(row, rows)]
            elif flags & 0x200:
                rows = [row for row in rows if row.version == rows[0].version]
            elif not flags & 0x1:
                rows = []
            if fault is not None and fault.kind == "no-versions" and fault.id in (None, text):
                rows = []
            extensions.append(self._gallery_extension(text, rows))
        total = {
            "metadataType": "ResultCount",
            "metadataItems": [{"name": "TotalCount", "count": len(known)}],
        }
        return {
            "results": [{"extensions": extensions, "pagingToken": None, "resultMetadata": [total]}]
        }

    def _rows(self, text: str) -> list[Published]:
        return [row for row in self.server.owner.table if row.id.lower() == text.lower()]

    def _gallery_extension(self, text: str, rows: list[Published]) -> dict[str, Any]:
        publisher, _, name = self._rows(text)[0].id.partition(".")
        return {
            "extensionId": "00000000-0000-4000-8000-000000000000",
            "extensionName": name,
            "displayName": name.title(),
            "flags": "validated, public",
            "publisher": {"publisherName": publisher, "isDomainVerified": True},
            "versions": [self._gallery_version(row) for row in rows],
            "statistics": [{"statisticName": "install", "value": 1234.0}],
        }

    def _gallery_version(self, row: Published) -> dict[str, Any]:
        owner = self.server.owner
        uri = f"{owner.url}/vscode/asset/{row.id.replace('.', '/', 1)}/{row.version}"
        names = "Microsoft.VisualStudio.Code."
        properties = [
            {"key": f"{names}ExtensionPack", "value": ",".join(row.pack)},
            {"key": f"{names}ExtensionDependencies", "value": ",".join(row.dependencies)},
            {"key": f"{names}Engine", "value": "^1.80.0"},
        ]
        if row.pre_release:
            properties.append({"key": f"{names}PreRelease", "value": "true"})
        at = f"?targetPlatform={row.platform}" if row.platform else ""
        files = [{"assetType": VSIX, "source": f"{uri}/{VSIX}{at}"}]
        if owner.behaviour.signs:
            files.append({"assetType": SIGNATURE, "source": f"{uri}/{SIGNATURE}{at}"})
        version = {
            "version": row.version,
            "lastUpdated": row.published_at,
            "assetUri": uri,
            "fallbackAssetUri": uri,
            "files": files,
            "properties": properties,
        }
        return version | ({"targetPlatform": row.platform} if row.platform else {})

    def _query(self, query: dict[str, str]) -> None:
        text = query.get("extensionId", "").lower()
        fault = self._begin("query", text)
        if self._misbehave(fault):
            return
        rows = self._rows(text)
        version, platform = query.get("extensionVersion"), query.get("targetPlatform")
        if version:
            rows = [row for row in rows if row.version == version]
        if platform:
            rows = [row for row in rows if (row.platform or "universal") == platform]
        if not version and query.get("includeAllVersions") != "true":
            newest: dict[str | None, Published] = {}
            for row in rows:
                newest.setdefault(row.platform, row)
            rows = list(newest.values())
        start, size = int(query.get("offset", 0)), int(query.get("size", 100))
        answers = [self._open_vsx_extension(row, fault) for row in rows[start : start + size]]
        if fault is not None and fault.kind == "no-versions":
            answers = [{}]
        self._json({"offset": start, "totalSize": len(rows), "extensions": answers})

    def _open_vsx_extension(self, row: Published, fault: Fault | None) -> dict[str, Any]:
        owner = self.server.owner
        publisher, _, name = row.id.partition(".")
        base = f"{owner.url}{row.api_path}/file/{quote(row.file_name)}"
        files = {"download": f"{base}.vsix", "sha256": f"{base}.sha256"}
        if owner.behaviour.key is not None:
            files |= {"signature": f"{base}.sigzip", "publicKey": f"{owner.url}/api/-/public-key/1"}
        rejected = fault is not None and fault.kind == "rejected"
        return {
            "namespace": publisher,
            "name": name,
            "version": row.version,
            "targetPlatform": row.platform or "universal",
            "preRelease": row.pre_release,
            "timestamp": row.published_at,
            "verified": True,
            "deprecated": row.deprecated,
            "dependencies": [_reference(text) for text in row.dependencies],
            "bundledExtensions": [_reference(text) for text in row.pack],
            "files": files,
            "downloadCount": 1234,
        } | ({"reviewStatus": "rejected", "active": False} if rejected else {})

    def _json(self, value: object, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode(), (("Content-Type", "application/json"),))

    def _send(self, status: int, content: bytes, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(content)))
        # In one piece: a body that waits for the headers' acknowledgement costs 40 ms.
        self._headers_buffer.append(b"\r\n" + content)  # type: ignore[attr-defined]
        self.flush_headers()

    def _misbehave(self, fault: Fault | None) -> bool:  # noqa: C901, PLR0912 - a case for each way
        """Answer as a fault says; ``False`` where the right answer is to follow, if changed."""
        if fault is None:
            return False
        match fault.kind:
            case int(status):
                self._send(status, b'{"error": "scripted"}', fault.headers)
            case "block-page":
                self._send(200, json.dumps(_BLOCKED).encode(), fault.headers)
            case "html":
                self._send(200, b"<!doctype html><title>Sign in</title>")
            case "list":
                self._json([1, 2, 3])
            case "garbage":
                self._send(200, b"\x00\xff neither")
            case "redirect":
                self._send(302, b"", (("Location", fault.to),))
            case "redirect-loop":
                self._send(302, b"", (("Location", self.path),))
            case "reset":
                self.close_connection = True
                self.connection.close()
            case "hang":
                self.server.owner.stopping.wait(60)
                self.close_connection = True
            case "endless":
                self._send(200, b"PK\3\4", (("Content-Length", str(2**40)),))
                self._write_on(b"\0" * 65536, 0.0)
            case "drip":
                self._send(200, b"PK\3\4", (("Content-Length", "100000"),))
                self._write_on(b"\0", 0.05)
            case "bomb":
                bomb = gzip.compress(b"PK\3\4" + bytes(64 * 1024**2), 1)
                self._send(200, bomb, (("Content-Encoding", "gzip"),))
            case _:
                return False
        return True

    def _write_on(self, piece: bytes, pause_s: float) -> None:
        with contextlib.suppress(OSError):
            while not self.server.owner.stopping.wait(pause_s):
                self.wfile.write(piece)
        self.close_connection = True


def _is_newest(row: Published, rows: list[Published]) -> bool:
    alike = [
        each
        for each in rows
        if (each.platform, each.pre_release) == (row.platform, row.pre_release)
    ]
    return alike[0] is row


def _reference(text: str) -> dict[str, str]:
    namespace, _, name = text.partition(".")
    return {"namespace": namespace, "extension": name}


def main() -> None:
    """Start a registry by hand."""
    parser = argparse.ArgumentParser(prog="python -m tests.registry", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument(
        "--extensions", type=int, default=20, help="how many example.tool-N (default: %(default)s)"
    )
    parser.add_argument(
        "--vsix", type=Path, action="append", default=[], metavar="FILE",
        help="an archive to publish; its name is publisher.name-version[@platform].vsix",
    )  # fmt: skip
    parser.add_argument(
        "--fault", action="append", default=[], metavar="KIND[/STEP[/PUBLISHER.NAME]]",
        help="a status code, or block-page, truncated, other-id, redirect-loop ...; STEP is query,"
        " download (default), sha256, signature or key",
    )  # fmt: skip
    arguments = parser.parse_args()
    table = [published(f"example.tool-{number}") for number in range(1, arguments.extensions + 1)]
    for path in arguments.vsix:
        stem, _, platform = path.name.removesuffix(".vsix").partition("@")
        text, _, version = stem.rpartition("-")
        table.append(Published(text, version, path.read_bytes(), platform or None))
    faults = []
    for text in arguments.fault:
        kind, step, extension = (*text.split("/"), "", "")[:3]
        faults.append(
            Fault(int(kind) if kind.isdigit() else kind, extension or None, step or "download")
        )
    with Registry(table, *faults, port=arguments.port, latency_s=arguments.latency) as registry:
        print(registry.url, flush=True)
        # Whoever started it ends it: by ^C, or by closing its standard input.
        with contextlib.suppress(KeyboardInterrupt):
            if sys.stdin.isatty():
                threading.Event().wait()
            else:
                sys.stdin.read()
        counts = Counter(step for step, _ in registry.seen)
        print(json.dumps(dict(counts)), flush=True)


if __name__ == "__main__":
    main()
