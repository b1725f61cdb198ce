"""Analyse an extension that a test describes, against data that it describes, too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.builders import extension
from vscan.advisories import Advisories, Advisory, Removal, Signature
from vscan.extension_files import member_ids
from vscan.model import ExtensionId, Finding, Registry, Scanned, Severity, Task, Verdict
from vscan.providers.offline.analyser import Analyser


class Published(Advisories):
    """Published data that a test describes: by id, and by name and version."""

    def __init__(
        self,
        removed: dict[str, tuple[Removal, ...]] | None = None,
        extensions: dict[str, tuple[Advisory, ...]] | None = None,
        packages: dict[str, tuple[Advisory, ...]] | None = None,
        retired: dict[str, tuple[Advisory, ...]] | None = None,
        signatures: tuple[Signature, ...] = (),
    ) -> None:
        super().__init__(None)
        self._removed = removed or {}
        self._extensions = extensions or {}
        self._packages = packages or {}
        self._retired = retired or {}
        self._signatures = signatures

    def removals(self, identity: ExtensionId) -> tuple[Removal, ...]:
        return self._removed.get(identity.key, ())

    def for_extension(self, identity: ExtensionId, version: str | None) -> tuple[Advisory, ...]:
        del version
        return self._extensions.get(identity.key, ())

    def for_package(self, name: str, version: str) -> tuple[Advisory, ...]:
        return self._packages.get(f"{name}@{version}", ())

    def for_library(self, name: str, version: str) -> tuple[Advisory, ...]:
        return self._retired.get(f"{name}@{version}", ())

    def signatures(self) -> tuple[Signature, ...]:
        return self._signatures


def removal(
    registry: Registry = Registry.MARKETPLACE,
    severity: Severity = Severity.CRITICAL,
    *versions: str,
) -> Removal:
    """Build the entry of a registry's list of removed extensions."""
    return Removal(registry, versions, "Malware", severity, "2026-08-20", "https://example.com/r")


def advisory(
    identity: str = "GHSA-1",
    *aliases: str,
    malicious: bool = False,
    fixed: str | None = "2.0.0",
    registry: Registry | None = None,
) -> Advisory:
    """Build an advisory."""
    return Advisory(
        identity,
        aliases,
        "does harm",
        Severity.HIGH,
        7.5,
        malicious,
        fixed,
        "https://example.com/a",
        registry,
    )


@dataclass(frozen=True)
class Analysis:
    """The result of an analysis."""

    verdict: Verdict

    def of(self, rule: str) -> tuple[Finding, ...]:
        """Give the findings of a rule."""
        return tuple(f for f in self.verdict.findings if f.rule == rule)

    @property
    def capabilities(self) -> dict[str, tuple[str, ...]]:
        """Return the capabilities."""
        return dict(self.verdict.capabilities)

    @property
    def packages(self) -> dict[str, str]:
        """Give the evidence of each package."""
        return {package.purl: package.evidence for package in self.verdict.packages}


def analyse_extension(
    directory: Path,
    files: Mapping[str, str | bytes] | None = None,
    identity: str = "acme.tools",
    published: Advisories | None = None,
    shown: str = "Tools of Acme",
    *,
    registry: Registry | None = None,
    **manifest: Any,
) -> Analysis:
    """Write an extension below a directory, and analyse it."""
    publisher, _, name = identity.partition(".")
    root = directory / f"{identity.lower()}-1.0.0"
    fields = {"publisher": publisher, "name": name, "version": "1.0.0"} | manifest
    for file, content in ({"package.json": json.dumps(fields), **(files or {})}).items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    analyser = Analyser(None)
    if published is not None:
        analyser._advisories = published
    there = replace(
        extension(identity),
        root=root,
        display_name=shown,
        members=member_ids(fields),
        registry=registry,
    )
    outcome = analyser.ask(Task("offline", (there,)), 0, None)
    analyser.close()
    assert isinstance(outcome, Scanned), outcome
    return Analysis(outcome.verdict)
