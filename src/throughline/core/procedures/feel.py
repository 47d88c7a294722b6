"""Plain Python values and FEEL values, with the types the host works with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from throughline.flow import values


def context(plain: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return plain values by name as a FEEL context."""
    return cast(dict[str, Any], values.from_python(dict(plain or {})))


def instant(at: datetime) -> values.DateTime:
    """Return an aware instant as FEEL sees it."""
    return cast(values.DateTime, values.from_python(at))


def read(text: str) -> dict[str, Any]:
    """Return a stored FEEL context."""
    return cast(dict[str, Any], values.loads(text))
