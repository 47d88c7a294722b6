"""How one part of the product points at a record of another without knowing its table."""

from __future__ import annotations

from typing import NamedTuple, Self


class RecordRef(NamedTuple):
    """A record by type (``lead``) and key. Written ``lead:7``."""

    type: str
    id: int

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the reference written as ``type:key``.

        Raises:
            ValueError: ``text`` is not written so.
        """
        kind, _, key = text.partition(":")
        if not kind or not key.isdecimal():
            raise ValueError(f'Expected a reference such as lead:7, but "{text}" is none.')
        return cls(kind, int(key))
