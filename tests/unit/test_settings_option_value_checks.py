"""The checks of single options: addresses, patterns of ids, and outputs."""

import pytest

from vscan.errors import UsageError
from vscan.settings.option_value_checks import (
    check_api_url,
    check_included,
    check_pattern,
    parse_output,
)

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
def test_an_api_url_with_https_or_http_to_this_machine_is_accepted(url: str) -> None:
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
def test_an_api_url_with_http_to_another_host_is_refused_with_a_hint(url: str) -> None:
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
def test_a_text_that_is_not_an_api_url_is_refused(url: str) -> None:
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
def test_an_api_url_with_a_query_or_a_fragment_is_refused(url: str) -> None:
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
def test_an_api_url_with_a_password_is_refused_without_repeating_it(url: str) -> None:
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
def test_an_api_url_with_an_impossible_host_is_refused(url: str) -> None:
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
def test_a_bad_pattern_is_refused_with_the_name_of_its_option(text: str, option: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_pattern(text, option)
    assert caught.value.message.startswith(f"{option}: ")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300
    assert "publisher.name" in caught.value.hint


@pytest.mark.parametrize("text", ["acme.tools", "Acme.Tools", "acme.*", "*.tools", "acme*", "*"])
def test_include_ids_accepts_ids_and_patterns(text: str) -> None:
    assert check_included(text, "--include-ids") == text


@pytest.mark.parametrize("text", ["acme", "acme.", ".tools", "-acme.tools", "acme..tools", "a b"])
def test_include_ids_refuses_ids_that_can_not_be_scanned_by_name(text: str) -> None:
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
def test_an_output_is_a_format_and_a_path_or_a_path_with_a_known_suffix(
    text: str, path: str
) -> None:
    assert parse_output(text) == ("json", path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("json=", "the path is missing"),
        ("xml=report.xml", "unknown format 'xml'"),
        ("jsonlines=report.json", "unknown format 'jsonlines'"),
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
def test_a_bad_output_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_output(text)
    assert said in caught.value.message
    assert caught.value.message.isprintable()
