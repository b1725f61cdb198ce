"""The tasks of a contributor: ``nox -s lint``, ``fast``, ``full``, ``nightly``.

Each session installs vscan with its development tools into an environment of its own and
keeps that environment for the next run. Arguments after ``--`` go to pytest.
"""

import nox

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["lint", "fast"]
nox.options.reuse_existing_virtualenvs = True

# The lane "full" is the test command of README.md.
_LANES = {
    "fast": ["-m", "fast"],
    "full": ["-n", "2", "--dist", "loadgroup"],
    "nightly": ["-m", "nightly"],
}


def _install(session: nox.Session) -> None:
    session.install("-q", "-e", ".[dev]")


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style, the format, the types and the import contracts."""
    _install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def fast(session: nox.Session) -> None:
    """Run the tests that need no process, no network and no waiting."""
    _test(session)


@nox.session
def full(session: nox.Session) -> None:
    """Run every test that a change has to pass."""
    _test(session)


@nox.session
def nightly(session: nox.Session) -> None:
    """Run the long tests: soak, studies, corpus, growth."""
    _test(session)


def _test(session: nox.Session) -> None:
    _install(session)
    session.run("python", "-m", "pytest", "-q", *_LANES[session.name], *session.posargs)
