import pytest

from vscan.errors import UsageError
from vscan.registries.registry_addresses import is_allowed, parse_registry, redirect_target


@pytest.mark.parametrize(
    ("text", "url", "protocol"),
    [
        ("open-vsx", "https://open-vsx.org", "open-vsx"),
        ("marketplace", "https://marketplace.visualstudio.com/_apis/public/gallery", "gallery"),
        ("https://example.com/vscode/gallery/", "https://example.com/vscode/gallery", "gallery"),
        ("https://example.com", "https://example.com", None),
        ("https://example.com:8443/api", "https://example.com:8443/api", None),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", None),
        ("http://localhost/gallery", "http://localhost/gallery", "gallery"),
        ("http://[::1]:8000", "http://[::1]:8000", None),
    ],
)
def test_what_a_registry_may_be(text: str, url: str, protocol: str | None) -> None:
    address = parse_registry(text)
    assert (address.url, address.protocol, address.is_private) == (url, protocol, False)


@pytest.mark.parametrize(
    "text",
    [
        *("", "openvsx", "Open-VSX", "http://example.com", "ftp://example.com", "file:///etc"),
        *("https://", "https://user:secret@example.com", "https://example.com?a", "//example.com"),
        *("https://example.com#a", "https://exa mple.com", "https://example.com:port"),
        *(
            "https://ex\u0430mple.com",
            "https://example.com\\@evil.com",
            "https://a..b",
            "https://[",
        ),
        "https://example.com/" + "a" * 3000,
    ],
)
def test_what_no_registry_is(text: str) -> None:
    with pytest.raises(UsageError):
        parse_registry(text)


@pytest.mark.parametrize(
    "text",
    ["open-vsx", "marketplace", "https://open-vsx.org", "https://OPEN-VSX.org./vscode/gallery"],
)
def test_a_public_registry_is_not_private(text: str) -> None:
    with pytest.raises(UsageError):
        parse_registry(text, is_private=True)


@pytest.mark.parametrize(
    ("url", "remote", "local"),
    [
        ("https://cdn.example.com/a?b=c", True, True),
        ("http://127.0.0.1:80/a", False, True),
        ("http://example.com/a", False, False),
        ("http://127.0.0.1.example.com/a", False, False),
        ("https://user@example.com/a", False, False),
        ("javascript:alert(1)", False, False),
        ("https://example.com/\nHost: evil", False, False),
        ("/relative", False, False),
    ],
)
def test_where_requests_may_go(
    url: str,
    remote: bool,  # noqa: FBT001
    local: bool,  # noqa: FBT001
) -> None:
    assert is_allowed(url, loopback=False) is remote
    assert is_allowed(url, loopback=True) is local


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "https://example.com/b"),
        ("c", "https://example.com/a/c"),
        ("https://other.example.com/", "https://other.example.com/"),
        ("//other.example.com/x", "https://other.example.com/x"),
        ("http://example.com/b", None),
        ("http://127.0.0.1/b", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_where_redirects_may_lead(location: str, target: str | None) -> None:
    assert redirect_target("https://example.com/a/b", location, loopback=False) == target
