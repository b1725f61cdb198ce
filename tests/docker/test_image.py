"""What the image is made of: the program, what it needs, and nothing to build with."""

import json
import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.docker.conftest import CREATED, REVISION, VERSION
from tests.docker.engine import Engine, Image, base_name
from vscan import __version__

pytestmark = pytest.mark.docker

MOST_ADDED = 25_000_000  # bytes, compressed
_WORD = "hush-hush-index-password"

# Prints, of the image it runs in, what the tests want to know.
_LOOK = """
import hashlib, importlib.util, json, os, pathlib, shutil, sys, sysconfig

def uncompiled(top):
    return [
        str(path)
        for path in pathlib.Path(top).rglob("*.py")
        if not os.path.exists(importlib.util.cache_from_source(path))
    ]

home = pathlib.Path("/opt/vscan")
everything = [
    os.path.join(place, name)
    for top in ("/bin", "/etc", "/home", "/lib", "/opt", "/root", "/srv", "/tmp", "/usr", "/var")
    for place, folders, files in os.walk(top)
    for name in [*folders, *files]
]
content = hashlib.sha256()
for path in sorted(p for p in home.rglob("*") if p.is_file() and not p.is_symlink()):
    content.update(f"{path} {path.stat().st_mode:o}".encode() + path.read_bytes())
import vscan.cli.scan, vscan.pipeline, vscan.report.json, vscan.providers.http_request
print(json.dumps({
    "uid": os.getuid(),
    "tools": [name for name in sys.argv[1:] if shutil.which(name)],
    "importable": [n for n in ("pip", "setuptools", "wheel", "ensurepip", "hatchling", "pytest")
                   if importlib.util.find_spec(n)],
    "installers": [p for p in everything if os.path.basename(p) in ("pip", "pip3", "ensurepip")
                   or (os.path.basename(p).startswith("pip-") and p.endswith(".whl"))],
    "tests": [p for p in everything if p.startswith("/opt")
              and os.path.basename(p) in ("tests", "test", "conftest.py")],
    "sources": os.path.exists("/source"),
    "uncompiled": uncompiled(home),
    "slow": [name for name, module in sys.modules.items()
             if (path := getattr(module, "__file__", None) or "").endswith(".py")
             and not os.path.exists(importlib.util.cache_from_source(path))],
    "writable": [p for p in everything if not os.path.islink(p) and p.startswith("/opt")
                 and os.access(p, os.W_OK)],
    "modes": [f"{os.stat(path).st_mode & 0o7777:o}" for path in ("/cache", "/extensions")],
    "content": content.hexdigest(),
}))
"""
# What compiles, links, downloads or installs.
TOOLS = ("pip", "pip3", "uv", "cc", "gcc", "g++", "clang", "make", "ld", "as", "git", "curl")


def look(image: Image) -> dict[str, Any]:
    done = image.run("-c", _LOOK, *TOOLS, entrypoint="/opt/vscan/bin/python")
    assert done.code == 0, done.err
    seen: dict[str, Any] = json.loads(done.out)
    return seen


@pytest.fixture(scope="module")
def seen(image: Image) -> dict[str, Any]:
    return look(image)


@pytest.fixture(scope="module")
def other_image(engine: Engine) -> Image:
    """Build upon another base, as the official one is: no bytecode, and pip in it."""
    base = engine.build(
        dockerfile=f"""
        FROM {base_name()}
        RUN find / -xdev -name __pycache__ -prune -exec rm -r {{}} + \\
            && lib="$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \\
            && mkdir -p /usr/local/bin "$lib/site-packages/pip" \\
            && touch /usr/local/bin/pip "$lib/site-packages/pip/__init__.py"
        """
    )
    index = urlsplit(os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple"))
    host = index.netloc.rpartition("@")[2]
    secret = urlunsplit(index._replace(netloc=f"somebody:{_WORD}@{host}"))
    return engine.build(PYTHON_IMAGE=base.name, PIP_INDEX_URL=secret)


def test_nothing_is_left_to_install_or_build_with(seen: dict[str, Any]) -> None:
    assert seen["tools"] == []
    assert seen["importable"] == []
    assert seen["installers"] == []
    assert not seen["sources"]


def test_no_tests_are_shipped(seen: dict[str, Any]) -> None:
    assert seen["tests"] == []


def test_every_module_is_compiled(seen: dict[str, Any]) -> None:
    """A user without rights would compile it at each start, and throw the result away."""
    assert seen["uncompiled"] == []
    assert seen["slow"] == []


def test_it_runs_as_a_user_without_rights_who_can_change_nothing_of_it(
    seen: dict[str, Any],
) -> None:
    assert seen["uid"] == 65532
    assert seen["writable"] == []
    assert seen["modes"] == ["1777", "755"]


def test_its_settings_are_those_that_are_documented(image: Image) -> None:
    settings = image.found.attrs["Config"]
    assert settings["User"] == "65532:65532"
    assert settings["Entrypoint"] == ["/opt/vscan/bin/vscan"]
    assert settings["Cmd"] == ["scan"]
    assert settings["StopSignal"] == "SIGTERM"
    assert settings["Volumes"] == {"/cache": {}}
    assert settings.get("Healthcheck") is None
    variables = dict(variable.split("=", 1) for variable in settings["Env"])
    assert variables["VSCAN_CACHE_DIR"] == "/cache"
    assert variables["VSCAN_DATA_DIR"] == "/usr/share/vscan"
    assert variables["VSCAN_EXTENSIONS_DIR"] == "/extensions,/workspace"
    assert settings["WorkingDir"] == "/workspace"


def test_it_has_the_data_that_its_build_could_fetch_and_the_seed(image: Image) -> None:
    """As any user, on a read-only file system; a build without a network has the seed."""
    done = image.run("db", "status", "--json", user="12345:12345", read_only=True)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["path"] == "/usr/share/vscan"
    assert found["trouble"] is None
    assert "seed" in [each["name"] for each in found["sets"]]


def test_its_labels_say_what_it_is_and_of_what_it_was_made(image: Image) -> None:
    labels = image.found.labels
    prefix = "org.opencontainers.image."
    assert labels == {
        f"{prefix}title": "vscan",
        f"{prefix}description": "A security gate for VS Code extensions",
        f"{prefix}licenses": "Apache-2.0",
        f"{prefix}base.name": base_name(),
        f"{prefix}version": VERSION,
        f"{prefix}revision": REVISION,
        f"{prefix}created": CREATED,
    }


def test_another_base_gives_the_same_program_as_fast_and_as_bare(
    other_image: Image, seen: dict[str, Any]
) -> None:
    assert look(other_image) == seen
    assert other_image.run("--version").out == f"vscan {__version__}\n"


def test_the_password_of_a_package_index_is_not_in_the_image(other_image: Image) -> None:
    image = other_image.found
    assert _WORD not in json.dumps(image.attrs)
    assert _WORD not in json.dumps(image.history())
    assert not other_image.contains(_WORD.encode())
    assert other_image.contains(b"A security gate for VS Code extensions")


def test_it_adds_little_to_its_base(image: Image, record_property: Any) -> None:
    whole, small = image.size()
    base, small_base = image.engine.base().size()
    record_property(
        "figure",
        f"image {whole / 1e6:.1f} MB, compressed {small / 1e6:.1f} MB;"
        f" base {base / 1e6:.1f} MB, compressed {small_base / 1e6:.1f} MB;"
        f" added {(whole - base) / 1e6:.1f} MB, compressed {(small - small_base) / 1e6:.1f} MB"
        f" (<= {MOST_ADDED / 1e6:g})",
    )
    assert 0 < small - small_base <= MOST_ADDED
