"""
What charts may ask of any record: tag, update, assign; and of people: notify.

Each performer takes all requests of a batch and does them set-wise; what a request asks wrongly is refused with words,
and the host then tries the requests one by one, so that only the wrong one fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.identity import queries as identity
from throughline.core.identity.models import Team
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.load import least_loaded
from throughline.core.records.operations import Assignment, Edit, Tagging
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import Refusal
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python

T = TypeVar("T")


# -- Reading what a chart asks -----------------------------------------------------------------------------------------


def record_of(request: ActionRequest) -> RecordRef:
    """
    Return the record a request is about: its input ``record`` (``lead:7``) or the one the case travels with.

    Raises:
        Refusal: there is none.
    """
    named = request.inputs.get("record")
    if isinstance(named, str):
        try:
            return RecordRef.parse(named)
        except ValueError as wrong:
            raise Refusal("unknown_record", str(wrong), "record") from wrong
    if request.record is None:
        raise Refusal("no_record", "Expected the case to travel with a record, but it has none. Name one in the step.")
    return request.record


def words(request: ActionRequest, name: str) -> list[str]:
    """Return an input as a list of texts: a list, one text, or nothing."""
    value = request.inputs.get(name)
    if value is None:
        return []
    return [text(item) for item in (value if isinstance(value, list) else [value])]


def text(value: Any) -> str:
    """Return an input as text; null is empty."""
    return "" if value is None else str(value)


def person(value: Any, name: str = "to") -> int | None:
    """
    Return the key of a person given as key or e-mail address, None for null.

    Raises:
        Refusal: nobody here is meant.
    """
    if value is None or value == "":
        return None
    people = identity.colleagues()
    found = people.filter(email=value.strip().lower()) if isinstance(value, str) else people.filter(pk=int(value))
    key = found.values_list("pk", flat=True).first()
    if key is None:
        raise Refusal("unknown_person", f"Expected a colleague for {name}, but nobody here is {value}.", name)
    return key


def by_type(
    requests: Sequence[ActionRequest], refs: Sequence[RecordRef]
) -> Iterator[tuple[RecordSpec, list[tuple[int, ActionRequest, RecordRef]]]]:
    """Part requests by record type, each with its place in the batch."""
    kinds: dict[str, list[tuple[int, ActionRequest, RecordRef]]] = {}
    for place, (request, ref) in enumerate(zip(requests, refs, strict=True)):
        kinds.setdefault(ref.type, []).append((place, request, ref))
    for record_type, parts in kinds.items():
        yield registry.get(record_type), parts


def on_records(
    wish: Callable[[ActionRequest, RecordRef], T],
    do: Callable[[RecordSpec, list[T], ActionRequest], Sequence[Any]],
    answer: Callable[[Any], Mapping[str, Any]],
) -> PerformMany:
    """Make a performer of an operation over records of one type: wishes from requests, results from changed records."""

    def perform_many(requests: Sequence[ActionRequest]) -> list[ActionResult]:
        refs = [record_of(request) for request in requests]
        results: list[ActionResult] = [ActionResult()] * len(requests)
        for spec, parts in by_type(requests, refs):
            wishes = [wish(request, ref) for _, request, ref in parts]
            for (place, _, _), record in zip(parts, do(spec, wishes, parts[0][1]), strict=True):
                results[place] = ActionResult(from_python(answer(record)))
        return results

    return perform_many


# -- record.tag, record.update -----------------------------------------------------------------------------------------


def _tagging(request: ActionRequest, ref: RecordRef) -> Tagging:
    return Tagging(ref.id, words(request, "tags"), words(request, "remove"), request.cause, request.by)


def _tag(spec: RecordSpec, wishes: list[Tagging], first: ActionRequest) -> Sequence[Any]:
    return operations.tag_records(spec=spec, taggings=wishes, by=first.by, at=first.at)


def _edit(request: ActionRequest, ref: RecordRef) -> Edit:
    fields = request.inputs.get("fields")
    if not isinstance(fields, Mapping):
        raise Refusal(
            "no_fields", "Expected fields to be a context of field names and values, but it is not.", "fields"
        )
    return Edit(ref.id, fields, cause=request.cause, by=request.by)


def _update(spec: RecordSpec, wishes: list[Edit], first: ActionRequest) -> Sequence[Any]:
    return operations.update_records(spec=spec, edits=wishes, by=first.by, at=first.at)


# -- record.assign -----------------------------------------------------------------------------------------------------


def _assign(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    refs = [record_of(request) for request in requests]
    results: list[ActionResult] = [ActionResult()] * len(requests)
    for spec, parts in by_type(requests, refs):
        wishes = _assignments(spec, [(request, ref) for _, request, ref in parts])
        first = parts[0][1]
        records = operations.assign_records(spec=spec, assignments=wishes, by=first.by, at=first.at)
        for (place, _, _), record, wish in zip(parts, records, wishes, strict=True):
            results[place] = ActionResult(from_python(_assigned(record, wish)))
    return results


def _assigned(record: Any, wish: Assignment) -> dict[str, Any]:
    return {
        "owner": record.owner_id,
        "owner_name": record.owner.name if record.owner else None,
        "team": record.team.key if record.team else None,
        "reason": wish.reason,
    }


def _assignments(spec: RecordSpec, wishes: Sequence[tuple[ActionRequest, RecordRef]]) -> list[Assignment]:
    teams = _teams([text(request.inputs.get("team")) for request, _ in wishes])
    found = []
    for request, ref in wishes:
        team = teams.get(text(request.inputs.get("team")))
        owner = person(request.inputs.get("owner"), "owner")
        if owner is None and team is None:
            raise Refusal(
                "nobody_named", "Expected an owner or a team to assign to, but the step names neither.", "owner"
            )
        reason = text(request.inputs.get("reason"))
        found.append(Assignment(ref.id, owner, team.pk if team else None, reason, request.cause, request.by))
    return _shared_out(spec, found, [request for request, _ in wishes])


def _teams(keys: Sequence[str]) -> dict[str, Team]:
    wanted = {key for key in keys if key}
    found = {team.key: team for team in Team.objects.filter(key__in=wanted)}
    for key in wanted - found.keys():
        raise Refusal("unknown_team", f'Expected a team with the key "{key}", but there is none.', "team")
    return found


def _shared_out(spec: RecordSpec, wishes: list[Assignment], requests: Sequence[ActionRequest]) -> list[Assignment]:
    """Name an owner where the step asks for the least loaded member of the team."""
    places = [
        place
        for place, (wish, request) in enumerate(zip(wishes, requests, strict=True))
        if wish.owner_id is None and request.inputs.get("to") == LEAST_LOADED
    ]
    role = text(requests[0].inputs.get("role"))
    team_ids = [team_id for place in places if (team_id := wishes[place].team_id) is not None]
    owners = least_loaded(spec=spec, team_ids=team_ids, at=requests[0].at, role=role)
    shared = list(wishes)
    for place, owner in zip(places, owners, strict=True):
        wish = wishes[place]
        why = "has the fewest open" if owner is not None else "nobody of the team is there; waits in its queue"
        reason = "; ".join(
            part for part in (wish.reason, why if owner is None else f"{why} {spec.plural.lower()}") if part
        )
        shared[place] = Assignment(wish.record_id, owner, wish.team_id, reason, wish.cause, wish.by)
    return shared


LEAST_LOADED = "least loaded"

# -- notify ------------------------------------------------------------------------------------------------------------


def _notify_people(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    owners = _owners(requests)
    messages, counts = [], []
    for request, owner in zip(requests, owners, strict=True):
        named = request.inputs.get("to")
        people = [person(item) for item in (named if isinstance(named, list) else [named])]
        reached = [key for key in (people if named is not None else [owner]) if key is not None]
        messages += [_message(request, key) for key in reached]
        counts.append(len(reached))
    notify_many(messages=messages, by=requests[0].by, at=requests[0].at)
    return [ActionResult(from_python({"reached": count})) for count in counts]


def _notify_managers(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    owners = _owners(requests)
    managers = identity.managers_of([owner for owner in owners if owner is not None])
    teams = _team_managers(requests)
    chosen = [managers.get(owner) if owner is not None else teams.get(place) for place, owner in enumerate(owners)]
    messages = [
        _message(request, manager) for request, manager in zip(requests, chosen, strict=True) if manager is not None
    ]
    notify_many(messages=messages, by=requests[0].by, at=requests[0].at)
    return [ActionResult(from_python({"manager": manager})) for manager in chosen]


def _owners(requests: Sequence[ActionRequest]) -> list[int | None]:
    """Return the owner of each request's record, None without record or owner; one query per record type."""
    return [getattr(record, "owner_id", None) for record in _records(requests)]


def _team_managers(requests: Sequence[ActionRequest]) -> dict[int, int | None]:
    records = _records(requests)
    teams = Team.objects.in_bulk([record.team_id for record in records if record is not None and record.team_id])
    return {
        place: teams[record.team_id].manager_id
        for place, record in enumerate(records)
        if record is not None and record.team_id in teams
    }


def _records(requests: Sequence[ActionRequest]) -> list[Any]:
    wanted: dict[str, set[int]] = {}
    for request in requests:
        if request.record is not None:
            wanted.setdefault(request.record.type, set()).add(request.record.id)
    found = {
        RecordRef(record_type, record.pk): record
        for record_type, ids in wanted.items()
        for record in registry.get(record_type).model._default_manager.filter(pk__in=ids)
    }
    return [found.get(request.record) if request.record is not None else None for request in requests]


def _message(request: ActionRequest, user_id: int) -> Message:
    title = text(request.inputs.get("title")) or "A step of a procedure tells you something."
    return Message(
        user_id=user_id,
        kind=text(request.inputs.get("kind")) or "procedure",
        title=title,
        body=text(request.inputs.get("body")),
        about=request.record,
        key=f"{request.key}:{user_id}",
        sandbox=request.sandbox,
    )


# -- The palette -------------------------------------------------------------------------------------------------------

RECORD = Parameter(name="record", title="Record", type="string", summary="As lead:7; by default the case's own.")
_TITLE = Parameter(name="title", title="Title", type="string", required=True)
_BODY = Parameter(name="body", title="Text", type="string")

ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="record.tag",
            title="Tag",
            summary="Put tags on the record and take tags off.",
            inputs=(
                Parameter(name="tags", title="Tags to put on", type="list"),
                Parameter(name="remove", title="Tags to take off", type="list"),
                RECORD,
            ),
            outputs=(Parameter(name="tags", title="Tags afterwards", type="list"),),
        ),
        on_records(_tagging, _tag, lambda record: {"tags": record.tags}),
    ),
    (
        ActionSpec(
            name="record.update",
            title="Update fields",
            summary="Change fields of the record.",
            inputs=(Parameter(name="fields", title="Fields and values", type="context", required=True), RECORD),
            outputs=(Parameter(name="version", title="Version afterwards", type="number"),),
        ),
        on_records(_edit, _update, lambda record: {"version": record.version}),
    ),
    (
        ActionSpec(
            name="record.assign",
            title="Assign",
            summary="Give the record to a person, a team, or the member of a team with the least open work.",
            inputs=(
                Parameter(name="owner", title="Person (key or e-mail address)", type="Any"),
                Parameter(name="team", title="Team (key)", type="string"),
                Parameter(name="to", title='"least loaded" to choose within the team', type="string"),
                Parameter(name="role", title="Only members with this role", type="string"),
                Parameter(name="reason", title="Reason, shown on the record", type="string"),
                RECORD,
            ),
            outputs=(
                Parameter(name="owner", title="Owner (key)", type="number"),
                Parameter(name="owner_name", title="Owner", type="string"),
                Parameter(name="team", title="Team (key)", type="string"),
                Parameter(name="reason", title="Reason", type="string"),
            ),
        ),
        _assign,
    ),
    (
        ActionSpec(
            name="notify.person",
            title="Notify a person",
            summary="Put a message into somebody's notification centre; by default the record's owner.",
            inputs=(Parameter(name="to", title="Person, or list of people", type="Any"), _TITLE, _BODY),
            outputs=(Parameter(name="reached", title="People reached", type="number"),),
        ),
        _notify_people,
    ),
    (
        ActionSpec(
            name="notify.manager",
            title="Notify the manager",
            summary="Tell the manager of the record's owner, or of its team while it has no owner.",
            inputs=(_TITLE, _BODY),
            outputs=(Parameter(name="manager", title="Manager (key), null where there is none", type="number"),),
        ),
        _notify_managers,
    ),
]
