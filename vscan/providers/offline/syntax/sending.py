"""What a call sends over the network, to whom, and whether the program uses the answer."""

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.node_fields import function_of
from vscan.providers.offline.syntax.scopes import FUNCTIONS
from vscan.providers.offline.syntax.values import NOTHING, UNKNOWN, Source, Value, union

_HTTP: Final = r"(?:https?|follow-redirects\.https?|electron\.net|net)\.request\(\)(?:\.\w+\(\))*"
_SENDS: Final = lazy_regex(
    r"(?:new )?(?:fetch|got(?:\.\w+)?|axios(?:\.\w+)?(?:\(\)(?:\.\w+)?)?|request(?:\.\w+)?"
    r"|needle(?:\.\w+)?|ky(?:\.\w+)?|phin|bent\(\)|undici\.\w+|centra|https?\.(?:request"
    r"|get))\Z"
    rf"|{_HTTP}\.(?:end|write|send)\Z"
    r"|(?:WebSocket|XMLHttpRequest|dgram\.createSocket|net\.\w+|tls\.\w+|http2\.connect|io"
    r"|mqtt\.connect|superagent\.\w+|nodemailer\.createTransport|socket\.io-client"
    r"|ssh2\.Client|basic-ftp\.Client)\(\)(?:\.\w+(?:\(\))?)*\.(?:send|write|end|emit"
    r"|publish|sendMail|request|uploadFrom|fastPut|json)\Z"
    r"|\?\.(?:sendMail|sendBeacon|uploadFrom|fastPut|putObject|createGist)\Z"
    r"|navigator\.sendBeacon\Z"
    r"|dns\.(?:lookup|resolve\w*)\Z|dns\.Resolver\(\)\.resolve\w*\Z"
    r"|vscode\.env\.openExternal\Z|.*\bcreateOrUpdateFileContents\Z"
)
_CONNECTION: Final = lazy_regex(
    r"(?:https?\.request|net\.\w+|tls\.\w+|http2\.connect|request(?:\.\w+)?|got(?:\.\w+)?"
    r"|axios(?:\.\w+)?)\(\)"
)
# A page in a text of the program that passes on what it is told.
_SENDING_PAGE: Final = lazy_regex(
    rb"[\"'`]message[\"'`][\s\S]{0,600}?(?:sendBeacon|fetch\s*\(|XMLHttpRequest"
    rb"|new WebSocket|\.src\s*=)[\s\S]{0,80}?https?:"
    rb"|<iframe[^>]{1,200}src=[\"']?https?:[\s\S]{0,800}?postMessage"
)
_POSTS: Final = lazy_regex(r"\?\.(?:post|put|patch|send|request|fetch)\Z")
_URL: Final = lazy_regex(r"(?:https?|wss?|ftp)://|\Atcp:")
_ADDRESSED: Final = lazy_regex(
    r"(?:fetch|got|axios|needle|ky|request|get|post|put|lookup|openExternal)\Z"
)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_CONNECTS: Final = frozenset({"connect", "createConnection"})
_LOCAL_PATH: Final = lazy_regex(r"\A[/~%.]|\.sock\Z|\A\\\\[.?]\\")
_HERE: Final = lazy_regex(
    r"(?:https?|wss?)://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/?#]|\Z)"
)
_REMOTE: Final = lazy_regex(r"https?://(?!localhost\b|127\.|\[::1)[\w-]+\.\w")
_KNOWN_PART: Final = lazy_regex(r"\w{3}")
_IN_DOMAIN: Final = lazy_regex(UNKNOWN + r".*\.\w{2,}\Z")
_CREDENTIAL_KEYS: Final = lazy_regex(
    r"auth|token|api.?key|cookie|credential|x-.*key|bearer", re.IGNORECASE
)
_ADDRESS_KEYS: Final = frozenset({"url", "uri", "host", "hostname", "baseURL", "baseUrl"})
_MAX_CALLERS = 2  # calls of calls that may use an answer
_MAX_TEXTS = 64  # of what is sent


class Sent(NamedTuple):
    """What a call sends: the content, the target, and whether the answer is used."""

    content: Value
    target: Value
    answer_is_used: bool


def sent_by(call: Call) -> Sent | None:
    """Return what a call sends over the network; ``None`` if it sends nothing."""
    if any(name.endswith(".pipe") for name in call.names):
        return _piped(call)
    if any(name.endswith("webview.postMessage") for name in call.names):
        if not _SENDING_PAGE.search(call.program.piece.source):
            return None
        return Sent(call.argument(0), NOTHING, answer_is_used=False)
    names = [name for name in call.names if _SENDS.match(name)]
    is_sent = bool(names) or _is_posted(call)
    if not is_sent or _is_lookup(call, names) or _is_opened_here(call, names):
        return None
    target = union([call.argument(0), _only_targets(call.receiver)])
    addresses = [text for text in target.texts if _URL.search(text)]
    if _is_connected_here(call) or (addresses and all(map(_HERE.match, addresses))):
        return None
    is_addressed = any(map(_ADDRESSED.search, names))
    contents = [
        _content(argument)
        for index, argument in enumerate(call.arguments)
        if index or _has_host(argument) or not is_addressed
    ]  # else an address is opened that was found somewhere
    return Sent(_together(contents), target, _answer_is_used(call))


def _piped(call: Call) -> Sent | None:
    """Return what is piped into a connection."""
    into = call.argument(0)
    if not any(map(_CONNECTION.match, into.names)):
        return None
    return Sent(call.receiver, _only_targets(into), answer_is_used=False)


def _is_posted(call: Call) -> bool:
    """Whether a method of an unknown object gets an address, and is named like a request."""
    if not any(map(_POSTS.match, call.names)):
        return False
    texts = (text for value in call.arguments[:2] for text in value.all_texts())
    return any(map(_URL.search, texts))


def _is_lookup(call: Call, names: Collection[str]) -> bool:
    """Whether a name of a host is looked up, and nothing is put into it."""
    if not names or not all(name.startswith("dns.") for name in names):
        return False
    return not any(map(_IN_DOMAIN.search, call.argument(0).texts))


def _is_opened_here(call: Call, names: Collection[str]) -> bool:
    """Whether an address is opened that is this machine's, or that a caller chooses."""
    if not any(name.endswith("openExternal") for name in names):
        return False
    return not any(map(_REMOTE.search, call.argument(0).all_texts()))


def _is_connected_here(call: Call) -> bool:
    """Whether a call writes to a socket that is connected to this machine, and to no other."""
    evaluator = call.program.evaluator
    function = function_of(call.node)
    socket = function.child_by_field_name("object") if function is not None else None
    if socket is None or socket.type != "identifier":
        return False
    binding = evaluator.scopes.binding_of(socket)
    holder = binding.node.parent if binding is not None else None
    made = holder.child_by_field_name("value") if holder is not None else None
    accesses = [
        reference.parent
        for reference in (evaluator.scopes.references(binding) if binding is not None else ())
        if reference.parent is not None
    ]
    while made is not None and made.type == "call_expression":  # net.connect(path).on(...)
        function = function_of(made)
        accesses += [function] if function is not None else []
        made = function.child_by_field_name("object") if function is not None else None
    connecting = [
        access.parent
        for access in accesses
        if evaluator.member_values.key_of_access(access) in _CONNECTS
        and access.parent is not None
        and access.parent.type == "call_expression"
    ]
    return bool(connecting) and all(_is_here(evaluator.arguments(each)) for each in connecting)


def _is_here(arguments: Sequence[Value]) -> bool:
    """Whether a connection leads to this machine: to a path, to a port alone, or by its name."""
    if not arguments:
        return False
    options = arguments[0].members
    if options:
        host = options.get("host")
        is_named = host is not None and host.constant in _LOOPBACK
        return is_named or (host is None and bool(options.keys() & {"path", "port"}))
    if any(map(_LOCAL_PATH.search, arguments[0].all_texts())):
        return True
    return arguments[1].constant in _LOOPBACK if len(arguments) > 1 else False


def _together(several: Sequence[Value]) -> Value:
    """Return a value with all labels, texts and names of several."""
    return Value(
        texts=tuple(dict.fromkeys(text for value in several for text in value.all_texts()))[
            :_MAX_TEXTS
        ],
        names=frozenset().union(*(value.all_names() for value in several)),
        labels=frozenset().union(*(value.all_labels() for value in several)),
    )


def _only_targets(value: Value) -> Value:
    return Value(
        texts=value.texts,
        labels=frozenset(
            label
            for label in value.labels
            if label.source in {Source.CONFIGURATION, Source.NETWORK}
        ),
    )


def _has_host(argument: Value) -> bool:
    """Whether an argument is more than an address of which nothing is known."""
    return (
        bool(argument.members)
        or not argument.labels
        or any(map(_KNOWN_PART.search, argument.texts))
        or not argument.texts
    )


def _content(argument: Value) -> Value:
    """Leave out what authenticates a request, which is meant for the server, and the address.

    An address of which nothing is known comes from somewhere; one that is known may carry content.
    """
    members = {
        key: member
        for key, member in argument.members.items()
        if key not in _ADDRESS_KEYS or any(map(_KNOWN_PART.search, member.texts))
    }
    if len(members) != len(argument.members):
        argument = argument._replace(members=members)
    if "headers" not in argument.members and not any(
        map(_CREDENTIAL_KEYS.search, argument.members)
    ):
        return argument
    members = {}
    for key, member in argument.members.items():
        if key == "headers":
            inner = {
                name: value
                for name, value in member.members.items()
                if not _CREDENTIAL_KEYS.search(name)
            }
            members[key] = member._replace(members=inner, labels=frozenset())
        elif key == "auth":
            continue
        else:
            members[key] = member
    return argument._replace(members=members)


def _answer_is_used(call: Call) -> bool:
    """Whether the program does something with what is answered."""
    for value in call.arguments:
        if value.functions:
            return True
    return _is_used(call.program, call.node, _MAX_CALLERS)


def _is_used(program: Program, node: Node, hops: int) -> bool:
    """Whether the result of a call is used, by a caller of the function that returns it, too."""
    parent = node.parent
    while parent is not None:
        kind = parent.type
        if kind in FUNCTIONS:
            calls = program.evaluator.function_values.calls_of(parent) if hops else []
            return any(_is_used(program, each, hops - 1) for each in calls)
        if kind in {"expression_statement", "arguments"}:
            return (
                kind == "arguments"
                and parent.parent is not None
                and program.source_of(parent.parent)[:7] != "Promise"
            )
        if kind == "member_expression":
            key = parent.child_by_field_name("property")
            name = key.text if key is not None else b""
            if name not in {b"catch", b"finally", b"on", b"end", b"write", b"unref"}:
                return True
        elif kind in {
            "variable_declarator",
            "assignment_expression",
            "return_statement",
            "binary_expression",
            "ternary_expression",
        }:
            return kind not in {"binary_expression", "ternary_expression"}
        elif (
            kind == "sequence_expression"
            and parent.named_children
            and parent.named_children[-1].id != node.id
        ):
            return False
        node, parent = parent, parent.parent
    return False
