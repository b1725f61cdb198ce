import os
import pwd
import sys
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from platformdirs.macos import MacOS

from tests.builders import install
from vscan.config import cache_key, check_target
from vscan.errors import UsageError
from vscan.settings.checks import check_api_url, check_included, check_pattern, parse_output
from vscan.settings.directories import default_cache_directory, default_data_directory

# The address of the service.


@pytest.mark.parametrize(
    "url",
    [
        "https://vscan.dev/api/extensions",
        "https://vscan.dev",
        "https://vscan.dev:8443/api/",
        "HTTPS://VSCAN.DEV/api",
        "https://xn--bcher-kva.example/api",
        "https://10.0.0.1/api",
        "https://[2001:db8::1]/api",
        "http://localhost:8080/api",
        "http://LocalHost/api",
        "http://127.0.0.1:8080/api",
        "http://127.8.9.1/api",
        "http://[::1]:8080/api",
    ],
)
def test_https_and_plain_http_to_this_machine_are_accepted(url: str) -> None:
    assert check_api_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://vscan.dev/api",
        "http://10.0.0.1/api",
        "http://0.0.0.0/api",
        "http://[::]/api",
        "http://[2001:db8::1]/api",
        "http://127.0.0.1.evil.com/api",
        "http://127.1/api",
        "http://2130706433/api",
        "http://localhost.evil.com/api",
        "http://notlocalhost/api",
        "http://xn--lcalhost-54a/api",
    ],
)
def test_plain_http_to_anywhere_else_is_refused_with_a_hint(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_api_url(url)
    assert url in caught.value.message
    assert "https" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "vscan.dev",
        "vscan.dev/api",
        "/api/extensions",
        "//vscan.dev/api",
        "https:",
        "https://",
        "https:///api",
        "https:vscan.dev",
        "https://:443/api",
        "https://vscan.dev:port/api",
        "https://vscan.dev:99999/api",
        "https://vscan.dev:-1/api",
        "https://[::1/api",
        "https://[hello]/api",
        "ftp://vscan.dev/api",
        "ftp://localhost/api",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "javascript:alert(1)",
        "httpss://vscan.dev/api",
        "https://vscan.dev/a b",
        "https://vscan .dev/api",
        " https://vscan.dev/api",
        "https://vscan.dev/api\n",
        "https://vscan\t.dev/api",
        "https://vscan.dev/\x1b[2J",
        "https://bücher.example/api",
        "https://vscan\N{FULLWIDTH FULL STOP}dev/api",
        "https://vscan.dev\u2044@evil.com/api",
        "http://\N{FULLWIDTH DIGIT ONE}27.0.0.1/api",
    ],
)
def test_what_is_no_address_to_ask_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_api_url(url)
    assert caught.value.message.startswith("--api-url")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "https://vscan.dev/api?key=secret",
        "https://vscan.dev/api#secret",
        "https://vscan.dev/api?",
        "https://vscan.dev/api#",
    ],
)
def test_a_query_or_a_fragment_even_an_empty_one_is_refused(url: str) -> None:
    """``https://vscan.dev/api?`` + ``/analyze`` would ask for ``/api``."""
    with pytest.raises(UsageError):
        check_api_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@vscan.dev/api",
        "https://secret@vscan.dev/api",
        "https://:secret@vscan.dev/api",
        "https://@vscan.dev/api",
        "http://user:secret@localhost/api",
        "http://localhost:secret@evil.com/api",
        "https://user:sec#ret@vscan.dev/api",
        "ftp://user:secret@vscan.dev/api",
        "user:secret@vscan.dev/api",
        "https:user:secret@vscan.dev/api",
    ],
)
def test_an_address_with_a_password_is_refused_without_repeating_it(url: str) -> None:
    """The message goes to logs that others read."""
    with pytest.raises(UsageError) as caught:
        check_api_url(url)
    assert "secret" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://vscan.dev\\.evil.com/api",
        "https://a..b/api",
        "https://../api",
        f"https://{'a' * 64}.dev/api",
        "https://%76scan.dev/api",
    ],
)
def test_a_host_that_no_look_up_can_find_is_refused(url: str) -> None:
    """Else each request fails later on; and two parsers may read two hosts in a backslash."""
    with pytest.raises(UsageError):
        check_api_url(url)


# Patterns.


@pytest.mark.parametrize(
    "text", ["acme.tools", "acme.*", "*", "*.tools", "Acme.To*ls", "acme", "a_b.c-d.e", "**"]
)
def test_ids_and_patterns_are_accepted(text: str) -> None:
    assert check_pattern(text, "--exclude-ids") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "acme tools",
        "acme.tools ",
        "acme.tools\n",
        "acme/tools",
        "acme.tools@1.0.0",
        "acme.?",
        "acme.[ab]",
        "^acme",
        "acme.tööls",
        "a\x1b[2Jb",
        "x" * 10_000 + "!",
    ],
)
@pytest.mark.parametrize("option", ["--exclude-ids", "--private"])
def test_what_is_neither_id_nor_pattern_is_refused_by_the_options_name(
    text: str, option: str
) -> None:
    with pytest.raises(UsageError) as caught:
        check_pattern(text, option)
    assert caught.value.message.startswith(f"{option}: ")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300
    assert "publisher.name" in caught.value.hint


@pytest.mark.parametrize("text", ["acme.tools", "Acme.Tools", "acme.*", "*.tools", "acme*", "*"])
def test_what_can_be_included_is_an_id_or_a_pattern(text: str) -> None:
    assert check_included(text, "--include-ids") == text


@pytest.mark.parametrize("text", ["acme", "acme.", ".tools", "-acme.tools", "acme..tools", "a b"])
def test_what_could_not_be_scanned_by_name_is_not_included(text: str) -> None:
    with pytest.raises(UsageError, match="--include-ids"):
        check_included(text, "--include-ids")


# Outputs.


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("json=report.json", "report.json"),
        ("json=report.txt", "report.txt"),
        ("json=-", "-"),
        ("json=a=b", "a=b"),
        ("json=sarif=x", "sarif=x"),
        ("report.json", "report.json"),
        ("out/REPORT.JSON", "out/REPORT.JSON"),
        ("./a=b.json", "./a=b.json"),
    ],
)
def test_an_output_is_a_format_and_a_path_or_a_path_that_tells(text: str, path: str) -> None:
    assert parse_output(text) == ("json", path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("json=", "the path is missing"),
        ("xml=report.xml", "unknown format 'xml'"),
        ("jsonl=report.json", "unknown format 'jsonl'"),
        ("", "cannot infer the report format from the file name"),
        ("-", "cannot infer the report format from the file name"),
        ("json", "cannot infer the report format from the file name"),
        ("report", "cannot infer the report format from the file name"),
        ("report.txt", "cannot infer the report format from the file name"),
        (".json", "cannot infer the report format from the file name"),
        ("=report", "cannot infer the report format from the file name"),
        ("report\x1b[2J.txt", "cannot infer the report format from the file name"),
    ],
)
def test_an_output_that_can_not_be_understood_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_output(text)
    assert said in caught.value.message
    assert caught.value.message.isprintable()


# Targets.


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
        ('{"name": "vscode-extensions", "version": "0.0.1"}', {"engines": {"node": "1"}}, False),
        ('{"name": "vscode-extensions", "version": "0.0.1"}', None, False),
        ('{"name": "x", "engines": {"vscode": "*"}}', {"engines": {"vscode": "*"}}, False),
        ("no JSON", {"engines": {"vscode": "*"}}, False),
        ("[]", {"engines": {"vscode": "*"}}, False),
    ],
)
def test_a_package_of_npm_that_holds_extensions_is_a_target(
    tmp_path: Path, own: str, inside: dict[str, Any] | None, *, is_target: bool
) -> None:
    """As the ones that come with an editor lie; one extension is none, whatever lies in it."""
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


@pytest.mark.parametrize("name", ["file", "fifo", "fifo.vsix", ".vsix", "a.vsix.zip"])
def test_what_is_no_directory_is_no_target(tmp_path: Path, name: str) -> None:
    """It is not even opened: a FIFO would never answer."""
    for file in ("file", ".vsix", "a.vsix.zip"):
        (tmp_path / file).touch()
    for fifo in ("fifo", "fifo.vsix"):
        os.mkfifo(tmp_path / fifo)
    with pytest.raises(UsageError, match="is neither a directory nor a") as caught:
        check_target(str(tmp_path / name))
    assert "extensions" in caught.value.hint


@pytest.mark.parametrize("name", ["absent", "dangling", "circle", "file/below", "a\x1b[2J", "a\0"])
def test_what_does_not_exist_is_no_target(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(UsageError, match="does not exist") as caught:
        check_target(str(tmp_path / name))
    assert caught.value.message.isprintable()


def test_an_empty_target_is_not_the_working_directory() -> None:
    """``vscan scan "$UNSET"`` is a mistake; what lies around here was not asked for."""
    with pytest.raises(UsageError):
        check_target("")


def test_a_target_that_can_not_be_looked_at_is_left_to_the_report(tmp_path: Path) -> None:
    """As where a directory above it is closed to us, which the tests' root never sees."""
    hopeless = tmp_path / ("x" * 5000)
    assert check_target(str(hopeless)) == hopeless


# The cache's place and key.


def test_the_cache_is_where_the_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/caches")
    assert default_cache_directory() == Path("/var/caches/vscan")


@pytest.mark.parametrize("base", [None, "", "caches", "./caches", "~/caches"])
def test_without_an_absolute_place_the_cache_is_in_the_home(
    monkeypatch: pytest.MonkeyPatch, base: str | None
) -> None:
    """The standard has relative places ignored."""
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if base is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", base)
    assert default_cache_directory() == Path("/home/someone/.cache/vscan")


def test_without_a_home_variable_the_users_own_home_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert default_cache_directory() == home / ".cache" / "vscan"


def test_a_user_without_any_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number without a name."""

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert default_cache_directory() is None


@pytest.mark.parametrize("home", [".", "somewhere/else"])
def test_a_relative_home_has_no_cache_and_no_data(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    """It would be a directory of the working directory's owner."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    assert (default_cache_directory(), default_data_directory()) == (None, None)


def test_the_data_is_where_the_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/var/data")
    assert default_data_directory() == Path("/var/data/vscan")
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_data_directory() == Path("/home/someone/.local/share/vscan")


def test_on_macos_cache_and_data_are_in_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platformdirs, "PlatformDirs", MacOS)
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", "/Users/someone")
    library = Path("/Users/someone/Library")
    assert default_cache_directory() == library / "Caches" / "vscan"
    assert default_data_directory() == library / "Application Support" / "vscan"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.parametrize("found", [Path("relative/vscan"), None])
def test_where_platformdirs_finds_no_home_there_is_no_cache(
    monkeypatch: pytest.MonkeyPatch, platform: str, found: Path | None
) -> None:
    def user_cache_path(*_: object, **__: object) -> Path:
        if found is None:
            raise RuntimeError
        return found

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(platformdirs, "user_cache_path", user_cache_path)
    assert default_cache_directory() is None


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
