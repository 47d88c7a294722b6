"""
What the kernel is told of the world with every command: the instant, the facts of records, the business calendars.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from throughline.flow.values import DateTime, from_datetime

if TYPE_CHECKING:
    from throughline.flow.calendars import BusinessCalendar


class Surroundings:
    """
    The world at the moment of a command.

    ``now`` is aware. ``facts`` are FEEL contexts of records by name (``{"lead": {...}}``), looked at by expressions and
    never kept: what they led to stands in the events. ``calendars`` are the business calendars by name. Not to be
    changed after it was made; one may serve a whole batch.
    """

    __slots__ = ("_moment", "calendars", "facts", "now")

    def __init__(
        self,
        now: datetime,
        facts: Mapping[str, Any] | None = None,
        calendars: Mapping[str, BusinessCalendar] | None = None,
    ) -> None:
        self.now = now
        self.facts: Mapping[str, Any] = facts or {}
        self.calendars: Mapping[str, BusinessCalendar] = calendars or {}
        self._moment: DateTime | None = None

    @property
    def moment(self) -> DateTime:
        """The instant as a value for expressions."""
        if self._moment is None:
            self._moment = from_datetime(self.now)
        return self._moment

    def __repr__(self) -> str:
        return f"Surroundings({self.now.isoformat()}, facts={sorted(self.facts)}, calendars={sorted(self.calendars)})"
