"""Should and did: where the cases left a chart, what that cost, and which cases they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.procedures import charts
from throughline.core.procedures.models import ProcedureVersion
from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.model import Activity, Definitions, Event
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.flow.mining.conformance import NotComparable
from throughline.insight.mined import departures
from throughline.insight.mined.rates import rates_of
from throughline.insight.mined.strayed import Compared, Strayed, aligned, replayed
from throughline.web.answers import Asked
from throughline.web.mined.looking import Looked
from throughline.web.mined.views import about, records_shown
from throughline.web.parts import Choice
from throughline.web.simulation.shown import share, span

KINDS = {
    "skipped": gettext_lazy("left out"),
    "extra": gettext_lazy("extra"),
    "moved": gettext_lazy("moved by hand"),
    "unexpected": gettext_lazy("not where the chart leads"),
    "wrong order": gettext_lazy("in the wrong order"),
    "after the end": gettext_lazy("after the end"),
    "late": gettext_lazy("late"),
    "wrong person": gettext_lazy("done by another person"),
    "implausible": gettext_lazy("implausible message"),
}
HOW = {
    "unknown": gettext_lazy("not in the chart"),
    "repeated": gettext_lazy("repeated"),
    "out of order": gettext_lazy("in the wrong order"),
    "misplaced": gettext_lazy("in the wrong place"),
}
METHODS = {
    "replayed": gettext_lazy("replayed step by step on the version that the cases ran on"),
    "exact": gettext_lazy("aligned, at the least possible cost"),
    "approximate": gettext_lazy("aligned approximately: the chart has too many situations for an exact answer"),
}
CASES_SHOWN, STEPS_MAPPED, CHARTS_SHOWN = 100, 40, 200


@about("conformance")
def show_conformance(request: Asked, looked: Looked) -> HttpResponse:
    """Show how the cases and a chart agree."""
    asked = request.GET
    against = asked.get("against", "")
    context = looked.context | {
        "charts": _charts(looked, against),
        "rate": asked.get("rate", ""),
        "against": against,
        "own": [(name, value) for name, value in _own(asked) if name not in ("against", "rate", "m")],
        "mapping": _mapping_texts(asked),
    }
    if looked.source.kind == "log" and not against:
        return render(request, "mined/conformance.html", context)
    rate = _rate(asked.get("rate", ""))
    version_id = _version_id(against) if against else looked.source.version_id
    assert version_id is not None
    drawing = bpmn.read(overview.drawing(version_id=version_id))
    rates = rates_of(version_id=version_id, otherwise=rate)
    if against:
        try:
            found = aligned(looked.log, drawing, _mapping(asked), rates, looked.elapsed)
        except NotComparable as problem:
            raise Refusal("not_comparable", str(problem)) from problem
    else:
        replay = departures(procedure=looked.source.key, user=request.user, version=looked.source.version)
        running = charts.running(version_id)
        labels = {node.id: running.label(node.id) for node in running.chart.nodes}
        found = replayed(looked.log, replay, labels, rates, looked.elapsed)
    context |= {
        "figures": _figures(found),
        "method": METHODS[found.method],
        "warnings": found.warnings,
        "rows": [_row(each, place, looked, asked) for place, each in enumerate(found.strayed)],
        "picture": _picture(drawing, found),
        "knows_work": any(each.work_seconds is not None for each in found.strayed),
        "to_map": _to_map(found, drawing) if against else [],
        "chosen": _chosen(found, looked, asked),
    }
    return render(request, "mined/conformance.html", context)


# --- what was asked ---------------------------------------------------------------------------------------------------
def _charts(looked: Looked, against: str) -> list[Choice]:
    rows = ProcedureVersion.objects.order_by("procedure__name", "-number").values_list(
        "procedure__key", "procedure__name", "number"
    )[:CHARTS_SHOWN]
    first = (
        Choice("", _("the version they ran on"))
        if looked.source.kind == "procedure"
        else Choice("", _("choose a chart"))
    )
    return [first] + [
        Choice(
            f"{key}:{number}", _("%(name)s, version %(n)d") % {"name": name, "n": number}, f"{key}:{number}" == against
        )
        for key, name, number in rows
    ]


def _version_id(against: str) -> int:
    key, _colon, number = against.rpartition(":")
    rows = ProcedureVersion.objects.filter(procedure__key=key, number=int(number) if number.isdecimal() else 0)
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such chart any more. Choose another one."))
    return found


def _rate(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError as problem:
        fault = _("Write a number, such as 40.")
        raise Refusal("no_number", fault, fields={"rate": fault}) from problem


def _mapping_texts(asked: QueryDict) -> list[str]:
    return [text for text in asked.getlist("m") if text]


def _mapping(asked: QueryDict) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in _mapping_texts(asked):
        try:
            activity, node = json.loads(text)
        except ValueError as problem:
            raise Refusal("map_unreadable", _("The map of names cannot be read. Choose the steps anew.")) from problem
        found[str(activity)] = str(node)
    return found


def _own(asked: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name in asked for value in asked.getlist(name) if name != "case"]


# --- in words ---------------------------------------------------------------------------------------------------------
def _figures(found: Compared) -> list[dict[str, str]]:
    rows = [
        (_("Cases that kept to the chart"), f"{found.conforming:,}", _("of %(n)s") % {"n": f"{found.cases:,}"}),
        (_("Fitness"), f"{found.fitness:.3f}", ""),
    ]
    if found.log_fitness is not None:
        rows.append((_("Fitness of the log as a whole"), f"{found.log_fitness:.3f}", ""))
    if found.precision is not None:
        rows.append((_("Precision"), f"{found.precision:.3f}", ""))
    if found.unapproved is not None:
        rows.append((_("Cases with a departure nobody approved"), f"{found.unapproved:,}", ""))
    money = [each.money for each in found.strayed if each.money is not None]
    if money:
        rows.append((_("Work beside the chart"), _money(sum(money)), ""))
    return [{"label": label, "value": value, "url": "", "beside": beside} for label, value, beside in rows]


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _key(each: Strayed) -> str:
    return json.dumps([each.kind, each.node, each.step, each.how], ensure_ascii=False)


def _row(each: Strayed, place: int, looked: Looked, asked: QueryDict) -> dict[str, Any]:
    kind = f"{KINDS[each.kind]}, {HOW[each.how]}" if each.how else str(KINDS[each.kind])
    if each.approved:
        kind = _("%(kind)s (%(n)d approved)") % {"kind": kind, "n": each.approved}
    longer = each.longer_seconds
    return {
        "step": each.step or _("the whole case"),
        "kind": kind,
        "reasons": each.reasons,
        "cases": f"{len(each.cases):,}",
        "share": share(len(each.cases) / looked.log.cases) if looked.log.cases else "",
        "moves": f"{each.moves:,}",
        "late": span(each.late_seconds) if each.late_seconds else "",
        "longer": "–" if longer is None else ("+" if longer > 0 else "") + span(longer),
        "work": "–" if each.work_seconds is None else span(each.work_seconds),
        "money": "–" if each.money is None else _money(each.money),
        "url": f"{_with(asked, 'case', _key(each))}#cases",
        "is_chosen": asked.get("case") == _key(each),
        "place": place,
    }


def _with(asked: QueryDict, name: str, value: str) -> str:
    made = asked.copy()
    made[name] = value
    return f"?{made.urlencode()}"


def _chosen(found: Compared, looked: Looked, asked: QueryDict) -> dict[str, Any] | None:
    each = next((each for each in found.strayed if _key(each) == asked.get("case")), None)
    if each is None:
        return None
    names = list(each.cases[:CASES_SHOWN])
    records = records_shown(looked, names)
    return {
        "title": f"{each.step or _('the whole case')}: {KINDS[each.kind]}",
        "rest": len(each.cases) - len(names),
        "cases": [
            {
                "name": name,
                "url": looked.url("case", None, name),
                "record": records.get(name),
                "fitness": f"{found.of_case[name]:.3f}" if name in found.of_case else "",
            }
            for name in names
        ],
    }


def _picture(drawing: Definitions, found: Compared) -> SafeString:
    by_node: dict[str, Counter[str]] = {}
    cases: dict[str, set[str]] = {}
    for each in found.strayed:
        if each.node:
            by_node.setdefault(each.node, Counter())[str(KINDS[each.kind])] += len(each.cases)
            cases.setdefault(each.node, set()).update(each.cases)
    marks = {node: _mark(counts, len(cases[node]), found.cases) for node, counts in by_node.items()}
    return SafeString(render_svg(drawing, marks, id_prefix="strayed-", title=_("Where cases left the chart")))


def _mark(counts: Mapping[str, int], cases: int, of: int) -> Mark:
    part = cases / of if of else 0.0
    note = ", ".join(f"{count} {kind}" for kind, count in Counter(counts).most_common(2))
    return Mark(count=cases, heat=3 if part >= 0.2 else 2 if part >= 0.05 else 1, note=note)


def _to_map(found: Compared, drawing: Definitions) -> list[dict[str, Any]]:
    """Activities of the log that the chart does not know by name, with the steps they could stand for."""
    steps = _steps(drawing)
    return [
        {
            "activity": activity,
            "choices": [Choice(json.dumps([activity, node], ensure_ascii=False), name) for node, name in steps],
        }
        for activity in found.unmatched[:STEPS_MAPPED]
    ]


def _steps(drawing: Definitions) -> Sequence[tuple[str, str]]:
    return [
        (node.id, node.name)
        for process in drawing.processes
        for node, _scope in process.walk()
        if isinstance(node, Activity | Event) and node.name.strip()
    ]
