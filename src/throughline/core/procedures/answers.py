"""What fields and decision tables can answer, for the proof of a chart (``flow.check``)."""

from __future__ import annotations

from throughline.core.procedures.models import DecisionVersion
from throughline.core.records import registry
from throughline.core.records.spec import RecordSpec
from throughline.flow import check
from throughline.flow.check.domains import Outputs


def choices() -> dict[str, dict[str, frozenset[str]]]:
    """Return, per record type, the fields that have one of certain values, and those."""
    return {spec.type: _closed_choices(spec) for spec in registry.everything()}


def _closed_choices(spec: RecordSpec) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(choice.value for choice in field.choices)
        for name, field in spec.by_name.items()
        if field.choices and not field.open_choices and field.type == "choice"
    }


def outputs() -> Outputs:
    """Return the values that the published decision tables can give. One query."""
    published = DecisionVersion.objects.filter(status="published").values_list("table__key", "dmn")
    return check.outputs_of({key: bytes(dmn) for key, dmn in published})
