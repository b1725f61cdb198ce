"""What findings of vscan.dev are instances of: its modules, and a rule for each."""

import re

from vscan.model import Kind, Rule

_MODULES = {
    "metadata": (
        "the Marketplace's metadata",
        "A young publisher, no repository, a name like a known one: that is how impostors look.",
    ),
    "dependencies": (
        "the dependencies",
        "Most of an extension's code is not its author's, and is as trusted.",
    ),
    "socket": (
        "Socket's view of the dependencies",
        "Install scripts and sudden new maintainers are how packages are taken over.",
    ),
    "virusTotal": (
        "VirusTotal's scan of the files",
        "A file that many engines doubt deserves a look before it runs.",
    ),
    "permissions": (
        "what the manifest asks for",
        "The more an extension may start by itself, the more an update can do unseen.",
    ),
    "ossfScorecard": (
        "the OpenSSF scorecard of the repository",
        "A repository without reviews or protected branches is easier to take over.",
    ),
    "networkEndpoints": (
        "the network endpoints in the code",
        "Addresses that have nothing to do with the extension's purpose are where data goes.",
    ),
    "sensitiveInfo": (
        "secrets and personal information in the code",
        "A secret that is shipped to everybody is nobody's; it may open its author's accounts.",
    ),
    "obfuscation": (
        "obfuscated code",
        "What can't be read can't be reviewed, and malware hides that way.",
    ),
    "consolidatedAst": (
        "suspicious code patterns",
        "Code that is built while it runs, or starts processes, can be anything.",
    ),
    "openGrep": (
        "the static analysis rules",
        "Patterns that were faults elsewhere are likely to be faults here.",
    ),
}
MODULES = {name: subject for name, (subject, _) in _MODULES.items()}

VULNERABLE_DEPENDENCY = "vulnerable-dependency"
MALICIOUS_FILE = "malicious-file"


def posture_rule(module: str) -> str:
    """Name the rule of a module; unknown modules share one."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", module).lower()
    return f"posture-{words}" if module in MODULES else "posture-other"


_LOOK = "Read the details on the extension's page at vscan.dev and decide if you accept it."
RULES = (
    Rule(
        VULNERABLE_DEPENDENCY,
        Kind.VULNERABILITY,
        "A dependency has a known vulnerability",
        "A package that the extension brings along is named by a published advisory in the"
        " version that it has.",
        "An extension runs with all of its user's rights, and so do its dependencies: what opens"
        " a hostile file or page with them hands over the machine.",
        "Update the extension; where no update helps, ask its author or use another one.",
    ),
    Rule(
        MALICIOUS_FILE,
        Kind.MALWARE,
        "VirusTotal flags a file as malicious",
        "At least one engine of VirusTotal knows a file of the extension as malware.",
        "Code of an extension runs as soon as the editor starts, and can read every secret that"
        " its user can.",
        "Remove the extension now and look into what it did on every machine that had it.",
    ),
    *(
        Rule(
            posture_rule(module),
            Kind.POSTURE,
            f"vscan.dev sees a risk in {subject}",
            f"The service's own judgement of {subject} is medium or worse. It is a sign of risk and"
            " not proof of a fault.",
            why,
            _LOOK,
        )
        for module, (subject, why) in _MODULES.items()
    ),
    Rule(
        "posture-other",
        Kind.POSTURE,
        "vscan.dev sees a risk in an area that this version has no name for",
        "The service judges something that it did not judge when this version was made.",
        "What a newer analysis looks at may matter as much as the rest.",
        _LOOK,
    ),
)
