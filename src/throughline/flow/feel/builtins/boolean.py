"""Boolean functions (DMN 1.5, table 73) and ``is`` (table 77)."""

from __future__ import annotations

from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.compare import equal
from throughline.flow.feel.run import Run
from throughline.flow.temporal import fixed_offset
from throughline.flow.values import DateTime, Time


@builtin("not(negand: any) -> boolean")
def not_(negand: Any) -> bool | None:
    return not negand if isinstance(negand, bool) else None


@builtin("is(value1: any, value2: any) -> boolean", needs_run=True)
def is_(run: Run, value1: Any, value2: Any) -> bool:
    """The same element of the domain: equal, of one kind, and on a clock of the same kind."""
    if type(value1) is not type(value2):
        return False
    if isinstance(value1, (Time, DateTime)):
        return same_clock(value1, value2) and bool(equal(value1, value2))
    run.weigh(value1)
    return bool(equal(value1, value2))


def same_clock(left: Time | DateTime, right: Time | DateTime) -> bool:
    """Both local, both of one zone, or both with the same fixed offset."""
    return left.zone == right.zone or (left.zone is not None and fixed_offset(left.zone) == fixed_offset(right.zone))
