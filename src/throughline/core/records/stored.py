"""
How values of custom fields lie in the JSON column ``custom``, and which path leads to each: one table by field type.

Theory of operation. A path such as ``custom__budget__as_number`` names the column, the key and a form. Django's queries
follow it through the transforms of the same names (``custom.lookups``), which give typed SQL; ``spec.follow`` follows
it through a loaded record with the readers below. So a custom field has a path like any other field, and filters,
sorting, grouping, lists and exports know no difference. Numbers are kept as texts: JSON numbers would come back as
floats. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

AS_TEXT, AS_INTEGER, AS_NUMBER = "as_text", "as_integer", "as_number"
AS_BOOLEAN, AS_DAY, AS_INSTANT, AS_LIST = "as_boolean", "as_day", "as_instant", "as_list"

FORMS: dict[str, str] = {
    **dict.fromkeys(("text", "long_text", "email", "phone", "url", "choice"), AS_TEXT),
    **dict.fromkeys(("integer", "duration", "user", "team", "record"), AS_INTEGER),
    **dict.fromkeys(("number", "money"), AS_NUMBER),
    **dict.fromkeys(("multi_choice", "tags", "list"), AS_LIST),
    "boolean": AS_BOOLEAN,
    "date": AS_DAY,
    "datetime": AS_INSTANT,
}
"""Field type → form."""

NEVER_EMPTY = frozenset({AS_TEXT, AS_BOOLEAN, AS_LIST})
"""Forms that give an empty value instead of NULL where nothing is kept, as the columns of such fields do."""

READ: dict[str, Callable[[Any], Any]] = {
    AS_TEXT: lambda kept: "" if kept is None else str(kept),
    AS_INTEGER: lambda kept: None if kept is None else int(kept),
    AS_NUMBER: lambda kept: None if kept is None else Decimal(str(kept)),
    AS_BOOLEAN: lambda kept: kept is True,
    AS_DAY: lambda kept: None if kept is None else date.fromisoformat(kept),
    AS_INSTANT: lambda kept: None if kept is None else datetime.fromisoformat(kept),
    AS_LIST: lambda kept: list(kept or ()),
}
"""Form → from what is kept to the value."""


def path_of(key: str, field_type: str) -> str:
    """Return the path from a record to the value of a custom field."""
    return f"custom__{key}__{FORMS[field_type]}"


def to_keep(value: Any) -> Any:
    """Return the JSON form of a stored value; None for what is not kept at all."""
    if value is None or value is False or value in ("", []):
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value
