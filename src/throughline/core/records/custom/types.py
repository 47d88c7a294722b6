"""
Record types that people make: a table of its own for each, and the declaration that makes it a record like others.

Theory of operation. The table has the columns, indexes and keys of every record and a name; all else are custom fields.
It is made by the same statements that a migration would use, in the transaction that defines the type. A table per type
and not one for all: measured in ADR 0060. The class of the table is made once per process and kept out of Django's list
of models, so that no migration is ever made of it; its links find the product's tables all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.db import connection, models

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.records import registry, walls
from throughline.core.records.custom import live
from throughline.core.records.custom.models import CustomType
from throughline.core.records.events import RecordCreated
from throughline.core.records.making import make_records
from throughline.core.records.matching import MatchingRule, Trait, trigrams, whole
from throughline.core.records.models import Record
from throughline.core.records.spec import (
    Created,
    Derived,
    FieldSpec,
    Hooks,
    RecordSpec,
    Section,
    Values,
)
from throughline.core.records.text import fold, joined

_BY_NAME = MatchingRule(
    traits=(Trait(name="name", label="Name", reads=("name",), chance=0.0001),),
    blocks=((whole("name"),), (trigrams("name"),)),
)
"""How records of an own type are recognised as the same: all that is known of every such type is the name."""


class _OwnApps(Apps):
    """A list of models beside Django's own, which it looks into for what it does not have."""

    def get_registered_model(self, app_label: str, model_name: str) -> type[models.Model]:
        """Return a model of either list."""
        own = self.all_models[app_label].get(model_name.lower())
        return own or apps.get_registered_model(app_label, model_name)


_beside = _OwnApps()
_models: dict[str, type[Record]] = {}


def model_of(custom: CustomType) -> type[Record]:
    """Return the class of a type's table, made once per process."""
    known = _models.get(custom.key)
    if known is None or known.number_prefix != custom.number_prefix:
        known = _models[custom.key] = _made(custom)
    return known


def _made(custom: CustomType) -> type[Record]:
    name = f"Own_{custom.key}"
    _beside.all_models["custom"].pop(name.lower(), None)
    base: Any = Record.Meta
    meta = type(
        "Meta", (base,), {"app_label": "custom", "db_table": f"own_{custom.key}", "apps": _beside, "abstract": False}
    )
    body = {
        "__module__": __name__,
        "Meta": meta,
        "number_prefix": custom.number_prefix,
        "name": models.CharField(max_length=300),
        "sort_name": models.CharField(max_length=300, blank=True),
    }
    made: type[Record] = type(name, (Record,), body)
    return made


def make_table(custom: CustomType) -> None:
    """Make the table of a new type, in the transaction of the caller."""
    with connection.schema_editor(atomic=False) as editor:
        editor.create_model(model_of(custom))
    walls.raise_wall(custom.key, model_of(custom)._meta.db_table)


# -- The declaration ---------------------------------------------------------------------------------------------------


def specs() -> Mapping[str, RecordSpec]:
    """Return the declarations of all types that people made, by key."""
    held = live.current()
    if not held.types:
        return {}
    made: Mapping[str, RecordSpec] = held.remembered(
        "specs", lambda: {key: _spec(custom) for key, custom in held.types.items()}
    )
    return made


def _spec(custom: CustomType) -> RecordSpec:
    def called(name: str, key: int) -> str:
        return name or f"{custom.label} {custom.number_prefix}-{key}"

    return RecordSpec(
        type=custom.key,
        label=custom.label,
        plural=custom.plural,
        slug=custom.key.replace("_", "-"),
        model=model_of(custom),
        icon=custom.icon,
        fields=(
            FieldSpec(
                name="name", label="Name", required=True, sort_path="sort_name", max_length=300, aliases=("title",)
            ),
        ),
        title=Derived(("name", "id"), called),
        subtitle=Derived(("owner__name",), joined),
        list_columns=("name", "owner", "created_at"),
        filters=("owner", "team", "tags", "created_at"),
        sections=(Section(custom.label, ("name",)), Section("Work", ("owner", "team", "tags"))),
        board_column=custom.board_field,
        matching=_BY_NAME,
        hooks=Hooks(derive=_sorted_name),
        create_many=lambda rows, *, by, at: _create_many(custom.key, rows, by=by, at=at),
    )


def _sorted_name(record: Any) -> Sequence[str]:
    record.sort_name = fold(record.name)[:300]
    return ("sort_name",)


def _create_many(key: str, rows: Sequence[Values], *, by: Actor, at: datetime) -> Created:
    def derive(columns: dict[str, Any]) -> None:
        columns["sort_name"] = fold(columns["name"])[:300]

    def fact(columns: dict[str, Any]) -> journal.JournalEvent:
        return RecordCreated(title=columns["name"], values={"name": columns["name"]})

    return make_records(registry.get(key), rows, derive=derive, fact=fact, by=by, at=at)


def install() -> None:
    """Let the registry know the types that people made; called once at start-up."""
    registry.types_are_made_by(specs)
