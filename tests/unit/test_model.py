import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import extension, task, verdict
from vscan.model import (
    ExtensionId,
    Failed,
    FailureKind,
    RiskLevel,
    Scanned,
    Severity,
    Task,
    check_pattern,
    parse_version,
)
from vscan.policy.model import Assessment


@pytest.mark.parametrize(
    ("text", "publisher", "name"),
    [
        ("ms-python.python", "ms-python", "python"),
        ("Acme.Tools", "Acme", "Tools"),
        ("acme.tools.extra", "acme", "tools.extra"),
        ("0x.7_zip-tools", "0x", "7_zip-tools"),
        ("_a._b", "_a", "_b"),
        ("a." + "b" * 214, "a", "b" * 214),
        ("a" * 128 + ".b", "a" * 128, "b"),
    ],
)
def test_an_id_is_a_publisher_and_a_name(text: str, publisher: str, name: str) -> None:
    """It is taken apart at its first dot, and keeps the case that it came in."""
    identity = ExtensionId.parse(text)
    assert (identity.publisher, identity.name) == (publisher, name)
    assert str(identity) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "acme",
        "acme.",
        ".tools",
        "..tools",
        "acme..tools",
        "-acme.tools",
        "acme.-tools",
        "acme.tools\n",
        " acme.tools",
        "acme.to ols",
        "acme/tools",
        "acme.../../etc",
        "acme.tools/..",
        "acme.tools@1.0.0",
        "acme.t%6fols",
        "acme.tööls",
        "\N{CYRILLIC SMALL LETTER A}cme.tools",
        "acme.tools\x00",
        "acme.tool\u202es",
        "acme.*",
        "a." + "b" * 215,
        "a" * 129 + ".b",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an extension id"):
        ExtensionId.parse(text)


def test_ids_are_compared_without_regard_to_case() -> None:
    shown, same = ExtensionId.parse("Acme.Tools"), ExtensionId.parse("acme.tools")
    assert shown == same
    assert (shown.name, same.name) == ("Tools", "tools")
    assert len({shown, same}) == 1
    assert shown != ExtensionId.parse("acme.tool")
    assert shown != "acme.tools"
    others = [ExtensionId.parse(text) for text in ("b.B", "B.a", "a.c")]
    assert [str(each) for each in sorted(others)] == ["a.c", "B.a", "b.B"]
    with pytest.raises(TypeError):
        sorted([shown, "acme.tools"])  # type: ignore[type-var]


def test_tasks_of_copies_of_one_extension_have_hashes_of_their_own() -> None:
    copy = extension()
    tasks = {Task("offline", (replace(copy, path=f"folder-{n}"),)) for n in range(500)}
    tasks |= {Task("offline", (replace(copy, version=f"2.0.{n}"),)) for n in range(500)}
    assert len({hash(task) for task in tasks}) > 990
    again = Task("offline", (replace(copy, version="2.0.1"),))
    assert again in tasks


_PARTS = st.text(max_size=50) | st.text("aA.-@/ _ä", max_size=6)


@given(_PARTS, _PARTS)
def test_a_local_id_is_safe_and_never_a_real_one(publisher: str, name: str) -> None:
    local = ExtensionId.local(publisher, name)
    assert local.is_local
    assert check_pattern(str(local)) == local.key
    assert len(local.key) < 120
    assert ExtensionId.read(str(local)) == local
    assert ExtensionId.read(local.key).name == local.name
    with pytest.raises(ValueError, match="not an extension id"):
        ExtensionId.parse(local.key)


@given(_PARTS, _PARTS, _PARTS, _PARTS)
def test_local_ids_are_one_where_the_editor_s_are(
    publisher: str, name: str, other_publisher: str, other_name: str
) -> None:
    same = (publisher.lower(), name.lower()) == (other_publisher.lower(), other_name.lower())
    one, other = ExtensionId.local(publisher, name), ExtensionId.local(other_publisher, other_name)
    assert (one == other) == same


def test_a_local_id_can_not_be_made_to_look_like_another_one() -> None:
    """The names are those that others would be shown under."""
    odd = ExtensionId.local("undefined_publisher", "a b")
    assert odd.key.startswith("undefined_publisher..a-b.")
    forged = ExtensionId.local("undefined_publisher", odd.name[1:])
    assert forged != odd
    assert ExtensionId.local("undefined_publisher", "tools").key == "undefined_publisher..tools"
    assert ExtensionId.read("acme.tools") == ExtensionId.parse("acme.tools")
    assert not ExtensionId.parse("acme.tools").is_local


def test_ids_are_equal_without_regard_to_case() -> None:
    lower, mixed = ExtensionId.parse("acme.tools"), ExtensionId.parse("Acme.Tools")
    assert lower == mixed
    assert len({lower, mixed}) == 1
    assert str(mixed) == "Acme.Tools"


def test_ids_are_sorted_without_regard_to_case() -> None:
    ids = [ExtensionId.parse(text) for text in ("b.a", "A.c", "a.B", "C.a")]
    assert [str(identity) for identity in sorted(ids)] == ["a.B", "A.c", "b.a", "C.a"]


@given(text=st.text() | st.from_regex(r"[\w.-]{1,9}\.[\w.-]{1,9}\n?"))
@example(text="a.b")
def test_any_text_is_refused_or_an_id_that_says_the_same(text: str) -> None:
    try:
        identity = ExtensionId.parse(text)
    except ValueError:
        return
    assert str(identity) == text
    assert text.isascii()
    assert text.isprintable()
    assert ExtensionId.parse(text.upper()) == identity


@pytest.mark.parametrize(
    "text", ["1", "1.0.0", "2024.1.0-insider+build.7", "1.0.0_beta", "v1", "1" * 128]
)
def test_a_version_is_given_back_as_it_is(text: str) -> None:
    assert parse_version(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "..",
        "-1",
        "1.0.0\n",
        "1 0",
        "1/0",
        "../1",
        "1.0.0\x1b",
        "1.\u0660.0",
        "1" * 129,
    ],
)
def test_what_no_editor_takes_for_a_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        parse_version(text)


def test_severities_go_from_info_to_critical() -> None:
    assert [s.word for s in sorted(Severity)] == ["info", "low", "medium", "high", "critical"]


def test_risk_levels_go_from_low_to_critical_with_unknown_below_them() -> None:
    """Unknown reaches no threshold; that it is not clean either is the judge's to say."""
    words = [level.word for level in sorted(RiskLevel)]
    assert words == ["unknown", "low", "medium", "high", "critical"]


@pytest.mark.parametrize("level", [level for level in RiskLevel if level is not RiskLevel.UNKNOWN])
def test_a_risk_level_and_the_severity_of_the_same_number_have_the_same_word(
    level: RiskLevel,
) -> None:
    assert Severity(level).word == level.word


def test_values_can_not_be_changed() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        verdict().score = 100  # type: ignore[misc]


def test_a_task_asks_about_one_id_in_all_its_versions() -> None:
    asked = task("acme.tools", "1.0.0", "2.0.0")
    assert asked.id == ExtensionId.parse("acme.tools")
    assert [found.version for found in asked.extensions] == ["1.0.0", "2.0.0"]


def test_an_assessment_tells_verdicts_from_failures_and_takes_the_worst_risk() -> None:
    tools = extension()
    low, high = verdict(), verdict(risk=RiskLevel.HIGH)
    lost = Failed(Task("third", (tools,)), FailureKind.TIMEOUT, "too slow")
    outcomes = (
        Scanned(Task("offline", (tools,)), high, from_cache=False),
        Scanned(Task("vscan.dev", (tools,)), low, from_cache=True),
        lost,
    )
    assessment = Assessment(tools, outcomes)
    assert assessment.verdicts == ((high, False), (low, True))
    assert assessment.failures == (lost,)
    assert assessment.risk is RiskLevel.HIGH


def test_an_assessment_without_a_verdict_is_of_unknown_risk() -> None:
    lost = Failed(task(), FailureKind.TIMEOUT, "too slow")
    assert Assessment(extension(), (lost,)).risk is RiskLevel.UNKNOWN
