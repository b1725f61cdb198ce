"""Requirements of GitHub and GitLab for SARIF files that no validator checks."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

_URI = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+(?:/(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)*")
_LINK = re.compile(r"\]\(|://|www\.", re.IGNORECASE)
_BRACES = re.compile(r"\{+|\}+")
_TEXT_LIMIT = 1_000


def faults(log: dict[str, Any]) -> list[str]:
    """List what is wrong with a file, each with where it is. Empty: nothing."""
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    prints: Counter[tuple[str, ...]] = Counter()
    found = [*_strings(log, ""), *_rules(run["tool"]["driver"]["rules"])]
    for number, result in enumerate(run["results"]):
        found += [f"result {number}: {fault}" for fault in _result(result, rules)]
        prints.update([tuple(result["partialFingerprints"].values())])
    found += [f"{count} results are one: {print_}" for print_, count in prints.items() if count > 1]
    if len(run["results"]) > 25_000:
        found.append("more results than are taken")
    return found


def _result(result: dict[str, Any], rules: list[str]) -> Iterator[str]:
    if rules.count(result["ruleId"]) != 1 or rules[result["ruleIndex"]] != result["ruleId"]:
        yield f"its rule is not described once: {result['ruleId']}"
    if "markdown" in result["message"]:
        yield "Markdown"
    locations = result.get("locations", [])
    if len(locations) != 1:
        yield f"{len(locations)} locations"
    for location in locations:
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        if not _URI.fullmatch(uri) or {".", ".."} & set(uri.split("/")):
            yield f"not a relative URI: {uri}"
        if place["region"]["startLine"] < 1:
            yield "no line"


def _rules(rules: list[dict[str, Any]]) -> Iterator[str]:
    for rule in rules:
        properties = rule["properties"]
        if len(rule["name"]) > 255 or len(rule["id"]) > 255 or len(properties["tags"]) > 10:
            yield f"{rule['id']}: too long a name, or too many tags"
        if ("security-severity" in properties) is rule["id"].endswith("/info"):
            yield f"{rule['id']}: a security severity where there is none, or none where there is"


def _strings(value: object, where: str) -> Iterator[str]:
    """Look at every text: what is a message, and what is a string at all."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, f"{where}.{key}")
            if key == "text" and isinstance(item, str):
                yield from (f"{where}: {fault}" for fault in _message(item))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _strings(item, f"{where}[{number}]")
    elif isinstance(value, str):
        if len(value) > _TEXT_LIMIT:
            yield f"{where}: {len(value)} characters"
        if not value.isprintable():
            yield f"{where}: not printable"


def _message(text: str) -> Iterator[str]:
    if _LINK.search(text):
        yield f"a link: {text}"
    if any(len(braces) % 2 for braces in _BRACES.findall(text)):
        yield f"a placeholder: {text}"
