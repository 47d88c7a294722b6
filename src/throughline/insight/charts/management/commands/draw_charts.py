"""``throughline manage draw_charts FOLDER``: a picture of every type of chart, as the pages show them."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures.models import Case, CaseEvent, ProcedureVersion
from throughline.core.recordref import RecordRef
from throughline.flow import bpmn
from throughline.flow.bpmn.render.palette import LIGHT, settle
from throughline.flow.bpmn.render.printing import printed
from throughline.flow.charts.views import Figure, ShapeKind, drawn
from throughline.flow.charts.views.planned import Plan, PlannedLine, PlannedShape, laid_over
from throughline.flow.charts.views.stream_map import duration
from throughline.insight.charts import views
from throughline.insight.charts.streams import State, value_stream_of


class Command(BaseCommand):
    """Draw each type of chart of what is in the database (best: the sample company) into a folder, as PNG."""

    help = "Draw a picture of every type of chart of what is here into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--procedure", default="lead-to-deal")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Draw them."""
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        user = next(iter(access.people_with(access.DESIGN_PROCEDURES)), None)
        if user is None:
            raise CommandError("Expected somebody who may draw procedures, but nobody may. Load the sample company.")
        for name, svg in _pictures(options["procedure"], user):
            (folder / f"{name}.png").write_bytes(printed(svg, "png", title=name, zoom=1.0))
            self.stdout.write(f"{folder / name}.png")


def _pictures(procedure: str, user: User) -> Iterator[tuple[str, str]]:
    version = ProcedureVersion.objects.get(procedure__key=procedure, status="published")
    chart = bpmn.read(bytes(version.bpmn))
    yield "process", bpmn.render_svg(chart, title=procedure, colours=LIGHT)
    for by in ("role", "team", "system"):
        relaned = views.relaned_by(procedure=procedure, by=by)
        yield f"process-by-{by}", bpmn.render_svg(relaned, title=procedure, colours=LIGHT)
    for name, figure in _figures(procedure, user):
        yield name, settle(drawn(figure), LIGHT)


def _figures(procedure: str, user: User) -> Iterator[tuple[str, Figure]]:
    yield "data-flow-0", views.data_flow(procedure=procedure, level=0, user=user)
    yield "data-flow-1", views.data_flow(procedure=procedure, level=1, user=user)
    last = CaseEvent.objects.order_by("-at").values_list("at", flat=True).first()
    states: tuple[tuple[str, State], ...] = (("value-stream", "now"), ("value-stream-future", "future"))
    if last is not None:
        for name, state in states:
            figure = value_stream_of(procedure=procedure, user=user, at=last, plan=_FUTURE, state=state, said=duration)
            yield name, figure
    yield "uml-activity", views.activity_of(procedure=procedure)
    yield "uml-classes", views.record_types(user=user)
    yield "uml-use-cases", views.roles_and_procedures(user=user)
    for pipeline in views.pipelines()[:1]:
        yield "uml-states", views.pipeline_states(pipeline=pipeline.key, user=user)
    case = Case.objects.filter(version__procedure__key=procedure).exclude(record_id=None).order_by("pk").first()
    if case is not None and case.record_id is not None:
        yield "uml-sequence", views.one_case(record=RecordRef(case.record_type, case.record_id), user=user)
    yield "planned", laid_over(views.data_flow(procedure=procedure, level=0, user=user), _PLAN)[0]


_PLAN = Plan(
    (PlannedShape("portal", ShapeKind.ENTITY, "Customer portal", estimate="40 a day"),),
    (PlannedLine("portal", "whole", "orders"),),
)
"""What the picture of a planned element shows."""

_FUTURE = Plan(
    (
        PlannedShape("call", ShapeKind.QUEUE, "Make first contact", estimate="2 h"),
        PlannedShape("talk", ShapeKind.STATION, "Make first contact", estimate="20 min"),
        PlannedShape("ask", ShapeKind.STATION, "Ask for the budget", estimate="5 min"),
    ),
    (PlannedLine("talk", "ask"),),
)
"""What is planned in the picture of a value stream's future."""
