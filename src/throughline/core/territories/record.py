"""The record type territory."""

from __future__ import annotations

from throughline.core.records.choices import Kept, StoredChoices
from throughline.core.records.spec import Choice, Derived, FieldSpec, FieldType, Hooks, RecordSpec, Section
from throughline.core.records.text import joined, told
from throughline.core.territories.keeping import changed, check_territory, create_territories, name_territory
from throughline.core.territories.models import Territory
from throughline.core.territories.rules import dividable

T = FieldType

KINDS = StoredChoices(Kept(lambda: tuple(Choice(spec.type, str(spec.plural)) for spec in dividable())))
"""The record types of which there are territories."""

TERRITORY = RecordSpec(
    type="territory",
    label="Territory",
    plural="Territories",
    model=Territory,
    icon="globe",
    fields=(
        FieldSpec(name="name", label="Name", required=True, sort_path="sort_name", max_length=200),
        FieldSpec(name="description", label="Description", type=T.LONG_TEXT),
        FieldSpec(
            name="parent",
            label="Lies in",
            type=T.RECORD,
            to="territory",
            sort_path="parent__sort_name",
            help="A larger territory of which this one is a part.",
            aliases=("parent_territory", "part_of"),
        ),
        FieldSpec(
            name="in_use",
            label="In use",
            type=T.BOOLEAN,
            default=True,
            help="One that is not in use opens nothing to its people.",
            aliases=("active",),
        ),
        FieldSpec(
            name="made_of", label="Made of", type=T.CHOICE, path="rule__record_type", choices=KINDS, read_only=True
        ),
        FieldSpec(name="which", label="Which belong", read_only=True),
        FieldSpec(name="people", label="People", type=T.INTEGER, read_only=True),
        FieldSpec(name="may_edit", label="They may change", type=T.BOOLEAN, path="rule__may_edit", read_only=True),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("parent__name", "which"), joined),
    search_text=Derived(("description", "which", "parent__name"), told),
    list_columns=("name", "made_of", "which", "people", "parent", "owner", "in_use"),
    filters=("made_of", "in_use", "parent", "owner", "team", "tags", "created_at"),
    default_sort="name",
    sections=(
        Section("Territory", ("name", "description", "parent", "in_use")),
        Section("Who answers for it", ("owner", "team", "tags")),
    ),
    related=("parent",),
    hooks=Hooks(check=check_territory, derive=name_territory, changed=changed),
    create_many=create_territories,
)

RECORDS = (TERRITORY,)
