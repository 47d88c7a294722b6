"""All record types, by name. Filled at start-up by ``wiring``; people add others (``custom``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from throughline.core.records.spec import RecordSpec

if TYPE_CHECKING:
    from django.db.models import Model

_specs: dict[str, RecordSpec] = {}
_made: Callable[[], Mapping[str, RecordSpec]] = dict


def types_are_made_by(made: Callable[[], Mapping[str, RecordSpec]]) -> None:
    """Say which record types people have made here; called once at start-up, asked at every question."""
    global _made  # noqa: PLW0603 - this module knows no tables
    _made = made


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
    found = find(record_type)
    if found is None:
        known = ", ".join(sorted({*_specs, *_made()}))
        raise LookupError(f'Expected one of {known}, but "{record_type}" is no record type.')
    return found


def find(record_type: str) -> RecordSpec | None:
    """Return a record type, or None."""
    return _specs.get(record_type) or _made().get(record_type)


def is_declared(record_type: str) -> bool:
    """Whether a type comes with the product, and was not made here."""
    return record_type in _specs


def for_model(model: type[Model]) -> RecordSpec:
    """Return the record type that is kept in a table."""
    return next(spec for spec in everything() if spec.model is model)


def find_by_address(address: str) -> RecordSpec | None:
    """Return the record type that addresses name so, or None. No query for one that comes with the product."""
    return _at(address, _specs) or _at(address, _made())


def _at(address: str, specs: Mapping[str, RecordSpec]) -> RecordSpec | None:
    return next((spec for spec in specs.values() if spec.address == address), None)


def everything() -> tuple[RecordSpec, ...]:
    """Return all record types in the order they were registered, those made here behind them."""
    return (*_specs.values(), *_made().values())
