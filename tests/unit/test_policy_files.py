"""The ignore file and the baseline: they decide verdicts, so nothing in them is passed over."""

import io
import json
import os
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import finding
from tests.judged import failed, report, scanned, unreadable
from tests.other_systems import make_pipe
from vscan.errors import UsageError
from vscan.model import FailureKind, Finding, Kind, RiskLevel, Severity
from vscan.policy.baseline_from_report import read_baseline
from vscan.policy.extension_assessment import fingerprint
from vscan.policy.ignore_file import SUPPRESSIBLE, read_waivers
from vscan.policy.model import BaselineEntry, Waiver
from vscan.policy.policy_file_reading import MAX_FILE_BYTES
from vscan.report.json import write

GOOD = 'id = "acme.tools"\nrule = "vulnerable-dependency"\nreason = "seen"\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ignore.toml"


def ignoring(place: Path, text: str | bytes) -> tuple[Waiver, ...]:
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_waivers(place)


# The ignore file: what it can say.


def test_an_entry_has_an_id_a_rule_a_reason_and_a_last_day(place: Path) -> None:
    text = f"[[ignore]]\n{GOOD}expires = 2027-01-31\n"
    assert ignoring(place, text) == (
        Waiver("acme.tools", "vulnerable-dependency", "seen", date(2027, 1, 31), 1),
    )


@pytest.mark.parametrize("kind", SUPPRESSIBLE)
def test_an_entry_can_name_a_failure_instead_of_a_rule(place: Path, kind: FailureKind) -> None:
    text = f'[[ignore]]\nid = "*"\nfailure = "{kind}"\nreason = "not on the Marketplace"\n'
    assert ignoring(place, text) == (
        Waiver("*", f"failure:{kind}", "not on the Marketplace", None, 1),
    )


def test_an_entry_can_name_a_file_and_the_text_that_it_accepts(place: Path) -> None:
    entry = 'file = "ci/a.sh"\nrule = "input-unresolved"\nreason = "ours"\ntext = "${LINTER}"\n'
    (waiver,) = ignoring(place, f"[[ignore]]\n{entry}")
    assert (waiver.file, waiver.text, waiver.id) == ("ci/a.sh", "${LINTER}", "")


def test_entries_are_numbered_in_the_order_of_the_file(place: Path) -> None:
    text = f"# ours\n[[ignore]]\n{GOOD}[[ignore]]\n{GOOD}[[ignore]]\n{GOOD}"
    assert [waiver.entry for waiver in ignoring(place, text)] == [1, 2, 3]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "ignore = []\n"])
def test_an_ignore_file_without_entries_has_no_waivers(place: Path, text: str) -> None:
    assert ignoring(place, text) == ()


def test_control_sequences_in_a_reason_are_removed(place: Path) -> None:
    text = f"[[ignore]]\n{GOOD}".replace('"seen"', '"see\\u001b[2Jn\\u202e\\n::error::x"')
    (waiver,) = ignoring(place, text)
    assert waiver.reason.isprintable()


def test_an_ignore_file_can_be_a_pipe() -> None:
    """A shell gives one for ``--ignore-file <(command)``."""
    read, write_ = os.pipe()
    with os.fdopen(write_, "wb") as pipe:
        pipe.write(f"[[ignore]]\n{GOOD}".encode())
    try:
        assert len(read_waivers(Path(f"/dev/fd/{read}"))) == 1
    finally:
        os.close(read)


# The ignore file: what is refused. Each time with the file, the entry and the cause.

ENTRIES = {
    "a text without a file": (f'{GOOD}text = "${{X}}"', "it stands beside file"),
    "an empty text": (
        'file = "a"\nrule = "input-unresolved"\nreason = "y"\ntext = ""',
        "text is missing",
    ),
    "a misspelt key": (f"{GOOD}expire = 2027-01-31", "expire is not known"),
    "a key of another case": (f"{GOOD}Expires = 2027-01-31", "Expires is not known"),
    "a hostile key": (f'{GOOD}"\\u001b[2J\\n" = 1', "is not known"),
    "a date as a text": (f'{GOOD}expires = "2027-01-31"', "not a date"),
    "a date with a time": (f"{GOOD}expires = 2027-01-31T00:00:00Z", "not a date"),
    "a local date with a time": (f"{GOOD}expires = 2027-01-31 00:00:00", "not a date"),
    "a time": (f"{GOOD}expires = 07:32:00", "not a date"),
    "a date as a number": (f"{GOOD}expires = 20270131", "not a date"),
    "an end that is a switch": (f"{GOOD}expires = false", "not a date"),
    "no id": ('rule = "x"\nreason = "y"', "id is missing"),
    "an empty id": ('id = ""\nrule = "x"\nreason = "y"', "id is missing"),
    "an id that is a list": ('id = ["a.b"]\nrule = "x"\nreason = "y"', "id is missing"),
    "an id with a space": ('id = "a b"\nrule = "x"\nreason = "y"', "neither an id"),
    "an id that is an expression": ('id = "(a|b).c"\nrule = "x"\nreason = "y"', "neither an id"),
    "an id with a line break": ('id = "a.b\\n"\nrule = "x"\nreason = "y"', "neither an id"),
    "no reason": ('id = "a.b"\nrule = "x"', "reason is missing"),
    "an empty reason": ('id = "a.b"\nrule = "x"\nreason = ""', "reason is missing"),
    "a blank reason": ('id = "a.b"\nrule = "x"\nreason = " \\t "', "reason is missing"),
    "a reason that is a number": ('id = "a.b"\nrule = "x"\nreason = 1', "reason is missing"),
    "no rule": ('id = "a.b"\nreason = "y"', "either a rule or a failure"),
    "a rule and a failure": (f'{GOOD}failure = "timeout"', "either a rule or a failure"),
    "an empty rule": ('id = "a.b"\nrule = ""\nreason = "y"', "rule is missing"),
    "a rule that is a switch": ('id = "a.b"\nrule = true\nreason = "y"', "rule is missing"),
    "a rule that is an expression": ('id = "a.b"\nrule = "a|b"\nreason = "y"', "neither a rule"),
    "a failure in the place of a rule": (
        'id = "a.b"\nrule = "failure:timeout"\nreason = "y"', "neither a rule",
    ),
    "an empty failure": ('id = "a.b"\nfailure = ""\nreason = "y"', "failure is missing"),
    "a failure that there is not": (
        'id = "a.b"\nfailure = "time-out"\nreason = "y"', "not-listed, rate-limited, timeout",
    ),
    "any failure": ('id = "a.b"\nfailure = "*"\nreason = "y"', "none that can be suppressed"),
    **{
        f"the failure {kind}": (
            f'id = "a.b"\nfailure = "{kind}"\nreason = "y"', "none that can be suppressed",
        )
        for kind in ("unreadable", "interrupted", "bug")
    },
}  # fmt: skip


@pytest.mark.parametrize("case", ENTRIES)
def test_an_invalid_entry_is_refused_with_its_number(place: Path, case: str) -> None:
    entry, says = ENTRIES[case]
    with pytest.raises(UsageError) as caught:
        ignoring(place, f"[[ignore]]\n{GOOD}\n[[ignore]]\n{entry}\n")
    assert caught.value.message.startswith(f"--ignore-file {place}: entry 2: ")
    assert says in caught.value.message
    assert caught.value.message.isprintable()
    assert "an entry has id, reason, and rule or failure; or file" in caught.value.hint


FILES: dict[str, tuple[str | bytes, str]] = {
    "another table": (f"[[ignored]]\n{GOOD}", "ignored is not known"),
    "a table beside": (f"[[ignore]]\n{GOOD}[policy]\nfail_on = 'none'\n", "policy is not known"),
    "an entry without brackets": (GOOD, "id is not known"),
    "one table": (f"[ignore]\n{GOOD}", "ignore is not known"),
    "a text": ('ignore = "acme.tools"', "ignore is not known"),
    "a list of texts": ('ignore = ["acme.tools"]', "entry 1: not a table"),
    "JSON": ('{"ignore": []}', "not TOML"),
    "YAML": ("ignore:\n  - id: acme.tools\n", "not TOML"),
    "a list of ids": ("acme.tools\nacme.other\n", "not TOML"),
    "a key twice": (f'[[ignore]]\n{GOOD}id = "b.c"\n', "not TOML"),
    "half a file": ('[[ignore]]\nid = "acme.to', "not TOML"),
    "a day that there is not": (f"[[ignore]]\n{GOOD}expires = 2027-02-30\n", "not TOML"),
    "another encoding": (f"[[ignore]]\n{GOOD}# \xfc".encode("latin-1"), "not TOML"),
    "UTF-16": (f"[[ignore]]\n{GOOD}".encode("utf-16"), "not TOML"),
    "a byte order mark": (f"\ufeff[[ignore]]\n{GOOD}", "not TOML"),
    "zeros": (b"\x00" * 100, "not TOML"),
    "a deep list": (f"ignore = {'[' * 100_000}", "not TOML"),
    "a deep table": (f"ignore = {'{a=' * 100_000}", "not TOML"),
    "a deep key": (f"[{'a.' * 900}a]\n", "a is not known"),
    # Some Pythons take so many parts of a key, others don't.
    "a key without end": (f"[{'a.' * 3000}a]\n", "not "),
    "a number of thousands of digits": (f"ignore = {'1' * 5000}", "not TOML"),
}


@pytest.mark.parametrize("case", FILES)
def test_an_ignore_file_of_another_format_is_refused(place: Path, case: str) -> None:
    text, says = FILES[case]
    with pytest.raises(UsageError) as caught:
        ignoring(place, text)
    assert caught.value.message.startswith(f"--ignore-file {place}: ")
    assert says in caught.value.message
    assert len(caught.value.message) < 500


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_FILE_BYTES + 1)


def _circle(path: Path) -> None:
    path.symlink_to(path)


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda _: None, "no such file"),
    "a directory": (Path.mkdir, "is a directory"),
    "a broken link": (lambda path: path.symlink_to("nowhere"), "no such file"),
    "a link to itself": (_circle, "too many levels"),
    "a file that is too large": (_huge, "has more than"),
    "a pipe that nobody writes to": (make_pipe, "the pipe has no writer"),
    "a device without end": (lambda path: path.symlink_to("/dev/zero"), "has more than"),
}


@pytest.mark.parametrize("case", PLACES)
@pytest.mark.parametrize(
    ("option", "read"), [("--ignore-file", read_waivers), ("--baseline", read_baseline)]
)
def test_special_files_are_refused_without_waiting(
    place: Path, option: str, read: Callable[[Path], object], case: str
) -> None:
    make, says = PLACES[case]
    make(place)
    caught: list[UsageError] = []

    def attempt() -> None:
        with pytest.raises(UsageError) as error:
            read(place)
        caught.append(error.value)

    reading = threading.Thread(target=attempt, daemon=True)
    reading.start()
    reading.join(20)
    assert not reading.is_alive()
    assert caught[0].message.startswith(f"{option} {place} can't be read: ")
    assert says in caught[0].message


def _listed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3).map(
        lambda values: f"[{', '.join(_toml(value) for value in values)}]"
    )


TOML_VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=20).map(json.dumps)
    | st.dates().map(date.isoformat)
    | st.sampled_from(["2027-01-31T00:00:00Z", "07:32:00", "nan"]),
    _listed,
    max_leaves=4,
)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@given(
    entry=st.dictionaries(
        st.sampled_from(["id", "rule", "failure", "reason", "expires", "expire"]), TOML_VALUES
    )
)
@settings(deadline=None)
def test_any_entry_is_read_unchanged_or_refused(
    tmp_path_factory: pytest.TempPathFactory, entry: dict[str, object]
) -> None:
    lines = "".join(f"{key} = {_toml(value)}\n" for key, value in entry.items())
    try:
        (waiver,) = ignoring(tmp_path_factory.mktemp("x") / "ignore.toml", f"[[ignore]]\n{lines}")
    except UsageError:
        return
    assert set(entry) <= {"id", "rule", "failure", "reason", "expires"}
    assert waiver.reason
    assert waiver.id == json.loads(str(entry["id"]))
    assert (waiver.expires is None) is ("expires" not in entry)


# The baseline.


def written(*found: Any, **policy: Any) -> dict[str, Any]:
    """Give a report as JSON has it."""
    stream = io.StringIO()
    write(report(*found, **policy), stream)
    told: dict[str, Any] = json.loads(stream.getvalue())
    return told


def based(place: Path, content: Any) -> dict[str, BaselineEntry]:
    place.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return dict(read_baseline(place))


def test_a_baseline_has_the_findings_of_the_report_it_was_read_from(place: Path) -> None:
    told = written(
        scanned("acme.Bad", finding(message="ünicode ✓"), risk=RiskLevel.HIGH, score=12.5,
                gaps=("socket",), version="9.9.9"),
        scanned("acme.good"),
        failed("acme.lost"),
        unreadable(),
        blocked=("acme.good",),
    )  # fmt: skip
    assert based(place, told) == {
        "acme.bad": BaselineEntry(
            {fingerprint(finding(message="ünicode ✓")): 1},
            RiskLevel.HIGH, 12.5, frozenset({("1.0.0", "9.9.9")}),
        ),
        "acme.good": BaselineEntry(
            {
                fingerprint(
                    Finding(
                        "policy-blocked",
                        Severity.HIGH,
                        Kind.POLICY,
                        "the policy blocks this extension",
                    )
                ): 1
            },
            RiskLevel.LOW, 90, frozenset(),
        ),
    }  # fmt: skip


@pytest.mark.parametrize("found", [(), (failed(), unreadable())], ids=["empty", "blind"])
def test_a_report_without_verdicts_is_an_empty_baseline(
    place: Path, found: tuple[Any, ...]
) -> None:
    assert based(place, written(*found)) == {}


OTHERS: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \n",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"report"',
    "another JSON": b'{"name": "vscode", "version": "1.0.0"}',
    "no extensions": b'{"format_version": 1}',
    "the next version": b'{"format_version": 2, "extensions": []}',
    "a version that is a text": b'{"format_version": "1", "extensions": []}',
    "extensions that are a table": b'{"format_version": 1, "extensions": {}}',
    "extensions that are a text": b'{"format_version": 1, "extensions": ""}',
    "extensions that are nothing": b'{"format_version": 1, "extensions": null}',
    "an extension that is a text": b'{"format_version": 1, "extensions": ["acme.tools"]}',
    "an extension that is nothing": b'{"format_version": 1, "extensions": [null]}',
    "an extension that is empty": b'{"format_version": 1, "extensions": [{}]}',
    "TOML": b"[[ignore]]\n",
    "HTML": b"<!doctype html><title>Sign in</title>",
    "bytes": b"\x00\xff\xfe",
    "a deep list": b"[" * 100_000,
    "a number of thousands of digits": b'{"format_version": ' + b"1" * 5000 + b"}",
    "more items than any report has": b"[" + b"{}," * 1_000_001 + b"{}]",
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_baseline_that_is_not_a_report_is_refused(place: Path, case: str) -> None:
    with pytest.raises(UsageError) as caught:
        based(place, OTHERS[case])
    assert caught.value.message == f"--baseline {place} is not a JSON report of vscan"
    assert "vscan scan -o json=" in caught.value.hint


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_baseline_is_refused(place: Path, share: float) -> None:
    whole = json.dumps(written(scanned("acme.tools", finding()))).encode()
    with pytest.raises(UsageError):
        based(place, whole[: int(len(whole) * share)])


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("id",), None),
        (("id",), 7),
        (("id",), "no id"),
        (("id",), "acme.\x1b[2J"),
        (("id",), "acme.tools\n::error::x"),
        (("risk_level",), "terrible"),
        (("risk_level",), None),
        (("findings",), None),
        (("findings",), {"rule": "x"}),
        (("findings", 0), "vulnerable-dependency"),
        (("findings", 0), {"rule": "x"}),
        (("verdicts",), "x"),
        (("verdicts",), [None]),
        (("verdicts", 0, "score"), "high"),
        (("verdicts", 0, "score"), None),
        (("verdicts", 0, "score"), 10**400),
        (("verdicts", 0, "score"), [1]),
        (("findings", 0, "severity"), "dreadful"),
        (("findings", 0, "digest"), None),
        (("findings", 0, "evidence"), 1),
    ],
)
def test_a_damaged_baseline_is_refused(place: Path, keys: tuple[Any, ...], value: Any) -> None:
    told = written(scanned("acme.tools", finding()))
    *way, last = keys
    part = told["extensions"][0]
    for key in way:
        part = part[key]
    part[last] = value
    with pytest.raises(UsageError) as caught:
        based(place, told)
    assert "is not a JSON report" in caught.value.message


def test_a_baseline_of_a_version_without_digests_is_refused_with_that_reason(place: Path) -> None:
    """It can't tell a payload from another one with the same beginning."""
    told = written(scanned("acme.tools", finding()))
    del told["extensions"][0]["findings"][0]["digest"]
    with pytest.raises(UsageError) as caught:
        based(place, told)
    assert "is of an earlier version of vscan" in caught.value.message
    assert "make it anew" in caught.value.hint


@pytest.mark.parametrize("key", ["id", "verdicts", "findings", "risk_level"])
def test_a_baseline_extension_without_a_required_field_is_refused(place: Path, key: str) -> None:
    told = written(scanned("acme.tools", finding()))
    del told["extensions"][0][key]
    with pytest.raises(UsageError):
        based(place, told)


@pytest.mark.parametrize("value", ["\x1b[2J", "x" * 100_000, "<script>", "\ud800", "%0A::error::"])
def test_hostile_values_in_a_baseline_match_nothing_and_are_not_shown(
    place: Path, value: str
) -> None:
    """Findings that are gone are counted; no text of the earlier report is in the new one."""
    told = written(scanned("acme.tools", finding()))
    told["extensions"][0]["findings"][0]["message"] = value
    told["extensions"][0]["findings"][0]["rule"] = value
    told["extensions"][0]["name"] = value
    told["run"]["targets"] = [value]
    made = report(scanned("acme.tools", finding()), baseline=based(place, told))
    assert made.decision.exit_code == 1
    assert value not in "\n".join(made.decision.reasons)
    assert "Gone since the baseline, 1 finding: acme.tools." in made.decision.reasons


@pytest.mark.parametrize("score", ["NaN", "-Infinity", "Infinity", "-1", "1e308"])
def test_an_invalid_score_in_a_baseline_is_refused(place: Path, score: str) -> None:
    told = json.dumps(written(scanned("acme.tools", score=42)))
    spoiled = told.replace('"score": 42', f'"score": {score}')
    assert spoiled != told
    with pytest.raises(UsageError):
        based(place, spoiled.encode())
