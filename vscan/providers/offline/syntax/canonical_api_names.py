"""The names of functions and modules, in one spelling for all ways to reach them."""

from typing import Final

from vscan.lazy_regex import lazy_regex

_PREFIX: Final = lazy_regex(r"\A(?:node:)")
_GLOBAL: Final = lazy_regex(r"\A(?:globalThis|global|window|self|top|parent)\.(?=.)")
_SPELLINGS: Final = {
    "fs/promises": "fs.promises",
    "fs-extra": "fs",
    "graceful-fs": "fs",
    "original-fs": "fs",
    "dns/promises": "dns.promises",
    "timers/promises": "timers",
    "stream/promises": "stream",
    "cross-spawn": "child_process.spawn",
    "node-fetch": "fetch",
    "undici.fetch": "fetch",
    "axios.default": "axios",
    "follow-redirects": "",
    "process.mainModule": "module",
    "ws": "WebSocket",
    "ws.WebSocket": "WebSocket",
    "isomorphic-fetch": "fetch",
    "cross-fetch": "fetch",
}
_FUNCTION: Final = lazy_regex(
    r"\?\.(?:filter|map|at|find|concat|sort|slice|trim|flat|entries|fill|push|toString|big"
    r"|bold|sub|link|italics|constructor)\.constructor\Z|constructor\.constructor\Z"
    r"|\bFunction\.(?:prototype\.)?constructor\Z|AsyncFunction\Z"
)
_PROMISES: Final = lazy_regex(r"\b(fs|dns)\.promises\.")
_REQUIRED: Final = lazy_regex(rb"exports\s*=\s*require\(")
_BEFORE, _AFTER = 2000, 200  # bytes of an entry around "require"; a search from its key takes long
_BUNDLED: Final = lazy_regex(
    rb"(?<![\w$])(\d{1,9}"
    rb"|[\"'][^\"'\n]{1,80}[\"'])\s*:\s*(?:function)?\s*\(?[\w$,\s]{0,40}\)?\s*(?:=>)?\s*\{"
    rb"\s*(?:[\"']use"
    rb" strict[\"'];)?\s*[\w$]{1,20}\.exports\s*=\s*require\(\s*[\"']([\w:@/.-]{1,80})[\"']"
)


def api_of(name: str) -> str:
    """Return the one spelling of an API: without ``node:``, ``globalThis.`` and ``promises``."""
    if _FUNCTION.search(name):
        return "Function"
    name = _GLOBAL.sub("", _PREFIX.sub("", name))
    name = _SPELLINGS.get(name, name)
    head, dot, rest = name.partition(".")
    if dot and head in _SPELLINGS:
        name = f"{_SPELLINGS[head]}.{rest}".lstrip(".")
    return _PROMISES.sub(r"\1.", name)


def bundled_modules(source: bytes) -> dict[str, str]:
    """Return the modules of Node.js that a bundle's own loader returns, by its keys for them.

    A bundle has an entry such as ``5317:e=>{e.exports=require("child_process")}``, and ``n(5317)``
    returns the module.
    """
    return {
        found[1].decode("utf-8", "replace").strip("\"'"): found[2].decode()
        for required in _REQUIRED.finditer(source)
        for found in _BUNDLED.finditer(
            source, max(0, required.start() - _BEFORE), required.end() + _AFTER
        )
    }
