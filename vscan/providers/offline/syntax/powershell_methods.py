"""What a call of a .NET method in PowerShell does: ``$client.DownloadString($url)``."""

import re
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Severity
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.script_commands import CommandJudge
from vscan.providers.offline.syntax.script_state import (
    NOTHING,
    Data,
    Label,
    Origin,
    ScriptState,
)
from vscan.providers.offline.syntax.script_words import decode_base64

_SHOWN: Final = 80  # characters of an argument in a message
_RUN: Final = (Origin.DOWNLOADED, Origin.DECODED)
_TEXT: Final = frozenset(["getstring", "tostring", "trim", "getbytes", "tochararray"])
_CODE: Final = frozenset(["create", "invokescript", "newscriptblock", "addscript"])
_DOWNLOADS: Final = lazy_regex(
    r"download(?:string|data)(?:async|taskasync)?|openread\w*|get(?:string|bytearray|stream)async"
    r"|getresponse(?:stream)?|getasync",
    re.IGNORECASE,
)
_SAVES: Final = lazy_regex(r"downloadfile(?:async|taskasync)?", re.IGNORECASE)
_SENDS: Final = lazy_regex(
    r"upload(?:string|data|values|file)\w*|(?:post|put|send)async|send(?:mail)?", re.IGNORECASE
)
_DECODES: Final = lazy_regex(r"frombase64string|fromhexstring|frombase64chararray", re.IGNORECASE)
_RUNS: Final = lazy_regex(
    r"create|invoke|invokescript|invokecommand|newscriptblock|load|loadfrom|loadfile|"
    r"createthread|getdelegateforfunctionpointer|addscript|start|shellexecute",
    re.IGNORECASE,
)
_RUNNERS: Final = lazy_regex(
    r"scriptblock|invokecommand|assembly|marshal|powershell|process\]|wscript\.shell|entrypoint",
    re.IGNORECASE,
)
_WRITES: Final = lazy_regex(r"(?:write|append)all(?:text|bytes|lines)", re.IGNORECASE)
_READS: Final = lazy_regex(r"readall(?:text|bytes|lines)|readtoend", re.IGNORECASE)
_ENVIRONMENT: Final = lazy_regex(r"getenvironmentvariables", re.IGNORECASE)
_SETS_VALUE: Final = lazy_regex(r"setvalue", re.IGNORECASE)


class MethodCalls:
    """Records what calls do, and knows what they return.

    ``owner`` is what the method belongs to, and ``given`` its arguments, one in a line.
    """

    def __init__(self, state: ScriptState, judge: CommandJudge) -> None:
        self._state = state
        self._judge = judge

    def call(self, offset: int, name: str, owner: Data, given: Data, spelt: str) -> Data:
        """Record what a method does; return its value. ``spelt`` is the owner in the script."""
        texts = given.text.split("\n")
        labels = owner.labels | given.labels
        if _SETS_VALUE.fullmatch(name) and tables.AMSI.search(spelt):
            message = "turns off the scan of scripts"
            self._state.add("defender", offset, Severity.CRITICAL, message)
        if _SENDS.fullmatch(name) and (secret := given.has(Origin.SECRET)):
            message = f"reads {secret.what}, and sends it with {name}"
            self._state.add("secret-sent", offset, Severity.CRITICAL, message)
        if _RUNS.fullmatch(name) and _RUNNERS.search(spelt + owner.text):
            self._run(name, owner, given, offset)
        if _WRITES.fullmatch(name):
            content = Data("\n".join(texts[1:]), given.labels)
            self._judge.outputs.write(texts[0], content, offset)
            return NOTHING
        if _SAVES.fullmatch(name):
            label = Label(Origin.DOWNLOADED, texts[0][:_SHOWN] or "a file")
            self._judge.outputs.write(texts[-1], Data("", frozenset({label})), offset)
            return NOTHING
        return self._value(name, owner, texts, labels)

    def _value(self, name: str, owner: Data, texts: list[str], labels: frozenset[Label]) -> Data:
        """Return what a method returns."""
        text, first = "", texts[0]
        if _DOWNLOADS.fullmatch(name):
            labels |= {Label(Origin.DOWNLOADED, first[:_SHOWN] or "an answer")}
        elif _DECODES.fullmatch(name):
            labels |= {Label(Origin.DECODED, f"a text ({first[:_SHOWN]})")}
            text = decode_base64(first) if len(texts) == 1 else ""
        elif _ENVIRONMENT.fullmatch(name):
            labels |= {Label(Origin.SECRET, "the environment")}
        elif _READS.fullmatch(name):
            known = self._state.file(first)
            text, labels = known.text, labels | known.labels
            if secret := tables.SECRET_FILE.search(tables.canonical_path(first)):
                labels |= {Label(Origin.SECRET, secret[0])}
        elif name.lower() in _TEXT:
            text = "\n".join(texts) or owner.text
        elif name.lower() == "replace" and len(texts) > 1:
            text = owner.text.replace(first, texts[1])
        return Data(text, labels)

    def _run(self, name: str, owner: Data, given: Data, offset: int) -> None:
        first = given.text.split("\n")[0]
        sources = [given, self._state.file(first) if first else NOTHING]
        if name.lower() == "invoke":
            sources.append(owner)
        label = next(filter(None, (source.has(*_RUN) for source in sources)), None)
        if label is not None:
            self._judge.runner.found_run(label, offset, name)
        if given.text and name.lower() in _CODE:
            self._judge.runner.run_data(Data(given.text), "powershell", offset, name)
