"""Data for tests: what extensions look like on disk, and what vscan.dev says of them."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vscan.model import (
    Extension,
    ExtensionId,
    Finding,
    Gap,
    GapKind,
    Kind,
    Origin,
    RiskLevel,
    Severity,
    Task,
    Verdict,
)

MODULES = (
    "metadata",
    "dependencies",
    "socket",
    "virusTotal",
    "permissions",
    "ossfScorecard",
    "networkEndpoints",
    "sensitiveInfo",
    "obfuscation",
    "consolidatedAst",
    "openGrep",
)


def results(
    publisher: str,
    name: str,
    *,
    analysis_id: str = "a-1",
    version: str = "1.0.0",
    score: object = 93,
    risk: object = "low",
    levels: dict[str, Any] | None = None,
    vulnerabilities: dict[str, int] | None = None,
    advisories: tuple[dict[str, Any], ...] = (),
    malicious: int = 0,
) -> dict[str, Any]:
    """Build the body of a results answer, in the shape that real ones have."""
    risks = dict.fromkeys(MODULES, "low") | (levels or {})
    counts = dict.fromkeys(("info", "low", "moderate", "high", "critical"), 0)
    counts |= vulnerabilities or {}
    modules: dict[str, Any] = {
        module: {"status": "completed", "overallRisk": risks[module], "findings": []}
        for module in MODULES
    }
    modules["metadata"] = {
        "status": "completed",
        "metadata": {
            "displayName": name.title(),
            "publisherInfo": {"name": publisher, "displayName": publisher, "isVerified": True},
        },
    }
    modules["dependencies"] |= {
        "dependencies": [
            {
                "name": "left-pad",
                "version": "1.0.0",
                "type": "runtime",
                "vulnerabilities": list(advisories),
            },
        ],
        "vulnerabilities": {
            "summary": counts | {"total": sum(counts.values())},
            "details": {},
        },
    }
    modules["virusTotal"] |= {"scannedFiles": 3, "maliciousFiles": malicious, "fileResults": []}
    return {
        "analysisId": analysis_id,
        "extensionInfo": {"name": name, "version": version, "publisher": publisher.title()},
        "securityScore": {
            "score": score,
            "riskLevel": risk,
            "contributions": {"base": 100, "permissions": -7},
            "moduleRiskLevels": risks,
            "notes": [],
        },
        "analysisTimestamp": "2026-10-16T12:27:01.757Z",
        "hasErrors": False,
        "analysisModules": modules,
    }


def extension(
    text: str = "acme.tools",
    version: str | None = "1.0.0",
    platform: str | None = None,
    path: str | None = None,
) -> Extension:
    """Build an installed extension."""
    identity = ExtensionId.parse(text)
    folder = path or f"{identity.key}-{version}"
    return Extension(
        identity, version, platform, identity.name, folder, (Origin(f"x/{folder}"),), None
    )


def task(text: str = "acme.tools", *versions: str) -> Task:
    """Build a task for an id and its installed versions."""
    return Task("vscan.dev", tuple(extension(text, version) for version in versions or ("1.0.0",)))


def finding(
    severity: Severity = Severity.HIGH, kind: Kind = Kind.VULNERABILITY, message: str = "bad"
) -> Finding:
    """Build a finding."""
    return Finding("vulnerable-dependency", severity, kind, message)


def verdict(
    *findings: Finding,
    score: float = 90,
    risk: RiskLevel = RiskLevel.LOW,
    gaps: tuple[str, ...] = (),
    kind: GapKind = GapKind.OTHER,
    version: str = "1.0.0",
    source: str = "vscan.dev",
) -> Verdict:
    """Build a verdict; ``kind`` is that of its gaps."""
    return Verdict(
        provider=source,
        analysed_version=version,
        score=score,
        risk=risk,
        findings=findings,
        analysed_at="2026-10-16T12:27:01Z",
        gaps=tuple(Gap(gap, kind) for gap in gaps),
        url="https://vscan.dev/extension/acme.tools",
        vulnerabilities=(("high", len(findings)),),
        modules=(("metadata", RiskLevel.LOW),),
    )


def install(
    directory: Path,
    text: str = "acme.tools",
    version: str = "1.0.0",
    *,
    folder: str | None = None,
    **manifest: object,
) -> Path:
    """Put an extension into a directory as an editor would. Returns its folder."""
    publisher, _, name = text.partition(".")
    place = directory / (folder or f"{text.lower()}-{version}")
    place.mkdir(parents=True)
    fields = {
        "publisher": publisher,
        "name": name,
        "version": version,
        "displayName": name.title(),
        "engines": {"vscode": "^1.75.0"},
    }
    (place / "package.json").write_text(json.dumps(fields | manifest), "utf-8")
    return place


def pack(
    directory: Path,
    text: str = "acme.tools",
    version: str = "1.0.0",
    *,
    files: Mapping[str, bytes] | None = None,
    identity: Mapping[str, str] | None = None,
    platform: str | None = None,
    shown: str | None = None,
    **manifest: object,
) -> Path:
    """Put a .vsix file into a directory as a packer would. Returns its path.

    ``files`` are below ``extension/``; ``identity`` is what its second manifest says instead,
    ``shown`` the display name in it, as XML.
    """
    publisher, _, name = text.partition(".")
    fields = {"publisher": publisher, "name": name, "version": version, "main": "main.js"}
    said = {"Id": name, "Version": version, "Publisher": publisher, "Language": "en-US"}
    if platform is not None:
        said["TargetPlatform"] = platform
    attributes = " ".join(
        f'{key}="{value}"' for key, value in (said | dict(identity or {})).items()
    )
    display_name = "" if shown is None else f"<DisplayName>{shown}</DisplayName>"
    path = directory / f"{text.lower()}-{version}.vsix"
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "extension.vsixmanifest",
            '<?xml version="1.0" encoding="utf-8"?><PackageManifest Version="2.0.0"'
            ' xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"><Metadata>'
            f"<Identity {attributes}/>{display_name}</Metadata></PackageManifest>",
        )
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("extension/package.json", json.dumps(fields | manifest))
        for file, content in ({"main.js": b"// nothing\n"} | dict(files or {})).items():
            archive.writestr(f"extension/{file}", content)
    return path


def index(directory: Path, *folders: str, **extra: object) -> None:
    """Write the editor's index for some folders of the form id-version."""
    entries = []
    for folder in folders:
        identity, _, version = folder.rpartition("-")
        entries.append(
            {
                "identifier": {"id": identity},
                "version": version,
                "location": {"$mid": 1, "path": str(directory / folder), "scheme": "file"},
                "relativeLocation": folder,
            }
            | extra
        )
    (directory / "extensions.json").write_text(json.dumps(entries), "utf-8")
