"""What the views of :mod:`throughline.flow.charts.views` are told: read here, under the asker's rights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from django.db.models import Count

from throughline.core import access
from throughline.core.identity.models import Role, RoleMembership, User
from throughline.core.journal.models import Entry
from throughline.core.procedures import actions, charts
from throughline.core.procedures.models import ProcedureVersion
from throughline.core.procedures.queries import overview
from throughline.core.procedures.queries.timeline import CaseHappening, happenings
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec
from throughline.core.refusals import NotFound
from throughline.crm.deals.models import Deal, Pipeline
from throughline.crm.deals.stages import stages
from throughline.flow import bpmn
from throughline.flow.charts.views import Figure, ShapeKind, dataflow, relane, uml
from throughline.flow.charts.views.activity import activity

MOVED: Final = ("deal.moved", "deal.won", "deal.lost", "deal.reopened")
MOST_MESSAGES: Final = 60
PRODUCT: Final = "Throughline"


# -- A procedure -------------------------------------------------------------------------------------------------------


def data_flow(*, procedure: str, level: int, user: User, version: int | None = None) -> Figure:
    """
    Return the data-flow diagram of a procedure's version (the published one, else the newest), level 0 or 1.

    Raises:
        NotFound: there is no such procedure or version, or nothing is drawn in it.
    """
    drawn = overview.procedure(key=procedure)
    chosen = next((each for each in drawn.versions if each.number == version), None) if version else None
    chosen = chosen or drawn.latest("published") or next(iter(drawn.versions), None)
    if chosen is None:
        raise NotFound(f"Nothing is drawn in {drawn.name} yet. Open the drawing.")
    definitions = bpmn.read(overview.drawing(version_id=chosen.id))
    make = dataflow.level_one if level else dataflow.level_zero
    try:
        return make(definitions, actions=actions.catalogue(), words=_words(user))
    except LookupError:
        raise NotFound(f"Nothing is drawn in {drawn.name} yet. Open the drawing.") from None


def _words(user: User) -> dataflow.Words:
    specs = registry.everything()
    tables = {each.key: each.name for each in overview.decisions()}
    return dataflow.Words(
        types={spec.type: str(spec.label) for spec in specs},
        fields={spec.type: {each.name: str(each.label) for each in _readable(spec, user)} for spec in specs},
        tables=tables,
    )


def one_case(*, record: RecordRef, user: User) -> Figure:
    """
    Return what happened to a record's cases as a sequence: who asked whom for what.

    Raises:
        NotFound: the record is not for ``user`` to see.
    """
    spec = registry.get(record.type)
    found = get_record(spec=spec, user=user, record_id=record.id)
    told = happenings(records=[record], limit=MOST_MESSAGES)[::-1]
    people = _people(told)
    messages = [_message(each, people) for each in told]
    return uml.sequence(messages, title=f"{spec.title(found)}, step by step")


def _people(told: Iterable[CaseHappening]) -> dict[str, str]:
    keys = {each.actor_id for each in told if each.actor_kind in ("user", "api") and each.actor_id.isdecimal()}
    return {str(key): name for key, name in User.objects.filter(pk__in=keys).values_list("pk", "name")}


def _message(each: CaseHappening, people: dict[str, str]) -> uml.Sent:
    who = people.get(each.actor_id, "") if each.actor_kind in ("user", "api") else ""
    at = f"{each.at:%Y-%m-%d %H:%M}"
    if who:
        return uml.Sent(who, PRODUCT, f"{each.label}: {each.kind}", at)
    if each.kind == "case started":
        return uml.Sent("Outside", PRODUCT, each.label, at)
    return uml.Sent(PRODUCT, PRODUCT, f"{each.label}: {each.kind}", at)


# -- The company -------------------------------------------------------------------------------------------------------


def record_types(*, user: User) -> Figure:
    """Return the record types that ``user`` may see as classes, with the fields that ``user`` may read."""
    seen = access.grants(user)
    specs = [spec for spec in registry.everything() if seen.scope(spec.type, access.VIEW) is not access.Scope.NONE]
    return uml.class_diagram([_kind(spec, user) for spec in specs], title="Record types")


def _kind(spec: RecordSpec, user: User) -> uml.Kind:
    fields = _readable(spec, user)
    links = tuple(uml.Link(str(each.label), each.to) for each in fields if each.type is FieldType.RECORD and each.to)
    own = tuple(
        (str(each.label), each.type.value.replace("_", " "))
        for each in fields
        if each.type is not FieldType.RECORD and not each.is_through
    )
    return uml.Kind(spec.type, str(spec.label), own, links)


def _readable(spec: RecordSpec, user: User) -> list[FieldSpec]:
    rights = access.field_rights(user, spec)
    return [each for each in spec.fields if rights.reads(each.name)]


def roles_and_procedures(*, user: User) -> Figure:  # noqa: ARG001 - the library is everybody's
    """Return which roles have a part in which published procedure, by its lanes."""
    names = dict(Role.objects.values_list("key", "name"))
    versions = ProcedureVersion.objects.filter(status="published").select_related("procedure").order_by("procedure")
    cases = []
    for version in versions:
        chart = charts.running(version.pk).chart
        roles = dict.fromkeys(names.get(role, role) for node in chart.nodes if (role := node.role))
        cases.append(uml.UseCase(version.procedure.key, version.procedure.name, tuple(roles)))
    return uml.use_cases(cases, title="Who has a part in what")


def pipelines() -> list[Pipeline]:
    """Return the pipelines that take deals."""
    return [each for each in stages().pipelines.values() if not each.retired_at]


def pipeline_states(*, pipeline: str, user: User) -> Figure:
    """
    Return the stages of a pipeline as states, with the deals that stand there and how often deals went which way.

    Counted are deals that ``user`` may see. Ways that no deal has gone yet are drawn as planned.

    Raises:
        NotFound: there is no such pipeline.
    """
    known = stages()
    if pipeline not in known.pipelines:
        raise NotFound(f'There is no pipeline "{pipeline}". Look at the list.')
    spec = registry.get("deal")
    mine = Deal.objects.filter(access.visible(spec, user), pipeline_id=pipeline, deleted_at=None, sandbox=False)
    standing = dict(mine.order_by().values_list("stage_id").annotate(Count("pk")))
    gone = _moves(mine.order_by().values("pk"))
    places = known.of(pipeline)
    states = [
        uml.State(
            each.key, each.name, is_end=each.kind != "open", rows=_standing(standing.get(each.key, 0)),
            tone={"won": "good", "lost": "late"}.get(each.kind, ""),
        )
        for each in places
    ]  # fmt: skip
    keys = {each.key for each in places}
    moves = [
        uml.Move(former, stage, f"{count:,}") for (former, stage), count in gone.items() if {former, stage} <= keys
    ]
    went = {(each.source, each.target) for each in moves}
    planned = [
        uml.Move(one.key, other.key, planned=True)
        for one, other in pairwise(places)
        if one.kind == "open" and (one.key, other.key) not in went and other.kind != "lost"
    ]
    return uml.state_machine(states, [*moves, *planned], title=known.pipelines[pipeline].name)


def _standing(count: int) -> tuple[str, ...]:
    return (f"{count:,} deals" if count != 1 else "1 deal",) if count else ()


def _moves(deals: Any) -> Counter[tuple[str, str]]:
    entries = Entry.objects.filter(event__in=MOVED, record_type="deal", record_id__in=deals, sandbox=False)
    rows = entries.order_by().values_list("data__former", "data__stage").annotate(Count("pk"))
    found: Counter[tuple[str, str]] = Counter()
    for former, stage, count in rows:
        if former and stage and former != stage:
            found[former, stage] += count
    return found


def lines_in_words(figure: Figure) -> list[tuple[str, str, str]]:
    """Return the lines of a figure as from, to and what, for those who do not see it."""
    names = {shape.id: shape.name or {ShapeKind.START: "(begin)"}.get(shape.kind, "(end)") for shape in figure.shapes}
    return [(names[line.source], names[line.target], line.text) for line in figure.lines]


# -- Other views of a procedure ----------------------------------------------------------------------------------------


def activity_of(*, procedure: str) -> Figure:
    """
    Return the activity diagram of a procedure's version (the published one, else the newest).

    Raises:
        NotFound: there is no such procedure, or nothing is drawn in it.
    """
    name, definitions = _drawn(procedure)
    try:
        return activity(definitions)
    except LookupError:
        raise NotFound(f"Nothing is drawn in {name} yet. Open the drawing.") from None


def relaned_by(*, procedure: str, by: str) -> bpmn.model.Definitions:
    """
    Return a procedure's chart with its steps in lanes ``by`` ``role``, ``team`` or ``system``.

    Raises:
        NotFound: there is no such procedure, or nothing is drawn in it.
    """
    name, definitions = _drawn(procedure)
    try:
        return relane.relaned(definitions, _sorting(definitions, by))
    except LookupError:
        raise NotFound(f"Nothing is drawn in {name} yet. Open the drawing.") from None


def arranged(definitions: bpmn.model.Definitions, *, by: str) -> bpmn.model.Definitions:
    """
    Return a chart in lanes ``by`` ``role``, ``team`` or ``system`` as it goes on as a draft: work goes to whom it went.

    Raises:
        NotFound: nothing is drawn in it.
    """
    try:
        return relane.rearranged(definitions, _sorting(definitions, by))
    except LookupError:
        raise NotFound("Nothing is drawn here yet. Open the drawing.") from None


def _sorting(definitions: bpmn.model.Definitions, by: str) -> relane.Sorting:
    if by == "system":
        return relane.by_system(actions.catalogue())
    names = _teams() if by == "team" else dict(Role.objects.values_list("key", "name"))
    return relane.by_role(definitions, names)


def _drawn(procedure: str) -> tuple[str, bpmn.model.Definitions]:
    found = overview.procedure(key=procedure)
    chosen = found.latest("published") or next(iter(found.versions), None)
    if chosen is None:
        raise NotFound(f"Nothing is drawn in {found.name} yet. Open the drawing.")
    return found.name, bpmn.read(overview.drawing(version_id=chosen.id))


def _teams() -> dict[str, str]:
    """Return, by key of role, the teams of those who play it."""
    found: dict[str, dict[str, None]] = {}
    rows = RoleMembership.objects.filter(user__is_active=True, user__team_memberships__isnull=False)
    pairs = rows.order_by("user__team_memberships__team__name").values_list(
        "role__key", "user__team_memberships__team__name"
    )
    for role, team in pairs:
        found.setdefault(role, {})[team] = None
    return {role: ", ".join(teams) for role, teams in found.items()}
