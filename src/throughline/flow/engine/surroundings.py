"""
What the kernel is told of the world with every command: the instant, the facts of records, the business calendars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from throughline.flow.calendars import BusinessCalendar


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    The world at the moment of a command.

    ``now`` is aware. ``facts`` are FEEL contexts of records by name (``{"lead": {...}}``), looked at by expressions
    and never kept: what they led to stands in the events. ``calendars`` are the business calendars by name.
    """

    now: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    calendars: Mapping[str, BusinessCalendar] = field(default_factory=dict)
