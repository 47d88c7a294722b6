"""Writes of definitions: fields and rules made, changed, retired and restored. For who has ``settings.records``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.journal import JournalEvent
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.custom import computed, events, live, queries, types, upkeep
from throughline.core.records.custom.expressions import BESIDE, checked
from throughline.core.records.custom.models import CustomField, CustomType, Rule
from throughline.core.records.spec import LINKS, TEXTS, FieldType, RecordSpec
from throughline.core.records.stored import to_keep
from throughline.core.records.text import fold
from throughline.core.records.values import plain, read_value
from throughline.core.refusals import Conflict, NotFound, Refusal

T = FieldType
OFFERED = (
    T.TEXT, T.LONG_TEXT, T.INTEGER, T.NUMBER, T.MONEY, T.DATE, T.DATETIME, T.BOOLEAN, T.CHOICE, T.MULTI_CHOICE, T.EMAIL,
    T.PHONE, T.URL, T.USER, T.RECORD,
)  # fmt: skip
"""The kinds of custom fields."""

FIELDS_PER_TYPE = 500
INDEXES_PER_TYPE = 20
"""Every index is written with every change of a record, so their number is bounded."""
KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a field shall be; see ``models.CustomField``. An empty ``key`` is made of the label."""

    label: str
    type: FieldType = FieldType.TEXT
    key: str = ""
    help: str = ""
    section: str = ""
    position: int = 0
    choices: Sequence[tuple[str, str]] = ()
    to: str = ""
    default: Any = None
    required: bool = False
    required_at: Sequence[str] = ()
    personal: bool = False
    sensitive: bool = False
    searched: bool = False
    in_list: bool = False
    in_filters: bool = False
    indexed: bool = False
    formula: str = ""
    rollup: Mapping[str, Any] = field(default_factory=dict)


def may_define(by: Actor) -> None:
    """
    Go on only when the actor may change what records are made of.

    Raises:
        NotAllowed: as said.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(
            user, access.MANAGE_RECORDS, otherwise="Your roles do not let you change fields. Ask an administrator."
        )


@transaction.atomic
def define_field(*, record_type: str, wish: Wish, by: Actor, at: datetime) -> CustomField:
    """
    Add a field to a record type; from the commit on it is everywhere, in every process.

    Raises:
        NotAllowed: the actor has not the ability ``settings.records``.
        Refusal: the key is taken, or something does not fit the type; at its part of the wish.
    """
    may_define(by)
    spec = _locked_type(record_type)
    key = wish.key or key_of(wish.label)
    _check_key(spec, key)
    made = CustomField(record_type=record_type, key=key, created_at=at)
    _apply(made, _checked(spec, replace(wish, key=key)))
    made.save(force_insert=True)
    event = events.FieldDefined(record_type=record_type, key=key, label=made.label, type=made.type)
    _tell(event, made.pk, "custom_field", by, at)
    if live.is_computed(made):
        upkeep.recompute(made, at=at)
    return made


@transaction.atomic
def change_field(*, record_type: str, key: str, wish: Wish, by: Actor, at: datetime) -> CustomField:
    """
    Change what is said of a field. Its key stays, and its type as far as values would have to be made anew.

    Raises:
        NotAllowed, NotFound: as said.
        Refusal: something does not fit.
    """
    may_define(by)
    spec = _locked_type(record_type)
    kept = _field(record_type, key)
    if wish.type != kept.type and not {FieldType(kept.type), wish.type} <= TEXTS:
        raise Refusal(
            "other_type", "The type stays: values would be lost. Make another field and retire this one.", "type"
        )
    before = _said(kept)
    _apply(kept, _checked(spec, replace(wish, key=key)))
    if kept.formula != before["formula"] or kept.rollup != before["rollup"]:
        kept.stale = True
    kept.save()
    changes = {name: [plain(old), plain(new)] for name, old in before.items() if (new := _said(kept)[name]) != old}
    if changes:
        _tell(events.FieldChanged(record_type=record_type, key=key, changes=changes), kept.pk, "custom_field", by, at)
    if kept.stale:
        upkeep.recompute(kept, at=at)
    return kept


@transaction.atomic
def retire_field(*, record_type: str, key: str, by: Actor, at: datetime) -> CustomField:
    """
    Show a field no more. Records keep its values; charts that read it find nothing.

    Raises:
        NotAllowed, NotFound: as said.
        Conflict: a formula, rule, roll-up or the board of its type rests on it; the sentence names them.
    """
    may_define(by)
    spec = _locked_type(record_type)
    kept = _field(record_type, key)
    resting = what_rests_on(spec, key)
    if resting:
        raise Conflict(f"{kept.label} is still used by {', '.join(resting)}. Change or retire these first.")
    kept.retired_at = at
    kept.save()
    _tell(events.FieldRetired(record_type=record_type, key=key), kept.pk, "custom_field", by, at)
    return kept


@transaction.atomic
def restore_field(*, record_type: str, key: str, by: Actor, at: datetime) -> CustomField:
    """
    Show a retired field again, with the values that records kept.

    Raises:
        NotAllowed, NotFound: as said.
    """
    may_define(by)
    _locked_type(record_type)
    kept = CustomField.objects.filter(record_type=record_type, key=key).exclude(retired_at=None).first()
    if kept is None:
        raise NotFound("There is no retired field of this key. Look at the list of fields.")
    kept.retired_at, kept.stale = None, live.is_computed(kept)
    kept.save()
    _tell(events.FieldRestored(record_type=record_type, key=key), kept.pk, "custom_field", by, at)
    if kept.stale:
        upkeep.recompute(kept, at=at)
    return kept


def what_rests_on(spec: RecordSpec, key: str) -> list[str]:
    """Return what among the definitions reads a field: formulas, rules, roll-ups, the board. By their names."""
    held = live.current()
    found = [
        f"the formula {each.label}"
        for each in held.fields.get(spec.type, ())
        if each.formula and key in _reads(each.formula, spec)
    ]
    found += [f"the rule {each.name}" for each in held.rules.get(spec.type, ()) if key in _reads(each.condition, spec)]
    found += [
        f"the roll-up {each.label}"
        for each, rollup in computed.rollups_over(spec.type)
        if key in (rollup.link, rollup.field, *rollup.where)
    ]
    return [*found, *(["the board"] if key == spec.board_column else [])]


def _reads(text: str, spec: RecordSpec) -> frozenset[str]:
    from throughline.core.records.custom.expressions import compiled, reads_of

    return reads_of(compiled(text, spec.type), spec)


# -- Rules -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_rule(
    *,
    record_type: str,
    name: str,
    condition: str,
    message: str,
    field: str = "",
    rule_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Rule:
    """
    Make a validation rule, or change one. It is asked from now on, of what is written from now on.

    Raises:
        NotAllowed: the actor has not the ability ``settings.records``.
        Refusal: the condition cannot be read, or something is missing.
    """
    may_define(by)
    spec = _locked_type(record_type)
    if not name.strip() or not message.strip():
        raise Refusal("nameless_rule", "Give the rule a name and the sentence that people read.", "name")
    checked(condition, spec, field="condition")
    if field and field not in spec.by_name:
        raise Refusal("no_such_field", "Choose the field at which the sentence shall stand.", "field")
    rule = Rule(created_at=at) if rule_id is None else _rule(record_type, rule_id)
    rule.record_type, rule.name, rule.condition = record_type, name.strip()[:120], condition.strip()
    rule.message, rule.field = message.strip()[:300], field
    rule.save()
    event = events.RuleSet(record_type=record_type, name=rule.name, condition=rule.condition, message=rule.message)
    _tell(event, rule.pk, "custom_rule", by, at)
    return rule


@transaction.atomic
def retire_rule(*, record_type: str, rule_id: int, by: Actor, at: datetime) -> None:
    """
    Ask a rule no more.

    Raises:
        NotAllowed, NotFound: as said.
    """
    may_define(by)
    rule = _rule(record_type, rule_id)
    rule.retired_at = at
    rule.save()
    _tell(events.RuleRetired(record_type=record_type, name=rule.name), rule.pk, "custom_rule", by, at)


def _rule(record_type: str, rule_id: int) -> Rule:
    found = Rule.objects.filter(pk=rule_id, record_type=record_type, retired_at=None).first()
    if found is None:
        raise NotFound("There is no such rule. Look at the list of rules.")
    return found


# -- Types -------------------------------------------------------------------------------------------------------------

TYPE_KEY = re.compile(r"[a-z]+(?:_[a-z]+)*")


@transaction.atomic
def make_type(
    *, key: str, label: str, plural: str, number_prefix: str, icon: str = "circle", by: Actor, at: datetime
) -> CustomType:
    """
    Make a record type with its table; an empty ``key`` is made of the label.

    Raises:
        NotAllowed: the actor has not the ability ``settings.records``.
        Refusal: the key or the number's prefix is taken, or something is missing.
    """
    may_define(by)
    _lock()
    key = key or type_key_of(label)
    _check_type(key, label, plural, number_prefix)
    made = CustomType(key=key, label=label.strip(), plural=plural.strip(), icon=icon, created_at=at)
    made.number_prefix = number_prefix.strip().upper()
    types.make_table(made)
    made.save(force_insert=True)
    _tell(events.TypeMade(key=key, label=made.label), made.pk, "custom_type", by, at)
    return made


def type_key_of(label: str) -> str:
    """Return a key of a type made of its label: ``Site visit`` → ``site_visit``."""
    return re.sub(r"[^a-z]+", "_", fold(label)).strip("_")[:32]


def _check_type(key: str, label: str, plural: str, prefix: str) -> None:
    if not label.strip() or not plural.strip():
        raise Refusal("nameless_type", "Say how one of them is called, and several.", "label")
    if not TYPE_KEY.fullmatch(key) or len(key) > 32:
        raise Refusal("no_key", "A key has up to 32 small letters, with single underscores between.", "key")
    if registry.find(key) or CustomType.objects.filter(key=key).exists():
        raise Refusal("key_taken", f'There is a record type "{key}" already. Choose another key.', "key")
    if not re.fullmatch(r"[A-Z]{1,6}", prefix.strip().upper()):
        raise Refusal("no_prefix", "Numbers begin with one to six letters, such as PRJ.", "number_prefix")
    if prefix.strip().upper() in {spec.model.number_prefix for spec in registry.everything()}:
        raise Refusal("prefix_taken", "Other records' numbers begin so. Choose other letters.", "number_prefix")


@transaction.atomic
def change_type(
    *, key: str, label: str, plural: str, icon: str, board_field: str, by: Actor, at: datetime
) -> CustomType:
    """
    Change how a type is called, its icon, and which choice makes the columns of its board.

    Raises:
        NotAllowed, NotFound: as said.
        Refusal: a name is missing, or the field is no single choice of the type.
    """
    may_define(by)
    _lock()
    kept = queries.type_of_key(key=key)
    if not label.strip() or not plural.strip():
        raise Refusal("nameless_type", "Say how one of them is called, and several.", "label")
    described = registry.get(key).by_name.get(board_field)
    if board_field and (described is None or described.type is not T.CHOICE or not described.custom):
        raise Refusal("no_board", "Choose a field with one choice.", "board_field")
    return _change_type(
        kept, {"label": label.strip(), "plural": plural.strip(), "icon": icon, "board_field": board_field}, by, at
    )


@transaction.atomic
def retire_type(*, key: str, by: Actor, at: datetime) -> CustomType:
    """
    Show a type no more; its records are kept.

    Raises:
        NotAllowed, NotFound: as said.
        Conflict: a field or roll-up of another type rests on it.
    """
    may_define(by)
    _lock()
    kept = queries.type_of_key(key=key)
    resting = [
        f"{each.label} of {each.record_type}"
        for fields_ in live.current().fields.values()
        for each in fields_
        if each.record_type != key and (each.to == key or each.rollup.get("type") == key)
    ]
    if resting:
        raise Conflict(f"{kept.plural} are still used by {', '.join(resting)}. Retire these first.")
    return _change_type(kept, {"retired_at": at}, by, at)


@transaction.atomic
def restore_type(*, key: str, by: Actor, at: datetime) -> CustomType:
    """
    Show a retired type again, with its records.

    Raises:
        NotAllowed, NotFound: as said.
    """
    may_define(by)
    _lock()
    return _change_type(queries.type_of_key(key=key), {"retired_at": None}, by, at)


def _change_type(kept: CustomType, values: Mapping[str, Any], by: Actor, at: datetime) -> CustomType:
    changes = {
        name: [plain(getattr(kept, name)), plain(new)] for name, new in values.items() if getattr(kept, name) != new
    }
    for name, new in values.items():
        setattr(kept, name, new)
    kept.save()
    if changes:
        _tell(events.TypeChanged(key=kept.key, changes=changes), kept.pk, "custom_type", by, at)
    return kept


# -- Parts -------------------------------------------------------------------------------------------------------------


def key_of(label: str) -> str:
    """Return a key made of a label: ``Budget (EUR)`` → ``budget_eur``."""
    words = re.findall(r"[a-z0-9]+", fold(label))
    return "_".join(words)[:48].strip("_") if words and words[0][0].isalpha() else "_".join(["f", *words])[:48]


def _locked_type(record_type: str) -> RecordSpec:
    """Return a type as its definitions stand; others who change definitions wait."""
    _lock()
    spec = registry.find(record_type)
    if spec is None:
        raise NotFound("There is no such record type. Choose one from the list.")
    return spec


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('throughline.custom'))")
    live.look()


def _field(record_type: str, key: str) -> CustomField:
    found = CustomField.objects.filter(record_type=record_type, key=key, retired_at=None).first()
    if found is None:
        raise NotFound("There is no such field. Look at the list of fields.")
    return found


def _check_key(spec: RecordSpec, key: str) -> None:
    if not KEY.fullmatch(key) or len(key) > 48 or key.startswith("as_"):
        raise Refusal(
            "no_key", "A key has up to 48 small letters, digits and single underscores, a letter first.", "key"
        )
    columns = {each.attname for each in spec.model._meta.fields} | {each.name for each in spec.model._meta.fields}
    if key in {*spec.by_name, *spec.facts, *BESIDE, *columns}:
        raise Refusal("key_taken", f'{spec.plural} have a field "{key}" already. Choose another key.', "key")
    known = CustomField.objects.filter(record_type=spec.type)
    if known.filter(key=key).exists():
        raise Refusal("key_taken", f'A retired field has the key "{key}". Restore it, or choose another key.', "key")
    if known.count() >= FIELDS_PER_TYPE:
        raise Refusal("too_many_fields", f"{spec.plural} have {FIELDS_PER_TYPE} custom fields. Retired ones count.")


def _checked(spec: RecordSpec, wish: Wish) -> Wish:
    label = wish.label.strip()
    if not label or len(label) > 120:
        raise Refusal("nameless_field", "Give the field a label of up to 120 characters.", "label")
    kind = FieldType(wish.type)
    if kind not in OFFERED:
        raise Refusal("no_such_type", "Choose one of the types.", "type")
    if kind in (T.CHOICE, T.MULTI_CHOICE) and not wish.choices:
        raise Refusal("no_choices", "Write at least one choice, each on a line.", "choices")
    if any("," in value or not value for value, _ in wish.choices):
        raise Refusal("comma_in_choice", "A choice has no comma and is not empty.", "choices")
    if kind is T.RECORD and registry.find(wish.to) is None:
        raise Refusal("no_such_type", "Choose the record type that it points at.", "to")
    if wish.required_at:
        _check_columns(spec, wish.required_at)
    if wish.formula and wish.rollup:
        raise Refusal("two_sources", "A field is a formula or a roll-up, not both.", "formula")
    if wish.formula:
        if kind in LINKS:
            raise Refusal("no_formula", "A formula cannot point at somebody or something.", "type")
        computed.check_formula(spec, wish.key, wish.formula)
    if wish.rollup:
        computed.check_rollup(spec, _rollup(wish.rollup))
    if wish.indexed and kind is T.LONG_TEXT:
        raise Refusal("no_index", "Long texts have no index; let search find their words.", "indexed")
    if wish.indexed and _indexed(spec, wish.key) >= INDEXES_PER_TYPE:
        raise Refusal("too_many_indexes", f"At most {INDEXES_PER_TYPE} fields of a type have an index.", "indexed")
    return replace(wish, label=label)


def _rollup(said: Mapping[str, Any]) -> computed.Rollup:
    try:
        return msgspec.convert(dict(said), computed.Rollup)
    except msgspec.ValidationError as wrong:
        raise Refusal("no_rollup", f"This is no roll-up: {wrong}", "rollup") from wrong


def _indexed(spec: RecordSpec, key: str) -> int:
    return sum(each.indexed for each in live.current().fields.get(spec.type, ()) if each.key != key)


def _check_columns(spec: RecordSpec, columns: Sequence[str]) -> None:
    known = {choice.value for choice in spec.field(spec.board_column).choices} if spec.board_column else set()
    if not set(columns) <= known:
        raise Refusal("no_such_column", f"{spec.plural} have no such column on their board.", "required_at")


def _apply(made: CustomField, wish: Wish) -> None:
    for each in fields(Wish):
        if each.name not in ("key", "default", "type"):
            value = getattr(wish, each.name)
            value = [list(pair) for pair in value] if each.name == "choices" else value
            setattr(made, each.name, list(value) if isinstance(value, tuple) else value)
    made.type = str(FieldType(wish.type))
    made.rollup = dict(wish.rollup)
    if wish.default in (None, ""):
        made.default = None
        return
    try:
        made.default = to_keep(read_value(live.field_of(made), wish.default))
    except ValueError as wrong:
        raise Refusal("unreadable_default", str(wrong), "default") from wrong


def _said(kept: CustomField) -> dict[str, Any]:
    return {each.name: getattr(kept, each.name) for each in fields(Wish)}


def _tell(event: JournalEvent, key: int, kind: str, by: Actor, at: datetime) -> None:
    """Let every process know that definitions have changed, and journal it: who listens to that finds them changed."""
    live.changed(live.new_stamp())
    journal.record(event, by=by, at=at, about=RecordRef(kind, key))
