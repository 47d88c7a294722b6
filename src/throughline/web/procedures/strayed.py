"""Where the cases of a guided procedure left its drawing: by step on the Live page, each count with its cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from throughline.core.procedures import charts
from throughline.core.procedures.queries import overview as queries
from throughline.insight.mined import departures
from throughline.web.answers import Asked
from throughline.web.procedures.endings import Cases, Figure
from throughline.web.work.guided import DEPARTURES


@dataclass(frozen=True, slots=True)
class Line:
    """One way in which cases departed at one step."""

    step: str
    words: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Strayed:
    """How many cases kept to the drawing, and where the others did not."""

    kept: Figure
    lines: tuple[Line, ...]


def strayed(
    found: queries.Drawn, version: queries.VersionRow, running: charts.Running, request: Asked
) -> Strayed | None:
    """Return where the cases of a version departed that the person may see; None where it is no guided one."""
    if not running.chart.watches:
        return None
    replay = departures(procedure=found.key, user=request.user, version=version.number)
    cases = Cases(found, request)
    counts = Counter({(node, kind): count for (node, kind), count in replay.by_element().items()})
    return Strayed(
        kept=Figure(replay.conforming_cases, f"{replay.fitness:.1%}" if replay.cases else "", ""),
        lines=tuple(
            Line(
                step=running.label(node),
                words=str(DEPARTURES.get(kind, kind)),
                figure=cases.figure(count, replay.cases, departure=kind, step=node, among=str(version.number)),
            )
            for (node, kind), count in counts.most_common()
        ),
    )


def cases_that(found: queries.Drawn, request: Asked, kind: str, step: str) -> frozenset[int] | None:
    """Return the cases that departed in this way at this step, None when no departure is asked for."""
    if not kind:
        return None
    number = request.GET.get("among", "")
    version = int(number) if number.isdecimal() else None
    replay = departures(procedure=found.key, user=request.user, version=version)
    return frozenset(each.case for each in replay.departures if each.kind == kind and step in ("", each.node))


def words_of(kind: str) -> str:
    """Return what the list of such cases is called."""
    return _("Cases: %(words)s") % {"words": DEPARTURES.get(kind, kind)}
