"""Severities, risk levels, confidence, and the kinds of findings and gaps."""

from enum import IntEnum, StrEnum


class _Level(IntEnum):
    @property
    def word(self) -> str:
        """The name that reports and options use."""
        return self.name.lower()


class Severity(_Level):
    """How bad a finding is."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class RiskLevel(_Level):
    """The level that a provider gives an extension, or one area of it."""

    UNKNOWN = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Confidence(_Level):
    """How certain a finding is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Kind(StrEnum):
    """What a finding is about.

    Posture is a sign of risk and not proof of a fault; policy is what the
    gate's own rules say of it.
    """

    MALWARE = "malware"
    VULNERABILITY = "vulnerability"
    SECRET = "secret"  # noqa: S105 - the kind of finding
    POSTURE = "posture"
    POLICY = "policy"


class GapKind(StrEnum):
    """What a gap leaves open."""

    UNEXAMINED = "unexamined"  # something of the extension was not read or not searched
    DECISIVE = "decisive"  # a service lacks a part without which its verdict says little
    NO_BYTES = "no-bytes"  # only the name of the extension is known here
    OTHER = "other"  # a service lacks another part
