"""How much of this machine reading a log may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from throughline.insight.logs.faults import LogUnreadable


@dataclass(frozen=True, slots=True)
class Limits:
    """
    ``events``: how many become arrays at most; each takes some twenty bytes, and as many again for each question.
    ``memory_bytes``: what DuckDB may use before it spills to disk; what must be in memory at once takes a part of it.
    """

    events: int = 50_000_000
    memory_bytes: int = 2_000_000_000


class Bounded:
    """A stream of which at most so many bytes are read, however small the file is when packed."""

    def __init__(self, stream: BinaryIO, most: int, sentence: str) -> None:
        self.stream, self.most, self.sentence = stream, most, sentence
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises LogUnreadable with the sentence when there are too many."""
        found = self.stream.read(self.most - self.count + 1 if size < 0 else size)
        self.count += len(found)
        if self.count > self.most:
            raise LogUnreadable(self.sentence)
        return found

    def begin_anew(self) -> None:
        """Count from here on: what was read is not needed any more."""
        self.count = 0
