"""Pull requests: their authors can neither waive their own findings nor use anybody's cache."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import Run, Runner
from tests.builders import install
from tests.server import Server

WAIVER = '[[ignore]]\nid = "acme.bad"\nrule = "*"\nreason = "mine"\n'
NO_WAIVER = '[[ignore]]\nid = "acme.else"\nrule = "*"\nreason = "theirs"\n'


def git(place: Path, *arguments: str) -> str:
    kept = {"PATH": os.environ["PATH"], "HOME": str(place.parent)}
    for role in ("AUTHOR", "COMMITTER"):
        kept |= {f"GIT_{role}_NAME": "A", f"GIT_{role}_EMAIL": "a@example.org"}
    options = ("-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *options, *arguments],
        cwd=place, env=kept, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return done.stdout.strip()


def commit(place: Path, **files: str) -> str:
    for name, text in files.items():
        path = place / name.replace("__", "/").replace("_toml", ".toml").replace("_json", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "x", "--allow-empty")
    return git(place, "rev-parse", "HEAD")


Proposal = Callable[..., str]


@pytest.fixture
def upstream(runner: Runner) -> Path:
    """Make the repository, with what its owners accept: nothing of acme.bad."""
    place = runner.place / "upstream"
    place.mkdir()
    git(place, "init", "-q")
    git(place, "config", "uploadpack.allowAnySHA1InWant", "true")
    return place


@pytest.fixture
def proposal(runner: Runner, upstream: Path) -> Proposal:
    """Check out a pull request as actions/checkout does; gives the base commit."""

    def propose(base: dict[str, str], head: dict[str, str], *, depth: int = 0) -> str:
        first = commit(upstream, README="x", **base)
        git(upstream, "checkout", "-qb", "theirs")
        install(upstream / "extensions", "acme.bad")
        commit(upstream, **head)
        shutil.rmtree(runner.workspace)
        shallow = [f"--depth={depth}"] if depth else []
        url = f"file://{upstream}"
        git(runner.place, "clone", "-q", *shallow, "-b", "theirs", url, str(runner.workspace))
        runner.event_name = "pull_request"
        runner.variables |= {"GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "theirs"}
        runner.event = event(first)
        return first

    return propose


def event(base: str, *, fork: bool = False) -> dict[str, Any]:
    theirs = "somebody/project" if fork else "acme/project"
    return {
        "pull_request": {
            "base": {"sha": base, "repo": {"full_name": "acme/project"}},
            "head": {"sha": "0" * 40, "repo": {"full_name": theirs}},
        }
    }


def refused(run: Run, *says: str) -> None:
    """Check that the run ended with an error that says why, before anything was asked."""
    assert run.failed == ["Gate"], run.log
    assert run.steps["Gate"].code == 2
    assert run.outputs["outcome"] == "error"
    for word in says:
        assert word in run.annotations[-1].message


def test_a_branch_can_not_waive_its_own_finding(runner: Runner, proposal: Proposal) -> None:
    base = proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER})
    assert (runner.workspace / "accepted.toml").read_text("utf-8") == WAIVER
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    assert run.failed == ["Gate"]
    assert run.outputs["outcome"] == "findings"
    assert run.report["run"]["policy_files"][0].endswith(f"base-{base[:12]}/accepted.toml")
    assert f"from the base commit {base[:12]}" in run.summary


def test_what_the_base_accepts_is_accepted(runner: Runner, proposal: Proposal) -> None:
    proposal({"accepted_toml": WAIVER}, {"accepted_toml": "broken"})
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    assert (run.status, run.outputs["outcome"]) == ("success", "clean"), run.log
    assert run.outputs["highest-severity"] == "none"
    assert runner.uploaded[0]["runs"][0]["results"] == []


def test_whoever_runs_the_gate_may_trust_the_branch(runner: Runner, proposal: Proposal) -> None:
    proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER})
    run = runner.run(targets="extensions", ignore_file="accepted.toml", policy_from="workspace")
    assert run.status == "success", run.log


def test_a_push_takes_its_own_files(runner: Runner, proposal: Proposal) -> None:
    proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER})
    runner.event_name, runner.event = "push", {}
    del runner.variables["GITHUB_BASE_REF"]
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    assert run.status == "success", run.log


@pytest.mark.parametrize("name", ["accepted.toml", "./x/../accepted.toml"])
def test_a_file_that_only_the_branch_has_is_refused(
    runner: Runner, proposal: Proposal, server: Server, name: str
) -> None:
    proposal({}, {"accepted_toml": WAIVER})
    run = runner.run(targets="extensions", ignore_file=name)
    refused(run, "accepted.toml is not in the base commit", "policy-from")
    assert server.count() == 0


def test_an_absolute_path_is_no_way_around(runner: Runner, proposal: Proposal) -> None:
    proposal({}, {"accepted_toml": WAIVER})
    path = runner.workspace / "accepted.toml"
    refused(runner.run(targets="extensions", ignore_file=str(path)), "not in the base commit")
    other = runner.place / "other name"
    other.symlink_to(runner.workspace)
    path = other / "accepted.toml"
    refused(runner.run(targets="extensions", ignore_file=str(path)), "not in the base commit")


def test_a_file_from_elsewhere_is_taken_as_it_is(runner: Runner, proposal: Proposal) -> None:
    """No branch reaches what an earlier step has downloaded."""
    proposal({}, {})
    path = runner.temp / "accepted.toml"
    path.write_text(WAIVER, "utf-8")
    run = runner.run(targets="extensions", ignore_file=str(path))
    assert run.status == "success", run.log


def test_a_link_in_the_base_is_not_followed(
    runner: Runner, proposal: Proposal, upstream: Path
) -> None:
    (upstream / "accepted.toml").symlink_to("theirs.toml")
    proposal({}, {"theirs_toml": WAIVER})
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    refused(run, "accepted.toml is no regular file in the base commit")


def test_the_config_file_is_the_bases_and_so_is_what_it_names(
    runner: Runner, proposal: Proposal
) -> None:
    config = "[policy]\nignore_file = 'accepted.toml'\n"
    proposal(
        {"settings_toml": config, "accepted_toml": NO_WAIVER},
        {"settings_toml": "[policy]\nfail_on = 'none'\n", "accepted_toml": WAIVER},
    )
    run = runner.run(targets="extensions", config="settings.toml")
    assert run.outputs["outcome"] == "findings", run.log
    assert len(run.report["run"]["policy_files"]) == 2
    assert all("/base-" in path for path in run.report["run"]["policy_files"])


def test_the_machines_own_config_can_not_name_a_file_of_the_branch(
    runner: Runner, proposal: Proposal
) -> None:
    proposal({}, {"accepted_toml": WAIVER})
    (runner.home / ".vscanrc").write_text("[policy]\nignore_file = 'accepted.toml'\n", "utf-8")
    refused(runner.run(targets="extensions"), "home/accepted.toml can't be read")


def test_the_baseline_is_the_bases(runner: Runner, proposal: Proposal) -> None:
    install(runner.workspace / "extensions", "acme.bad")
    earlier = runner.run(targets="extensions", fail_on="none", upload_sarif="false")
    known = Path(earlier.outputs["json-file"]).read_text("utf-8")
    base = proposal({"baseline_json": known.replace("acme.bad", "acme.old")},
                    {"baseline_json": known})  # fmt: skip
    run = runner.run(targets="extensions", baseline="baseline.json")
    assert run.outputs["outcome"] == "findings", run.log
    assert f"base-{base[:12]}/baseline.json" in run.report["run"]["policy_files"][0]
    trusting = runner.run(targets="extensions", baseline="baseline.json", policy_from="workspace")
    assert trusting.status == "success"


def test_a_shallow_clone_fetches_the_base(runner: Runner, proposal: Proposal) -> None:
    base = proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER}, depth=1)
    assert base not in git(runner.workspace, "rev-list", "--all")
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    assert run.outputs["outcome"] == "findings", run.log


def test_a_base_that_can_not_be_fetched_is_an_error(
    runner: Runner, proposal: Proposal, upstream: Path
) -> None:
    proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER}, depth=1)
    shutil.rmtree(upstream)
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    refused(run, "is not in this clone and can't be fetched", "fetch-depth: 0")


@pytest.mark.parametrize("base", ["", "main", "HEAD", "--upload-pack=touch PWNED", "../x"])
def test_an_event_without_a_base_commit_is_an_error(
    runner: Runner, proposal: Proposal, base: str
) -> None:
    proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER})
    runner.event = event(base)
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    refused(run, "names no base commit")
    assert not list(runner.place.rglob("PWNED"))


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("pull_request", {}),
        ("pull_request_target", {}),
        ("merge_group", {}),
        ("workflow_call", {"pull_request": {"base": "x"}}),
        ("workflow_run", {"workflow_run": {"event": "pull_request"}}),
        ("issue_comment", {"issue": {"pull_request": {"url": "x"}}}),
    ],
)
def test_an_event_that_can_not_be_read_is_a_strangers(
    runner: Runner, proposal: Proposal, name: str, payload: dict[str, Any]
) -> None:
    proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER})
    runner.event_name, runner.event = name, payload
    del runner.variables["GITHUB_BASE_REF"]
    refused(runner.run(targets="extensions", ignore_file="accepted.toml"), "no base commit")


def test_a_merge_queue_has_a_base_commit_too(runner: Runner, proposal: Proposal) -> None:
    base = proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER})
    runner.event_name, runner.event = "merge_group", {"merge_group": {"base_sha": base}}
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    assert run.outputs["outcome"] == "findings", run.log


def test_a_workspace_that_is_no_checkout_has_no_base(runner: Runner) -> None:
    install(runner.workspace / "extensions", "acme.bad")
    (runner.workspace / "accepted.toml").write_text(WAIVER, "utf-8")
    runner.event_name, runner.event = "pull_request", event("a" * 40)
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    refused(run, "in no checkout")


def test_nothing_of_the_branch_is_run_by_git(runner: Runner, proposal: Proposal) -> None:
    """Attributes, hooks and settings that a tree can bring along stay without effect."""
    proposal(
        {"accepted_toml": NO_WAIVER},
        {"accepted_toml": WAIVER, ".gitattributes": "*.toml diff=evil filter=evil\n"},
    )
    trap = "touch PWNED; false"
    for key in ("core.fsmonitor", "diff.evil.textconv", "filter.evil.smudge"):
        git(runner.workspace, "config", key, trap)
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    assert run.outputs["outcome"] == "findings", run.log
    assert not list(runner.place.rglob("PWNED"))


def test_a_git_of_the_branch_is_not_run(runner: Runner, proposal: Proposal) -> None:
    """Whatever PATH says of the working directory, and whatever Windows adds to it."""
    proposal({"accepted_toml": NO_WAIVER}, {"accepted_toml": WAIVER})
    trap = runner.workspace / "git"
    trap.write_text(f"#!/bin/sh\ntouch {runner.place}/PWNED\n", "utf-8")
    trap.chmod(0o755)
    runner.variables |= {"PATH": f".:{os.environ['PATH']}"}
    run = runner.run(targets="extensions", ignore_file="accepted.toml")
    assert run.outputs["outcome"] == "findings", run.log
    assert not list(runner.place.rglob("PWNED"))


def test_the_directories_of_a_config_file_lie_beside_it_and_not_beside_its_copy(
    runner: Runner, proposal: Proposal
) -> None:
    config = "[scan]\nextensions_dir = ['extensions']\n"
    proposal({"settings_toml": config}, {})
    run = runner.run(config="settings.toml")
    assert run.outputs["outcome"] == "findings", run.log


@pytest.mark.parametrize(
    ("event_name", "variable", "outcome"),
    [
        ("pull_request", None, "incomplete"),
        ("pull_request_target", None, "incomplete"),
        ("merge_group", None, "incomplete"),
        ("push", None, "clean"),
        ("pull_request", "follow", "clean"),
        ("push", "refuse", "incomplete"),
    ],
)
def test_a_link_of_a_branch_out_of_the_directory_is_not_followed(
    runner: Runner, event_name: str, variable: str | None, outcome: str
) -> None:
    """It may lead to what is only on the runner; whoever wrote the workflow may allow it."""
    elsewhere = install(runner.place / "elsewhere", "acme.good")
    directory = runner.workspace / "extensions"
    directory.mkdir(parents=True)
    (directory / "acme.good-1.0.0").symlink_to(elsewhere)
    runner.event_name = event_name
    if variable is not None:
        runner.variables["VSCAN_LINKS"] = variable

    run = runner.run(targets="extensions", sources="offline")

    assert run.outputs["outcome"] == outcome, run.log


def test_a_fork_starts_with_an_empty_cache(runner: Runner, server: Server) -> None:
    """It has no secret to check a cache with, and one that it could write would be trusted."""
    install(runner.workspace / "extensions", "acme.good")
    runner.run(targets="extensions")
    stored = dict(runner.stored)
    assert len(stored) == 1
    runner.event_name, runner.event = "pull_request", event("a" * 40, fork=True)
    run = runner.run(targets="extensions")
    assert run.status == "success"
    assert run.outputs["cache-hit"] == "false"
    assert runner.stored == stored
    assert server.count("submit") == 2
    assert run.steps["Upload SARIF"].outcome == "skipped"
    assert [each.level for each in run.annotations] == ["notice"]
    assert "a fork's pull request may not upload" in run.annotations[0].message


@pytest.mark.parametrize("secret", ["", None])
def test_a_fork_without_the_secret_has_no_cache(runner: Runner, secret: str | None) -> None:
    """An unset secret is an empty variable."""
    install(runner.workspace / "extensions", "acme.good")
    if secret is not None:
        runner.variables["VSCAN_CACHE_KEY"] = secret
    runner.event_name, runner.event = "pull_request", event("a" * 40, fork=True)
    run = runner.run(targets="extensions")
    assert run.steps["Restore cache"].outcome == run.steps["Save cache"].outcome == "skipped"


def test_with_the_secret_a_fork_uses_what_was_signed(runner: Runner, server: Server) -> None:
    install(runner.workspace / "extensions", "acme.good")
    runner.variables["VSCAN_CACHE_KEY"] = "only we know"
    runner.run(targets="extensions")
    runner.event_name, runner.event = "pull_request", event("a" * 40, fork=True)
    run = runner.run(targets="extensions")
    assert run.outputs["cache-hit"] == "true"
    assert server.count("submit") == 1


@pytest.mark.parametrize(
    ("variables", "name", "says"),
    [
        ({"GITHUB_ACTOR": "dependabot[bot]"}, "push", "dependabot's runs may not upload"),
        ({}, "pull_request_target", "alerts of another branch would be replaced"),
    ],
)
def test_where_an_upload_would_fail_or_harm_there_is_none(
    runner: Runner, variables: dict[str, str], name: str, says: str
) -> None:
    install(runner.workspace / "extensions", "acme.good")
    runner.variables |= variables
    runner.event_name = name
    runner.event = event("a" * 40) if name.startswith("pull") else {}
    run = runner.run(targets="extensions")
    assert runner.uploaded == []
    assert says in run.annotations[0].message


def test_the_users_own_settings_in_the_workspace_are_the_bases(
    runner: Runner, proposal: Proposal
) -> None:
    """Where the home is the workspace, whoever wrote the branch would choose them."""
    proposal({}, {"_vscanrc": "x"})
    (runner.workspace / ".vscanrc").write_text("[policy]\nfail_on = 'none'\n", "utf-8")
    runner.variables["HOME"] = str(runner.workspace)
    refused(runner.run(targets="extensions"), ".vscanrc is not in the base commit")
