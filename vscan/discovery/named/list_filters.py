"""Tell whether the commands between a list file and what installs it change the words of the list.

``vscan`` reads a list file as one with an id in each line. What ``jq`` or ``cut`` make of a file
are other words than these.
"""

from vscan.lazy_regex import lazy_regex

_FILTER = lazy_regex(
    r"(?<![\w-])(?:jq|yq|jaq|[gm]?awk|cut|tr|sed|rev|base64|perl|python[0-9.]{0,5}|ruby|node|php|xxd"
    r"|openssl|gpg|curl|wget|[bgx]?zcat|gunzip|paste|column|grep[ \t]+-[A-Za-z]{0,5}o"
    r"|ConvertFrom-\w{2,20}|Import-Csv)(?![\w-])|-replace\b"
)
_SPACES = r"(?:\\s|\[\[:space:\]\]|\[[ \\t]+\]|[ ])[*+]?|\\r|\\n"
_SED_COMMAND = (
    r"(?:/[^/'\"]{1,60}/d|\$d|[0-9]{1,4}d"
    rf"|s/\^?(?:{_SPACES}){{0,3}}(?:[@#;][^/]{{0,20}})?\$?//g?"
    r"|s/[^/]{0,60}/[^/]{0,60}--install-extension[^/]{0,60}/g?)"
)
# What takes away comments, empty lines and versions, or keeps the first word.
_HARMLESS = lazy_regex(
    rf"(?<![\w-])sed(?:[ \t]+-(?:[Er]|e))*[ \t]+(?P<sed>[\"'])[ ;]*{_SED_COMMAND}"
    rf"(?:[ ]*;[ ]*{_SED_COMMAND}){{0,5}}(?P=sed)(?:[ \t]+-e[ \t]+[\"']{_SED_COMMAND}[\"']){{0,5}}"
    r"|(?<![\w-])tr[ \t]+(?:-[ds]{1,2}[ \t]+)?[\"'](?:\\[rnt0]|[ ,;\"'])+[\"']"
    r"(?:[ \t]+[\"'](?:\\[nt0]|[ ])+[\"'])?"
    r"|(?<![\w-])cut[ \t]+-d[ \t]*[\"']?[ @#,;][\"']?[ \t]+-f[ \t]*1(?![0-9,-])"
    r"|(?<![\w-])[gm]?awk[ \t]+(?:-F[ \t]*[\"']?[ @#,;][\"']?[ \t]+)?'[^{}'()=]{0,60}"
    r"(?:\{[ ]*print(?:[ ]+\$[01])?[ ;]*\})?[ ]*'"
)
_DATA_FILE = (".json", ".jsonc", ".json5", ".yaml", ".yml", ".toml", ".csv", ".xml", ".gz")


def changes_words(command: str, path: str) -> bool:
    """Say whether a command that reads a file gives other words than the lines of the file."""
    if path.lower().endswith(_DATA_FILE):
        return True
    return _FILTER.search(_HARMLESS.sub("", command)) is not None
