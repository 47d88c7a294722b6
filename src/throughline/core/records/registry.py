"""All record types, by name. Filled once at start-up by ``wiring`` from the capabilities' ``RECORDS``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.core.records.spec import RecordSpec

if TYPE_CHECKING:
    from django.db.models import Model

_specs: dict[str, RecordSpec] = {}


def register(spec: RecordSpec) -> None:
    """
    Make a record type known.

    Raises:
        ValueError: the name is taken by another type.
    """
    known = _specs.get(spec.type)
    if known is not None and known is not spec:
        raise ValueError(f'Expected record type "{spec.type}" to be declared once, but it is declared twice.')
    _specs[spec.type] = spec


def get(record_type: str) -> RecordSpec:
    """
    Return a record type.

    Raises:
        LookupError: there is none of this name.
    """
    found = _specs.get(record_type)
    if found is None:
        raise LookupError(f'Expected one of {", ".join(sorted(_specs))}, but "{record_type}" is no record type.')
    return found


def find(record_type: str) -> RecordSpec | None:
    """Return a record type, or None."""
    return _specs.get(record_type)


def for_model(model: type[Model]) -> RecordSpec:
    """Return the record type that is kept in a table."""
    return next(spec for spec in _specs.values() if spec.model is model)


def everything() -> tuple[RecordSpec, ...]:
    """Return all record types in the order they were registered."""
    return tuple(_specs.values())
