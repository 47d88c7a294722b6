"""How much of this machine reading a log may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """
    ``events``: how many become arrays at most; each takes some twenty bytes, and as many again for each question.
    ``memory_bytes``: what DuckDB may use before it spills to disk. ``xml_depth``, ``text_bytes``: how deep a file may
    nest, and how long a single text may be.
    """

    events: int = 50_000_000
    memory_bytes: int = 2_000_000_000
