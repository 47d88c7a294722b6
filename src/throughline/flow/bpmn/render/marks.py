"""What a drawing says beyond the chart: where tokens are, which way was taken, how many wait, what is late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CHANGES: Final = {"added": "+", "removed": "−", "changed": "≠", "moved": "→"}
"""What a comparison says of an element, with the sign it is given beside its colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """
    What is shown on one node or sequence flow.

    ``here``: a token is here; the text stands in a pill (initials, *you*). ``done``: the way so far. ``count``: cases
    here; on a flow, cases that took it. ``overdue``: how many of them are late. ``incident``: the sentence that says
    what failed. ``heat``: 0 (none) to 3. ``note``: a short text under the node (*31 h*).
    ``change``: what another version makes of it (see ``CHANGES``), told by colour, line and sign.
    """

    here: str = ""
    done: bool = False
    count: int = 0
    overdue: int = 0
    incident: str = ""
    heat: int = 0
    note: str = ""
    change: str = ""

    def words(self) -> Iterator[str]:
        """Give what the mark says in words, for those who do not see it."""
        if self.here:
            yield f"here: {self.here}"
        if self.done:
            yield "done"
        if self.count:
            yield f"{self.count} cases"
        if self.overdue:
            yield f"{self.overdue} overdue"
        if self.incident:
            yield f"incident: {self.incident}"
        if self.change:
            yield self.change
        if self.note:
            yield self.note


NO_MARK: Final = Mark()
