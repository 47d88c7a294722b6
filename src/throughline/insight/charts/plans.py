"""Planning in charts: beginning one by hand, putting shapes and lines in, taking them out, moving shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.charts.views import Figure, ShapeKind
from throughline.flow.charts.views.planned import Plan, PlannedLine, PlannedShape, laid_over, planned_sequence
from throughline.flow.charts.views.stream_plan import planned_stream
from throughline.insight.charts.events import ChartBegun, PlanChanged
from throughline.insight.charts.models import PlannedChart

KINDS: Final[Mapping[str, tuple[ShapeKind, ...]]] = {
    "data_flow": (ShapeKind.PROCESS, ShapeKind.ENTITY, ShapeKind.STORE),
    "value_stream": (ShapeKind.STATION, ShapeKind.QUEUE, ShapeKind.HOUSE),
    "class": (ShapeKind.CLASS,),
    "state": (ShapeKind.STATE, ShapeKind.START, ShapeKind.END),
    "activity": (ShapeKind.STATE, ShapeKind.DECISION, ShapeKind.BAR, ShapeKind.START, ShapeKind.END),
    "sequence": (ShapeKind.HEAD,),
    "use_case": (ShapeKind.ACTOR, ShapeKind.USE_CASE),
}
"""Types of charts → the shapes that can be planned in them."""
MOST: Final = 200
"""Shapes or lines that are planned in one chart."""
FARTHEST: Final = 20_000.0
LONGEST: Final = 120


def plan_of(key: str) -> Plan:
    """Return what is planned in a chart; nothing where nobody has planned. One query."""
    found = PlannedChart.objects.filter(key=key).first()
    return _plan(found) if found is not None else Plan()


def _plan(found: PlannedChart) -> Plan:
    return Plan(
        tuple(
            PlannedShape(each["id"], ShapeKind(each["kind"]), each["name"], each["estimate"], tuple(each["rows"]))
            for each in found.shapes
        ),
        tuple(PlannedLine(each["source"], each["target"], each["text"]) for each in found.lines),
        {name: (place[0], place[1]) for name, place in found.places.items()},
    )


def own_charts() -> list[PlannedChart]:
    """Return the charts that were begun by hand. One query."""
    return list(PlannedChart.objects.filter(key__startswith="own:"))


def get_own(chart_id: int) -> PlannedChart:
    """
    Return a chart that was begun by hand.

    Raises:
        NotFound: there is none.
    """
    found = PlannedChart.objects.filter(key=f"own:{chart_id}").first()
    if found is None:
        raise NotFound("There is no such chart any more. Look at the list of charts.")
    return found


def own_figure(found: PlannedChart) -> Figure:
    """Return a chart that was begun by hand as it is planned."""
    plan = _plan(found)
    told = f"{len(plan.shapes)} planned shapes and {len(plan.lines)} lines."
    if found.kind == "sequence" and plan.lines:
        return planned_sequence(plan, title=found.title)
    if found.kind == "value_stream" and any(each.kind is ShapeKind.STATION for each in plan.shapes):
        drawn = planned_stream(plan, title=found.title)
        return drawn.nudged({key: place for key, place in plan.places.items() if key in drawn.by_id})
    return laid_over(Figure(found.title, told, ()), plan)[0]


@transaction.atomic
def begin_chart(*, kind: str, title: str, by: Actor, at: datetime) -> PlannedChart:
    """
    Begin a chart by hand.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        Refusal: it has no title, or there is no such type.
    """
    permits.require_design(by)
    if kind not in KINDS:
        raise Refusal("no_such_kind", "Choose a type of chart.", "kind")
    if not title.strip():
        raise Refusal("nameless", "Give the chart a title, such as “Tickets next year”.", "title")
    made = PlannedChart.objects.create(
        key="new", kind=kind, title=title.strip()[:LONGEST], changed_at=at, changed_by_label=by.label
    )
    made.key = f"own:{made.pk}"
    made.save(update_fields=["key"])
    event = ChartBegun(chart=made.key, kind=kind, title=made.title)
    journal.record(event, by=by, at=at, about=RecordRef("chart", made.pk))
    return made


@transaction.atomic
def forget_chart(*, chart_id: int, by: Actor, at: datetime) -> None:
    """
    Throw a chart away that was begun by hand.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        NotFound: there is none.
    """
    permits.require_design(by)
    found = get_own(chart_id)
    event = PlanChanged(chart=found.key, what=found.title, removed=True)
    journal.record(event, by=by, at=at, about=RecordRef("chart", found.pk))
    found.delete()


@transaction.atomic
def plan_shape(
    *, key: str, kind: str, shape: str, name: str, by: Actor, at: datetime, estimate: str = "", rows: str = ""
) -> PlannedChart:
    """
    Plan a shape in a chart of a type; ``rows`` are lines of text (fields, figures).

    Raises:
        NotAllowed: the person's roles do not let them draw.
        Refusal: it has no name, is none of the shapes of this type, or there are too many.
    """
    found = _locked(key, kind, by, at)
    if shape not in KINDS[kind]:
        raise Refusal("no_such_shape", "Choose what it is.", "shape")
    if not name.strip() and shape not in (ShapeKind.START, ShapeKind.END, ShapeKind.BAR):
        raise Refusal("nameless", "Give it a name.", "name")
    if len(found.shapes) >= MOST:
        raise Refusal("too_many", f"A chart takes at most {MOST} planned shapes. Begin another.", "name")
    made = {
        "id": f"planned-{found.next_id}",
        "kind": shape,
        "name": name.strip()[:LONGEST],
        "estimate": estimate.strip()[:LONGEST],
        "rows": [row.strip()[:LONGEST] for row in rows.splitlines() if row.strip()][:20],
    }
    found.shapes, found.next_id = [*found.shapes, made], found.next_id + 1
    return _changed(found, name.strip() or shape, by, at)


@transaction.atomic
def plan_line(*, key: str, kind: str, source: str, target: str, text: str, by: Actor, at: datetime) -> PlannedChart:
    """
    Plan a line between two shapes of a chart, planned or real, by their ids.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        Refusal: an end is missing, or there are too many.
    """
    found = _locked(key, kind, by, at)
    if not source or not target:
        raise Refusal("no_ends", "Choose where it begins and where it leads.", "source" if not source else "target")
    if len(found.lines) >= MOST:
        raise Refusal("too_many", f"A chart takes at most {MOST} planned lines. Begin another.", "text")
    made = {"id": f"line-{found.next_id}", "source": source, "target": target, "text": text.strip()[:LONGEST]}
    found.lines, found.next_id = [*found.lines, made], found.next_id + 1
    return _changed(found, made["text"] or "→", by, at)


@transaction.atomic
def take_out(*, key: str, kind: str, element: str, by: Actor, at: datetime) -> PlannedChart:
    """
    Take something planned out of a chart, a shape with its lines.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        NotFound: it is not planned there.
    """
    found = _locked(key, kind, by, at)
    gone = next((each for each in (*found.shapes, *found.lines) if each["id"] == element), None)
    if gone is None:
        raise NotFound("This is not planned any more. Look at the chart again.")
    found.shapes = [each for each in found.shapes if each["id"] != element]
    found.lines = [each for each in found.lines if element not in (each["id"], each["source"], each["target"])]
    found.places = {name: place for name, place in found.places.items() if name != element}
    return _changed(found, gone.get("name") or gone.get("text") or element, by, at, removed=True)


@transaction.atomic
def move_shape(*, key: str, kind: str, shape: str, x: float, y: float, by: Actor, at: datetime) -> PlannedChart:
    """
    Put a shape of a chart somewhere, where it stays. Places are no business facts: the journal is not told.

    Raises:
        NotAllowed: the person's roles do not let them draw.
        Refusal: that is nowhere.
    """
    found = _locked(key, kind, by, at)
    if not shape or not all(math.isfinite(each) and abs(each) <= FARTHEST for each in (x, y)):
        raise Refusal("nowhere", "Put it somewhere on the drawing.", "shape")
    found.places = {**found.places, shape: [round(x, 1), round(y, 1)]}
    found.save()
    return found


@transaction.atomic
def put_back(*, key: str, kind: str, by: Actor, at: datetime) -> PlannedChart:
    """
    Let all shapes of a chart stand where the arranging puts them.

    Raises:
        NotAllowed: the person's roles do not let them draw.
    """
    found = _locked(key, kind, by, at)
    found.places = {}
    found.save()
    return found


def _locked(key: str, kind: str, by: Actor, at: datetime) -> PlannedChart:
    permits.require_design(by)
    if key.startswith("own:") and not PlannedChart.objects.filter(key=key).exists():
        raise NotFound("There is no such chart any more. Look at the list of charts.")
    PlannedChart.objects.get_or_create(key=key, defaults={"kind": kind, "changed_at": at, "changed_by_label": by.label})
    found = PlannedChart.objects.select_for_update().get(key=key)
    found.changed_at, found.changed_by_label = at, by.label
    return found


def _changed(found: PlannedChart, what: str, by: Actor, at: datetime, *, removed: bool = False) -> PlannedChart:
    found.save()
    event = PlanChanged(chart=found.key, what=what, removed=removed)
    journal.record(event, by=by, at=at, about=RecordRef("chart", found.pk))
    return found
