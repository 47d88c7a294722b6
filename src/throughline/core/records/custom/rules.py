"""
What must hold of records of a type: fields required at a column of the board, and validation rules in FEEL.

Every write of a record passes here, by whatever door. A rule is asked when something it reads is written, and of every
new record: so a rule made today does not keep people from working on what was stored yesterday.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core.records.custom import computed, live
from throughline.core.records.custom.expressions import compiled, evaluate, reads_of
from throughline.core.records.custom.models import Rule
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import Refusal


def is_bound(spec: RecordSpec) -> bool:
    """Whether anything is worked out or asked when a record of the type is written."""
    held = live.current()
    return bool(
        held.stamp
        and (
            held.rules.get(spec.type)
            or any(each.formula or each.required_at for each in held.fields.get(spec.type, ()))
        )
    )


def settle_new(spec: RecordSpec, record: Any, at: datetime) -> None:
    """
    Work out the formulas of a new record, and ask all rules.

    Raises:
        Refusal: a rule does not hold, with its sentence at its field.
    """
    if is_bound(spec):
        computed.fill(spec, record, at)
        _ask(spec, record, None, at)


def settle_changed(
    spec: RecordSpec, record: Any, columns: Collection[str], custom: Collection[str], at: datetime
) -> bool:
    """
    Work out the formulas of a changed record and ask the rules that read something changed.

    ``columns`` are the attributes that were set, ``custom`` the custom fields among what changed. Returns whether
    custom values changed on the way.

    Raises:
        Refusal: a rule does not hold.
    """
    if not is_bound(spec):
        return False
    before = dict(record.custom)
    is_filled = computed.fill(spec, record, at)
    moved = {key for key in {*before, *record.custom} if before.get(key) != record.custom.get(key)}
    _ask(spec, record, _names(spec, columns) | set(custom) | moved, at)
    return is_filled


def settle_row(spec: RecordSpec, columns: dict[str, Any], at: datetime) -> None:
    """
    Do the same for a new row given as column → value, before it is inserted.

    Raises:
        Refusal: a rule does not hold.
    """
    if is_bound(spec):
        record = spec.model(**columns)
        settle_new(spec, record, at)
        columns["custom"] = record.custom


def _names(spec: RecordSpec, columns: Collection[str]) -> set[str]:
    return {
        name
        for name, described in spec.by_name.items()
        if not described.custom and (described.column in columns or described.source.partition("__")[0] in columns)
    }


def _ask(spec: RecordSpec, record: Any, moved: Collection[str] | None, at: datetime) -> None:
    problems = dict(_missing(spec, record, moved))
    for rule in live.current().rules.get(spec.type, ()):
        if moved is None or _touches(spec, rule, moved):
            expression = compiled(rule.condition, spec.type)
            if evaluate(expression, spec, record, at) is not True:
                problems.setdefault(rule.field, rule.message)
    if problems:
        fields = {name: text for name, text in problems.items() if name}
        raise Refusal("rule", " ".join(problems.values()), fields=fields)


def _touches(spec: RecordSpec, rule: Rule, moved: Collection[str]) -> bool:
    reads = reads_of(compiled(rule.condition, spec.type), spec)
    return any(name in reads for name in moved) or not reads <= spec.by_name.keys()


def _missing(spec: RecordSpec, record: Any, moved: Collection[str] | None) -> Mapping[str, str]:
    """Return the fields that the record's column of the board asks for and that are empty."""
    if not spec.board_column:
        return {}
    wanted: Sequence[Any] = [described for described in spec.fields if described.required_at]
    if not wanted:
        return {}
    board = spec.field(spec.board_column)
    at = board.value_of(record)
    return {
        described.name: f"{described.label} is needed at {_called(board, at)}."
        for described in wanted
        if at in described.required_at
        and described.value_of(record) in (None, "", [])
        and (moved is None or spec.board_column in moved or described.name in moved)
    }


def _called(board: Any, value: str) -> str:
    choice = board.choice(value)
    return choice.label if choice else value
