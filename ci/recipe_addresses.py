"""Write the repository's address and the version into the recipes of the documents.

The address stands in one place, ``Repository`` of ``[project.urls]`` in pyproject.toml, and the
version in ``vscan.__version__``. While no address is set, the recipes show ``OWNER``.

Run ``python -m ci.recipe_addresses`` after one of the two has changed.
"""

import re
import tomllib
from pathlib import Path

from vscan import __version__

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = "OWNER"
_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*"
_BEFORE_OWNER = r"github\.com/|ghcr\.io/|uses: |--repo "
_OWNER = re.compile(rf"(?P<before>{_BEFORE_OWNER})(?P<owner>{_NAME})/vscan\b")
_VERSION = r"\d+\.\d+\.\d+(?:[\w.+-]*\w)?"
_OF_IMAGE = re.compile(rf"(?P<before>ghcr\.io/{_NAME}/vscan:){_VERSION}")
_OF_TAG = re.compile(
    rf"(?P<before>(?:{_BEFORE_OWNER}){_NAME}/vscan[@ ]|\brev: |'(?=\S+\^))v{_VERSION}"
)


def owner(pyproject: str) -> str:
    """Read the account that publishes the repository; ``OWNER`` while no address is set."""
    address = tomllib.loads(pyproject)["project"]["urls"].get("Repository")
    if address is None:
        return PLACEHOLDER
    match = re.fullmatch(rf"https://github\.com/({_NAME})/vscan", address)
    if match is None:
        raise SystemExit(f"Repository is {address}: https://github.com/NAME/vscan is wanted")
    return match[1]


def with_address(text: str, account: str, version: str) -> str:
    """Put an account and a version into the recipes of a document."""

    def put_account(match: re.Match[str]) -> str:
        image = match["before"] == "ghcr.io/" and account != PLACEHOLDER
        return f"{match['before']}{account.lower() if image else account}/vscan"

    text = _OWNER.sub(put_account, text)
    text = _OF_IMAGE.sub(rf"\g<before>{version}", text)
    return _OF_TAG.sub(rf"\g<before>v{version}", text)


def documents() -> list[Path]:
    """List the documents that have recipes."""
    return sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))


def main() -> None:
    """Rewrite the documents."""
    account = owner((ROOT / "pyproject.toml").read_text("utf-8"))
    for path in documents():
        text = path.read_text("utf-8")
        changed = with_address(text, account, __version__)
        if changed != text:
            path.write_text(changed, "utf-8")
            print(f"changed {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
