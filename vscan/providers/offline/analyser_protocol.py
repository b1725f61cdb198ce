"""The requests to an analyser process and its responses, as lines of JSON.

A request is one line. A response is two: a header with the number of the request and the kind of
the result, then the result. JSON escapes line breaks, so a line break always ends a line.

Nothing in a response is trusted: an extension may have taken over the process that analysed it.
``ValueError`` is raised for every response that this module would not have written.
"""

import json
import os
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from vscan.bounded_json import parse_json
from vscan.model import (
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Origin,
    Registry,
    Scanned,
    Task,
)
from vscan.safe_text import sanitize
from vscan.verdict_codec import decode, encode

MAX_RESPONSE_BYTES: Final = 64 * 1024**2  # the cache stores no verdict over 16 MiB
_KINDS: Final = frozenset({"verdict", "failure", "fatal"})

# ``fatal``: a library has failed for good, so the process ends after this response.
ResultKind: TypeAlias = Literal["verdict", "failure", "fatal"]


class Response(Struct, frozen=True):
    """The result for one request; ``is_fatal``: the process can't answer another one."""

    result: Scanned | Failed
    is_fatal: bool = False


def encode_request(number: int, task: Task) -> bytes:
    """Write the request to analyse a task. Paths that are not UTF-8 are written as escapes."""
    extensions = [_extension_fields(extension) for extension in task.extensions]
    request = {"request": number, "provider": task.provider, "extensions": extensions}
    return json.dumps(request).encode() + b"\n"


def decode_request(line: bytes) -> tuple[int, Task]:
    """Read a request of the parent process."""
    request = json.loads(line)
    extensions = tuple(_extension(fields) for fields in request["extensions"])
    return request["request"], Task(request["provider"], extensions)


def encode_response(number: int, response: Response) -> bytes:
    """Write the response to a request."""
    kind: ResultKind
    match response.result:
        case Scanned(_, verdict):
            kind, result = "verdict", encode(verdict)
        case Failed(_, failure, detail):
            kind = "fatal" if response.is_fatal else "failure"
            result = json.dumps({"kind": failure, "detail": detail}).encode()
    return json.dumps({"request": number, "result": kind}).encode() + b"\n" + result + b"\n"


def decode_response(number: int, task: Task, header: bytes, result: bytes) -> Response:
    """Read the response to a request about a task; ``ValueError`` if it is not a valid one."""
    fields = _object(header, {"request", "result"})
    kind = fields["result"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError("the kind of the result is unknown")
    if type(fields["request"]) is not int or fields["request"] != number:
        raise ValueError("it answers another request")
    if kind == "verdict":
        return Response(Scanned(task, decode(result), from_cache=False))
    match _object(result, {"kind", "detail"}):
        case {"kind": str(failure), "detail": str(detail)}:
            failed = Failed(task, FailureKind(failure), sanitize(detail, 1000))
            return Response(failed, is_fatal=kind == "fatal")
    raise ValueError("a failure is not described by texts")


def _object(line: bytes, keys: set[str]) -> dict[str, Any]:
    fields = parse_json(line, unique_keys=True)
    if not isinstance(fields, dict) or fields.keys() != keys:
        raise ValueError("it does not have the expected fields")
    return fields


def _extension_fields(extension: Extension) -> dict[str, Any]:
    return {
        "id": [extension.id.key, extension.id.publisher, extension.id.name],
        "version": extension.version,
        "target_platform": extension.target_platform,
        "display_name": extension.display_name,
        "path": extension.path,
        "origins": [[origin.uri, origin.line] for origin in extension.origins],
        "in_index": extension.in_index,
        "root": _text_of(extension.root),
        "members": extension.members,
        "directory": _text_of(extension.directory),
        "registry": extension.registry,
        "never_sent": extension.never_sent,
    }


def _extension(fields: dict[str, Any]) -> Extension:
    registry = fields["registry"]
    return Extension(
        id=ExtensionId(*fields["id"]),
        version=fields["version"],
        target_platform=fields["target_platform"],
        display_name=fields["display_name"],
        path=fields["path"],
        origins=tuple(Origin(uri, line) for uri, line in fields["origins"]),
        in_index=fields["in_index"],
        root=_path(fields["root"]),
        members=tuple(fields["members"]),
        directory=_path(fields["directory"]),
        registry=None if registry is None else Registry(registry),
        never_sent=fields["never_sent"],
    )


def _text_of(path: Path | None) -> str | None:
    return None if path is None else os.fspath(path)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
