"""Endpoints that are about no record type: who I am, search, work items, procedures, messages."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from throughline.api.problems import Wrong
from throughline.api.records import LIMIT, MOST_ROWS, TEXT, About
from throughline.api.shapes import INSTANT, slug
from throughline.api.site import Answer, Call, Endpoint
from throughline.core import access
from throughline.core.procedures.operations import complete_work_item, send_message, start_case
from throughline.core.procedures.queries import my_work
from throughline.core.procedures.queries.overview import startable
from throughline.core.procedures.queries.work import WorkRow
from throughline.core.recordref import RecordRef
from throughline.core.records import queries, registry
from throughline.core.records.search import search
from throughline.core.records.spec import RecordSpec
from throughline.core.records.walls import shown_of

NAME = Annotated[str, Meta(min_length=1, max_length=200)]


# -- Me ----------------------------------------------------------------------------------------------------------------


class KindOfRecord(msgspec.Struct):
    """A record type: its name, its name in addresses, and what the key may do with it."""

    type: str
    address: str
    label: str
    plural: str
    may: list[str]


class Me(msgspec.Struct):
    """The person that the key acts for, and what it opens."""

    id: int
    name: str
    email: str
    time_zone: str
    scopes: list[str]
    types: list[KindOfRecord]


def show_me(call: Call) -> Answer:
    """Return whom the key acts for."""
    user, scopes = call.user, call.holder.scopes
    kinds = [
        KindOfRecord(spec.type, slug(spec), str(spec.label), str(spec.plural), _may(call, spec))
        for spec in registry.everything()
        if scopes.reads(spec.type)
    ]
    mine = [kind for kind in kinds if kind.may]
    return Answer(Me(user.pk, user.name, user.email, user.time_zone, sorted(scopes.texts), mine))


def _may(call: Call, spec: RecordSpec) -> list[str]:
    reach = access.grants(call.user)
    actions = (access.VIEW, access.CREATE, access.EDIT, access.DELETE)
    kept = actions if call.holder.scopes.writes(spec.type) else actions[:1]
    return [action for action in kept if reach.scope(spec.type, action) is not access.Scope.NONE]


# -- Search ------------------------------------------------------------------------------------------------------------


class Hit(msgspec.Struct):
    """A record that was found."""

    type: str
    id: int
    title: str
    subtitle: str


class Hits(msgspec.Struct):
    """The best hits first."""

    data: list[Hit]


def find(call: Call) -> Answer:
    """Search all record types that the key reads; what both walls show is told."""
    types = [spec.type for spec in registry.everything() if call.holder.scopes.reads(spec.type)]
    limit = call.number("limit", 20, MOST_ROWS)
    hits = search(user=call.user, text=call.parameters.get("q", ""), types=types, limit=limit) if types else []
    shown = shown_of((hit.ref for hit in hits), user=call.user)
    return Answer(Hits([Hit(hit.ref.type, hit.ref.id, hit.title, hit.subtitle) for hit in hits if hit.ref in shown]))


# -- Work --------------------------------------------------------------------------------------------------------------


class Outcome(msgspec.Struct):
    """A way in which a step can end."""

    value: str
    label: str


class Work(msgspec.Struct):
    """A human step that waits."""

    id: int
    title: str
    procedure: str
    about: About | None
    mine: bool
    queue: str
    due_at: INSTANT | None
    overdue: bool
    offered_at: INSTANT
    guidance: str
    outcomes: list[Outcome]


class WorkList(msgspec.Struct):
    """What waits for the person, the most pressing first."""

    data: list[Work]


class Done(msgspec.Struct, forbid_unknown_fields=True):
    """How a step ended, and what was filled in."""

    outcome: Annotated[str, Meta(max_length=200)] = ""
    answers: dict[str, Any] | UnsetType = UNSET


def list_work(call: Call) -> Answer:
    """Return the person's work items; of those about a record only what both walls show."""
    call.need("procedures")
    rows = my_work(user=call.user, at=call.at, limit=call.number("limit", 100, MOST_ROWS))
    shown = shown_of((row.record for row in rows if row.record is not None), user=call.user)
    return Answer(WorkList([_work(row) for row in rows if row.record is None or row.record in shown]))


def _work(row: WorkRow) -> Work:
    about = None if row.record is None else About(row.record.type, row.record.id)
    return Work(
        id=row.id,
        title=row.title,
        procedure=row.procedure,
        about=about,
        mine=row.mine,
        queue=row.queue,
        due_at=row.due_at,
        overdue=row.overdue,
        offered_at=row.offered_at,
        guidance=row.guidance,
        outcomes=[Outcome(each.value, each.label) for each in row.outcomes],
    )


def complete(call: Call, work_item_id: int, sent: Done) -> Answer:
    """Say that a step is done."""
    call.need("procedures")
    answers = {} if sent.answers is UNSET else sent.answers
    complete_work_item(work_item_id=work_item_id, outcome=sent.outcome, answers=answers, by=call.by, at=call.at)
    return Answer()


# -- Procedures --------------------------------------------------------------------------------------------------------


class NewCase(msgspec.Struct, forbid_unknown_fields=True):
    """Which procedure is to be started."""

    procedure: NAME


class StartedCase(msgspec.Struct):
    """The case that was started."""

    case: int


class NewMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message for whoever waits for it. ``id`` tells a message that comes twice."""

    name: NAME
    key: NAME
    payload: dict[str, Any] | UnsetType = UNSET
    id: Annotated[str, Meta(max_length=200)] = ""


class SentMessage(msgspec.Struct):
    """
    What became of a message: ``delivered``, ``started`` (a case began with it), ``buffered`` for one who will wait for
    it, ``unclaimed`` or ``duplicate``; and how many cases took it.
    """

    status: str
    cases: int


def start(call: Call, spec: RecordSpec, record_id: int, sent: NewCase) -> Answer:
    """Start a procedure for a record."""
    call.need("procedures")
    queries.get_record(spec=spec, user=call.user, record_id=record_id, trial=False)
    if sent.procedure not in {key for key, _ in startable(record_type=spec.type)}:
        raise Wrong(422, "not_startable", f'No published procedure "{sent.procedure}" starts for this type by hand.')
    case = start_case(procedure=sent.procedure, record=RecordRef(spec.type, record_id), by=call.by, at=call.at)
    return Answer(StartedCase(case), 201)


def send(call: Call, sent: NewMessage) -> Answer:
    """Send a message to waiting cases; for those who repair procedures, since it can end other people's cases."""
    call.need("procedures")
    access.require_ability(
        call.user, access.REPAIR_PROCEDURES, otherwise="Ask somebody who looks after procedures to send it."
    )
    payload = {} if sent.payload is UNSET else sent.payload
    delivery = send_message(name=sent.name, key=sent.key, payload=payload, message_id=sent.id, by=call.by, at=call.at)
    return Answer(SentMessage(delivery.status, len(delivery.cases)), 202)


REST = (
    Endpoint("GET", "me", "me", "Show whom the key acts for", show_me, "me", told=lambda _user: Me),
    Endpoint(
        "GET", "search", "search", "Search records of all types", find, "search",
        told=lambda _user: Hits, parameters=(TEXT, LIMIT), refuses=(422,),
    ),
    Endpoint(
        "GET", "work-items", "work", "List what waits for me", list_work, "work",
        told=lambda _user: WorkList, parameters=(LIMIT,), refuses=(422,),
    ),
    Endpoint(
        "POST", "work-items/<int:work_item_id>/completion", "complete", "Complete a work item", complete, "work",
        shape=lambda _user: Done, status=204, refuses=(404, 409, 422),
    ),
    Endpoint(
        "POST", "records/<slug:kind>/<int:record_id>/cases", "start", "Start a procedure for a {label}", start,
        "procedures",
        shape=lambda _user, _spec: NewCase, told=lambda _user, _spec: StartedCase, status=201, refuses=(404, 409, 422),
    ),
    Endpoint(
        "POST", "messages", "message", "Send a message to waiting cases", send, "procedures",
        shape=lambda _user: NewMessage, told=lambda _user: SentMessage, status=202, refuses=(422,),
    ),
)  # fmt: skip
"""Endpoints beside records and events."""
