"""The company's business calendars, as the kernel asks them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from throughline.core.identity.models import BusinessCalendar as Row
from throughline.flow.calendars import BusinessCalendar


def flow_calendars() -> Mapping[str, BusinessCalendar]:
    """Return the business calendars by key; one query. Ones that did not change are not read again."""
    rows = Row.objects.values_list("key", "zone", "hours", "holidays")
    return {key: _calendar(zone, msgspec.json.encode((hours, holidays))) for key, zone, hours, holidays in rows}


def written() -> dict[str, Any]:
    """Return the business calendars by key as scenarios and test cases write them; one query."""
    rows = Row.objects.values_list("key", "zone", "hours", "holidays")
    return {key: {"zone": zone, "hours": hours, "holidays": list(holidays)} for key, zone, hours, holidays in rows}


@lru_cache(maxsize=64)
def _calendar(zone: str, written: bytes) -> BusinessCalendar:
    hours, holidays = msgspec.json.decode(written)
    return BusinessCalendar.of(zone=zone, hours=hours, holidays=holidays)
