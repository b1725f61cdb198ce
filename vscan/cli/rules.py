"""``vscan rules``: what findings are instances of, why they matter, and what to do."""

import difflib
import textwrap

import click

from vscan.cli import completion
from vscan.errors import UsageError
from vscan.policy.checks import MEANINGS
from vscan.policy.checks import RULES as POLICY_RULES
from vscan.providers import PROVIDERS
from vscan.safe_text import sanitize

ALL = (*(rule for provider in PROVIDERS for rule in provider.rules()), *POLICY_RULES)


@click.command("rules")
@click.argument("rule", metavar="[ID]", required=False, shell_complete=completion.rules)
def rules(rule: str | None) -> None:
    """Explain the rules that findings carry: all in a line each, or one in full.

    A line has the id, which an ignore file names, the kind and the title. The severity is that of
    each finding, as one rule may have several.
    """
    if rule is None:
        width = max(len(each.id) for each in ALL)
        kinds = max(len(each.kind) for each in ALL)
        for each in ALL:
            click.echo(f"{each.id:{width}}  {each.kind:{kinds}}  {each.title}")
        click.echo("\nChecks of the policy, which an ignore file can name like a rule:")
        for name, meaning in MEANINGS.items():
            click.echo(f"{name:{width}}  {meaning.replace('`', '')}")
        return
    for each in ALL:
        if each.id == rule.partition("/")[0]:
            parts = (each.title, each.meaning, each.why, each.help)
            for name, text in zip(("", "Meaning: ", "Why: ", "What to do: "), parts, strict=True):
                click.echo(textwrap.fill(name + text, 88) + "\n")
            return
    if rule in MEANINGS:
        click.echo(f"A check of the policy: {MEANINGS[rule].replace('`', '')}.")
        return
    close = difflib.get_close_matches(rule, [*(each.id for each in ALL), *MEANINGS], 1)
    hint = f"did you mean {close[0]}?" if close else "`vscan rules` lists them"
    raise UsageError(f"there is no rule {sanitize(rule, 80)!r}", hint=hint)
