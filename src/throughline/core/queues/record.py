"""The record type of queues."""

from __future__ import annotations

from throughline.core.queues.keeping import check_queue, create_queue, create_queues, guard, name_queue
from throughline.core.queues.models import Queue
from throughline.core.records.spec import Derived, FieldSpec, FieldType, Hooks, RecordSpec, Section
from throughline.core.records.text import told


def first_line(description: str) -> str:
    """Return how a description begins."""
    return description.strip().partition("\n")[0]


QUEUE = RecordSpec(
    type="queue",
    label="Queue",
    plural="Queues",
    model=Queue,
    icon="hand",
    fields=(
        FieldSpec(name="name", label="Name", required=True, sort_path="sort_name", max_length=200, aliases=("queue",)),
        FieldSpec(
            name="description",
            label="Description",
            type=FieldType.LONG_TEXT,
            help="What waits here, and what is asked of who takes it.",
        ),
        FieldSpec(
            name="key",
            label="Key",
            read_only=True,
            at_creation=True,
            max_length=64,
            help="How lanes and steps of procedures name it: the key of the role that may take what waits.",
        ),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("description",), first_line),
    search_text=Derived(("key", "description"), told),
    list_columns=("name", "description", "owner", "team", "updated_at"),
    filters=("owner", "team", "tags", "created_at"),
    default_sort="name",
    sections=(
        Section("Queue", ("name", "description", "key")),
        Section("About", ("owner", "team", "tags")),
    ),
    hooks=Hooks(check=check_queue, derive=name_queue, changed=guard),
    create=create_queue,
    create_many=create_queues,
)

RECORDS = (QUEUE,)
