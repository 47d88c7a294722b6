"""The record type of promises."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.records import nextstep
from throughline.core.records.spec import Choice, Derived, FieldSpec, FieldType, Hooks, RecordSpec, Section
from throughline.crm.promises.models import Promise, PromiseStatus

T = FieldType


def _moved(promises: Sequence[Promise], *_who_and_when: object) -> None:
    nextstep.refresh(promise.about for promise in promises)


PROMISE = RecordSpec(
    type="promise",
    label="Promise",
    plural="Promises",
    model=Promise,
    icon="handshake",
    fields=(
        FieldSpec(name="what", label="What", required=True, personal=True, max_length=300),
        FieldSpec(name="due_at", label="Until", type=T.DATETIME, required=True),
        FieldSpec(name="contact", label="To whom", type=T.RECORD, to="contact", sort_path="contact__sort_name"),
        FieldSpec(
            name="status",
            label="Status",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(PromiseStatus.choices, open="info", kept="good", broken="bad", withdrawn="warn"),
        ),
        FieldSpec(name="settled_at", label="Settled", type=T.DATETIME, read_only=True),
        FieldSpec(name="settled_reason", label="Why", read_only=True),
        FieldSpec(name="activity", label="Made in", type=T.RECORD, to="activity", read_only=True),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("what",), str),
    subtitle=Derived(("status", "contact__name"), lambda status, name: ", ".join(filter(None, (status, name)))),
    list_columns=("what", "contact", "due_at", "status", "owner"),
    filters=("status", "owner", "team", "due_at", "contact", "tags", "created_at"),
    default_sort="due_at",
    board_column="",
    sections=(
        Section("Promise", ("what", "contact", "due_at", "status", "settled_at", "settled_reason")),
        Section("Who", ("owner", "team", "activity", "tags")),
    ),
    related=("contact", "activity"),
    open={"status": PromiseStatus.OPEN},
    hooks=Hooks(changed=_moved),
    made_by_itself=False,
)

RECORDS = (PROMISE,)
