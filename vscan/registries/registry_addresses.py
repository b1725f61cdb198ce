"""The addresses of registries: which ones a user may name, and where their answers may lead.

Requests go to https alone, or, where the registry itself is on this machine, to a loopback address.
"""

import ipaddress
from typing import Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from vscan.errors import UsageError
from vscan.safe_text import sanitize

Protocol: TypeAlias = Literal["gallery", "open-vsx"]
_MAX_URL = 2048
_MAX_NAME = 63


class RegistryAddress(Struct, frozen=True):
    """A registry that the user named.

    ``protocol`` is ``None`` where only an answer can tell it. ``is_private`` says that the user
    lets private ids go there. ``interval_s`` is the least time between two requests.
    """

    name: str
    url: str
    protocol: Protocol | None
    is_private: bool = False
    interval_s: float = 0.0


_KNOWN = {
    # Neither publishes how many requests it accepts. The marketplace has answered with a 429
    # after 22 of them.
    "open-vsx": RegistryAddress("open-vsx", "https://open-vsx.org", "open-vsx", interval_s=0.1),
    "marketplace": RegistryAddress(
        "marketplace",
        "https://marketplace.visualstudio.com/_apis/public/gallery",
        "gallery",
        interval_s=1.0,
    ),
}
_PUBLIC_HOSTS = {
    "open-vsx.org",
    "marketplace.visualstudio.com",
    "marketplace.cursorapi.com",
}


def parse_registry(text: str, *, is_private: bool = False) -> RegistryAddress:
    """Read ``open-vsx``, ``marketplace``, or the URL of a gallery or of an Open VSX instance.

    ``UsageError`` for everything else, and for a public registry that is called private.
    """
    known = _KNOWN.get(text)
    if known is not None:
        if is_private:
            raise UsageError(f"{text} is a public registry: private ids can't go there")
        return known
    url = text.rstrip("/")
    if any(mark in url for mark in "?#") or not is_allowed(url, loopback=True):
        raise UsageError(
            f"{sanitize(text)} is no registry",
            hint="open-vsx, marketplace, or a URL: https, or http to a loopback address,"
            " without a user, a query or a fragment",
        )
    host = (urlsplit(url).hostname or "").removesuffix(".")
    if is_private and host in _PUBLIC_HOSTS:
        raise UsageError(f"{host} is a public registry: private ids can't go there")
    protocol: Protocol | None = "gallery" if url.endswith("/gallery") else None
    interval_s = 1.0 if host in _PUBLIC_HOSTS else 0.0
    return RegistryAddress(url, url, protocol, is_private, interval_s)


def is_allowed(url: str, *, loopback: bool) -> bool:
    """Say whether a request may go to a URL: to https, or to http on this machine if ``loopback``.

    No address with a user or a password is allowed.
    """
    if len(url) > _MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or "\\" in url or not _is_host(host):
        return False
    return parts.scheme == "https" or (
        loopback and parts.scheme == "http" and is_loopback_host(host)
    )


def _is_host(host: str) -> bool:
    if ":" in host:
        return True  # an address of IP version 6, in brackets
    labels = host.removesuffix(".").split(".")
    return all(
        0 < len(label) <= _MAX_NAME and all(each.isalnum() or each in "-_" for each in label)
        for label in labels
    )


def is_loopback_host(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_on_this_machine(url: str) -> bool:
    """Say whether a registry is reached without TLS, and so on this machine."""
    return urlsplit(url).scheme == "http"


def origin_of(url: str) -> str:
    """Return the scheme, the host and the port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def redirect_target(url: str, location: str, *, loopback: bool) -> str | None:
    """Return where a redirect leads; ``None`` where no request may go there."""
    if not location:
        return None
    try:
        target = urljoin(url, location)
    except ValueError:
        return None
    return target if is_allowed(target, loopback=loopback) else None
