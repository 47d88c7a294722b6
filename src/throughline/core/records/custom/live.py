"""
The definitions as one value, kept per process, and the shapes of record types that follow from them.

Theory of operation. Every change of a definition writes a new text into the one row of ``custom_stamp``, in its own
transaction. A reader compares that text with the one it holds: a request does so once (most often for nothing, the
stamp comes along with the reader's rights), a worker before each batch, a command when it begins. Where it differs, the
definitions are read anew. They are immutable, so a request sees one version from its beginning to its end while others
change them; a rolled-back change leaves the old text, and so the old definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records import spec as specs
from throughline.core.records.choices import Kept, is_reading_once
from throughline.core.records.custom.models import CustomField, CustomType, Rule, Stamp
from throughline.core.records.spec import Choice, FieldSpec, FieldType, RecordSpec, Section, Shape, shaped
from throughline.core.records.stored import FORMS, READ, path_of
from throughline.core.rows import fetch
from throughline.flow.feel import compile_expression

OWN_SECTION = "More"
"""Where custom fields stand on a form that say no part of it."""


@dataclass(frozen=True)
class Definitions:
    """All definitions of one version: fields and rules by record type, retired ones left out; and the custom types."""

    stamp: str = ""
    fields: Mapping[str, Sequence[CustomField]] = field(default_factory=dict)
    retired: Mapping[str, Sequence[CustomField]] = field(default_factory=dict)
    rules: Mapping[str, Sequence[Rule]] = field(default_factory=dict)
    types: Mapping[str, CustomType] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def remembered(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what follows from these definitions, made once."""
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]


NONE = Definitions()
_process: Definitions = NONE
_versions: dict[str, Definitions] = {}
VERSIONS = 4
"""So many versions are remembered: a rolled-back change, or two tests in turn, read nothing again."""


def current() -> Definitions:
    """Return the definitions that hold for this request, batch or command."""
    return _kept.get() if is_reading_once() else _process


def look() -> Definitions:
    """Take up what others have changed; one small query when nothing has."""
    ((stamp,),) = fetch(STAMP)
    return take_up(stamp)


STAMP = "SELECT coalesce((SELECT stamp FROM custom_stamp LIMIT 1), '')"
"""The text of the version that holds."""


def take_up(stamp: str) -> Definitions:
    """Let the definitions with this stamp hold from now on, reading them where they are not known."""
    global _process  # noqa: PLW0603 - one value per process is the point
    if stamp != _process.stamp:
        known = _versions.get(stamp) or _read(stamp)
        _versions[stamp] = known
        for oldest in list(_versions)[:-VERSIONS]:
            del _versions[oldest]
        _process = known
    if is_reading_once():
        _kept.keep(_process)
    return _process


def forget() -> None:
    """Hold nothing, as a new process does."""
    global _process  # noqa: PLW0603
    _process = NONE
    _versions.clear()
    _kept.forget()


_kept: Kept[Definitions] = Kept(look)


def changed(stamp: str) -> None:
    """Say that definitions were changed, in the transaction that does so; ``stamp`` was never there before."""
    Stamp.objects.update_or_create(pk=1, defaults={"stamp": stamp})
    take_up(stamp)


def new_stamp() -> str:
    """Return a text that was never a stamp before, not even one that was rolled back."""
    return str(fetch("SELECT nextval('custom_stamp_number')")[0][0])


def _read(stamp: str) -> Definitions:
    if not stamp:
        return NONE
    fields: dict[str, list[CustomField]] = {}
    retired: dict[str, list[CustomField]] = {}
    for each in CustomField.objects.order_by("record_type", "position", "id"):
        (retired if each.retired_at else fields).setdefault(each.record_type, []).append(each)
    rules: dict[str, list[Rule]] = {}
    for rule in Rule.objects.filter(retired_at=None).order_by("id"):
        rules.setdefault(rule.record_type, []).append(rule)
    types = {each.key: each for each in CustomType.objects.order_by("id") if each.retired_at is None}
    return Definitions(stamp, fields, retired, rules, types)


# -- Shapes ------------------------------------------------------------------------------------------------------------


def shape_of(spec: RecordSpec, declared: Shape) -> Shape:
    """Return the shape of a type: as declared, and its custom fields."""
    held = current()
    own = held.fields.get(spec.type)
    if not own:
        return declared
    shape: Shape = held.remembered(("shape", spec.type), lambda: _grown(declared, own))
    if not shape.leans and any(is_computed(each) for each in own):
        shape = held.memory["shape", spec.type] = replace(shape, leans=_leans(spec, shape, own))
    return shape


def _leans(spec: RecordSpec, shape: Shape, own: Sequence[CustomField]) -> dict[str, tuple[access.Lean, ...]]:
    """Return what formulas and roll-ups rest on."""
    leans: dict[str, tuple[access.Lean, ...]] = {}
    for each in own:
        if each.formula:
            reads = {path[1] for path in compile_expression(each.formula, names=(spec.type,)).reads if len(path) > 1}
            leans[each.key] = tuple(access.Lean(spec.type, name) for name in sorted(reads & shape.by_name.keys()))
        elif each.rollup:
            counted, name = each.rollup["type"], each.rollup.get("field", "")
            child = registry.find(counted)
            is_sensitive = child is not None and name in child.sensitive_fields
            leans[each.key] = (access.Lean(counted, name, is_sensitive, bool(each.rollup.get("open"))),)
    return leans


def _grown(declared: Shape, own: Sequence[CustomField]) -> Shape:
    taken = declared.by_name
    fields = [field_of(each) for each in own if each.key not in taken]
    parts = {section.title: list(section.fields) for section in declared.sections}
    for each in own:
        if each.key not in taken:
            parts.setdefault(each.section or OWN_SECTION, []).append(each.key)
    return shaped(
        (*declared.fields, *fields),
        (*declared.list_columns, *(each.key for each in own if each.in_list)),
        (*declared.filters, *(each.key for each in own if each.in_filters)),
        [Section(title, tuple(names)) for title, names in parts.items()],
    )


def field_of(custom: CustomField) -> FieldSpec:
    """Return the declaration of a custom field."""
    kind = FieldType(custom.type)
    return FieldSpec(
        name=custom.key,
        label=custom.label,
        type=kind,
        path=path_of(custom.key, custom.type),
        choices=tuple(Choice(value, label) for value, label in custom.choices),
        to=custom.to,
        required=custom.required and not is_computed(custom),
        read_only=is_computed(custom),
        personal=custom.personal,
        sensitive=custom.sensitive,
        help=custom.help,
        max_length=TEXT_LENGTH if kind is FieldType.TEXT else 0,
        custom=True,
        searched=custom.searched,
        indexed=custom.index_state == "ready",
        required_at=tuple(custom.required_at),
        default=None if custom.default is None else READ[FORMS[custom.type]](custom.default),
    )


TEXT_LENGTH = 1_000


def is_computed(custom: CustomField) -> bool:
    """Whether the value is worked out (a formula, a roll-up) and nobody writes it."""
    return bool(custom.formula or custom.rollup)


def find_linked(described: FieldSpec, key: int | None) -> Any:
    """Return the person, team or record that a custom field points at, or None."""
    from throughline.core.identity.models import Team, User

    if key is None:
        return None
    if described.type is FieldType.USER:
        return User.objects.filter(pk=key).first()
    if described.type is FieldType.TEAM:
        return Team.objects.filter(pk=key).first()
    to = registry.find(described.to)
    rows = to.model._default_manager.filter(pk=key).select_related(*to.select_related) if to else None
    return rows.first() if rows is not None else None


def install() -> None:
    """Let record types read their shapes through the definitions; called once at start-up."""
    specs.shapes_grow_by(shape_of)
    specs.links_are_found_by(find_linked)
    access.read_beside(STAMP, take_up)
