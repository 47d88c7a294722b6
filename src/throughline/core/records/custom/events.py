"""What the journal tells of definitions."""

from __future__ import annotations

from typing import Any

from throughline.core.journal import JournalEvent, event


@event("custom.field_defined", "Field made")
class FieldDefined(JournalEvent):
    """A field was added to a record type."""

    record_type: str
    key: str
    label: str
    type: str


@event("custom.field_changed", "Field changed")
class FieldChanged(JournalEvent):
    """What is said of a field was changed: name of the property to [old, new]."""

    record_type: str
    key: str
    changes: dict[str, list[Any]]


@event("custom.field_retired", "Field retired")
class FieldRetired(JournalEvent):
    """A field is shown no more; records keep its values."""

    record_type: str
    key: str


@event("custom.field_restored", "Field restored")
class FieldRestored(JournalEvent):
    """A retired field is shown again, with its values."""

    record_type: str
    key: str


@event("custom.rule_set", "Validation rule set")
class RuleSet(JournalEvent):
    """A rule was made or changed: what must hold from now on."""

    record_type: str
    name: str
    condition: str
    message: str


@event("custom.rule_retired", "Validation rule retired")
class RuleRetired(JournalEvent):
    """A rule is asked no more."""

    record_type: str
    name: str


@event("custom.type_made", "Record type made")
class TypeMade(JournalEvent):
    """A record type was made, with its table."""

    key: str
    label: str


@event("custom.type_changed", "Record type changed")
class TypeChanged(JournalEvent):
    """What is said of a record type was changed, or it was retired or restored: property to [old, new]."""

    key: str
    changes: dict[str, list[Any]]
