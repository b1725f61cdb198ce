from pathlib import Path
from typing import Any

import pytest

from tests.builders import pack
from vscan.extension_files import UnreadableError
from vscan.model import ExtensionId
from vscan.registries.archive_identity import OtherIdentityError, check_identity
from vscan.registries.interface import Offer


def offer(version: str = "1.0.0", platform: str | None = None) -> Offer:
    return Offer("it", ExtensionId.parse("Acme.Tools"), version, platform, "https://example.com/")


@pytest.mark.parametrize(
    ("options", "platform"),
    [
        ({}, None),
        ({"platform": "linux-x64"}, "linux-x64"),
        ({"platform": "universal"}, None),
        ({}, "linux-x64"),  # packers wrote no platform before there were any
        ({"identity": {"Version": "1.0.0-linux-x64"}}, "linux-x64"),
    ],
)
def test_the_archive_that_was_asked_for(
    options: dict[str, Any], platform: str | None, tmp_path: Path
) -> None:
    check_identity(pack(tmp_path, "acme.tools", **options), offer(platform=platform))


@pytest.mark.parametrize(
    "options",
    [
        {"publisher": "evil"},
        {"name": "twin"},
        {"publisher": None},
        {"publisher": "acme.tools", "name": "x"},
        {"version": "1.0.1"},
        {"version": "1.0.0-linux-x64"},
        {"identity": {"Publisher": "evil"}},
        {"identity": {"Id": "twin"}},
        {"identity": {"Version": "1.0.1"}},
        {"platform": "linux-x64"},
    ],
)
def test_another_archive(options: dict[str, Any], tmp_path: Path) -> None:
    identity = {"Version": "1.0.0"} if "version" in options else {}
    path = pack(tmp_path, "acme.tools", **{"identity": identity} | options)
    with pytest.raises(OtherIdentityError):
        check_identity(path, offer())


def test_an_archive_without_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "a.vsix"
    path.write_bytes(b"PK\5\6" + bytes(18))
    with pytest.raises(UnreadableError):
        check_identity(path, offer())
