"""Build the public data in its original formats, for tests: small, and all of it invented."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from vscan.advisories.writer import ImportResult, open_writer

TODAY = date(2026, 11, 22)
# The real files, where they are laid beside the project; never part of it.
REAL = Path(__file__).resolve().parents[2] / "shared" / "data"


def record(name: str = "MAL-2026-1", package: str = "acme-bad", **fields: Any) -> dict[str, Any]:
    """Build an OSV record: by default of an npm package that is malicious in every version."""
    affected = {
        "package": {"ecosystem": fields.pop("ecosystem", "npm"), "name": package},
        "ranges": fields.pop("ranges", [semver(introduced="0")]),
        "versions": fields.pop("versions", []),
    }
    return {
        "id": name,
        "modified": "2026-08-20T01:02:03Z",
        "summary": f"Malicious code in {package} (npm)",
        "affected": [affected],
    } | fields


def semver(**events: str) -> dict[str, Any]:
    """Build a range: what happens at which version."""
    return {"type": "SEMVER", "events": [{what: at} for what, at in events.items()]}


def export(*records: Any, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Build an OSV export."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for number, each in enumerate(records):
            raw = each if isinstance(each, bytes) else json.dumps(each).encode()
            archive.writestr(f"{number}.json", raw)
    return file.getvalue()


def removed_list(*rows: str) -> bytes:
    """Build the Marketplace's list."""
    head = ("# Removed", "", "| Extension Identifier | Removal Date | Type |", "|---|---|---|")
    return "\n".join((*head, *rows, "", "Legend:", "- Malware - bad.")).encode()


def control(*malicious: Any, **more: Any) -> bytes:
    """Build Open VSX's extension control file."""
    return json.dumps({"malicious": malicious, "deprecated": {}} | more).encode()


def repository(**libraries: Any) -> bytes:
    """Build retire.js's repository."""
    return json.dumps(libraries).encode()


def library(
    *, below: str = "1.2.3", patterns: tuple[str, ...] = (), **fields: Any
) -> dict[str, Any]:
    """Build a library with one vulnerability."""
    known = {
        "below": below,
        "severity": "high",
        "identifiers": {"summary": "bad", "CVE": ["CVE-2020-12345"]},
        "info": ["https://example.com/advisory"],
    }
    return {
        "vulnerabilities": [known | fields],
        "extractors": {"filecontent": list(patterns)},
    }


def take(directory: Path, *contents: bytes, **options: Any) -> list[ImportResult]:
    """Import files one after the other."""
    options = {"today": TODAY} | options
    with open_writer(directory) as writer:
        return [writer.import_file(io.BytesIO(each), **options) for each in contents]
