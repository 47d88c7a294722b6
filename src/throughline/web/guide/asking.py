"""The first three steps: today, goals, chart type."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core.procedures.queries import overview as queries
from throughline.core.records import registry
from throughline.core.records.filters import Reading
from throughline.core.refusals import Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.insight.guide import picture
from throughline.insight.guide.answers import CHARTS, PAINS, Answers, PainPoint, Persona, Touchpoint, advised
from throughline.insight.guide.audit import audit
from throughline.insight.guide.models import Guide
from throughline.insight.kpis.definitions import BY_KEY, Unit
from throughline.insight.kpis.goals import goals_of, save_goal
from throughline.insight.kpis.measuring import available
from throughline.web.answers import Asked
from throughline.web.guide import data
from throughline.web.guide.rows import sent, shown
from throughline.web.insight.goals import FACTORS
from throughline.web.parts import Choice

Given = Mapping[str, str]


# -- Today -------------------------------------------------------------------------------------------------------------


def journey(request: Asked, guide: Guide, answers: Answers, given: Given, _refusal: Refusal | None) -> dict[str, Any]:
    """Return what the page about today shows."""
    kinds = kinds_of_pain()
    moments = [each.moment for each in answers.touchpoints]
    as_is = _as_is(guide)
    names = [row.node.name for row in edit.outline(as_is) if row.node.name] if as_is else []
    spec = registry.find(guide.procedure.record_type)
    fields = audit(spec=spec, user=request.user, reading=Reading(request.user, request.at)) if spec else []
    return {
        "pains": [
            row
            | {
                "kinds": [Choice(kind, kinds[kind], chosen=kind == row["kind"]) for kind in PAINS],
                "steps": [Choice(name, name, chosen=name == row["step"]) for name in names],
                "moments": [Choice(name, name, chosen=name == row["moment"]) for name in moments],
            }
            for row in shown(
                [
                    {"text": each.text, "kind": each.kind, "step": each.step, "moment": each.moment}
                    for each in answers.pains
                ],
                {"text": "", "kind": "late", "step": "", "moment": ""},
            )
        ],
        "moments": moments,
        "journey": SafeString(journey_picture(answers)),
        "journey_url": reverse("web:customer_journey", args=[guide.procedure.key]),
        "personas": shown([{"name": each.name, "wants": each.wants} for each in answers.personas], {}),
        "touchpoints": shown([{"moment": each.moment, "channel": each.channel} for each in answers.touchpoints], {}),
        "as_is": guide.as_is,
        "as_is_steps": names,
        "fields": fields,
        "total": fields[0].total if fields else 0,
        **data.context(request, guide, answers, given),
    }


def _as_is(guide: Guide) -> Any:
    if guide.as_is is None:
        return None
    found = queries.procedure(key=guide.as_is.key)
    version = found.latest("published") or found.latest("draft")
    return bpmn.read(queries.drawing(version_id=version.id)) if version else None


def kinds_of_pain() -> dict[str, str]:
    """Return how something hurts, in words."""
    return {"late": _("Comes too late"), "frustrating": _("Frustrating"), "wasteful": _("Wasted work")}


def fates_of_pain() -> dict[str, str]:
    """Return what the new way may make of a pain point, in words."""
    return {"removed": _("is gone"), "eased": _("gets better"), "stays": _("stays, knowingly")}


def journey_picture(answers: Answers) -> str:
    """Return the customer's journey as SVG; empty when nothing is told of it."""
    words = picture.Words(
        title=_("The customer’s journey"),
        persons=_("Who it is for"),
        touchpoints=_("Where they meet us"),
        pains=_("What hurts"),
        elsewhere=_("Behind the scenes"),
        kinds=kinds_of_pain(),
        fates=fates_of_pain(),
    )
    return picture.journey(answers, words)


def journey_sent(request: Asked, guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Return the answers with what was said about today; fields that records lack are made or noted.

    Raises:
        Refusal: a field cannot be made.
    """
    fates = {pain.text: pain for pain in answers.pains}
    rows = list(sent(given, "touchpoint"))
    renamed = {
        old.moment: row.get("moment", "") for old, row in zip(answers.touchpoints, rows, strict=False)
    }  # a pain point stays at its touchpoint when that is called otherwise
    pains = tuple(
        PainPoint(
            text=row["text"],
            kind=row["kind"] if row.get("kind") in PAINS else "late",
            step=row.get("step", ""),
            moment=renamed.get(row.get("moment", ""), ""),
            fate=fates[row["text"]].fate if row["text"] in fates else "",
            how=fates[row["text"]].how if row["text"] in fates else "",
        )
        for row in sent(given, "pain")
        if row.get("text")
    )
    personas = tuple(
        Persona(name=row["name"], wants=row.get("wants", "")) for row in sent(given, "persona") if row.get("name")
    )
    touchpoints = tuple(
        Touchpoint(moment=row["moment"], channel=row.get("channel", "")) for row in rows if row.get("moment")
    )
    answers = msgspec.structs.replace(answers, pains=pains, personas=personas, touchpoints=touchpoints)
    return data.settled(request, guide, answers, given)


# -- Goals -------------------------------------------------------------------------------------------------------------


def goals(request: Asked, guide: Guide, answers: Answers, given: Given, _refusal: Refusal | None) -> dict[str, Any]:
    """Return what the page about goals shows: figures of the record type first."""
    record = guide.procedure.record_type
    figures = sorted(available(request.user), key=lambda kpi: (kpi.record != record, bool(kpi.waits_for)))
    units = {Unit.SHARE: "%", Unit.SPAN: _("hours"), Unit.MONEY: _("money"), Unit.MONEY_PER_DAY: _("money per day")}
    mine = {goal.pk: goal for goal in goals_of(user=request.user)}
    return {
        "figures": [
            Choice(kpi.key, f"{kpi.name} ({units.get(kpi.unit, _('number'))})", chosen=given.get("kpi") == kpi.key)
            for kpi in figures
        ],
        "periods": [
            Choice("this_month", _("in a month")),
            Choice("this_quarter", _("in a quarter")),
            Choice("last_30_days", _("in the last 30 days")),
        ],
        "target": given.get("target", ""),
        "set_goals": [
            {"name": BY_KEY[mine[pk].kpi].name, "target": _in_form(mine[pk].kpi, mine[pk].target)}
            for pk in answers.goals
            if pk in mine and mine[pk].kpi in BY_KEY
        ],
    }


def _in_form(kpi: str, target: Decimal | None) -> str:
    if target is None:
        return ""
    unit = BY_KEY[kpi].unit
    number = (target / FACTORS.get(unit, Decimal(1))).normalize()
    return f"{number:f}{' %' if unit is Unit.SHARE else ''}{' h' if unit is Unit.SPAN else ''}"


def goals_sent(request: Asked, _guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Set the goal that was sent, and return the answers with it.

    Raises:
        Refusal: there is no goal yet, or its target is no number.
    """
    kpi = BY_KEY.get(given.get("kpi", ""))
    if kpi is None:
        if not answers.goals:
            raise Refusal("no_goal", _("Choose a figure to see whether the new way is better."), "kpi")
        return answers
    try:
        target = Decimal(given.get("target", "").strip().replace(",", "."))
    except InvalidOperation:
        raise Refusal("no_number", _("Write a number such as 95."), "target") from None
    goal = save_goal(
        kpi=kpi.key, period=given.get("period") or "this_month", owner_id=request.user.pk,
        target=target * FACTORS.get(kpi.unit, Decimal(1)), by=request.by, at=request.at,
    )  # fmt: skip
    return msgspec.structs.replace(answers, goals=(*answers.goals, goal.pk))


# -- Chart type --------------------------------------------------------------------------------------------------------


def chart(request: Asked, _guide: Guide, answers: Answers, _given: Given, _refusal: Refusal | None) -> dict[str, Any]:
    """Return what the page about the chart type shows: all five, the advised one chosen."""
    mine = {goal.pk: goal for goal in goals_of(user=request.user)}
    units = [str(BY_KEY[mine[pk].kpi].unit) for pk in answers.goals if pk in mine and mine[pk].kpi in BY_KEY]
    advice = advised(units, answers.pains)
    words = {
        "swimlane": (_("Swimlanes"), _("Who does what: shows where work changes hands and waits.")),
        "process": (_("Flow chart"), _("What follows what: enough when one person does it all.")),
        "data-flow": (_("Data flow"), _("Which data goes where. Follows from the steps that you describe.")),
        "value-stream": (
            _("Value stream"),
            _("What adds value and what is waiting. Follows from steps and real times."),
        ),
        "uml": (_("UML"), _("Types, states and messages, for those who build. Follows from what is there.")),
    }
    return {
        "charts": [
            {
                "value": name,
                "label": words[name][0],
                "why": words[name][1],
                "chosen": name == (answers.chart or advice),
                "advised": name == advice,
            }
            for name in CHARTS
        ]
    }


def chart_sent(_request: Asked, _guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Return the answers with the chart type.

    Raises:
        Refusal: none was chosen.
    """
    if given.get("chart") not in CHARTS:
        raise Refusal("no_chart", _("Choose a kind of chart. The advised one is a good start."), "chart")
    return msgspec.structs.replace(answers, chart=given["chart"])
