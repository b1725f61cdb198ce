"""The targets of a run, and the key of the cache."""

from pathlib import Path
from typing import Any

import pytest

from tests.builders import install
from tests.other_systems import make_pipe
from vscan.config import CacheConfig, cache_key
from vscan.discovery import check_target
from vscan.errors import UsageError


@pytest.mark.parametrize("form", ["{}", "{}/", "{}/."])
def test_a_directory_is_a_target(tmp_path: Path, form: str) -> None:
    assert check_target(form.format(tmp_path)) == tmp_path


def test_a_link_to_a_directory_is_a_target(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    assert check_target(str(tmp_path / "link")) == tmp_path / "link"


@pytest.mark.parametrize(
    ("own", "inside", "is_target"),
    [
        ('{"name": "vscode-extensions", "version": "0.0.1"}', {"engines": {"vscode": "*"}}, True),
        ('{"name": "x", "engines": {"node": "20"}}', {"engines": {"vscode": "*"}}, True),
        ('{"name": "vscode-extensions", "version": "0.0.1"}', {"engines": {"node": "1"}}, True),
        ('{"name": "vscode-extensions", "version": "0.0.1"}', None, True),
        ('{"name": "x", "engines": {"vscode": "*"}}', {"engines": {"vscode": "*"}}, False),
        ("no JSON", {"engines": {"vscode": "*"}}, True),
        ("[]", {"engines": {"vscode": "*"}}, True),
    ],
)
def test_an_npm_package_that_holds_extensions_is_a_target(
    tmp_path: Path, own: str, inside: dict[str, Any] | None, *, is_target: bool
) -> None:
    """As the ones that come with an editor lie, or a repository; one extension is none."""
    (tmp_path / "package.json").write_text(own, "utf-8")
    (tmp_path / "node_modules").mkdir()
    if inside is not None:
        install(tmp_path, "acme.tools", **inside)
    if is_target:
        assert check_target(str(tmp_path)) == tmp_path
    else:
        with pytest.raises(UsageError, match="is one extension"):
            check_target(str(tmp_path))


@pytest.mark.parametrize("name", ["a.vsix", "A.VSIX", "link.vsix"])
def test_an_archive_is_a_target(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.vsix").touch()
    (tmp_path / "A.VSIX").touch()
    (tmp_path / "link.vsix").symlink_to("a.vsix")
    assert check_target(str(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize("name", ["fifo.vsix", ".vsix"])
def test_a_file_that_is_not_an_archive_is_refused_as_a_target(tmp_path: Path, name: str) -> None:
    """It is not even opened: a FIFO would never answer."""
    (tmp_path / ".vsix").touch()
    make_pipe(tmp_path / "fifo.vsix")
    with pytest.raises(UsageError, match="is nothing that can be scanned") as caught:
        check_target(str(tmp_path / name))
    assert "extensions" in caught.value.hint


@pytest.mark.parametrize("name", ["file", "fifo", "a.vsix.zip"])
def test_a_file_that_may_name_extensions_is_a_target(tmp_path: Path, name: str) -> None:
    for file in ("file", "a.vsix.zip"):
        (tmp_path / file).touch()
    make_pipe(tmp_path / "fifo")
    assert check_target(str(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize("text", ["-", "acme.tools", "Acme.Tools@1.2.3", "acme.tools@prerelease"])
def test_an_id_and_standard_input_are_targets(text: str) -> None:
    assert str(check_target(text)) == text


@pytest.mark.parametrize("text", ["acme.tools@", "acme.tools@@1", "acme", "a/b.c", ".b", "a."])
def test_what_is_nearly_an_id_is_no_target(text: str) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        check_target(text)


@pytest.mark.parametrize("name", ["absent", "dangling", "circle", "file/below", "a\x1b[2J", "a\0"])
def test_a_path_that_does_not_exist_is_refused_as_a_target(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(UsageError, match="does not exist") as caught:
        check_target(str(tmp_path / name))
    assert caught.value.message.isprintable()


def test_an_empty_target_is_refused() -> None:
    """``vscan scan "$UNSET"`` is a mistake; what lies around here was not asked for."""
    with pytest.raises(UsageError):
        check_target("")


def test_an_unreadable_target_is_accepted_and_left_to_the_report(tmp_path: Path) -> None:
    """As where a directory above it is closed to us, which the tests' root never sees."""
    hopeless = tmp_path / ("x" * 5000)
    assert check_target(str(hopeless)) == hopeless


@pytest.mark.parametrize(
    ("secret", "key"),
    [(None, None), ("", b""), (" \n", b""), ("s3cret", b"s3cret"), ("\udcff", b"\xff")],
)
def test_the_key_of_the_cache_is_the_secret_in_bytes(
    monkeypatch: pytest.MonkeyPatch, secret: str | None, key: bytes | None
) -> None:
    """A secret of raw bytes is as good as any; an empty one is not the same as none."""
    monkeypatch.delenv("VSCAN_CACHE_KEY", raising=False)
    if secret is not None:
        monkeypatch.setenv("VSCAN_CACHE_KEY", secret)
    assert cache_key() == key


def test_the_key_of_the_cache_is_never_shown() -> None:
    config = CacheConfig(Path("cache"), read=True, max_age_s=1.0, key=b"s3cret")
    assert "'cache'" in repr(config)
    assert "s3cret" not in repr(config)
