"""Which cases a question is about: versions of a procedure, and of their cases those that the asker may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from throughline.core.identity.models import User
from throughline.core.procedures.models import Case, Procedure, ProcedureVersion
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.refusals import NotFound
from throughline.flow.mining.log import Ints
from throughline.insight.mined.kept_log import fetched


@dataclass(frozen=True)
class Scope:
    """
    The version looked at and the cases that count. ``sql``, ``params``: a condition on rows with ``version_id``,
    ``case_id`` and ``sandbox``; without a join when the asker may see everything.
    """

    procedure: Procedure
    version: ProcedureVersion
    seen: Q
    sql: str
    params: Sequence[Any]


def scope_of(*, procedure: str, user: User, version: int | None = None) -> Scope:
    """
    Return the scope of one version of a procedure, by number; None is the one that is published, or else the last.

    Raises:
        NotFound: there is no such procedure or version.
    """
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound(f'There is no procedure "{procedure}".')
    chosen = _version(found, version)
    seen = seen_by(user, [found.record_type])
    sql, params = "version_id = %s AND NOT sandbox", [chosen.pk]
    if seen != Q():
        cases, more = (
            Case.objects.filter(seen, version__procedure=found).order_by().values("pk").query.sql_with_params()
        )
        sql, params = f"{sql} AND case_id IN ({cases})", [*params, *more]
    return Scope(found, chosen, seen, sql, params)


def _version(procedure: Procedure, number: int | None) -> ProcedureVersion:
    versions = ProcedureVersion.objects.filter(procedure=procedure)
    if number is not None:
        chosen = versions.filter(number=number).first()
    else:
        chosen = versions.filter(status="published").first() or versions.order_by("-number").first()
    if chosen is None:
        raise NotFound(f'The procedure "{procedure.key}" has no such version.')
    return chosen


def age(scope: Scope) -> tuple[int, int]:
    """Return how many cases there are and how many events they had: any event changes it."""
    cases = Case.objects.filter(scope.seen, version=scope.version, sandbox=False)
    found = cases.aggregate(cases=Count("pk"), events=Sum("sequence"))
    return int(found["cases"]), int(found["events"] or 0)


def seen_cases(scope: Scope) -> Ints:
    """Return the numbers of the cases of the procedure that the asker may see, on whatever version they are now."""
    cases = Case.objects.filter(scope.seen, version__procedure=scope.procedure, sandbox=False)
    statement, params = cases.order_by().values("pk").query.sql_with_params()
    return fetched(statement, params, ("case",))["case"]
