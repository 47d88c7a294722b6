"""Which cases a question is about: versions of a procedure, and of their cases those that the asker may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Q, Sum

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures.models import Case, Procedure, ProcedureVersion
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.records import registry
from throughline.core.records.walls import walled
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


def shown_cases(*, procedure: str, user: User, version: int | None = None) -> list[int] | None:
    """
    Return the numbers of the cases of one version whose records the second wall shows, whatever the first one says.

    None for who sees every record of the type. Cases without a record are everybody's who looks at procedures.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    record_type = scope.procedure.record_type
    if record_type and access.grants(user).scope(record_type, access.VIEW) is access.Scope.ALL:
        return None
    cases = fetched(_RECORDS, [scope.version.pk], ("case", "record"))
    is_shown = np.isin(cases["record"], _shown(record_type, user)) | (cases["record"] == UNBOUND)
    found: list[int] = cases["case"][is_shown].tolist()
    return found


def _shown(record_type: str, user: User) -> Ints:
    """The keys of the records of a type that the second wall shows."""
    spec = registry.find(record_type)
    if spec is None:
        return np.zeros(0, dtype=np.int64)
    with walled(user, [spec]):
        return fetched(f'SELECT id FROM "{spec.model._meta.db_table}"', [], ("record",))["record"]


UNBOUND = 0
_RECORDS = (
    f"SELECT id, coalesce(record_id, {UNBOUND})::bigint FROM procedures_case WHERE version_id = %s AND NOT sandbox"
)


def seen_cases(scope: Scope) -> Ints:
    """Return the numbers of the cases of the procedure that the asker may see, on whatever version they are now."""
    cases = Case.objects.filter(scope.seen, version__procedure=scope.procedure, sandbox=False)
    statement, params = cases.order_by().values("pk").query.sql_with_params()
    return fetched(statement, params, ("case",))["case"]
