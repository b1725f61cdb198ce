r"""Orders in a text that an AI agent reads, and what they make together.

One sentence alone is honest: a tool may ask to be called first, a prompt may keep an internal step
from the user, an agent may read a file of credentials that its user named. An order against the
user is a pair: secrets and where they go, or a step and its concealment. Only the pair counts, if
both are near each other and in one text. A sentence that forbids the step is no order.
"""

import re
from enum import Enum
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex

_NEAR = 400  # characters between the two parts of a pair


class Strength(Enum):
    """How clear an order is."""

    CLEAR = "clear"
    UNCLEAR = "unclear"
    DESCRIBED = "described"  # the text is about such orders: a guard's, or a warning


class Order(NamedTuple):
    """An order: what it asks for, and the part of the text that says so."""

    says: str
    strength: Strength
    evidence: str


_PLACES: Final = (
    r"(?:\.ssh\b|\bid_(?:rsa|ed25519|ecdsa)\b|\.aws\b|\.npmrc\b|\.netrc\b|\.pypirc\b"
    r"|\.git-credentials\b|\.kube\b|\.docker/config|\.gnupg\b|(?<![\w.])\.env\b|/etc/(?:passwd"
    r"|shadow)"
    r"|\bkeychains?\b|\bwallets?\b|\bkeystores?\b|\bseed phrases?\b|\brecovery phrases?\b"
    r"|\bmnemonics?\b|\bmetamask\b|\bprivate keys?\b|\bssh keys?\b|\bsaved passwords\b"
    r"|\bbrowser(?:'s)? (?:cookies|passwords|sessions?)\b|\blogin data\b|\bmcp\.json\b"
    r"|\bcredentials? (?:files?|stores?)\b|\bcloud (?:credentials|profiles)\b)"
)
_SECRETS: Final = (
    r"(?:\bcredentials?\b|\bapi[ _-]?keys?\b|\b(?:access|auth|bearer|session|refresh) ?tokens?\b"
    r"|\bpasswords?\b|\bsecrets?\b|\benvironment variables\b|\benv vars\b|\bprocess\.env\b"
    r"|\b(?:chat|conversation|message) history\b|\b(?:whole|entire|full) conversation\b"
    r"|\bsource code\b)"
)
_TAKES: Final = (
    r"\b(?:read|open|cat|access|retrieve|fetch|get|collect|gather|extract|dump|copy|search|find"
    r"|locate|list|scan|look|enumerate|load|include|attach|append|grab|harvest|steal|send|upload"
    r"|exfiltrate|transmit|forward|index|inspect|(?:call|use|run|invoke) it (?:on|with|for))\b"
)
_WORDS: Final = r"(?: [^ ]+){0,%d}? "
_FORBIDS: Final = lazy_regex(
    r"(?:\bnot|n't|\bnever|\bcannot|\bwithout|\bavoid|\brefrain from|\brefuses? to|\binstead of"
    r"|\brather than|\bnor|\bforbid\w*|\bprohibit\w*|\bprevents?|\bblocks?|\bdetects?|\bdeny"
    r"|\bunable to|\bwarn\w*|\bprotect\w*)(?:[ ,]+(?!(?:but|then|instead)\b)[^ ]+){0,4} ?\Z"
    r"|(?:\A|[ (])no ?\Z"
    # What is forbidden may be a list: never use one command or the other one.
    r"|(?:\bnot|n't|\bnever|\bno) [^.;:!?]{0,80} (?:or|nor)(?: [^ ]+){0,2} ?\Z"
)
_WIPES_HOME: Final = (
    r"(?:\brm (?:-\w+ |--[\w-]+ ){1,4}(?:(?:~|[\"']?\$\{?home\}?)(?:/(?![\w.])|(?![\w/]|\.\w))"
    r"|/(?![\w.~]))"
    r"|\b(?:remove-item|ri|del)\b[^.]{0,40}(?:\$home|\$env:userprofile|%userprofile%)(?![\\/]\w)"
    r"|\brd /s /q (?:c:|%userprofile%)|\bmkfs(?:\.\w+)? /dev/|\bof=/dev/(?:sd|nvme|disk))"
)
_WIPES_CLOUD: Final = (
    r"(?:terminate-instances|\bs3 r[mb]\b|\bdelete-(?:user|bucket|db-instance|stack)\b"
    r"|\bgcloud projects delete|\baz group delete|\bterraform destroy"
    r"|\bkubectl delete (?:namespace|ns|all)\b|\bgh repo delete)"
)
_CONFIRMS: Final = r"(?:confirm\w*|approv\w*|permission|consent|authorization|authorisation)"
_PERSON: Final = (
    r"(?:the |your |any |this )?(?:users?|humans?|developers?|operators?|anyone|anybody)"
)
_PARTS: Final = {
    "place": lazy_regex(rf"{_TAKES}(?: [^ ]+){{0,12}}? [^ ]*?{_PLACES}"),
    "secret": lazy_regex(rf"{_TAKES}(?: [^ ]+){{0,8}}? [^ ]*?({_SECRETS})"),
    "hide": lazy_regex(
        r"(?:\b(?:do not|must not|should not|may not|never|without|avoid|not to|no need to"
        r"|nor)\b|n't\b)"
        r"(?: (?:ever|explicitly|directly|also|even|mention or|ask or|under any circumstances))*"
        r"(?: (?:tell|inform|notify|alert|warn|telling|informing|notifying|alerting|warning)"
        rf" {_PERSON}\b"
        r"|(?: \w+)? (?:show|mention|reveal|disclose|display|report|expose|explain|say|discuss"
        r"|showing|mentioning|revealing|disclosing|displaying|reporting)"
        r"(?: (?:this|that|it|these|anything|any of this|the (?:\w+ ){0,2}(?:call|step|action"
        r"|read|access"
        r"|operation|instruction|request|upload|copy)s?)\b)(?: [^ ]+){0,6}? (?:to|for|with|from)"
        rf" {_PERSON}\b)"
        rf"|\b{_PERSON} (?:must|should|may|can|does|do|will|need) ?(?:not|n't"
        rf"|never) (?:\w+ ){{0,3}}"
        r"(?:know|see|notice|learn|find out|aware|informed|told|notified)"
        r"|\bwithout (?:the |your )?(?:user|human|developer|owner)(?:'?s'?)? (?:\w+ ){0,2}"
        r"(?:knowledge|knowing|noticing|awareness|consent)"
        r"|(?<!not )(?<!n't )(?<!never )(?<!without )"
        rf"\b(?:hide|conceal) (?:\w+ ){{0,6}}from {_PERSON}\b"
        rf"|\b(?:say|mention|reveal|report|show|disclose|explain) (?:nothing|not a word)"
        rf"(?: \w+){{0,4}} (?:to|for|with) {_PERSON}\b|\btell {_PERSON} (?:nothing|not a word)\b"
        rf"|\bkeep (?:\w+ ){{0,5}}(?:secret|hidden|confidential)(?: \w+)? from {_PERSON}\b"
        r"|\b(?:secretly|covertly|stealthily|surreptitiously)\b"
        r"|\bsilently (?:\w+ )?(?:read|send|collect|copy|upload|include|append|forward"
        r"|exfiltrate|run"
        r"|execute|delete|add|attach|bcc)\b"
    ),
    "bypass": lazy_regex(
        rf"\bwithout (?:first )?(?:asking|prompting|requesting|waiting|requiring|any|user"
        rf"|explicit|their"
        rf"|further|the user's|seeking)(?: [^ ]+){{0,5}}? ?{_CONFIRMS}"
        rf"|\b(?:do not|don't|never)(?: \w+)? (?:ask|wait|request|prompt|require"
        rf"|seek)(?: [^ ]+){{0,5}}?"
        rf" {_CONFIRMS}"
        rf"|\b(?:skip|bypass|circumvent|disable|turn off)(?: [^ ]+){{0,4}}? (?:{_CONFIRMS}|safety"
        r"|guardrails?|sandbox|restrictions)"
        r"|--dangerously-skip-permissions|--yolo\b|--trust-all-tools|--allow-all-tools"
        r"|bypasspermissions"
        r"|\b(?:ignore|disregard|forget|override) (?:all |any |the |your )*(?:previous|prior"
        r"|other|earlier"
        r"|above) (?:\w+ )?(?:instructions|rules|guidelines|prompts)"
    ),
    "first": lazy_regex(
        r"\b(?:before|prior to) (?:using|calling|invoking|running|executing)? ?(?:\w+ ){0,3}?"
        r"(?:other |another |any |every |each )(?:\w+ ){0,3}?(?:tool|server|function|command)s?\b"
        r"|\b(?:tools?|read_file|functions?)(?: [^ ]+){0,3}? (?:of|from|on|in"
        r"|provided by) (?:any |an |the )?"
        r"(?:other|another)(?: [^ ]+)? servers?"
        r"|\b(?:any|every|all|another|an)(?: )?other (?:mcp )?(?:tool|server)s?\b"
        r"|\btakes? (?:precedence|priority) over\b"
        r"|\bwhen(?:ever)? (?:\w+ ){0,4}(?:tool|server) (?:\w+ ){0,3}(?:is|are"
        r"|was) (?:\w+ )?(?:available"
        r"|used|called|invoked|present)"
    ),
    "address": lazy_regex(
        r"\b(?:send|upload|post|forward|transmit|submit|exfiltrate|report|e-?mail|mail|push|bcc"
        r"|curl|put"
        r"|deliver)\b(?: [^ ]+){0,14}? [^ ]*?(?:https?://(?!(?:localhost|127\.))[^ ]"
        r"|[\w.+-]+@[\w-]+\.\w"
        r"|\bwebhook\b|\bremote server\b|\bexternal (?:server|endpoint|url)\b)"
    ),
    "argument": lazy_regex(
        r"\b(?:pass|put|place|include|add|append|attach|insert|provide|encode|embed|fill|copy"
        r"|write)\b"
        r"(?: [^ ]+){0,10}? (?:in|into|to|as|via|through|with)(?: [^ ]+){0,4}? [^ ]*?"
        r"(?:\b(?:parameters?|arguments?|fields?|sidenotes?|notes?|metadata|headers?|bod(?:y"
        r"|ies)|mails?"
        r"|e-?mails?|requests?|quer(?:y|ies)|query strings?|urls?|tool calls?|context)\b)"
    ),
    "search": lazy_regex(
        r"\b(?:recursively|search|scan|walk|traverse|enumerate|crawl|find|locate|list|inventory)\b"
        r"(?: [^ ]+){0,10}? [^ ]*?(?:\$home|%userprofile%|~/|\bhome (?:director(?:y|ies)|folders?)"
        r"|\blocal paths\b|\bfile ?systems?\b|\b(?:whole|entire|local) (?:machine|disk|computer"
        r"|system)\b"
        r"|\ball drives\b|/users/|/home\b)"
    ),
    "save": lazy_regex(
        r"\b(?:write|save|store|record|log|append|output|dump|print|add|put|send|upload|post"
        r"|return)\b"
        r"(?: [^ ]+){0,12}? [^ ]*?(?:/tmp/|%temp%|\.(?:txt|json|log|csv|dat)\b|\bgist\b|https?://"
        r"|\brepositor(?:y|ies)\b|\b(?:absolute |full )?paths?\b)"
    ),
    "wipe": lazy_regex(
        r"\b(?:delete|wipe|erase|destroy|remove|shred|clean|clear|overwrite|encrypt|terminate"
        r"|drop)\b"
        r"(?: [^ ]+){0,9}? [^ ]*?(near-factory|factory (?:state|settings|defaults)|cloud resources"
        r"|file-?systems?(?! (?:watcher|provider|cache|event))|home (?:director(?:y|ies)|folder)"
        r"|\$home"
        r"|all (?:the )?(?:user'?s? )?(?:files|data|backups|databases|repositories|buckets)"
        r"|every file"
        r"|entire (?:disk|system|drive|machine|home)|backups)"
        rf"|(?:{_WIPES_HOME}|{_WIPES_CLOUD})"
    ),
    "home wipe": lazy_regex(_WIPES_HOME),
    "cloud wipe": lazy_regex(f"({_WIPES_CLOUD})"),
    "hush": lazy_regex(
        r"\b(?:print|say|ask|output|report|tell|show|mention|reply with)(?: \w+)? nothing\b"
        r"|\bas if nothing (?:had |has )?happened\b|\b(?:keep|stay|be) (?:quiet|silent)\b"
        r"|\bwithout (?:asking|telling|mentioning|a word)\b|\bask no (?:one|questions)\b"
        r"|\b(?:do not|don't|never) (?:ask|wait|stop|confirm|mention|tell|report)\b"
    ),
    "order": lazy_regex(
        r"\byou are an?\b|\byour (?:goal|task|job|mission) is\b|\b(?:start|begin) (?:with|by"
        r"|from|in)\b"
        r"|\brun continuously\b|\buntil (?:the task|everything|all|it) (?:is|are)\b"
        r"|\bmake sure\b|\balways\b"
    ),
}  # fmt: skip
_TOWARDS: Final = lazy_regex(
    r"\b(?:to|at|via|into|onto|using|through|with|towards?)\b"
    r"|\A(?:curl|put|post|push|bcc|e-?mail|mail)\b|\A[^ ]+(?: [^ ]+){0,3}\Z"
)
_HINT_WORDS: Final = {
    "secret": (
        ".ssh|id_rsa|id_ed25519|id_ecdsa|.aws|.npmrc|.netrc|.pypirc|.env|git-credentials|"
        ".kube|.docker|.gnupg|/etc/|keychain|wallet|keystore|phrase|mnemonic|private key|"
        "ssh key|password|browser|login data|mcp.json|credential|api key|api_key|token|"
        "secret|environment var|history|conversation|source code"
    ),
    "person": (
        "tell |telling|inform|notify|alert|warn|show|mention|reveal|disclos|display|report|"
        "expos|explain|say |discuss|know|notic|aware|consent|hide |conceal|keep |ly |told|"
        " see|learn|find out"
    ),
    "address": ("http|@|webhook|remote server|external "),
    "step": (
        "confirm|approv|permission|authori|instructions|rules|guardrail|sandbox|safety|"
        "other tool|other server|other mcp|another |precedence|before |prior to|when|param|"
        "argument|field|note|metadata|header|body|mail|request|query|url|tool call|context|"
        "home|~/|path|system|machine|--yolo|--trust|--allow|bypass"
    ),
    "wipe": (
        "factory|cloud resource|filesystem|file system|file-system|home dir|home folder|"
        "$home|s3 rb|terraform|gcloud proj|az group|kubectl del|repo delete|delete-|rm -|"
        "userprofile|mkfs|/dev/|all files|all data|every file|entire |backups|terminate-inst|"
        "s3 rm|delete-user|all the user|all user|all back"
    ),
}
_HINTS: Final = {kind: words.split("|") for kind, words in _HINT_WORDS.items()}
_NEVER: Final = frozenset({"hide", "bypass", "order", "hush"})  # they forbid by themselves
# Parts that count if there are several of them.
_SEVERAL: Final = (
    ("wipe", ("bypass", "order"), "to wipe the machine or the cloud"),
    ("cloud wipe", ("hush",), "to empty the user's accounts, and to ask nothing"),
)
_COMMAND_PARTS: Final = frozenset({"wipe", "home wipe", "cloud wipe"})
_SENTENCE = 160  # characters before or after a command
_HARMFUL: Final = lazy_regex(
    r"\b(?:dangerous|destructive|harmful|unsafe|catastrophic|irreversible|risky|reject\w*"
    r"|den(?:y|ied)|refus\w*|block(?:s|ed)?|forbid\w*|prohibit\w*|disallow\w*|such as|e\.g\."
    r"|for example)(?!\w)"
)
_PAIRS: Final = (
    ("place", "hide", "to take secrets, and to hide it from the user"),
    ("place", "first", "to take secrets before or with another tool's call"),
    ("secret", "address", "to send secrets to an address"),
    ("place", "address", "to send secrets to an address"),
    ("place", "bypass", "to take secrets without asking"),
    ("place", "argument", "to pass on secrets in a tool's arguments"),
    ("address", "hide", "to send something that the user must not see"),
    ("wipe", "hide", "to delete what the user must not know of"),
    ("home wipe", "hush", "to delete what the user keeps, and to ask nothing"),
)
_HERE: Final = "\0"
_SHORTEST = 40  # characters of a text that can have an order
_ABOUT: Final = lazy_regex(
    r"prompt.injection|tool.poisoning|malicious|attacker|\battacks?\b|exfiltration|untrusted"
    r"|suspicious"
    r"|\bred.team|jailbreak|\bvulnerab|\bthreat|\bguardrail|\bdetect(?:s|ed|ion|or)\b"
    r"|\bblocklist|\bevil\b"
)
_ESCAPES: Final = lazy_regex(r"\\(?:u00([0-9a-f]{2})|x([0-9a-f]{2})|[nrt]|(.))", re.IGNORECASE)
_JOINS: Final = lazy_regex(r"(?<!\\)[\"'`]\s*(?:\+|,)\s*[\"'`]")
_ENDS: Final = lazy_regex(
    r"(?<!\\)[\"'`]\s*(?:[;)\]}]|,\s*[\w\"'`$]+\s*:|\Z)|[\w\"'`]\s*[:=]\s*[\"'`]"
)
_SPACES: Final = lazy_regex(r" {2,}")
_MARKS: Final = lazy_regex(
    r"[*_#>`|\"]+|<[/!]?[a-z_-]{1,30}>|(?:^|\n)\s*(?:[-+]|//|\d+\.)\s|\s+", re.IGNORECASE
)


def order_in(text: str) -> Order | None:
    """Find an order in a document."""
    if not _may_order(text.lower()):
        return None
    plain = _plain(text)
    found = _judge(plain)
    if found is None:
        return None
    says, evidence, strength = found
    return Order(says, Strength.DESCRIBED if _ABOUT.search(plain) else strength, evidence)


def _may_order(text: str) -> bool:
    """Whether a text has words of both parts of an order. This test is quick, and most fail it."""
    has = {kind: any(word in text for word in words) for kind, words in _HINTS.items()}
    return (
        (has["secret"] and (has["person"] or has["address"] or has["step"]))
        or has["wipe"]
        or (has["person"] and (has["address"] or has["step"]))
    )


def order_around(before: str, after: str) -> Order | None:
    """Find an order in the string of code or data that stands at the end of ``before``.

    Strings that are joined, or that are the items of a list, count as one.
    """
    if not _may_order(f"{before}{after}".lower()):
        return None
    joined = _JOINS.sub(" ", f"{before}{_HERE}{after}")
    part = next((part for part in _ENDS.split(joined) if _HERE in part), "")
    return order_in(part.replace(_HERE, "")) if len(part) > _SHORTEST else None


def _plain(text: str) -> str:
    """Remove what a reader does not say: escapes, marks, comment signs, runs of white space."""
    marked = _MARKS.sub(" ", _ESCAPES.sub(_unescaped, text)).lower().replace("\u2019", "'")
    return _SPACES.sub(" ", marked)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else escape[3] or " "


class _Text:
    """A text, in which each part of an order is searched once."""

    def __init__(self, plain: str) -> None:
        self.plain = plain
        self._found: dict[str, list[re.Match[str]]] = {}

    def part(self, name: str) -> list[re.Match[str]]:
        """Find a part of an order where nothing forbids it."""
        if name not in self._found:
            found = _PARTS[name].finditer(self.plain)
            self._found[name] = [
                each for each in found if name in _NEVER or self._is_meant(name, each)
            ]
        return self._found[name]

    def _is_meant(self, name: str, found: re.Match[str]) -> bool:
        if _is_forbidden(self.plain, found.start()):
            return False
        if name in _COMMAND_PARTS and not (name == "wipe" and found[1]):
            return not self._is_example(found)
        # An address alone may be where people read more: something must go to it.
        return name != "address" or _TOWARDS.search(found[0]) is not None

    def _is_example(self, found: re.Match[str]) -> bool:
        """Whether a command is named as one that does harm, for an agent to know it."""
        start = self.plain.rfind(". ", 0, found.start()) + 1
        end = self.plain.find(". ", found.end())
        end = end if end >= 0 else len(self.plain)
        start, end = max(start, found.start() - _SENTENCE), min(end, found.end() + _SENTENCE)
        return _HARMFUL.search(self.plain, start, end) is not None

    def pair(self, one: str, other: str) -> str | None:
        """Return the text of two parts that are near each other."""
        for first in self.part(one):
            for second in self.part(other):
                start = min(first.start(), second.start())
                end = max(first.end(), second.end())
                if end - start <= _NEAR + len(first[0]) + len(second[0]):
                    return self.plain[start:end]
        return None


def _is_forbidden(text: str, start: int) -> bool:
    return _FORBIDS.search(text[max(0, start - 60) : start]) is not None


def _judge(plain: str) -> tuple[str, str, Strength] | None:
    text = _Text(plain)
    for one, other, says in _PAIRS:
        evidence = text.pair(one, other)
        if evidence is not None:
            return says, evidence, Strength.CLEAR
    for name, others, says in _SEVERAL:
        if len({each[1] for each in text.part(name)} - {None}) > 1:
            for other in others:
                evidence = text.pair(name, other)
                if evidence is not None:
                    return says, evidence, Strength.CLEAR
    if text.part("place") or len({each[1] for each in text.part("secret")}) > 1:
        evidence = text.pair("search", "save")
        if evidence is not None:
            return "to list where the machine keeps secrets", evidence, Strength.CLEAR
    evidence = text.pair("hide", "bypass")
    if evidence is not None:
        return "to act without asking, and to hide it from the user", evidence, Strength.UNCLEAR
    return None
