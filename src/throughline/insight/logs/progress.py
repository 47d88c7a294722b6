"""How far reading a log is: written by who reads, looked at by who tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

LOADING = 0.7
"""The part of reading that bringing in the file takes; putting it into order and keeping it are the rest."""


@dataclass(slots=True)
class Progress:
    """``events``: how many were read so far. ``share``: how far all of it is, from 0 to 1."""

    events: int = 0
    _share: float = 0.0
    _of_file: Callable[[], float] | None = field(default=None, repr=False)

    def follow(self, of_file: Callable[[], float]) -> None:
        """Look up the share of the file that is read, from 0 to 1, whenever it is asked for."""
        self._of_file = of_file

    def reach(self, share: float) -> None:
        """Say how far all of it is, after the file was brought in."""
        self._of_file, self._share = None, share

    @property
    def share(self) -> float:
        """How far all of it is, from 0 to 1; it never goes back."""
        if self._of_file is not None:
            self._share = max(self._share, LOADING * min(max(self._of_file(), 0.0), 1.0))
        return self._share
