"""Which arrows of the drawing cases took, and when: what a replay over the chart shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from throughline.core.identity.models import User
from throughline.core.procedures.setwise import fetch
from throughline.flow.mining.replay import ARRIVING
from throughline.insight.mined.scope import scope_of


def travelled(
    *, procedure: str, user: User, version: int | None = None, cases: Sequence[int] | None = None, limit: int
) -> list[tuple[str, datetime]]:
    """
    Return the first arrows that cases took, in order of time; ``cases``: only these, by number.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    where, params = scope.sql, list(scope.params)
    if cases is not None:
        where, params = f"{where} AND case_id = ANY(%s)", [*params, list(cases)]
    statement = (
        f"SELECT flow, at FROM procedures_case_event WHERE {where} AND flow <> '' AND kind = ANY(%s)"
        " ORDER BY at, case_id, seq LIMIT %s"
    )
    return [(flow, at) for flow, at in fetch(statement, [*params, sorted(ARRIVING), limit])]
