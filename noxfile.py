"""The tasks of a contributor: ``nox -s lint``, ``fast``, ``full``, ``nightly``.

Each session installs vscan with its development tools into an environment of its own and
keeps that environment for the next run. Arguments after ``--`` go to pytest.
"""

import nox

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["lint", "fast"]
nox.options.reuse_existing_virtualenvs = True


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
    """Run the unit tests that start no process, use no network and wait for nothing."""
    _install(session)
    _pytest(session, "-n", "2", "-m", "fast", "tests/unit")


@nox.session
def full(session: nox.Session) -> None:
    """Run every test that a change has to pass."""
    _install(session)
    _pytest(session, "-n", "4")  # as in the test command of README.md


@nox.session
def nightly(session: nox.Session) -> None:
    """Run the long tests, and measure how much the tests of the full lane notice."""
    _install(session)
    _pytest(session, "-m", "nightly")
    session.run("python", "-m", "ci.soak")
    session.run("python", "-m", "ci.coverage_gate", "-m", "not docker")
    session.run("python", "-m", "ci.mutants", "--number", "0")


def _pytest(session: nox.Session, *arguments: str) -> None:
    session.run("python", "-m", "pytest", "-q", *arguments, *session.posargs)
