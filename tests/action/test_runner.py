"""The runner of these tests: it would see what it says is not there."""

import pytest

from tests.action.expressions import evaluate, holds, interpolate
from tests.action.runner import parse_log, parse_outputs

CONTEXTS = {"steps": {"a": {"outputs": {"x-y": "Yes"}, "outcome": "failure"}}, "inputs": {"i": ""}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("steps.a.outputs.x-y", "Yes"),
        ("steps.a.outputs.x-y == 'yes'", True),
        ("steps.a.outputs.none == ''", True),
        ("steps.b.outcome != 'success'", True),
        ("inputs.i || 'or'", "or"),
        ("!(steps.a.outcome == 'failure') && true", False),
        ("always() && failure() || 'it''s'", "it's"),
    ],
)
def test_expressions(expression: str, value: object) -> None:
    assert evaluate(expression, CONTEXTS, "success") == value


@pytest.mark.parametrize("expression", ["a b", "unknown.x", "(true", "'x' =", "contains(1)", ""])
def test_what_is_no_expression_here_is_not_guessed(expression: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        evaluate(expression, CONTEXTS, "success")


def test_conditions() -> None:
    """A condition without a status function holds only where nothing has failed."""
    assert holds(None, CONTEXTS, "success")
    assert not holds(None, CONTEXTS, "failure")
    assert not holds("inputs.i == ''", CONTEXTS, "failure")
    assert holds("always() && inputs.i == ''", CONTEXTS, "failure")
    assert interpolate("<${{ inputs.i }}${{ true }}>", CONTEXTS) == "<true>"


def test_the_runner_sees_commands_but_not_where_they_are_stopped() -> None:
    annotations, commands = parse_log(
        "::set-env name=X::1\n"
        "a line ##[error]x\n"
        "::stop-commands::token\n::error::hidden\n::add-mask::x\n\n::token::\n"
        "  ::error file=a%2Cb,title=t::one%0Atwo\n"
    )
    assert commands == ["::set-env name=X::1", "a line ##[error]x"]
    (annotation,) = annotations
    assert (annotation.message, annotation.properties) == (
        "one\ntwo",
        {"file": "a,b", "title": "t"},
    )
    with pytest.raises(AssertionError):
        parse_log("::stop-commands::token\n")


def test_the_runner_reads_outputs() -> None:
    assert parse_outputs("a=b=c\nm<<X\n1\nn=2\nX\n") == {"a": "b=c", "m": "1\nn=2"}
    with pytest.raises(AssertionError):
        parse_outputs("m<<X\n1\n")
