"""What moving running cases to another version would do, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from throughline.core.identity.models import User
from throughline.core.procedures import charts, setwise
from throughline.core.procedures.migration.places import choices, fits
from throughline.core.procedures.models import Case, Migration, MigrationCase, Procedure, ProcedureVersion
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn.diff import Change, diff
from throughline.flow.engine import Chart, Plan, decode_state, preview


@dataclass(frozen=True, slots=True)
class StepMove:
    """
    One step of the old drawing at which cases are now, and where they go.

    ``count``: tokens there. ``target`` is where they go, by id and label, empty while one must be chosen; ``problem``
    says in words why they cannot go where they would by default; ``choices`` are the steps that could take them, as
    (id, label).
    """

    node: str
    label: str
    count: int
    target: str
    target_label: str
    problem: str
    choices: tuple[tuple[str, str], ...]

    @property
    def moves(self) -> bool:
        """Whether the cases there can go on in the new drawing."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class CaseMove:
    """
    What moving would do to one case.

    ``moves``: where its tokens go, as (label before, label after). ``problems``: what stands against it, in words; the
    case would be left where it is. ``listens``, ``stops``: labels of the events that would be listened for from then
    on, and no more.
    """

    case: int
    record: RecordRef | None
    record_title: str
    moves: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    listens: tuple[str, ...]
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrationPreview:
    """
    What a migration would do: ``total`` running cases, of which ``cannot`` have a token at a step that has no place in
    the new drawing; the steps where cases are now; and one page of cases, by their keys.
    """

    source: int
    target: int
    total: int
    cannot: int
    steps: tuple[StepMove, ...]
    cases: tuple[CaseMove, ...]


@dataclass(frozen=True, slots=True)
class MigrationRow:
    """A migration and how far it has come: ``total`` = ``waiting`` + ``moved`` + ``refused`` + ``over``."""

    id: int
    source: int
    target: int
    status: str
    reason: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    total: int
    waiting: int
    moved: int
    refused: int
    over: int
    takes_back: int | None
    taken_back_by: int | None

    @property
    def can_be_taken_back(self) -> bool:
        """Whether ``take_back_migration`` would be accepted."""
        ended = self.status != Migration.Status.RUNNING
        return ended and self.takes_back is None and self.taken_back_by is None and self.moved > 0


@dataclass(frozen=True, slots=True)
class MigrationCaseRow:
    """One case of a migration, with the reason if it was refused."""

    case: int
    record: RecordRef | None
    record_title: str
    status: str
    problem: str


@dataclass(frozen=True, slots=True)
class StepImpact:
    """A step at which cases of the live version wait, and its fate in the draft: ``same``, ``changed`` or ``gone``."""

    node: str
    label: str
    count: int
    fate: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """
    What publishing the draft would mean: ``running`` cases stay on version ``version`` (None: there is none) until they
    are moved. ``steps``: where they are; ``changes``: what the draft does to the drawing, step by step.
    """

    version: int | None
    running: int
    steps: tuple[StepImpact, ...]
    changes: tuple[Change, ...]

    @property
    def words(self) -> str:
        """The note for whoever publishes, in one or two sentences."""
        if self.version is None or not self.running:
            return "No case is running, so nothing but new cases is touched."
        stay = f"{self.running} running case{'s' if self.running != 1 else ''}"
        stay += f" stay{'s' if self.running == 1 else ''} on version {self.version} until moved."
        gone = [f"“{step.label}” ({step.count})" for step in self.steps if step.fate == "gone"]
        return f"{stay} {'Gone are the steps ' + ', '.join(gone) + '.' if gone else 'Every step they wait at is kept.'}"


# --- publishing -------------------------------------------------------------------------------------------------------
def publish_impact(*, procedure: str) -> Impact:
    """
    Return what publishing the draft of a procedure would mean for its running cases.

    The counts are of all cases, whoever may see their records: they are no more than numbers.

    Raises:
        NotFound: there is no such procedure, or it has no draft.
    """
    found = _procedure(procedure)
    draft = found.versions.filter(status=ProcedureVersion.Status.DRAFT).first()
    if draft is None:
        raise NotFound(f"“{found.name}” has no draft.")
    live = found.versions.filter(status=ProcedureVersion.Status.PUBLISHED).first()
    new = bpmn.read(bytes(draft.bpmn))
    if live is None:
        return Impact(None, 0, (), ())
    changes = diff(bpmn.read(bytes(live.bpmn)), new)
    by_node: dict[str, list[Change]] = {}
    for change in changes:
        by_node.setdefault(change.element, []).append(change)
    label = charts.running(live.pk).label
    running = Case.objects.filter(version=live, status__in=RUNNING, sandbox=False).count()
    steps = [
        StepImpact(node, label(node), count, _fate(by_node.get(node, ())), tuple(by_node.get(node, ())))
        for node, count in _at_steps(live.pk)
    ]
    return Impact(live.number, running, tuple(steps), changes)


def _fate(changes: Sequence[Change]) -> str:
    if any(change.kind == "removed" for change in changes):
        return "gone"
    return "changed" if changes else "same"


def version_diff(*, procedure: str, source: int, target: int) -> tuple[Change, ...]:
    """
    Return what is different in version ``target`` compared with ``source``, in words for people; drafts may be named.

    Raises:
        NotFound: there is no such procedure or version.
    """
    found = _procedure(procedure)
    old, new = _version(found, source), _version(found, target)
    return diff(bpmn.read(bytes(old.bpmn)), bpmn.read(bytes(new.bpmn)))


# --- before moving ----------------------------------------------------------------------------------------------------
def migration_preview(
    *,
    procedure: str,
    source: int,
    target: int,
    user: User,
    nodes: Mapping[str, str] | None = None,
    after: int = 0,
    limit: int = 50,
) -> MigrationPreview:
    """
    Return what moving the running cases of version ``source`` to version ``target`` would do.

    ``nodes`` maps steps as in ``operations.start_migration``. The steps and their counts are of all cases; the page of
    single cases (``limit`` after the key ``after``) holds those that ``user`` may see.

    Raises:
        NotFound: there is no such procedure or version.
    """
    found = _procedure(procedure)
    old_version, new_version = _version(found, source), _version(found, target)
    old, new = charts.running(old_version.pk), charts.running(new_version.pk)
    mapping = {step: goal for step, goal in (nodes or {}).items() if goal}
    steps = [_step(old.chart, new.chart, node, count, mapping) for node, count in _at_steps(old_version.pk)]
    cases = Case.objects.filter(version=old_version, status__in=RUNNING, sandbox=False)
    bad = [step.node for step in steps if not step.moves]
    cannot = cases.filter(tokens__node__in=bad).values("pk").distinct().count()
    page = cases.filter(seen_by(user, [found.record_type]), pk__gt=after).order_by("pk")[:limit]
    moves = _case_moves(list(page), new_version, Plan(mapping))
    return MigrationPreview(source, target, cases.count(), cannot, tuple(steps), moves)


def _at_steps(version: int) -> list[tuple[str, int]]:
    rows = setwise.fetch(
        "SELECT node, count(*) FROM procedures_token WHERE version_id = %s AND NOT sandbox"
        " GROUP BY node ORDER BY 2 DESC, 1",
        [version],
    )
    return [(node, count) for node, count in rows]


def _step(old: Chart, new: Chart, node: str, count: int, nodes: Mapping[str, str]) -> StepMove:
    if node not in old.by_id:  # a token of a called process, which has a drawing of its own
        return StepMove(node, node, count, node, node, "", ())
    target = nodes.get(node, node)
    problem = fits(old, new, node, target, nodes)
    options = tuple((each.id, each.label) for each in choices(old, new, node, nodes))
    there = new.by_id.get(target)
    return StepMove(
        node=node,
        label=old.by_id[node].label,
        count=count,
        target="" if problem else target,
        target_label="" if problem or there is None else there.label,
        problem=problem,
        choices=options,
    )


def _case_moves(cases: Sequence[Case], target: ProcedureVersion, plan: Plan) -> tuple[CaseMove, ...]:
    refs = {case.pk: _record(case.record_type, case.record_id) for case in cases}
    titles = record_titles(list(refs.values()))
    moves = []
    for case in cases:
        ref = refs[case.pk]
        tokens, problems, listens, stops = _case_move(case, target, plan)
        moves.append(CaseMove(case.pk, ref, titles.get(ref, "") if ref else "", tokens, problems, listens, stops))
    return tuple(moves)


_Move = tuple[tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _case_move(case: Case, target: ProcedureVersion, plan: Plan) -> _Move:
    if case.state is None:
        return (), (), (), ()
    try:
        new = charts.running(target.pk, case.process)
    except charts.NoSuchProcess as missing:
        return (), (str(missing),), (), ()
    old = charts.running(case.version_id, case.process)
    seen = preview(old.chart, new.chart, decode_state(bytes(case.state)), plan)
    words = []
    for problem in seen.problems:
        goal = plan.target(problem.node)
        words.append(fits(old.chart, new.chart, problem.node, goal, plan.nodes) or problem.message)
    return (
        tuple((old.label(before), new.label(after)) for _, before, after in seen.moves),
        tuple(words),
        tuple(new.label(node) for node in seen.starts_listening),
        tuple(old.label(node) for node in seen.stops_listening),
    )


# --- while moving and afterwards --------------------------------------------------------------------------------------
def migrations(*, procedure: str) -> list[MigrationRow]:
    """
    Return the migrations of a procedure with their progress, the newest first.

    Raises:
        NotFound: there is no such procedure.
    """
    found = Migration.objects.filter(procedure=_procedure(procedure)).select_related("source", "target")
    rows = list(found.defer("source__bpmn", "target__bpmn").order_by("-pk"))
    counts: dict[int, dict[str, int]] = {}
    counted = MigrationCase.objects.filter(migration__in=[row.pk for row in rows])
    for key, status, count in counted.values_list("migration_id", "status").annotate(count=Count("case_id")):
        counts.setdefault(key, {})[status] = count
    taken_back = {row.takes_back_id: row.pk for row in rows if row.takes_back_id is not None}
    return [_migration_row(row, counts.get(row.pk, {}), taken_back.get(row.pk)) for row in rows]


def _migration_row(row: Migration, counts: Mapping[str, int], taken_back_by: int | None) -> MigrationRow:
    return MigrationRow(
        id=row.pk,
        source=row.source.number,
        target=row.target.number,
        status=row.status,
        reason=row.reason,
        started_at=row.started_at,
        started_by=row.started_by_label,
        ended_at=row.ended_at,
        total=row.total,
        waiting=counts.get("waiting", 0),
        moved=counts.get("moved", 0),
        refused=counts.get("refused", 0),
        over=counts.get("over", 0),
        takes_back=row.takes_back_id,
        taken_back_by=taken_back_by,
    )


def migration_cases(
    *, migration_id: int, user: User, status: str = "", after: int = 0, limit: int = 50
) -> list[MigrationCaseRow]:
    """
    Return cases of a migration that ``user`` may see, by their keys, of one status if named.

    Raises:
        NotFound: there is no such migration.
    """
    migration = Migration.objects.select_related("procedure").filter(pk=migration_id).first()
    if migration is None:
        raise NotFound("There is no such moving of cases.")
    seen = Case.objects.filter(seen_by(user, [migration.procedure.record_type]))
    rows = MigrationCase.objects.filter(migration=migration, case_id__gt=after, case__in=seen)
    if status:
        rows = rows.filter(status=status)
    found = list(rows.select_related("case").defer("case__state").order_by("case_id")[:limit])
    refs = {row.case_id: _record(row.case.record_type, row.case.record_id) for row in found}
    titles = record_titles(list(refs.values()))
    answer = []
    for row in found:
        ref = refs[row.case_id]
        answer.append(MigrationCaseRow(row.case_id, ref, titles.get(ref, "") if ref else "", row.status, row.problem))
    return answer


def _record(record_type: str, record_id: int | None) -> RecordRef | None:
    return None if record_id is None else RecordRef(record_type, record_id)


def _procedure(key: str) -> Procedure:
    procedure = Procedure.objects.filter(key=key).first()
    if procedure is None:
        raise NotFound("There is no such procedure any more.")
    return procedure


def _version(procedure: Procedure, number: int) -> ProcedureVersion:
    version = procedure.versions.filter(number=number).first()
    if version is None:
        raise NotFound(f"“{procedure.name}” has no version {number}.")
    return version
