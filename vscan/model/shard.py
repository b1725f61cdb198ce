"""One of several parts of a scan."""

import hashlib
import re
from typing import Self

from msgspec import Struct

MAX_SHARDS = 10_000
_TEXT = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")


class Shard(Struct, frozen=True):
    """The ``index``-th of ``count`` parts of a scan; ``index`` counts from 1."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``I/N``; ``ValueError`` for everything else."""
        match = _TEXT.fullmatch(text.strip())
        if match is None or not 1 <= int(match[1]) <= int(match[2]) <= MAX_SHARDS:
            raise ValueError(f"not I/N with 1 <= I <= N <= {MAX_SHARDS}")
        return cls(int(match[1]), int(match[2]))

    def has(self, key: str) -> bool:
        """Whether something belongs to this part; ``key`` is an id or a name in lower case."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest) % self.count == self.index - 1
