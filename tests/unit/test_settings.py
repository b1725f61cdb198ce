"""The config file: what it can say, what is odd about it, and what is refused."""

import os
import threading
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.other_systems import make_pipe
from vscan.cli.config_building import build_config, read_settings
from vscan.cli.report import report
from vscan.cli.scan import scan
from vscan.config import Config
from vscan.errors import UsageError
from vscan.model import RiskLevel, Severity
from vscan.policy.model import Policy
from vscan.settings.config_file_reading import ConfigFile, load, mistyped_variables
from vscan.settings.directories import default_config_file
from vscan.settings.table import BY_FIELD, BY_KEY, ROWS, SECTIONS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home and none of our variables."""
    for name in list(os.environ):
        if name.startswith("VSCAN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(place: Path, text: str) -> Path:
    place.write_text(text, "utf-8")
    return place


def config(*arguments: str) -> Config:
    """Take in options, variables and file as a scan does."""
    context = scan.make_context("scan", list(arguments))
    return build_config(context, read_settings(context))


# Keys.


def test_every_option_of_a_scan_and_a_report_but_the_config_file_has_a_row() -> None:
    for command in (scan, report):
        options = {p.name for p in command.params if isinstance(p, click.Option)}
        rows = {row.field for row in ROWS if row.belongs_to(str(command.name))}
        assert options == rows | {"config"}


def test_every_row_but_those_of_one_run_has_a_key_of_its_own_in_a_known_section() -> None:
    without = {row.field for row in ROWS} - {row.field for row in BY_KEY.values()}
    assert without == {"dry_run", "shard"}
    assert len(BY_KEY) == len(ROWS) - len(without)
    assert {key.partition(".")[0] for key in BY_KEY} == set(SECTIONS)
    assert len({row.variable for row in ROWS}) == len(ROWS)


def test_a_key_has_the_name_of_its_option_except_where_the_section_says_it() -> None:
    other = {
        key
        for key, row in BY_KEY.items()
        if f"VSCAN_{key.partition('.')[2].upper()}" != row.variable
    }
    assert other == {"cache.dir", "cache.max_age", "output.reports"}


def test_the_default_of_a_row_is_what_a_scan_without_options_takes() -> None:
    settings = read_settings(scan.make_context("scan", []))
    assert {row.field: getattr(settings, row.field) for row in ROWS} == {
        row.field: row.default for row in ROWS
    }


def test_every_field_of_the_policy_is_a_setting_or_read_from_a_file_that_one_names() -> None:
    names = set(Policy.__struct_fields__)
    assert names - {row.field for row in ROWS} == {"waivers"}  # from --ignore-file


# Precedence: for each section and each type a key, its variable, its option, and what they make.

LAYERS: dict[str, tuple[str, str, str, list[str], str, list[Any]]] = {
    "a number": (
        "[scan]\nmax_retries = 1", "VSCAN_MAX_RETRIES", "2",
        ["--max-retries", "4"], "settings.max_retries", [3, 1, 2, 4],
    ),
    "seconds": (
        "[scan]\ndelay = 0.5", "VSCAN_DELAY", "2", ["--delay", "1.0"], "settings.delay_s",
        [1.0, 0.5, 2.0, 1.0],
    ),
    "whole seconds": (
        "[scan]\ntimeout = 5", "VSCAN_TIMEOUT", "6", ["--timeout", "7"], "settings.timeout_s",
        [30.0, 5.0, 6.0, 7.0],
    ),
    "seconds or none": (
        "[scan]\ndeadline = 60", "VSCAN_DEADLINE", "61", ["--deadline", "62"],
        "settings.deadline_s", [None, 60.0, 61.0, 62.0],
    ),
    "a list": (
        '[scan]\nexclude_ids = ["a.a", "b.*"]', "VSCAN_EXCLUDE_IDS", "c.c, d.d",
        ["--exclude-ids", "e.e", "--exclude-ids", "f.f,g.g"], "settings.exclude_ids",
        [(), ("a.a", "b.*"), ("c.c", "d.d"), ("e.e", "f.f", "g.g")],
    ),
    "a list as a text with commas": (
        '[scan]\nprivate = "corp.*, acme.secret"', "VSCAN_PRIVATE", "c.c",
        ["--private", "d.d"], "settings.private",
        [(), ("corp.*", "acme.secret"), ("c.c",), ("d.d",)],
    ),
    "a list that is empty": (
        "[scan]\npublisher = []", "VSCAN_PUBLISHER", "acme", ["--publisher", "corp"],
        "settings.publishers", [(), (), ("acme",), ("corp",)],
    ),
    "directories": (
        '[scan]\nextensions_dir = ["one"]', "VSCAN_EXTENSIONS_DIR", "two,three",
        ["--extensions-dir", "one", "--extensions-dir", "two"], "targets",
        [(), (Path("one"),), (Path("two"), Path("three")), (Path("one"), Path("two"))],
    ),
    "directories as a text with commas": (
        '[scan]\nextensions_dir = "one, two"', "VSCAN_EXTENSIONS_DIR", "two",
        ["--extensions-dir", "three"], "targets",
        [(), (Path("one"), Path("two")), (Path("two"),), (Path("three"),)],
    ),
    "an address": (
        '[scan]\napi_url = "https://a.example"', "VSCAN_API_URL", "https://b.example",
        ["--api-url", "https://c.example"], "api_url",
        ["https://vscan.dev/api/extensions", "https://a.example", "https://b.example",
         "https://c.example"],
    ),
    "a directory": (
        '[cache]\ndir = "/a"', "VSCAN_CACHE_DIR", "/b", ["--cache-dir", "/c"],
        "cache.directory", [None, Path("/a"), Path("/b"), Path("/c")],
    ),
    "days": (
        "[cache]\nmax_age = 1", "VSCAN_CACHE_MAX_AGE", "2", ["--cache-max-age", "7"],
        "cache.max_age_s", [7 * 86400, 86400, 2 * 86400, 7 * 86400],
    ),
    "a switch that is set": (
        "[cache]\nrefresh_cache = true", "VSCAN_REFRESH_CACHE", "0", ["--refresh-cache"],
        "cache.read", [True, False, True, False],
    ),
    "a choice": (
        '[policy]\nfail_on = "low"', "VSCAN_FAIL_ON", "Critical", ["--fail-on", "HIGH"],
        "policy.fail_on", [Severity.HIGH, Severity.LOW, Severity.CRITICAL, Severity.HIGH],
    ),
    "a choice of none": (
        '[policy]\nfail_on_risk = "high"', "VSCAN_FAIL_ON_RISK", "medium",
        ["--fail-on-risk", "none"], "policy.fail_on_risk",
        [None, RiskLevel.HIGH, RiskLevel.MEDIUM, None],
    ),
    "a least score": (
        "[policy]\nmin_score = 10", "VSCAN_MIN_SCORE", "20", ["--min-score", "0"],
        "policy.min_score", [None, 10, 20, 0],
    ),
    "a list of the policy": (
        '[policy]\nblocked = ["a.*"]', "VSCAN_BLOCKED", "b.*,c.*", ["--blocked", "d.*"],
        "policy.blocked", [(), ("a.*",), ("b.*", "c.*"), ("d.*",)],
    ),
    "a switch of the policy": (
        "[policy]\nallow_incomplete = true", "VSCAN_ALLOW_INCOMPLETE", "false",
        ["--allow-incomplete"], "policy.allow_incomplete", [False, True, False, True],
    ),
    "a level of the output": (
        '[output]\nmin_risk_level = "low"', "VSCAN_MIN_RISK_LEVEL", "medium",
        ["--min-risk-level", "high"], "settings.min_risk_level",
        [None, RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYERS)
def test_an_option_comes_before_a_variable_before_the_file_before_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """An option counts that is given explicitly, even where it equals the default."""
    text, variable, value, option, name, expected = LAYERS[case]
    for directory in ("one", "two", "three"):
        (home / directory).mkdir()

    def found(*arguments: str) -> Any:
        made: Any = config(*arguments)
        for part in name.split("."):
            made = getattr(made, part)
        return made

    default, of_file, of_variable, of_option = expected
    if case.startswith("directories"):
        of_file = tuple(home / place for place in of_file)  # they lie beside it
    if default is not None or case != "a directory":
        assert found() == default
    written(home / ".vscanrc", text)
    assert found() == of_file
    monkeypatch.setenv(variable, value)
    assert found() == of_variable
    assert found(*option) == of_option


@pytest.mark.parametrize(
    ("text", "variables", "arguments", "workers"),
    [
        ("", {}, [], 1),
        ("parallel = true", {}, [], 3),
        ("parallel = true\nworkers = 5", {}, [], 5),
        ('parallel = "yes"\nworkers = "5"', {}, [], 5),
        ("workers = 5", {}, [], 1),
        ("workers = 5", {}, ["--parallel"], 5),
        ("parallel = true\nworkers = 5", {}, ["--workers", "2"], 2),
        ("parallel = false", {}, ["--workers", "2"], 2),
        ("parallel = true", {}, ["--no-parallel"], 1),
        ("parallel = true", {"VSCAN_PARALLEL": "0"}, [], 1),
        ("parallel = false", {"VSCAN_PARALLEL": "1"}, [], 3),
        ("parallel = true", {"VSCAN_WORKERS": "4"}, [], 4),
        ("parallel = false", {"VSCAN_WORKERS": "4"}, [], 1),
        ("parallel = true", {"VSCAN_PARALLEL": "1"}, ["--no-parallel"], 1),
        ("parallel = true", {}, ["--no-parallel", "--workers", "4"], 1),
    ],
)
def test_the_number_of_workers_is_what_all_layers_say_together(  # noqa: PLR0917 - the case
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    variables: dict[str, str],
    arguments: list[str],
    workers: int,
) -> None:
    """Only on the command line does a number of workers ask for them."""
    written(home / ".vscanrc", f"[scan]\n{text}\n")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert config(*arguments).workers == workers


def test_targets_come_before_the_directories_of_the_file(home: Path) -> None:
    for directory in ("one", "two"):
        (home / directory).mkdir()
    written(home / ".vscanrc", '[scan]\nextensions_dir = ["one"]\n')
    assert config().targets == (home / "one",)
    assert config("two").targets == (Path("two"),)


# Which file.


def test_the_file_is_the_one_named_or_the_variables_or_the_users_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [written(home / name, f"[scan]\nmax_retries = {number}\n") for number, name in
              enumerate((".vscanrc", "by-variable", "by-option"))]  # fmt: skip
    assert (config().settings.max_retries, config().policy_files) == (0, (str(places[0]),))
    monkeypatch.setenv("VSCAN_CONFIG", str(places[1]))
    assert (config().settings.max_retries, config().policy_files) == (1, (str(places[1]),))
    found = config("--config", str(places[2]))
    assert (found.settings.max_retries, found.policy_files) == (2, (str(places[2]),))


def test_files_are_not_merged(home: Path) -> None:
    written(home / ".vscanrc", "[scan]\nmax_retries = 9\n[policy]\nexit_zero = true\n")
    found = config("--config", str(written(home / "other", "[scan]\ndelay = 0\n")))
    assert (found.settings.max_retries, found.policy.exit_zero, found.settings.delay_s) == (
        3,
        False,
        0.0,
    )


def test_the_users_own_file_may_be_missing_and_a_named_one_may_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(None) == ConfigFile(None, {}, ())
    assert config().policy_files == ()
    with pytest.raises(UsageError, match="gone can't be read: no such file"):
        config("--config", str(home / "gone"))
    monkeypatch.setenv("VSCAN_CONFIG", str(home / "gone"))
    with pytest.raises(UsageError, match="gone can't be read: no such file"):
        config()


EVERY = {
    p.name: p for p in (*scan.params, *report.params) if isinstance(p, click.Option) and p.envvar
}


@pytest.mark.parametrize("name", sorted(EVERY))
def test_an_empty_value_is_refused_with_what_set_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It would be the default: perhaps another policy, no threshold, ids that may be sent."""
    option, row = EVERY[name], BY_FIELD.get(name)
    monkeypatch.setenv(str(option.envvar), "")
    with pytest.raises(click.BadParameter) as caught:
        config()
    assert _said(caught.value).startswith(f"Invalid value for {option.envvar}: it is empty")
    monkeypatch.delenv(str(option.envvar))
    if not option.is_flag:
        with pytest.raises(click.BadParameter) as caught:
            config(f"{option.opts[-1]}=")
        assert "it is empty" in _said(caught.value)
    if row is not None and row.key:
        section, _, key = row.key.partition(".")
        for value in ('""', '" "', '[""]', '["a.b", ""]', '"a.b,"'):
            if not option.multiple and value not in {'""', '" "'}:
                continue
            written(home / "c", f"[{section}]\n{key} = {value}\n")
            with pytest.raises((click.BadParameter, UsageError)) as refused:
                config("--config", str(home / "c"))
            assert f"{home / 'c'}: {row.key}" in _said(refused.value)
            assert "empty" in _said(refused.value)


def test_an_empty_list_in_the_file_means_no_values(home: Path) -> None:
    written(
        home / ".vscanrc",
        "[scan]\nprivate = []\npublisher = []\nsource = []\n[policy]\nblocked = []\n",
    )
    found = config()
    assert (found.settings.private, found.settings.publishers, found.policy.blocked) == ((), (), ())
    assert found.providers == ("vscan.dev", "offline")
    written(home / ".vscanrc", "[policy]\nallowed = []\n")
    with pytest.raises(UsageError, match=r"policy\.allowed names nothing"):
        config()


@pytest.mark.parametrize("name", [".vscanrc", "vscan.toml", ".vscan.toml", "pyproject.toml"])
def test_nothing_is_picked_up_from_the_working_directory(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    checkout = home / "checkout"
    checkout.mkdir()
    written(checkout / name, "[policy]\nexit_zero = true\n[tool.vscan]\nexit_zero = true\n")
    written(checkout / "ignore.toml", '[[ignore]]\nid="*"\nrule="*"\nreason="x"\n')
    monkeypatch.chdir(checkout)
    assert config().policy_files == ()
    assert not config().policy.exit_zero
    assert config().policy.waivers == ()


@pytest.mark.parametrize("where", ["", "relative/home", "."])
def test_a_home_that_is_relative_has_no_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """It would be the working directory's."""
    written(home / ".vscanrc", "[policy]\nexit_zero = true\n")
    if where:
        monkeypatch.setenv("HOME", where)
        assert default_config_file() is None
        assert load(None).path is None


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "is not a file"),  # as an engine makes, to mount a file that is not there
        (make_pipe, "is not a file"),
        (lambda path: path.symlink_to("nowhere"), "is a link that leads nowhere"),
        (lambda path: path.symlink_to(".vscanrc"), "is a link that leads nowhere"),
    ],
)
def test_a_config_file_of_the_user_that_is_not_a_file_is_an_error(
    home: Path, make: Any, says: str
) -> None:
    """The policy that somebody meant would be lost without a word."""
    make(home / ".vscanrc")
    with pytest.raises(UsageError, match=says):
        load(None)


@pytest.mark.parametrize("home_of", ["/dev/null", "/nowhere/at/all"])
def test_a_home_that_does_not_exist_has_no_file(
    monkeypatch: pytest.MonkeyPatch, home_of: str
) -> None:
    monkeypatch.setenv("HOME", home_of)
    assert load(None).path is None


def test_the_ignore_file_and_the_baseline_that_a_file_names_are_policy_files(home: Path) -> None:
    ignore = written(home / "ignore.toml", "")
    written(home / ".vscanrc", f'[policy]\nignore_file = "{ignore}"\n')
    assert config().policy_files == (str(home / ".vscanrc"), str(ignore))


# What is odd, and warned of.


@pytest.mark.parametrize(
    ("text", "key", "suggestion"),
    [
        ("[scan]\nwrokers = 3", "scan.wrokers", "scan.workers"),
        ("[scan]\nmax-retries = 3", "scan.max-retries", "scan.max_retries"),
        ("[scan]\nfail_on = 'low'", "scan.fail_on", "policy.fail_on"),
        ("[polcy]\nfail_on = 'low'", "polcy.fail_on", "policy.fail_on"),
        ("workers = 3", "workers", "scan.workers"),
        ("[policy]\nfailon = 'low'", "policy.failon", "policy.fail_on"),
        ("[cache]\ncache_dir = '/x'", "cache.cache_dir", "cache.dir"),
        ("[output]\noutput = ['x.json']", "output.output", "output.reports"),
        ("[scan]\ncolour = 'blue'", "scan.colour", None),
        ("[scan.xyz]\nx = 1", "scan.xyz", None),
    ],
)
def test_an_unknown_key_is_a_warning_with_a_suggestion(
    home: Path, text: str, key: str, suggestion: str | None
) -> None:
    place = written(home / "c", text)
    found = load(place)
    assert found.values == {}
    hint = f", did you mean {suggestion}?" if suggestion else ""
    assert found.warnings == (f"{place}: {key} is not known{hint}",)


def test_other_keys_count_beside_an_unknown_key(home: Path) -> None:
    written(home / ".vscanrc", "[scan]\nwrokers = 3\nmax_retries = 1\n[nonsense]\nx = 1\n")
    assert config().settings.max_retries == 1
    assert len(config().warnings) == 2


def test_a_warning_about_a_hostile_key_is_printable(home: Path) -> None:
    (warning,) = load(written(home / "c", '[scan]\n"\\u001b[2J\\n::error::x" = 1\n')).warnings
    assert warning.isprintable()


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("VSCAN_WROKERS", "VSCAN_WORKERS"),
        ("VSCAN_FAILON", "VSCAN_FAIL_ON"),
        ("VSCAN_EXCLUDE_ID", "VSCAN_EXCLUDE_IDS"),
        ("VSCAN_CACHEDIR", "VSCAN_CACHE_DIR"),
        ("VSCAN_CACHE_KEYS", "VSCAN_CACHE_KEY"),
        ("VSCAN_CONFG", "VSCAN_CONFIG"),
        ("VSCAN_OUTPUTS", "VSCAN_OUTPUT"),
    ],
)
def test_a_variable_that_is_mistyped_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, name: str, suggestion: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert config().warnings == (f"the variable {name} is not known, did you mean {suggestion}?",)


@pytest.mark.parametrize("name", ["VSCAN_VERSION", "VSCAN_IMAGE", "VSCANNER_DELAY", "VSCAN_", "X"])
def test_a_variable_that_resembles_no_known_one_is_not_warned_about(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert config().warnings == ()


def test_a_variable_of_any_command_is_known_to_every_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One environment serves a scan and a report, which has fewer options."""
    for command in (scan, report):
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                monkeypatch.setenv(str(parameter.envvar), "1")
    assert mistyped_variables() == ()


# What is refused: file, key and what is allowed are named.

BAD = {
    "a number that is too large": ("[scan]\nworkers = 9", "scan.workers", "not between 2 and 5"),
    "a number that is too small": (
        "[scan]\nmax_retries = -1",
        "scan.max_retries",
        "not between 0 and 10",
    ),
    "a number with a fraction": ("[scan]\nworkers = 2.5", "scan.workers", "whole number"),
    "a switch for a number": ("[scan]\nmax_retries = true", "scan.max_retries", "whole number"),
    "a word for a number": ('[scan]\nworkers = "many"', "scan.workers", "whole number"),
    "a list for a number": ('[scan]\nworkers = ["3"]', "scan.workers", "one value"),
    "seconds that are none": ("[scan]\ndelay = nan", "scan.delay", "seconds"),
    "seconds without end": ("[scan]\ndeadline = inf", "scan.deadline", "seconds"),
    "a word for seconds": ('[scan]\ndelay = "fast"', "scan.delay", "seconds"),
    "too many seconds": ("[scan]\ndelay = 31", "scan.delay", "0<=x<=30"),
    "a word for a switch": ('[scan]\nparallel = "maybe"', "scan.parallel", "true"),
    "a number for a switch": ("[scan]\nparallel = 2", "scan.parallel", "true"),
    "a number for a list": ("[scan]\nexclude_ids = 5", "scan.exclude_ids", "list of texts"),
    "a switch for a list": ("[scan]\nprivate = true", "scan.private", "list of texts"),
    "a list of numbers": ("[scan]\ninclude_ids = [1, 2]", "scan.include_ids", "list of texts"),
    "a list of lists": ('[scan]\nsource = [["a"]]', "scan.source", "list of texts"),
    "a list of switches": ("[policy]\nblocked = [true]", "policy.blocked", "list of texts"),
    "a date": ("[policy]\nmin_score = 2020-01-01", "policy.min_score", "a number"),
    "a table": ("[scan.workers]\nnumber = 3", "scan.workers", "a number"),
    "a choice that there is not": ('[policy]\nfail_on = "hgih"', "policy.fail_on", "critical"),
    "a number for a choice": ("[policy]\nfail_on = 3", "policy.fail_on", "critical"),
    "a source that there is not": ('[scan]\nsource = ["magic"]', "scan.source", "vscan.dev"),
    "no id": ('[scan]\ninclude_ids = ["a b"]', "scan.include_ids", "publisher.name"),
    "an id that is a number": ('[scan]\ninclude_ids = ["5"]', "scan.include_ids", "publisher"),
    "no address": ('[scan]\napi_url = "http://a.example"', "scan.api_url", "https"),
    "an address that is a number": ("[scan]\napi_url = 5", "scan.api_url", "5"),
    "an empty path": ('[policy]\nignore_file = ""', "policy.ignore_file", "empty"),
    "a path that leads nowhere": ('[policy]\nbaseline = "gone"', "policy.baseline", "no such file"),
    "a number for a path": ("[policy]\nignore_file = 5", "policy.ignore_file", "no such file"),
    "a zero byte": ('[cache]\ndir = "/x\\u0000"', "cache.dir", "zero byte"),
    "a zero byte in a list": (
        '[output]\nreports = ["\\u0000.json"]',
        "output.reports",
        "zero byte",
    ),
    "no directory": ('[scan]\nextensions_dir = ["gone"]', "scan.extensions_dir", "does not exist"),
    "an age that is too great": (
        "[cache]\nmax_age = 366",
        "cache.max_age",
        "not between 1 and 365",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_value_is_refused_with_file_key_and_what_is_allowed(home: Path, case: str) -> None:
    text, key, allowed = BAD[case]
    place = written(home / "settings.toml", f"{text}\n")
    with pytest.raises((UsageError, click.BadParameter)) as caught:
        config("--config", str(place))
    said = _said(caught.value)
    assert f"{place}: {key}" in said
    assert allowed in said


def _said(error: Exception) -> str:
    from vscan.cli import _usage_error

    told = _usage_error(error) if isinstance(error, click.ClickException) else error
    assert isinstance(told, UsageError)
    return f"{told.message} {told.hint}"


def test_a_bad_report_is_refused_with_file_and_key(home: Path) -> None:
    place = written(home / "c", '[output]\nreports = ["json=a.json", "jsno=report"]\n')
    with pytest.raises(UsageError) as caught:
        config("--config", str(place))
    assert caught.value.message.startswith(f"{place}: output.reports: unknown format")


def test_a_bad_variable_is_named_and_not_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSCAN_BLOCKED", "a b")
    with pytest.raises(UsageError) as caught:
        config()
    assert caught.value.message.startswith("VSCAN_BLOCKED: 'a b' is neither")


FILES: dict[str, tuple[str | bytes, str]] = {
    "no TOML": ("scan:\n  workers: 3\n", "is not TOML"),
    "half a file": ("[scan]\nworkers = ", "is not TOML"),
    "a key twice": ("[scan]\nworkers = 3\nworkers = 4\n", "is not TOML"),
    "another encoding": ("[scan] # \xfc".encode("latin-1"), "is not UTF-8"),
    "zeros": (b"\x00" * 9, "is not TOML"),
    "a deep list": (f"x = {'[' * 100_000}", "is not TOML"),
    "a number of thousands of digits": (f"x = {'1' * 5000}", "is not TOML"),
    "more than a file of settings holds": (b"#" * (1024 * 1024 + 1), "has more than"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_not_a_config_file_is_refused(home: Path, case: str) -> None:
    text, says = FILES[case]
    place = home / "c"
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        load(place)
    assert str(place) in caught.value.message
    assert says in caught.value.message


def test_a_pipe_without_a_writer_is_refused_at_once(home: Path) -> None:
    make_pipe(home / "c")
    caught: list[str] = []

    def attempt() -> None:
        with pytest.raises(UsageError) as error:
            load(home / "c")
        caught.append(error.value.message)

    reading = threading.Thread(target=attempt, daemon=True)
    reading.start()
    reading.join(20)
    assert caught == [f"the config file {home / 'c'} can't be read: the pipe has no writer"]


def test_an_empty_device_is_a_file_without_settings() -> None:
    assert load(Path("/dev/null")).values == {}


VALUES = st.sampled_from(
    ["1", "0", "-1", "2.5", "nan", "true", "false", '""', '"low"', '"a.b"', '"a b"', "[]",
     '["a.b"]', '["a b"]', "[1]", "[[]]", "{}", "{a=1}", "2027-01-31", "1e400", '"\\u001b[2J"',
     '"\\u0000"', f'"{"x" * 300}"', "0x7f", "[true, 'a']"]
)  # fmt: skip


@given(chosen=st.dictionaries(st.sampled_from(sorted(BY_KEY)), VALUES, min_size=1, max_size=3))
@settings(deadline=None, max_examples=examples(300))
def test_any_value_of_any_key_is_accepted_or_refused_with_the_key(
    tmp_path_factory: pytest.TempPathFactory, chosen: dict[str, str]
) -> None:
    lines = "".join(f"{key} = {value}\n" for key, value in chosen.items())
    place = written(tmp_path_factory.mktemp("x") / "c", lines)
    said = ""
    try:
        config("--config", str(place))
    except (UsageError, click.BadParameter) as error:
        said = _said(error)
    assert not said or any(key in said for key in chosen) or "exclude each other" in said


def test_the_output_can_be_set_in_the_file(home: Path) -> None:
    written(home / ".vscanrc", '[output]\nlog_level = "debug"\nplain = true\nquiet = "on"\n')
    found = config().settings
    assert (found.log_level, found.plain, found.quiet) == ("debug", True, True)


def test_relative_paths_in_the_config_file_are_relative_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The working directory may be that of a pull request, whose author would choose them."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "rc").write_text(
        '[policy]\nignore_file = "accepted.toml"\nbaseline = "/else/b.json"\n[cache]\ndir = "c"\n'
        '[scan]\nextensions_dir = "a, /else/b"\ndata_dir = "d"\n[output]\nlog_file = "log"\n'
        'reports = ["json=-", "json=r.json", "x.html", "csv=/else/r", "nonsense="]\n'
    )
    values = load(tmp_path / "rc").values
    assert values["extensions_dir"] == [str(tmp_path / "a"), "/else/b"]
    assert values["data_dir"] == str(tmp_path / "d")
    assert values["log_file"] == str(tmp_path / "log")
    json, html = f"json={tmp_path / 'r.json'}", str(tmp_path / "x.html")
    assert values["outputs"] == ["json=-", json, html, "csv=/else/r", "nonsense="]
    assert values["ignore_file"] == str(tmp_path / "accepted.toml")
    assert values["baseline"] == "/else/b.json"
    assert values["cache_dir"] == str(tmp_path / "c")


PATHS = {
    "extensions_dir": '["~/x"]',
    "data_dir": '"~/x"',
    "cache_dir": '"~/x"',
    "outputs": '["~/x.json", "json=~/x"]',
    "log_file": '"~/x"',
    "ignore_file": '"~/x"',
    "baseline": '"~/x"',
}


def _taken(name: str, *arguments: str) -> list[str]:
    value = scan.make_context("scan", list(arguments)).params[name]
    return [str(each) for each in value] if isinstance(value, tuple) else [str(value)]


@pytest.mark.parametrize("name", PATHS)
def test_a_leading_tilde_is_expanded_wherever_it_is_given(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A shell does it at the start of a word alone, not in ``--option=~/x``."""
    (home / "elsewhere").mkdir()
    section, _, key = BY_FIELD[name].key.partition(".")
    place = written(home / "elsewhere" / "c", f"[{section}]\n{key} = {PATHS[name]}\n")
    expected = (
        [str(home / "x.json"), f"json={home / 'x'}"] if name == "outputs" else [str(home / "x")]
    )
    assert _taken(name, "--config", str(place)) == expected
    monkeypatch.setenv(str(EVERY[name].envvar), "~/x.json,json=~/x" if name == "outputs" else "~/x")
    assert _taken(name) == expected
    given = "json=~/x" if name == "outputs" else "~/x"
    assert _taken(name, f"{EVERY[name].opts[-1]}={given}") == [expected[-1]]


def test_the_config_file_of_a_variable_may_be_in_the_home(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home / "c", "[scan]\nmax_retries = 7\n")
    monkeypatch.setenv("VSCAN_CONFIG", "~/c")
    assert config().settings.max_retries == 7


@pytest.mark.parametrize("value", ["~nobody-has-this-name/x", "~/x"])
def test_a_tilde_without_a_home_directory_is_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Least of all is it the working directory's."""
    place = written(home / "c", f'[policy]\nbaseline = "{value}"\n')
    monkeypatch.setenv("HOME", "relative")
    with pytest.raises(UsageError, match="is in no home directory") as caught:
        config("--config", str(place))
    assert "policy.baseline" in caught.value.message
    monkeypatch.setenv("VSCAN_BASELINE", value)
    with pytest.raises(click.BadParameter, match="is in no home directory"):
        config("--config", os.devnull)
