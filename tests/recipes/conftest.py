"""A machine for the recipes: vscan's repository, a project, a service, and no internet.

``https://github.com/OWNER/vscan`` is a repository on this machine, of the files of this checkout
and with a tag for its version: git's own configuration redirects it. pip takes the libraries that
vscan needs from this environment, and nothing from an index.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import uuid
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install, results
from tests.docker.conftest import engine, image  # noqa: F401 - fixtures
from tests.recipes.documents import ROOT
from tests.server import Script, Server
from vscan import __version__

CLOSED = "http://127.0.0.1:9"
# What a repository of vscan has that a recipe uses.
_PUBLISHED = (
    ".pre-commit-hooks.yaml", "CHANGELOG.md", "LICENSE", "README.md", "action.yml", "ci",
    "pyproject.toml", "requirements.txt", "tests/data/offline", "vscan",
)  # fmt: skip
BAD = "acme.bad"
GOOD = ("acme.tools", "acme.theme")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the repository of vscan, and tag its version."""
    place = tmp_path_factory.mktemp("published") / "vscan"
    for name in _PUBLISHED:
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    commit(place)
    git(place, "tag", "-a", "-m", "a release", f"v{__version__}")
    return place


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out the libraries of this environment without vscan and without pip."""
    for needed in ("hatchling", "pre_commit"):
        assert find_spec(needed), f"{needed} is missing: pip install -e '.[dev]'"
    place = tmp_path_factory.mktemp("libraries")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        name = entry.name
        if not name.startswith(("vscan", "pip", "_editable", "__")) and not name.endswith(".pth"):
            (place / name).symlink_to(entry)
    return place


@dataclass
class Machine:
    """A runner on which nothing is installed but Python, git and a shell."""

    home: Path
    project: Path  # a repository that names extensions
    variables: Mapping[str, str]

    def run(
        self,
        script: str,
        variables: Mapping[str, str] | None = None,
        *,
        shell: tuple[str, ...] = ("bash", "-eo", "pipefail"),
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a script, with standard error in its output."""
        return subprocess.run(
            [*shell, "-c", script],
            cwd=cwd or self.project,
            env={**self.variables, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    def with_python(self) -> dict[str, str]:
        """Make what an image of Python has: ``python3`` and ``pip``, with nothing installed."""
        place = self.home / "usr"
        if not place.exists():
            venv.create(place, symlinks=True, with_pip=True)
        return {"PATH": f"{place / 'bin'}:{self.variables['PATH']}"}

    def name(self, *ids: str) -> None:
        """Have the project name extensions, in the list of recommendations."""
        path = self.project / ".vscode" / "extensions.json"
        path.parent.mkdir(exist_ok=True)
        lines = ",\n".join(f'    "{each}"' for each in ids)
        path.write_text(f'{{\n  // for everybody\n  "recommendations": [\n{lines}\n  ]\n}}\n')
        git(self.project, "add", "-A")


@pytest.fixture
def server() -> Iterator[Server]:
    """Play a service that finds something critical in acme.bad, and nothing elsewhere."""

    def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
        advisory = {"id": "GHSA-1", "title": "Remote code execution", "severity": "critical"}
        bad = f"{publisher}.{name}" == BAD
        return results(
            publisher, name, analysis_id=analysis_id,
            vulnerabilities={"critical": 1} if bad else {}, advisories=(advisory,) if bad else (),
        )  # fmt: skip

    with Server(Script(answer=answer)) as played:
        yield played


def offline(home: Path, published: Path, libraries: Path) -> dict[str, str]:
    """Build an environment in which git and pip find everything on this machine."""
    (home / ".gitconfig").write_text(
        f'[url "file://{published}"]\n\tinsteadOf = https://github.com/OWNER/vscan\n'
        "[user]\n\tname = A\n\temail = a@example.org\n"
        "[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n"
    )
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(libraries),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads: build_isolation = no
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "HTTPS_PROXY": CLOSED,  # what would go to the internet fails
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture
def machine(tmp_path: Path, published: Path, libraries: Path, server: Server) -> Machine:
    """Prepare a machine whose service is the server, and a project that names two extensions."""
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    (project / "README").write_text("a project\n")
    commit(project)
    variables = {
        **offline(home, published, libraries),
        "VSCAN_API_URL": server.api_url,
        "VSCAN_DELAY": "0",
        "VSCAN_RETRY_DELAY": "0.01",
    }
    prepared = Machine(home, project, variables)
    prepared.name(*GOOD)
    return prepared


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, published: Path, libraries: Path) -> Path:
    """Install vscan from its repository; gives the environment."""
    home = tmp_path_factory.mktemp("installed")
    place = home / "vscan"
    venv.create(place, symlinks=True, with_pip=True)
    pip = Machine(home, home, offline(home, published, libraries))
    done = pip.run(f"vscan/bin/pip install -q git+https://github.com/OWNER/vscan@v{__version__}")
    assert done.returncode == 0, done.stdout
    return place


@pytest.fixture
def workstation(machine: Machine, installed: Path) -> Machine:
    """Install extensions for the user of the machine; vscan is installed, too."""
    for each in GOOD:
        install(machine.home / ".vscode" / "extensions", each)
    path = f"{installed / 'bin'}:{os.environ['PATH']}"
    return Machine(machine.home, machine.project, {**machine.variables, "PATH": path})


@pytest.fixture
def engine_of_its_own(machine: Machine) -> Iterator[dict[str, str]]:
    """Have ``docker`` on the machine use other names than the recipes', where all share an engine.

    Gives the names to use for those of the recipes. What has such a name is removed afterwards.
    Containers that are run have no network, and what they scan is analysed offline.
    """
    real = shutil.which("docker")
    if real is None:
        pytest.skip("docker is not installed")
    own = f"vscan-test-{uuid.uuid4().hex}"
    names = {"vscan-cache": own, "dev-container": own}
    program = machine.home / "bin" / "docker"
    program.parent.mkdir()
    (program.parent / "names.json").write_text("{}")
    program.write_text(f"#!{sys.executable}\n{_DOCKER}".replace("REAL", real), "utf-8")
    program.chmod(0o755)
    machine.variables = {
        **machine.variables,
        "PATH": f"{program.parent}:{machine.variables['PATH']}",
        "DOCKER_NAMES": str(program.parent / "names.json"),
    }

    class Names(dict[str, str]):
        def __setitem__(self, name: str, used: str) -> None:
            super().__setitem__(name, used)
            (program.parent / "names.json").write_text(json.dumps(self))

    held = Names()
    for name, used in names.items():
        held[name] = used
    yield held
    for command in (
        ("ps", "-aq", "--filter", f"ancestor={own}"),
        ("ps", "-aq", "--filter", f"volume={own}"),
    ):
        found = subprocess.run([real, *command], capture_output=True, encoding="utf-8", check=False)
        for container in found.stdout.split():
            subprocess.run([real, "rm", "-f", container], capture_output=True, check=False)
    subprocess.run([real, "rmi", "-f", own], capture_output=True, check=False)
    subprocess.run([real, "volume", "rm", "-f", own], capture_output=True, check=False)


_DOCKER = """\
import json, os, sys
names = json.load(open(os.environ["DOCKER_NAMES"]))
words = [sys.argv[1]]
if words == ["run"]:
    words += ["--network=none", "-e", "VSCAN_SOURCE=offline"]
if words == ["build"]:
    words += ["--network=host", *names.get("", "").split()]
for word in sys.argv[2:]:
    name, mark, rest = word.partition(":/")
    key, equals, value = word.partition("=")
    if word in names:
        word = names[word]
    elif name in names:
        word = names[name] + mark + rest
    elif equals and value in names:
        word = key + equals + names[value]
    words.append(word)
os.execv("REAL", ["docker", *words])
"""


def git(place: Path, *arguments: str) -> str:
    """Run git in a repository."""
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=place, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(place: Path) -> str:
    """Commit all files of a directory, which becomes a repository; give the commit."""
    git(place, "init", "-q", "-b", "main")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "all")
    return git(place, "rev-parse", "HEAD").strip()
