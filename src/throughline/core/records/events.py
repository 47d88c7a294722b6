"""What the journal tells of any record. The record's type is in the entry, so one name serves all types."""

from __future__ import annotations

from typing import Any

from throughline.core.journal import JournalEvent, event


@event("record.created", "Created", personal=("personal",))
class RecordCreated(JournalEvent):
    """A record was made. ``values``: the fields that were filled, ``personal`` those that tell of a person."""

    title: str
    values: dict[str, Any]
    personal: dict[str, Any] = {}


@event("record.updated", "Changed", personal=("personal_changes",))
class RecordUpdated(JournalEvent):
    """Fields were changed: field to [old, new]. ``version`` is the record's version afterwards."""

    version: int
    changes: dict[str, list[Any]]
    personal_changes: dict[str, list[Any]] = {}


@event("record.tagged", "Tags changed")
class RecordTagged(JournalEvent):
    """Tags were put on or taken off."""

    added: list[str]
    removed: list[str]


@event("record.assigned", "Assigned")
class RecordAssigned(JournalEvent):
    """The record was given to somebody, for a stated reason. Keys of people and teams with their names at the time."""

    owner: int | None
    owner_name: str
    team: int | None
    team_name: str
    former_owner: int | None
    former_team: int | None
    reason: str


@event("record.deleted", "Put into the bin")
class RecordDeleted(JournalEvent):
    """The record was put into the bin, from where it can be restored."""

    reason: str = ""


@event("record.restored", "Restored")
class RecordRestored(JournalEvent):
    """The record came back from the bin."""


@event("records.imported", "Imported")
class RecordsImported(JournalEvent):
    """A file was imported: how many records it made, how many were known, how many lines had something to remark."""

    record_type: str
    file_name: str
    sha256: str
    created: int
    existing: int
    warnings: int


@event("records.view_saved", "View saved")
class ViewSaved(JournalEvent):
    """A way to look at records was saved under a name."""

    record_type: str
    name: str


@event("records.view_deleted", "View deleted")
class ViewDeleted(JournalEvent):
    """A saved view was deleted."""

    record_type: str
    name: str


@event("records.bulk_asked", "Change of many asked for")
class BulkAsked(JournalEvent):
    """Somebody asked for a change of many records: of these fields, or into the bin. ``undoes``: the run taken back."""

    record_type: str
    fields: list[str]
    bin: bool
    records: int
    undoes: int | None


@event("records.bulk_done", "Many changed")
class BulkDone(JournalEvent):
    """A change of many records is done: how many changed, were so already, or refused it."""

    record_type: str
    changed: int
    same: int
    refused: int


@event("records.exported", "Exported", personal=("filter", "text"))
class RecordsExported(JournalEvent):
    """Records left as a file: which columns of which records (a filter as lists have it), and about how many."""

    record_type: str
    form: str
    columns: list[str]
    records: int
    filter: dict[str, Any] = {}
    text: str = ""
