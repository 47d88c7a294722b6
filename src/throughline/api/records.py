"""Endpoints of every record type: list, count, one, make, change, bin, restore, many at once, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from throughline.api import shapes
from throughline.api.problems import Likely, Wrong
from throughline.api.shapes import KEY, Shapes, given, shapes_of, shown, slug
from throughline.api.site import Answer, Call, Endpoint, Parameter
from throughline.core.identity.models import User
from throughline.core.journal.read import Place
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, queries
from throughline.core.records.feed import as_sent
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.matching.finding import Found, find_duplicates
from throughline.core.records.matching.reading import rule_of
from throughline.core.records.operations import (
    Edit,
    delete_records,
    restore_records,
    update_record,
    update_records,
)
from throughline.core.records.queries import ListQuery
from throughline.core.records.spec import RecordSpec
from throughline.core.records.walls import shown_of, touched_by, walled

MOST_ROWS = 200
MOST_AT_ONCE = 1_000


# -- Reading -----------------------------------------------------------------------------------------------------------


def list_records(call: Call, spec: RecordSpec) -> Answer:
    """Return a page of records, with how many there are in all where that is asked for."""
    query = _query(call, limit=call.number("limit", 50, MOST_ROWS))
    glimpse = Glimpse(spec)
    told = shapes.teller(glimpse, _wanted(call, spec))
    with walled(call.user, _touched(call, spec, query, glimpse.paths)):
        page = queries.listing(
            glimpse=glimpse, user=call.user, query=query, at=call.at, counted=call.parameters.get("count", "") == "true"
        )
    body: dict[str, Any] = {"data": list(map(told, page.rows)), "next": page.after or None}
    if page.count is not None:
        body["count"] = _counted(page.count)
    return Answer(body)


def _wanted(call: Call, spec: RecordSpec) -> list[str]:
    """
    Return the names of what is asked of each record, its key first: all that the person may read, or what is named.

    Raises:
        Wrong: there is no such field, or it is not the person's to read.
    """
    known = shapes.names_shown(spec, call.user)
    asked = call.parameters.get("fields")
    if asked is None:
        return known
    names = [name for name in asked.split(",") if name]
    unknown = sorted(set(names).difference(known))
    if unknown:
        raise Wrong(422, "unknown_field", f'{spec.plural} tell nothing called "{unknown[0]}".')
    return list(dict.fromkeys(("id", *names)))


def count_records(call: Call, spec: RecordSpec) -> Answer:
    """Return how many records there are."""
    query = _query(call)
    with walled(call.user, _touched(call, spec, query, ())):
        counted = queries.count(spec=spec, user=call.user, query=query, at=call.at)
    return Answer(_counted(counted))


def _counted(count: queries.Count) -> Counted:
    return Counted(count.number, count.exact)


def _touched(call: Call, spec: RecordSpec, query: ListQuery, paths: Iterable[str]) -> list[RecordSpec]:
    """Return the types that a list reads: what filters and words lead to is not looked into, so it is all there is."""
    if query.filter or query.text:
        return touched_by(spec, call.user)
    order = spec.by_name.get((query.sort or spec.default_sort).removeprefix("-"))
    return touched_by(spec, call.user, (*paths, *([order.order_path] if order else [])))


def _query(call: Call, limit: int = 50) -> ListQuery:
    wanted = call.json("filter")
    if wanted is not None and not isinstance(wanted, dict):
        raise Wrong(422, "unreadable_parameter", "Expected filter to be a condition or a group, as a JSON object.")
    return ListQuery(
        filter=wanted or {},
        sort=call.parameters.get("sort", ""),
        text=call.parameters.get("q", ""),
        after=call.parameters.get("cursor", ""),
        limit=limit,
        deleted=call.parameters.get("bin", "") == "true",
    )


def show_record(call: Call, spec: RecordSpec, record_id: int) -> Answer:
    """Return one record."""
    with walled(call.user, touched_by(spec, call.user)):
        return _one(call, spec, queries.get_record(spec=spec, user=call.user, record_id=record_id, trial=False))


def _one(call: Call, spec: RecordSpec, record: Any, status: int = 200) -> Answer:
    return Answer(shown(spec, call.user, record), status, {"ETag": f'"{record.version}"'})


def show_history(call: Call, spec: RecordSpec, record_id: int) -> Answer:
    """Return what happened to a record and what belongs to it, newest first, as far as both walls show these."""
    own = RecordRef(spec.type, record_id)
    limit = call.number("limit", 50, MOST_ROWS)
    before = _place(call.parameters.get("cursor", ""))
    entries = queries.record_timeline(spec=spec, user=call.user, record_id=record_id, before=before, limit=limit + 1)
    more = len(entries) > limit
    kept = entries[:limit]
    following = f"{kept[-1].at.isoformat()}~{kept[-1].id}" if more else None
    shown = shown_of((own, *(entry.about for entry in kept)), user=call.user)
    if own not in shown:
        raise queries.no_such(spec, record_id)
    return Answer({"data": [as_sent(entry) for entry in kept if entry.about in shown], "next": following})


def _place(text: str) -> Place | None:
    if not text:
        return None
    at, _, key = text.partition("~")
    try:
        return Place(msgspec.convert(at, shapes.INSTANT, strict=False), int(key[:18]))
    except (ValueError, msgspec.ValidationError):
        raise Wrong(422, "unreadable_cursor", "This page is gone. Begin at the top again.") from None


# -- Writing -----------------------------------------------------------------------------------------------------------


def make_record(call: Call, spec: RecordSpec, sent: msgspec.Struct) -> Answer:
    """Make a record."""
    record, found = _make(call, spec, sent)
    answer = _one(call, spec, queries.get_record(spec=spec, user=call.user, record_id=record.pk, trial=False), 201)
    answer.headers["Location"] = _address(spec, record.pk)
    if found:
        answer.headers["Link"] = ", ".join(f'<{_address(spec, each.id)}>; rel="likely-the-same"' for each in found)
    return answer


def _make(call: Call, spec: RecordSpec, sent: msgspec.Struct) -> tuple[Any, list[Found]]:
    """Make a record, and return it with what was likely there already."""
    values = {name: value for name, value in given(sent).items() if value is not None}
    found = _alike(call, spec, values)
    return operations.make_record(spec=spec, values=values, by=call.by, at=call.at), found


def _address(spec: RecordSpec, record_id: int) -> str:
    return f"/api/v1/records/{slug(spec)}/{record_id}"


def _alike(call: Call, spec: RecordSpec, values: Mapping[str, Any]) -> list[Found]:
    """
    Return what is likely there already and both walls show, by the rule that the form asks. An enquiry is taken in all
    the same.

    Raises:
        Wrong: the type is not made twice without ``anyway``.
    """
    if call.parameters.get("anyway", "") == "true":
        return []
    likely = find_duplicates(spec=spec, values=values, user=call.user)
    shown = shown_of((RecordRef(spec.type, each.id) for each in likely), user=call.user)
    found = [each for each in likely if RecordRef(spec.type, each.id) in shown]
    if not found or not rule_of(spec).is_asked:
        return found
    wrong = Wrong(
        409,
        "likely_duplicate",
        f"This {spec.label.lower()} is likely there already. Change that one, or send it again with anyway=true.",
    )
    wrong.duplicates = [Likely(each.id, each.title, each.sureness) for each in found]
    raise wrong


def change_record(call: Call, spec: RecordSpec, record_id: int, sent: msgspec.Struct) -> Answer:
    """Change fields of a record; with ``If-Match`` only if nobody else has changed the same meanwhile."""
    update_record(spec=spec, record_id=record_id, values=given(sent), by=call.by, at=call.at, version=_version(call))
    return _one(call, spec, queries.get_record(spec=spec, user=call.user, record_id=record_id, trial=False))


def _version(call: Call) -> int | None:
    text = call.headers.get("If-Match", "").strip()
    if not text or text == "*":
        return None
    number = text.removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise Wrong(422, "unreadable_header", "Give If-Match as the ETag that came with the record.")
    return int(number)


def bin_record(call: Call, spec: RecordSpec, record_id: int) -> Answer:
    """Put a record into the bin."""
    delete_records(spec=spec, ids=[record_id], by=call.by, at=call.at)
    return Answer()


def restore_record(call: Call, spec: RecordSpec, record_id: int) -> Answer:
    """Bring a record back from the bin."""
    restore_records(spec=spec, ids=[record_id], by=call.by, at=call.at)
    return _one(call, spec, queries.get_record(spec=spec, user=call.user, record_id=record_id, trial=False))


def change_many(call: Call, spec: RecordSpec, sent: Any) -> Answer:
    """Make, change and bin many records, all or none."""
    wishes = [[] if part is UNSET else part for part in (sent.make, sent.change, sent.bin)]
    makes, edits, bins = wishes
    if sum(map(len, wishes)) > MOST_AT_ONCE:
        raise Wrong(422, "too_many", f"Send at most {MOST_AT_ONCE:,} records at once.")
    made = [_make(call, spec, each)[0].pk for each in makes]
    changed = [Edit(each.id, given(each.values), None if each.version is UNSET else each.version) for each in edits]
    update_records(spec=spec, edits=changed, by=call.by, at=call.at)
    if bins:
        delete_records(spec=spec, ids=bins, by=call.by, at=call.at)
    return Answer({"made": made, "changed": [edit.record_id for edit in changed], "binned": bins})


# -- Shapes ------------------------------------------------------------------------------------------------------------


def _shapes(user: User, spec: RecordSpec) -> Shapes:
    return shapes_of(spec, user)


def _many_shape(user: User, spec: RecordSpec) -> Any:
    shape, label = shapes_of(spec, user), spec.label.replace(" ", "")
    edit = msgspec.defstruct(
        f"{label}Edit",
        [("id", KEY), ("values", shape.change), ("version", shapes.WHOLE | UnsetType, UNSET)],
        forbid_unknown_fields=True,
        kw_only=True,
    )
    parts: Sequence[Any] = (
        ("make", list[shape.make] | UnsetType, UNSET),  # type: ignore[name-defined]
        ("change", list[edit] | UnsetType, UNSET),  # type: ignore[valid-type]
        ("bin", list[KEY] | UnsetType, UNSET),
    )
    return msgspec.defstruct(f"{label}Changes at once".title().replace(" ", ""), parts, forbid_unknown_fields=True)


def _page_of(user: User, spec: RecordSpec) -> Any:
    row = shapes_of(spec, user).row
    parts: Sequence[Any] = (
        ("data", list[row]),  # type: ignore[valid-type]
        ("next", str | None),
        ("count", Counted | UnsetType, UNSET),
    )
    return msgspec.defstruct(f"{spec.label.replace(' ', '')}Page", parts)


class Counted(msgspec.Struct):
    """How many: exact, or about so many."""

    count: int
    exact: bool


class ManyDone(msgspec.Struct):
    """The keys of what was made, changed and put into the bin."""

    made: list[int]
    changed: list[int]
    binned: list[int]


class Who(msgspec.Struct):
    """Who did something."""

    kind: str
    id: str
    label: str


class About(msgspec.Struct):
    """A record."""

    type: str
    id: int


class Event(msgspec.Struct):
    """Something that happened."""

    id: int
    at: shapes.INSTANT
    event: str
    title: str
    by: Who
    about: About
    data: dict[str, Any]


class EventPage(msgspec.Struct):
    """Things that happened, newest first, and the cursor of older ones."""

    data: list[Event]
    next: str | None


FILTER = Parameter(
    "filter",
    'A condition {"field", "op", "value"} or a group {"all": […]}, {"any": […]}, {"not": …}, as JSON.',
    {"type": "string", "contentMediaType": "application/json"},
)
TEXT = Parameter("q", "Words that search finds in the record.", {"type": "string", "maxLength": 200})
BIN = Parameter("bin", "Whether records in the bin are meant.", {"type": "string", "enum": ["true", "false"]})
LIMIT = Parameter("limit", "So many rows at most.", {"type": "integer", "minimum": 1, "maximum": MOST_ROWS})
CURSOR = Parameter("cursor", "What the page before gave as next.", {"type": "string"})
SORT = Parameter("sort", "A field to sort by; a hyphen before it for descending.", {"type": "string"})
FIELDS = Parameter(
    "fields",
    "Names of what is told of each record beside its key, with commas between; all without. Fewer come sooner.",
    {"type": "string", "maxLength": 4000},
)
COUNT = Parameter(
    "count",
    "Whether the answer says how many there are in all, on each page.",
    {"type": "string", "enum": ["true", "false"]},
)
ANYWAY = Parameter(
    "anyway",
    "Whether to make it although it is likely there already. Leads are made in any case; the header Link names others.",
    {"type": "string", "enum": ["true", "false"]},
)
IF_MATCH = Parameter("If-Match", "The ETag that came with the record.", {"type": "string"}, place="header")

RECORDS = (
    Endpoint(
        "GET", "records/<slug:kind>", "list", "List {plural}", list_records, "records",
        told=_page_of, parameters=(FILTER, TEXT, SORT, LIMIT, CURSOR, BIN, FIELDS, COUNT),
        refuses=(422,),
    ),
    Endpoint(
        "POST", "records/<slug:kind>", "make", "Make a {label}", make_record, "records",
        shape=lambda user, spec: _shapes(user, spec).make, told=lambda user, spec: _shapes(user, spec).read,
        parameters=(ANYWAY,), status=201, refuses=(409, 422),
    ),
    Endpoint(
        "GET", "records/<slug:kind>/count", "count", "Count {plural}", count_records, "records",
        told=lambda _user, _spec: Counted, parameters=(FILTER, TEXT, BIN), refuses=(422,),
    ),
    Endpoint(
        "POST", "records/<slug:kind>/many", "many", "Make, change and bin many {plural}, all or none", change_many,
        "records",
        shape=_many_shape, told=lambda _user, _spec: ManyDone, parameters=(ANYWAY,), refuses=(404, 409, 422),
    ),
    Endpoint(
        "GET", "records/<slug:kind>/<int:record_id>", "show", "Show a {label}", show_record, "records",
        told=lambda user, spec: _shapes(user, spec).read, refuses=(404,),
    ),
    Endpoint(
        "PATCH", "records/<slug:kind>/<int:record_id>", "change", "Change a {label}", change_record, "records",
        shape=lambda user, spec: _shapes(user, spec).change, told=lambda user, spec: _shapes(user, spec).read,
        parameters=(IF_MATCH,), refuses=(404, 409, 422),
    ),
    Endpoint(
        "DELETE", "records/<slug:kind>/<int:record_id>", "bin", "Put a {label} into the bin", bin_record, "records",
        status=204, refuses=(404, 409, 422),
    ),
    Endpoint(
        "POST", "records/<slug:kind>/<int:record_id>/restoration", "restore", "Bring a {label} back from the bin",
        restore_record, "records", told=lambda user, spec: _shapes(user, spec).read, refuses=(404, 409, 422),
    ),
    Endpoint(
        "GET", "records/<slug:kind>/<int:record_id>/history", "history", "Show what happened to a {label}",
        show_history, "records", told=lambda _user, _spec: EventPage, parameters=(LIMIT, CURSOR), refuses=(404, 422),
    ),
)  # fmt: skip
"""Endpoints that exist once for every record type."""
