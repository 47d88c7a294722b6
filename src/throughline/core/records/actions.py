"""
What charts may ask of any record: tag, update, assign; and of people: notify.

Each performer reads what every request of a batch asks, and then does set-wise what can be done (``sort_out``): a
request that asks wrongly fails alone, with the words of its refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.identity import queries as identity
from throughline.core.identity.models import Team
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.load import Chosen, Wanted, choose
from throughline.core.records.operations import Assignment, Edit, Tagging
from throughline.core.records.spec import RecordSpec
from throughline.core.records.values import read_values
from throughline.core.refusals import Refusal
from throughline.core.trying import require_test
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python

T = TypeVar("T")


# -- Reading what a chart asks -----------------------------------------------------------------------------------------


def record_of(request: ActionRequest) -> RecordRef:
    """
    Return the record a request is about: its input ``record`` (``lead:7``) or the one the case travels with.

    Raises:
        Refusal: there is none.
        TouchesReal: the case only tries a draft, and the record that is named is real.
    """
    named = request.inputs.get("record")
    if isinstance(named, str):
        try:
            ref = RecordRef.parse(named)
        except ValueError as wrong:
            raise Refusal("unknown_record", str(wrong), "record") from wrong
        if request.sandbox and ref != request.record:
            require_test(ref, sandbox=not _is_real(ref))
        return ref
    if request.record is None:
        raise Refusal("no_record", "Expected the case to travel with a record, but it has none. Name one in the step.")
    return request.record


def _is_real(ref: RecordRef) -> bool:
    spec = registry.find(ref.type)
    return spec is not None and spec.model._default_manager.filter(pk=ref.id, sandbox=False).exists()


def words(request: ActionRequest, name: str) -> list[str]:
    """Return an input as a list of texts: a list, one text, or nothing."""
    value = request.inputs.get(name)
    if value is None:
        return []
    return [text(item) for item in (value if isinstance(value, list) else [value])]


def text(value: Any) -> str:
    """Return an input as text; null is empty."""
    return "" if value is None else str(value)


class Colleagues:
    """The people whom the requests of a batch name, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[str | int | Decimal, int | None] = {}

    def find(self, value: Any, name: str = "to") -> int | None:
        """
        Return the key of a person given as key or e-mail address, None for null.

        Raises:
            Refusal: nobody here is meant.
        """
        if value is None or value == "":
            return None
        key = self._key_of(value) if isinstance(value, str | int | Decimal) else None
        if key is None:
            raise Refusal("unknown_person", f"Expected a colleague for {name}, but nobody here is {value}.", name)
        return key

    def _key_of(self, value: str | int | Decimal) -> int | None:
        if value not in self._known:
            named = {"email": value.strip().lower()} if isinstance(value, str) else {"pk": int(value)}
            self._known[value] = identity.colleagues().filter(**named).values_list("pk", flat=True).first()
        return self._known[value]


def sort_out(
    requests: Sequence[ActionRequest],
    read: Callable[[ActionRequest], T],
    do: Callable[[list[ActionRequest], list[T]], Sequence[ActionResult]],
) -> list[ActionResult]:
    """
    Read what each request asks, let those that ask wrongly fail, do the others together, and return all results.

    ``do`` is given the requests that could be read, at least one, with what was read of them.
    """
    results: dict[int, ActionResult] = {}
    wishes: dict[int, T] = {}
    for place, request in enumerate(requests):
        try:
            wishes[place] = read(request)
        except Refusal as refused:
            results[place] = ActionResult.failed(refused.message, code=refused.code)
    if wishes:
        done = do([requests[place] for place in wishes], list(wishes.values()))
        results.update(zip(wishes, done, strict=True))
    return [results[place] for place in range(len(requests))]


def by_type(parts: Sequence[tuple[RecordRef, T]]) -> Iterator[tuple[RecordSpec, list[int], list[T]]]:
    """Part wishes by the type of their record, with their places."""
    kinds: dict[str, list[int]] = {}
    for place, (ref, _) in enumerate(parts):
        kinds.setdefault(ref.type, []).append(place)
    for record_type, places in kinds.items():
        yield registry.get(record_type), places, [parts[place][1] for place in places]


def on_records(
    wish: Callable[[ActionRequest, RecordRef], T],
    do: Callable[[RecordSpec, list[T], ActionRequest], Sequence[Any]],
    answer: Callable[[Any], Mapping[str, Any]],
) -> PerformMany:
    """Make a performer of an operation over records of one type: wishes from requests, results from changed records."""

    def read(request: ActionRequest) -> tuple[RecordRef, T]:
        ref = record_of(request)
        return ref, wish(request, ref)

    def do_all(requests: list[ActionRequest], parts: list[tuple[RecordRef, T]]) -> list[ActionResult]:
        results = [ActionResult()] * len(parts)
        for spec, places, wishes in by_type(parts):
            for place, record in zip(places, do(spec, wishes, requests[places[0]]), strict=True):
                results[place] = ActionResult(from_python(answer(record)))
        return results

    return lambda requests: sort_out(requests, read, do_all)


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
    read_values(registry.get(ref.type), fields, partial=True)
    return Edit(ref.id, fields, cause=request.cause, by=request.by)


def _update(spec: RecordSpec, wishes: list[Edit], first: ActionRequest) -> Sequence[Any]:
    return operations.update_records(spec=spec, edits=wishes, by=first.by, at=first.at)


# -- record.assign -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """
    An assignment as a step asks for it; ``role``: whom to choose from, None when nobody is to be chosen; they should
    know ``competence``.
    """

    assignment: Assignment
    role: str | None
    competence: str = ""


def _assign(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    teams, people = _teams([text(request.inputs.get("team")) for request in requests]), Colleagues()
    return sort_out(requests, lambda request: _wanted(request, teams, people), _assign_all)


def _assign_all(requests: list[ActionRequest], parts: Sequence[tuple[RecordRef, _Wanted]]) -> list[ActionResult]:
    results = [ActionResult()] * len(parts)
    for spec, places, wishes in by_type(parts):
        first = requests[places[0]]
        assignments = _shared_out(spec, wishes, first.at)
        records = operations.assign_records(spec=spec, assignments=assignments, by=first.by, at=first.at)
        for place, record, assignment in zip(places, records, assignments, strict=True):
            results[place] = ActionResult(from_python(_assigned(record, assignment)))
    return results


def _assigned(record: Any, assignment: Assignment) -> dict[str, Any]:
    return {
        "owner": record.owner_id,
        "owner_name": record.owner.name if record.owner else None,
        "team": record.team.key if record.team else None,
        "reason": assignment.reason,
    }


def _wanted(request: ActionRequest, teams: Mapping[str, Team], people: Colleagues) -> tuple[RecordRef, _Wanted]:
    ref = record_of(request)
    key = text(request.inputs.get("team"))
    if key and key not in teams:
        raise Refusal("unknown_team", f'Expected a team with the key "{key}", but there is none.', "team")
    team, owner = teams.get(key), people.find(request.inputs.get("owner"), "owner")
    if owner is None and team is None:
        raise Refusal("nobody_named", "Expected an owner or a team to assign to, but the step names neither.", "owner")
    reason = text(request.inputs.get("reason"))
    chooses = owner is None and request.inputs.get("to") == LEAST_LOADED
    role = text(request.inputs.get("role")) if chooses else None
    wish = Assignment(ref.id, owner, team.pk if team else None, reason, request.cause, request.by)
    return ref, _Wanted(wish, role, text(request.inputs.get("competence")))


def _teams(keys: Sequence[str]) -> dict[str, Team]:
    return identity.teams_going_on({key for key in keys if key})


def _shared_out(spec: RecordSpec, wishes: Sequence[_Wanted], at: datetime) -> list[Assignment]:
    """Name an owner where the step asks for the least loaded member of the team."""
    shared = [wish.assignment for wish in wishes]
    by_role: dict[str, list[int]] = {}
    for place, wish in enumerate(wishes):
        if wish.role is not None:
            by_role.setdefault(wish.role, []).append(place)
    for role, places in by_role.items():
        wanted = [Wanted(shared[place].team_id or 0, wishes[place].competence) for place in places]
        for place, chosen in zip(places, choose(spec=spec, wanted=wanted, at=at, role=role), strict=True):
            shared[place] = _given_to(shared[place], chosen)
    return shared


def _given_to(wish: Assignment, chosen: Chosen) -> Assignment:
    return replace(wish, owner_id=chosen.user_id, reason="; ".join(filter(None, (wish.reason, chosen.reason))))


LEAST_LOADED = "least loaded"

# -- notify ------------------------------------------------------------------------------------------------------------


def _notify_people(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    people = Colleagues()
    return sort_out(requests, lambda request: _named(request, people), _notify_all)


def _named(request: ActionRequest, people: Colleagues) -> list[int] | None:
    """Return the people a step names, None when it names nobody and means the owner."""
    named = request.inputs.get("to")
    if named is None:
        return None
    found = [people.find(item) for item in (named if isinstance(named, list) else [named])]
    return [key for key in found if key is not None]


def _notify_all(requests: list[ActionRequest], named: Sequence[list[int] | None]) -> list[ActionResult]:
    owners = [[] if owner is None else [owner] for owner in _owners(requests)]
    reached = [owner if people is None else people for people, owner in zip(named, owners, strict=True)]
    messages = [_message(request, key) for request, people in zip(requests, reached, strict=True) for key in people]
    notify_many(messages=messages, by=requests[0].by, at=requests[0].at)
    return [ActionResult(from_python({"reached": len(people)})) for people in reached]


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
                Parameter(name="competence", title="What they should know, where somebody there does", type="string"),
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
            tells=True,
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
            tells=True,
        ),
        _notify_managers,
    ),
]
