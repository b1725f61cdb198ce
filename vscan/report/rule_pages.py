"""The addresses of the pages that explain rules.

They are below the repository's address, which the metadata of the distribution has. A copy without
a published address has none, and `vscan rules` explains the rules.
"""

import importlib.metadata
from functools import cache

DISTRIBUTION = "vscan-ci"
_LABEL = "Repository"


@cache
def repository_address() -> str:
    """Read the address of the repository; empty where none is published or nothing installed."""
    try:
        urls = importlib.metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    named: dict[str, str] = dict(url.split(", ", 1) for url in urls if ", " in url)
    return named.get(_LABEL, "").rstrip("/")


def rule_page(rule: str, address: str | None = None) -> str:
    """Give the address of a rule's page; empty where the repository has no address."""
    base = repository_address() if address is None else address
    return f"{base}/blob/main/docs/rules.md#{rule}" if base else ""
