"""What packs can bring of record types: fields of one's own, which their procedures read; and variants of these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.library import variants
from throughline.core.library.parts import Brought, Listed, PartKind, Wish
from throughline.core.records import registry
from throughline.core.records.custom import operations as custom
from throughline.core.records.custom.models import CustomField
from throughline.core.records.spec import FieldType
from throughline.core.refusals import Conflict, NotFound, Refusal

SAID = ("label", "help", "section", "default", "required", "personal", "sensitive", "searched", "in_list", "in_filters",
        "formula")  # fmt: skip
"""What an item says of its field beside record, key, type, choices and the columns at which it is needed."""


def _member(item: Listed, name: str) -> str:
    value = item.get(name)
    if value is None or not str(value).strip():
        raise Refusal("bad_pack", f"A field that the pack lists lacks its {name}.")
    return str(value).strip()


def _wish(item: Listed) -> custom.Wish:
    try:
        kind = FieldType(str(item.get("type") or FieldType.TEXT.value))
    except ValueError:
        raise Refusal("bad_pack", f"The pack's field “{item.get('key')}” is of no kind that there is.") from None
    said = {name: item[name] for name in SAID if item.get(name) is not None}
    return custom.Wish(
        **{**said, "label": _member(item, "label")},
        key=_member(item, "key"),
        type=kind,
        choices=tuple(_choice(each) for each in item.get("choices") or ()),
        required_at=tuple(str(each) for each in item.get("required_at") or ()),
    )


def _choice(each: Any) -> tuple[str, str]:
    if isinstance(each, Mapping):
        return str(each.get("value", "")), str(each.get("label", each.get("value", "")))
    if isinstance(each, list | tuple) and len(each) == 2:
        return str(each[0]), str(each[1])
    return str(each), str(each)


def _name(item: Listed) -> str:
    return f"{_member(item, 'record')}.{_member(item, 'key')}"


def _bring(wish: Wish) -> Brought:
    name, record = _name(wish.item), _member(wish.item, "record")
    spec = registry.find(record)
    if spec is None:
        raise Refusal("bad_pack", f"The pack brings a field of “{record}”, which is no record type here.")
    if _there(name) is not None or wish.item["key"] in spec.by_name:
        return Brought(name, was_there=True)
    custom.define_field(record_type=record, wish=_wish(wish.item), by=wish.by, at=wish.at)
    return Brought(name)


def _there(name: str) -> CustomField | None:
    record, _, key = name.partition(".")
    return CustomField.objects.filter(record_type=record, key=key, retired_at=None).first()


def _full(item: Listed) -> Listed:
    wish = _wish(item)
    return {
        "record": _member(item, "record"),
        "key": wish.key,
        "type": wish.type.value,
        "choices": [list(each) for each in wish.choices],
        "required_at": sorted(wish.required_at),
        **{name: getattr(wish, name) for name in SAID},
    }


def as_item(found: CustomField) -> dict[str, Any]:
    """Return a field as packs list it."""
    return {
        "record": found.record_type,
        "key": found.key,
        "type": found.type,
        "choices": [list(each) for each in found.choices],
        "required_at": sorted(found.required_at),
        **{name: getattr(found, name) for name in SAID},
    }


def _here(item: Listed) -> Listed | None:
    found = _there(_name(item))
    return as_item(found) if found is not None else None


def _change(wish: Wish) -> None:
    custom.change_field(
        record_type=_member(wish.item, "record"), key=_member(wish.item, "key"), wish=_wish(wish.item), by=wish.by,
        at=wish.at,
    )  # fmt: skip


def _remove(key: str, by: Actor, at: datetime) -> bool:
    record, _, field = key.partition(".")
    try:
        custom.retire_field(record_type=record, key=field, by=by, at=at)
    except (Conflict, NotFound):  # something rests on it: it stays
        return False
    return True


def _words(item: Listed) -> str:
    spec = registry.find(str(item.get("record")))
    of = str(spec.label) if spec is not None else str(item.get("record"))
    return f"{of}: {item.get('label')}"


PARTS = (PartKind("fields", _bring, _remove, _words, _name, _full, _here, _change), variants.PART)
