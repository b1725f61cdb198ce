"""A list of ids, one in each line."""

from vscan.discovery.named.interface import NamedKind

KIND = NamedKind("list", lambda _: False, lambda _: iter(()))
