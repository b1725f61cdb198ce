"""The kinds of files that name extensions, one in each module."""

from vscan.discovery.named.interface import NamedKind

KINDS: tuple[NamedKind, ...] = ()
