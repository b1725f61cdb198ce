"""Requests to an analyser process and its responses are read back whole; nothing else is taken."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import extension, verdict
from vscan.model import Extension, ExtensionId, Failed, FailureKind, Registry, Scanned, Task
from vscan.providers.offline.analyser_protocol import (
    Response,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)

TASK = Task("offline", (extension(),))
COMPLETE = replace(
    extension(),
    root=Path("/home/\udcff\n/acme.tools"),
    directory=Path("/home"),
    members=("acme.other", "\ud800"),
    registry=Registry.OPEN_VSX,
    never_sent=True,
    in_index=False,
)


def split(response: bytes) -> tuple[bytes, bytes]:
    header, result, rest = response.split(b"\n")
    assert rest == b""
    return header, result


@pytest.mark.parametrize(
    "installed",
    [extension(), COMPLETE, replace(COMPLETE, id=ExtensionId.local("", "a b"), version=None)],
    ids=["minimal", "complete", "local"],
)
def test_a_request_is_one_line_with_the_whole_task(installed: Extension) -> None:
    task = Task("offline", (installed,))
    line = encode_request(7, task)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_request(line) == (7, task)


def test_a_verdict_is_received_as_it_was_sent() -> None:
    response = Response(Scanned(TASK, verdict(), from_cache=False))
    assert decode_response(7, TASK, *split(encode_response(7, response))) == response


@pytest.mark.parametrize("is_fatal", [False, True])
@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_is_received_as_it_was_sent(kind: FailureKind, *, is_fatal: bool) -> None:
    response = Response(Failed(TASK, kind, "line\u2028break is replaced"), is_fatal)
    received = decode_response(7, TASK, *split(encode_response(7, response)))
    assert received == Response(Failed(TASK, kind, "line break is replaced"), is_fatal)


HEADER = b'{"request": 7, "result": "failure"}'
FAILURE = b'{"kind": "bug", "detail": ""}'


@pytest.mark.parametrize(
    ("header", "result"),
    [
        (b"", FAILURE),
        (b"7", FAILURE),
        (b'[7, "failure"]', FAILURE),
        (b'{"request": 8, "result": "failure"}', FAILURE),
        (b'{"request": 7.0, "result": "failure"}', FAILURE),
        (b'{"request": true, "result": "failure"}', FAILURE),
        (b'{"request": 7, "result": "success"}', FAILURE),
        (b'{"request": 7, "result": ["failure"]}', FAILURE),
        (b'{"request": 7, "request": 7, "result": "failure"}', FAILURE),
        (b'{"request": 7, "result": "failure", "more": 1}', FAILURE),
        (b'{"request": 7, "result": "verdict"}', FAILURE),
        (HEADER, b""),
        (HEADER, b"null"),
        (HEADER, b"\x80\x04K\x07."),
        (HEADER, b'{"kind": "bug"}'),
        (HEADER, b'{"kind": "worse", "detail": ""}'),
        (HEADER, b'{"kind": "bug", "detail": 7}'),
        (HEADER, b'{"kind": null, "detail": ""}'),
        (HEADER, b"[" * 100_000),
    ],
)  # fmt: skip
def test_any_other_response_is_invalid(header: bytes, result: bytes) -> None:
    assert decode_response(7, TASK, HEADER, FAILURE) == Response(Failed(TASK, FailureKind.BUG, ""))
    with pytest.raises(ValueError, match=r"."):
        decode_response(7, TASK, header, result)


def test_a_verdict_is_checked_field_by_field() -> None:
    header, result = split(encode_response(7, Response(Scanned(TASK, verdict(), from_cache=False))))
    for name in json.loads(result):
        forged = {**json.loads(result), name: {"any": "object"}}
        with pytest.raises(ValueError, match=r"."):
            decode_response(7, TASK, header, json.dumps(forged).encode())
