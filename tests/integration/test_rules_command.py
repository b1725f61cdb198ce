"""``vscan rules`` and docs/rules.md: every rule that a finding can carry, explained."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ci import rules as page
from tests.builders import MODULES, results
from tests.command import environment, vscan
from tests.judged import report, scanned
from vscan.cli.rules import ALL
from vscan.model import ExtensionId, Rule
from vscan.policy.checks import MEANINGS
from vscan.policy.checks import RULES as POLICY_RULES
from vscan.policy.ignore_file import SUPPRESSIBLE, read_waivers
from vscan.providers.vscan_dev.answers import parse_results
from vscan.providers.vscan_dev.rules import (
    MALICIOUS_FILE,
    VULNERABLE_DEPENDENCY,
    posture_rule,
)
from vscan.providers.vscan_dev.rules import (
    MODULES as SUBJECTS,
)

IDS = [rule.id for rule in ALL]
BY_ID = {rule.id: rule for rule in ALL}


def test_the_list_has_a_line_for_each_rule_and_each_check(tmp_path: Path) -> None:
    done = vscan(tmp_path, "rules")
    assert (done.code, done.err) == (0, "")
    rules, checks = done.out.split(
        "\nChecks of the policy, which an ignore file can name like a rule:\n"
    )
    assert [line.split("  ")[0] for line in rules.splitlines()] == IDS
    assert [line.split("  ")[0] for line in checks.splitlines()] == list(MEANINGS)
    assert all(rule.title in rules for rule in ALL)


@pytest.mark.parametrize("text", ["vulnerable-dependency", "vulnerable-dependency/left-pad"])
def test_one_rule_says_what_it_means_why_it_matters_and_what_to_do(
    tmp_path: Path, text: str
) -> None:
    done = vscan(tmp_path, "rules", text)
    assert (done.code, done.err) == (0, "")
    flowing = " ".join(done.out.split())
    rule = BY_ID["vulnerable-dependency"]
    assert flowing == (
        f"{rule.title} Meaning: {rule.meaning} Why: {rule.why} What to do: {rule.help}"
    )
    assert max(map(len, done.out.splitlines())) <= 88


@pytest.mark.parametrize("name", MEANINGS)
def test_a_check_that_is_listed_is_explained_too(tmp_path: Path, name: str) -> None:
    done = vscan(tmp_path, "rules", name)
    assert done.code == 0
    assert MEANINGS[name].replace("`", "") in done.out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("vulnerable-dependancy", "did you mean vulnerable-dependency?"),
        ("posture-permision", "did you mean posture-permissions?"),
        ("risk-levle", "did you mean risk-level?"),
        ("nonsense", "`vscan rules` lists them"),
        ("\x1b[2J", "`vscan rules` lists them"),
    ],
)
def test_a_rule_that_there_is_not_is_refused_with_a_suggestion(
    tmp_path: Path, text: str, says: str
) -> None:
    done = vscan(tmp_path, "rules", text)
    assert (done.code, done.out) == (2, "")
    assert "there is no rule" in done.err
    assert says in done.err
    assert done.err.replace("\n", "").isprintable()


# Every rule that findings can carry.


def test_rules_have_one_name_each_that_an_ignore_file_can_hold() -> None:
    assert len(set(IDS)) == len(IDS)
    assert not set(IDS) & set(MEANINGS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in [*IDS, *MEANINGS])
    assert not any(name.startswith("failure") for name in [*IDS, *MEANINGS])


@pytest.mark.parametrize("rule", ALL, ids=IDS)
def test_a_rule_is_explained_in_whole_sentences(rule: Rule) -> None:
    assert not rule.title.endswith(".")
    for text in (rule.meaning, rule.why, rule.help):
        assert re.match(r"[A-Z]", text)
        assert text.endswith(".")
        assert "  " not in text


@pytest.mark.parametrize("module", [*SUBJECTS, "somethingNew", "", "x/y"])
def test_a_posture_finding_of_any_module_has_a_listed_rule(module: str) -> None:
    assert posture_rule(module) in IDS


def test_the_findings_of_an_answer_in_which_everything_is_bad_have_listed_rules() -> None:
    levels: dict[str, Any] = dict.fromkeys([*MODULES, "somethingNew"], "critical")
    body = results(
        "acme", "tools", levels=levels, vulnerabilities={"critical": 1, "low": 2}, malicious=1
    )
    found = parse_results(body, ExtensionId.parse("acme.tools"), "a-1").findings
    carried = {finding.rule for finding in found}
    assert carried <= set(IDS)
    assert {VULNERABLE_DEPENDENCY, MALICIOUS_FILE, "posture-permissions"} <= carried


def test_the_findings_of_the_policy_have_listed_rules() -> None:
    made = report(
        scanned("acme.tools"), blocked=("*",), allowed=("other.*",), verified_publishers=True
    )
    assert {each.finding.rule for each in made.assessments[0].findings} <= set(IDS)
    assert {rule.id for rule in POLICY_RULES} <= set(IDS)


# docs/rules.md


def ci_rules(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ci.rules", *arguments],
        env=environment(home),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_the_page_of_rules_is_current() -> None:
    assert page.PLACE.read_text("utf-8") == page.text(), "run python -m ci.rules"


def test_the_page_has_a_section_for_each_rule_and_names_all_that_can_be_waived() -> None:
    text = page.PLACE.read_text("utf-8")
    sections = dict(section.split("\n", 1) for section in text.split("\n## ")[1:])
    for rule in ALL:
        assert all(
            part in sections[rule.id] for part in (rule.title, rule.meaning, rule.why, rule.help)
        )
        assert f"(#{rule.id})" in text
    last = sections["What an ignore file can name"]
    for name in (*MEANINGS, *SUPPRESSIBLE):
        assert f"\n- `{name}`: " in last
    for kind in ("unreadable", "interrupted", "bug"):
        assert f"`{kind}`" not in last


def test_the_example_of_the_page_is_an_ignore_file(tmp_path: Path) -> None:

    example = page.text().split("```toml\n")[1].split("```")[0]
    (tmp_path / "x").write_text(example, "utf-8")
    (waiver,) = read_waivers(tmp_path / "x")
    assert (waiver.id, waiver.rule) == ("acme.*", "posture-permissions")


def test_the_page_is_written_and_checked(tmp_path: Path) -> None:
    place = tmp_path / "rules.md"
    assert ci_rules(tmp_path, "--check", "--place", place).returncode == 1
    assert ci_rules(tmp_path, "--place", place).returncode == 0
    assert ci_rules(tmp_path, "--check", "--place", place).returncode == 0
    place.write_text(place.read_text("utf-8").replace("malware", "software"), "utf-8")
    done = ci_rules(tmp_path, "--check", "--place", place)
    assert done.returncode == 1
    assert "is not current: run python -m ci.rules" in done.stderr
