"""Where drawings and decision tables name a field of a record, and which procedures do something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from throughline.core.procedures.models import DecisionVersion, ProcedureVersion
from throughline.core.rows import fetch

ALIVE = ("draft", "published")


@dataclass(frozen=True, slots=True)
class Use:
    """A procedure or decision table that names a field; ``kind`` is ``procedure`` or ``decision``."""

    kind: str
    key: str
    name: str


def charts_that_read(*, record_type: str, name: str) -> list[Use]:
    """Return the procedures and decision tables, as draft or published, whose texts name a field (``lead.budget``)."""
    named = re.compile(rf"\b{re.escape(record_type)}\.{re.escape(name)}\b".encode())
    drawings = ProcedureVersion.objects.filter(status__in=ALIVE).select_related("procedure")
    tables = DecisionVersion.objects.filter(status__in=ALIVE).select_related("table")
    found = [
        Use("procedure", version.procedure.key, version.procedure.name)
        for version in drawings.order_by("procedure__name")
        if named.search(bytes(version.bpmn))
    ]
    found += [
        Use("decision", version.table.key, version.table.name)
        for version in tables.order_by("table__name")
        if named.search(bytes(version.dmn))
    ]
    return list(dict.fromkeys(found))


def procedures_that_do(*, actions: Sequence[str]) -> dict[str, Use]:
    """Return, by action, the first published procedure (by name) with a step that does it. One query."""
    rows = fetch(_THAT_DO, [list(actions), ProcedureVersion.Status.PUBLISHED])
    return {action: Use("procedure", key, name) for action, key, name in reversed(rows)}


_THAT_DO = """
SELECT a.name, p.key, p.name FROM unnest(%s::text[]) a (name) CROSS JOIN procedures_procedureversion v
JOIN procedures_procedure p ON p.id = v.procedure_id
WHERE v.status = %s AND position(convert_to('<tl:action name="' || a.name || '"', 'UTF8') IN v.bpmn) > 0
ORDER BY p.name, p.key
"""
