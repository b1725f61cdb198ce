"""The table of settings: each row is an option, a variable and a key of the config file.

Click's options, the keys, ``vscan config`` and ``Settings`` are made from the rows, so a new
option is a new row. The order of the rows is the order in the help; keys are listed by section.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct
from msgspec.structs import FieldInfo, fields, replace

from vscan.model import Registry, RiskLevel, Severity
from vscan.model.shard import Shard
from vscan.settings.row import Group, Row
from vscan.settings.types import (
    Choice,
    DirectoryPath,
    DirectoryPaths,
    EnumChoice,
    FilePath,
    Flag,
    IncludedPatterns,
    InputPaths,
    Integer,
    Level,
    Names,
    Outputs,
    Patterns,
    Seconds,
    ShardText,
    Text,
)

SECTIONS = ("scan", "cache", "output", "policy")  # of the config file
# The commands that most options belong to.
_SCAN = frozenset({"scan"})
_BOTH = frozenset({"scan", "report"})
_JUDGING = _BOTH | {"merge"}  # they evaluate a policy, and write reports
_ASKING = _SCAN | {"merge"}  # they ask providers
_LEVELS = ("low", "medium", "high", "critical")
_LEVELS_OR_NONE = ("none", *_LEVELS)
_REACTIONS = ("ignore", "warn", "fail")


class Settings(Struct, frozen=True, kw_only=True, eq=False):
    """The value of each setting, with its row. A command that lacks an option takes its default."""

    # fmt: off
    extensions_dir: Annotated[tuple[str, ...], Row(
        "--extensions-dir", "scan.extensions_dir", DirectoryPaths(), _SCAN,
        "Same as a TARGET; repeatable.",
        metavar="DIR", group=Group.TARGETS,
    )] = ()
    inventory: Annotated[tuple[str, ...], Row(
        "--inventory", "scan.inventory", InputPaths(), _SCAN,
        "What machines have installed: a list of each machine (code --list-extensions"
        " --show-versions), NDJSON, a directory of them, or - for standard input; repeatable.",
        metavar="PATH", group=Group.TARGETS,
    )] = ()
    registry: Annotated[Registry | None, Row(
        "--registry", "scan.registry", EnumChoice(Registry), _BOTH,
        "Where the extensions come from.  [default: as the editor's folder or its index says; if"
        " neither does, the worse result of the two registries counts]",
        group=Group.TARGETS,
    )] = None
    links: Annotated[Literal["follow", "refuse"], Row(
        "--links", "scan.links", Choice(("follow", "refuse")), _BOTH,
        "Whether links that lead out of a directory of extensions are followed, as an editor does.",
        group=Group.TARGETS,
    )] = "follow"
    follow_packs: Annotated[bool, Row(
        "--follow-packs", "scan.follow_packs", Flag(), _SCAN,
        "Scan the extensions, too, that packs and dependencies bring along.",
        group=Group.TARGETS,
    )] = False
    dry_run: Annotated[bool, Row(
        "--dry-run", "", Flag(), _SCAN,
        "List what would be scanned and sent; send nothing.",
        group=Group.TARGETS,
    )] = False
    include_ids: Annotated[tuple[str, ...], Row(
        "--include-ids", "scan.include_ids", IncludedPatterns(), _BOTH,
        "Scan only these ids; * is a wildcard. An id that is not installed is scanned by name.",
        metavar="A,B",
        report_help="Report only these ids; * is a wildcard.",
        group=Group.FILTERS,
    )] = ()
    exclude_ids: Annotated[tuple[str, ...], Row(
        "--exclude-ids", "scan.exclude_ids", Patterns(), _BOTH,
        "Do not scan these ids.",
        metavar="A,B",
        report_help="Leave these ids out.",
        group=Group.FILTERS,
    )] = ()
    publishers: Annotated[tuple[str, ...], Row(
        "--publisher", "scan.publisher", Patterns(), _BOTH,
        "Scan only extensions of these publishers.",
        metavar="P",
        report_help="Report only extensions of these publishers.",
        group=Group.FILTERS,
    )] = ()
    private: Annotated[tuple[str, ...], Row(
        "--private", "scan.private", Patterns(), _JUDGING,
        "Ids that are never sent to a service (corp.*).",
        metavar="PATTERN",
        report_help="Ids that are never sent to a service (corp.*): only their offline verdicts"
                    " are reported.",
        group=Group.FILTERS,
    )] = ()
    exclude_paths: Annotated[tuple[str, ...], Row(
        "--exclude-paths", "scan.exclude_paths", Names(), _BOTH,
        "Files and directories of a repository that are not read; * is a wildcard.",
        metavar="PATH", group=Group.FILTERS,
    )] = ()
    sources: Annotated[tuple[str, ...], Row(
        "--source", "scan.source", Names(), _JUDGING,
        "Which providers give verdicts: {providers}; repeatable.  [default: all of them]",
        metavar="NAME",
        report_help="Whose cached verdicts are reported: those of {providers}; repeatable."
                    "  [default: all of them]",
        merge_help="A service to ask about the extensions of all shards; repeatable."
                   "  [default: none]",
        group=Group.PROVIDERS,
    )] = ()
    offline: Annotated[bool, Row(
        "--offline", "scan.offline", Flag(), _BOTH,
        "Same as --source offline: nothing is sent, unless --fetch or --fetch-private is given.",
        report_help="Same as --source offline.",
        group=Group.PROVIDERS,
    )] = False
    data_dir: Annotated[Path | None, Row(
        "--data-dir", "scan.data_dir", DirectoryPath(), _JUDGING | {"db"},
        "Where the offline analyser's data is.  [default: $XDG_DATA_HOME/vscan]",
        group=Group.PROVIDERS,
    )] = None
    api_url: Annotated[str | None, Row(
        "--api-url", "scan.api_url", Text(), _JUDGING,
        "The API's address: https, or http to loopback.",
        metavar="URL",
        report_help="The address of the API whose cached verdicts are reported.",
        group=Group.PROVIDERS,
    )] = None
    fetch: Annotated[tuple[str, ...], Row(
        "--fetch", "scan.fetch", Names(), _SCAN,
        "Fetch extensions that are only named from a registry, and analyse them: open-vsx,"
        " marketplace, or the URL of a gallery or an Open VSX instance; repeatable.",
        metavar="REGISTRY", group=Group.PROVIDERS,
    )] = ()
    fetch_private: Annotated[tuple[str, ...], Row(
        "--fetch-private", "scan.fetch_private", Names(), _SCAN,
        "A registry of your own, from which the ids of --private are fetched, too.",
        metavar="URL", group=Group.PROVIDERS,
    )] = ()
    registry_key: Annotated[Path | None, Row(
        "--registry-key", "scan.registry_key", FilePath(), _SCAN,
        "A public key (PEM): what is fetched must be signed with it.",
        group=Group.PROVIDERS,
    )] = None
    shard: Annotated[Shard | None, Row(
        "--shard", "", ShardText(), _SCAN,
        "Scan the I-th of N parts, on this machine alone; `vscan merge` joins the JSON reports.",
        metavar="I/N", group=Group.SPEED,
    )] = None
    parallel: Annotated[bool, Row(
        "--parallel/--no-parallel", "scan.parallel", Flag(), _ASKING,
        "Scan with several workers.",
        group=Group.SPEED,
    )] = False
    workers: Annotated[int, Row(
        "--workers", "scan.workers",
        Integer(2, 5, "one worker is the default: leave --workers out"), _ASKING,
        "Number of workers, 2 to 5. Given on the command line, it implies --parallel.",
        metavar="N", group=Group.SPEED,
    )] = 3
    jobs: Annotated[int | None, Row(
        "--jobs", "scan.jobs", Integer(1, 256), _SCAN,
        "Number of analyser processes of the provider offline.  [default: one for each processor"
        " that vscan may use]",
        metavar="N", group=Group.SPEED,
    )] = None
    delay_s: Annotated[float, Row(
        "--delay", "scan.delay", Seconds(0, 30), _ASKING,
        "Time between two request starts of one worker; all workers together start requests at"
        " least delay/workers apart.",
        group=Group.SPEED,
    )] = 1.0
    timeout_s: Annotated[float, Row(
        "--timeout", "scan.timeout", Seconds(0, 3600, positive=True), _ASKING,
        "Total time limit per request.",
        group=Group.SPEED,
    )] = 30.0
    analysis_timeout_s: Annotated[float, Row(
        "--analysis-timeout", "scan.analysis_timeout", Seconds(0, positive=True), _ASKING,
        "Total time limit per analysis, from submit to result; time spent waiting for a rate"
        " limit is not counted.",
        group=Group.SPEED,
    )] = 300.0
    deadline_s: Annotated[float | None, Row(
        "--deadline", "scan.deadline", Seconds(0, positive=True), _ASKING,
        "Total time limit of the run; what is not done by then is failed as time-out.",
        group=Group.SPEED,
    )] = None
    max_retries: Annotated[int, Row(
        "--max-retries", "scan.max_retries", Integer(0, 10), _ASKING,
        "Retries of a request that got no usable answer: time-out, error 5xx, broken or missing"
        " JSON.",
        metavar="N", group=Group.SPEED,
    )] = 3
    retry_delay_s: Annotated[float, Row(
        "--retry-delay", "scan.retry_delay", Seconds(0, 30), _ASKING,
        "Base of the exponential backoff.",
        group=Group.SPEED,
    )] = 2.0
    max_wait_s: Annotated[float, Row(
        "--max-wait", "scan.max_wait", Seconds(0), _ASKING,
        "Give up after this long with only 429 responses, or at once where Retry-After is longer.",
        group=Group.SPEED,
    )] = 120.0
    cache_dir: Annotated[Path | None, Row(
        "--cache-dir", "cache.dir", DirectoryPath(), _JUDGING | {"cache"},
        "Where verdicts are cached.  [default: $XDG_CACHE_HOME/vscan]",
        group=Group.CACHE,
    )] = None
    no_cache: Annotated[bool, Row(
        "--no-cache", "cache.no_cache", Flag(), _ASKING,
        "Neither read nor write the cache.",
        group=Group.CACHE,
    )] = False
    refresh_cache: Annotated[bool, Row(
        "--refresh-cache", "cache.refresh_cache", Flag(), _ASKING,
        "Write the cache but do not read it.",
        group=Group.CACHE,
    )] = False
    cache_max_age: Annotated[int, Row(
        "--cache-max-age", "cache.max_age", Integer(1, 365),
        _JUDGING | {"cache stats", "cache prune"},
        "How long a cached verdict counts.",
        metavar="DAYS", group=Group.CACHE,
    )] = 7
    fail_on: Annotated[Severity | None, Row(
        "--fail-on", "policy.fail_on", Level(_LEVELS_OR_NONE, Severity), _JUDGING,
        "A finding at or above this severity fails the run (posture does not count).",
        group=Group.POLICY,
    )] = Severity.HIGH
    fail_on_risk: Annotated[RiskLevel | None, Row(
        "--fail-on-risk", "policy.fail_on_risk", Level(_LEVELS_OR_NONE, RiskLevel), _JUDGING,
        "An overall risk level at or above this one fails the run (posture counts).",
        group=Group.POLICY,
    )] = None
    min_score: Annotated[int | None, Row(
        "--min-score", "policy.min_score", Integer(0, 100), _JUDGING,
        "A score below this one fails the run (posture counts).",
        metavar="N", group=Group.POLICY,
    )] = None
    on_gap: Annotated[Literal["auto", "ignore", "warn", "fail"], Row(
        "--on-gap", "policy.on_gap", Choice(("auto", *_REACTIONS)), _JUDGING,
        "What to do about a verdict with parts of the analysis missing: `fail` makes the run"
        " incomplete (exit code 3); `auto` does where bytes of the extension were not examined, or"
        " where the service returned no result for the dependencies or from VirusTotal and no other"
        " provider's verdict is complete.",
        group=Group.POLICY,
    )] = "auto"
    on_version_mismatch: Annotated[Literal["ignore", "warn", "fail"], Row(
        "--on-version-mismatch", "policy.on_version_mismatch", Choice(_REACTIONS), _JUDGING,
        "What to do about a verdict about another version than the installed one: with `fail` the"
        " exit code is 1.",
        group=Group.POLICY,
    )] = "warn"
    on_unpinned: Annotated[Literal["ignore", "warn", "fail"], Row(
        "--on-unpinned", "policy.on_unpinned", Choice(_REACTIONS), _JUDGING,
        "What to do about an extension that a file of a repository installs without a version: with"
        " `fail` the exit code is 1.",
        group=Group.POLICY,
    )] = "warn"
    on_unresolved: Annotated[Literal["auto", "fail"], Row(
        "--on-unresolved", "policy.on_unresolved", Choice(("auto", "fail")), _JUDGING,
        "What to do about a name that is not in the repository: `auto` makes the run incomplete"
        " (exit code 3) where a variable stands for what is installed; `fail` does for features and"
        " images of dev containers, and for recommendations, too.",
        group=Group.POLICY,
    )] = "auto"
    blocked: Annotated[tuple[str, ...], Row(
        "--blocked", "policy.blocked", Patterns(), _JUDGING,
        "Ids that fail the run, such as corp-typo.*.",
        metavar="PATTERN", group=Group.POLICY,
    )] = ()
    allowed: Annotated[tuple[str, ...], Row(
        "--allowed", "policy.allowed", Patterns(), _JUDGING,
        "If given, any other id fails the run.",
        metavar="PATTERN", group=Group.POLICY,
    )] = ()
    verified_publishers: Annotated[bool, Row(
        "--verified-publishers", "policy.verified_publishers", Flag(), _JUDGING,
        "An extension of a publisher who is not verified fails the run.",
        group=Group.POLICY,
    )] = False
    ignore_file: Annotated[Path | None, Row(
        "--ignore-file", "policy.ignore_file", FilePath(), _JUDGING,
        "Accepted risks: id, rule or failure, reason, expiry date (TOML).",
        group=Group.POLICY,
    )] = None
    baseline: Annotated[Path | None, Row(
        "--baseline", "policy.baseline", FilePath(), _JUDGING,
        "An earlier JSON report: only what is new fails the run.",
        group=Group.POLICY,
    )] = None
    max_data_age: Annotated[int | None, Row(
        "--max-data-age", "policy.max_data_age", Integer(0, 3650), _JUDGING,
        "Public data that is older, or missing, makes the run incomplete (exit code 3).",
        metavar="DAYS", group=Group.POLICY,
    )] = None
    allow_incomplete: Annotated[bool, Row(
        "--allow-incomplete", "policy.allow_incomplete", Flag(), _JUDGING,
        "Exit with 0 instead of 3.",
        group=Group.POLICY,
    )] = False
    allow_empty: Annotated[bool, Row(
        "--allow-empty", "policy.allow_empty", Flag(), _JUDGING,
        "Exit with 0 instead of 4.",
        group=Group.POLICY,
    )] = False
    exit_zero: Annotated[bool, Row(
        "--exit-zero", "policy.exit_zero", Flag(), _JUDGING,
        "Ignore exit code 1; the next code that holds counts.",
        group=Group.POLICY,
    )] = False
    outputs: Annotated[tuple[tuple[str, str], ...], Row(
        "--output", "output.reports", Outputs(), _JUDGING,
        "Write a report: json=report.json; json=- is standard output. Repeatable.",
        short="-o", metavar="FORMAT=PATH",
        group=Group.OUTPUT,
    )] = ()
    min_risk_level: Annotated[RiskLevel | None, Row(
        "--min-risk-level", "output.min_risk_level", Level(_LEVELS, RiskLevel), _JUDGING,
        "Reports for people show only extensions at or above this risk level. Never changes the"
        " outcome.",
        group=Group.OUTPUT,
    )] = None
    plain: Annotated[bool, Row(
        "--plain", "output.plain", Flag(), _JUDGING,
        "Plain text progress and summary.",
        report_help="Plain text summary.",
        group=Group.OUTPUT,
    )] = False
    quiet: Annotated[bool, Row(
        "--quiet", "output.quiet", Flag(), _JUDGING,
        "No progress; only warnings, what failed, and the outcome.",
        short="-q",
        report_help="Only warnings, what failed, and the outcome.",
        group=Group.OUTPUT,
    )] = False
    verbose: Annotated[bool, Row(
        "--verbose", "output.verbose", Flag(), _JUDGING,
        "More detail: all findings, timings, log level debug.",
        short="-v",
        group=Group.OUTPUT,
    )] = False
    log_format: Annotated[Literal["auto", "json", "console"], Row(
        "--log-format", "output.log_format", Choice(("auto", "json", "console")), _JUDGING,
        "auto: for a console on a terminal, JSON lines in a log file, nothing elsewhere.",
        group=Group.LOGGING,
    )] = "auto"
    log_level: Annotated[str, Row(
        "--log-level", "output.log_level", Choice(("debug", "info", "warning", "error")), _JUDGING,
        "The least severe level that is logged.",
        group=Group.LOGGING,
    )] = "warning"
    log_file: Annotated[Path | None, Row(
        "--log-file", "output.log_file", FilePath(), _JUDGING,
        "Append the log to a file instead of standard error.",
        group=Group.LOGGING,
    )] = None
    # fmt: on


def _row(field: FieldInfo) -> Row:
    row: Row = field.type.__metadata__[0]
    return replace(row, field=field.name, default=field.default)


ROWS = tuple(map(_row, fields(Settings)))
BY_FIELD: Mapping[str, Row] = {row.field: row for row in ROWS}
BY_KEY: Mapping[str, Row] = {
    row.key: row for section in SECTIONS for row in ROWS if row.key.startswith(f"{section}.")
}
# Without a row: where the config file is, and a secret, which no option and no file may hold.
CONFIG_VARIABLE = "VSCAN_CONFIG"
CACHE_KEY_VARIABLE = "VSCAN_CACHE_KEY"
VARIABLES = frozenset({*(row.variable for row in ROWS), CONFIG_VARIABLE, CACHE_KEY_VARIABLE})
