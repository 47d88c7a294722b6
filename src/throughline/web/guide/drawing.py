"""The last four steps: steps, connections, details, test. They work on the draft, by the operations of the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core.drafting.operations import change_draft
from throughline.core.procedures.operations import save_draft
from throughline.core.procedures.queries import overview as queries
from throughline.core.refusals import Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit import Row
from throughline.flow.bpmn.render import render_svg
from throughline.insight.guide.answers import FATES, Answers, Need
from throughline.insight.guide.models import Guide
from throughline.web.answers import Asked
from throughline.web.guide import data
from throughline.web.guide.asking import fates_of_pain, journey_picture
from throughline.web.guide.kinds import guessed
from throughline.web.guide.rows import sent
from throughline.web.parts import Choice, FormSection
from throughline.web.procedures.catalogue import catalogue
from throughline.web.procedures.start import first_drawing
from throughline.web.steps import forms
from throughline.web.steps.shown import Titles
from throughline.web.steps.shown import steps as in_words
from throughline.web.steps.views import LATE, Standing, findings, lateness_of, standing, step_groups, template_of
from throughline.web.steps.ways import ways_of, ways_sent

Given = Mapping[str, str]
LINES = 6
"""So many empty lines wait for steps."""
FIRST = "first"
"""The step of a first drawing that the first step of the guided path takes the place of."""


def _drawn(guide: Guide) -> Standing:
    return standing(guide.procedure.key)


def _picture(at: Standing) -> SafeString:
    return SafeString(render_svg(at.chart, id_prefix="guide-", title=at.found.name))


def _change(request: Asked, guide: Guide, change: forms.Edit, what: str) -> None:
    key = guide.procedure.key
    if not queries.procedure(key=key).versions:
        save_draft(key=key, drawing=_beginning(guide), by=request.by, at=request.at)
    change_draft(key=key, edit=change, what=what, by=request.by, at=request.at)


def _beginning(guide: Guide) -> bytes:
    """The drawing that the steps are put into: the as-is under the new name if it is drawn, else a first drawing."""
    procedure = guide.procedure
    if guide.as_is is not None and guide.as_is_id != procedure.pk:
        found = queries.procedure(key=guide.as_is.key)
        version = found.latest("published") or found.latest("draft")
        if version is not None:
            chart = bpmn.read(queries.drawing(version_id=version.id))
            named = edit.set_procedure(chart, key=procedure.key, record=procedure.record_type, name=procedure.name)
            return bpmn.write(named)
    return first_drawing(procedure.key, procedure.name, procedure.record_type)


# -- Steps -------------------------------------------------------------------------------------------------------------


def steps(request: Asked, guide: Guide, _answers: Answers, given: Given, _refusal: Refusal | None) -> dict[str, Any]:
    """Return what the page of steps shows: what begins it, the steps so far, and lines for more."""
    offered = catalogue(request)
    at = _drawn(guide)
    has_draft = bool(at.found.versions)
    rows = in_words(at.chart, [], Titles.of(offered)) if has_draft else []
    start = next((row for row in edit.outline(at.chart) if isinstance(row.node, model.StartEvent)), None)
    trigger = start.node.extensions.trigger if start else None
    event = given.get("event") or (trigger.event if trigger else f"{guide.procedure.record_type}.captured")
    groups = [
        (title, [choice for choice in choices if not choice.value.startswith(("exclusive", "end"))])
        for title, choices in step_groups(offered)
    ]
    return {
        "events": [Choice(each["value"], each["label"], chosen=each["value"] == event) for each in offered["events"]],
        "so_far": [row for row in rows if not isinstance(row.row.node, model.StartEvent | model.EndEvent)],
        "lines": [
            {
                "number": number,
                "name": given.get(f"line.{number}.name", ""),
                "kind": given.get(f"line.{number}.kind", ""),
            }
            for number in range(LINES)
        ],
        "groups": groups,
        "roles": [Choice(role["value"], role["label"]) for role in offered["roles"]],
        "picture": _picture(at) if has_draft else "",
        "outline_url": reverse("web:procedure_outline", args=[guide.procedure.key]),
    }


def steps_sent(request: Asked, guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Draw the steps that were listed, one after the other, and return the answers as they were.

    Raises:
        Refusal: no step was named, or one cannot be added to a list.
    """
    offered = catalogue(request)
    lines = [row for row in sent(given, "line") if row.get("name")]
    has_draft = bool(queries.procedure(key=guide.procedure.key).versions)
    if not lines and not has_draft:
        raise Refusal("no_step", _("Name at least one step, such as “Call the lead”."), "line.0.name")
    made = [
        (template_of(offered, row.get("kind") or guessed(row["name"])), row["name"], row.get("who", ""))
        for row in lines
    ]
    event = given.get("event", "")

    def change(chart: model.Definitions) -> model.Definitions:
        chart = _started_by(chart, event)
        fresh = any(row.id == FIRST and not row.node.documentation for row in edit.outline(chart)) and not has_draft
        for template, name, role in made:
            chart, node = edit.add_after(chart, after=_last(chart), step=template, name=name, way="")
            if role:
                chart = forms.into_role(node, role, offered)(chart)
        return edit.delete(chart, node=FIRST) if fresh and made else chart

    _change(request, guide, change, _("Steps of the guided path"))
    return answers


def _started_by(chart: model.Definitions, event: str) -> model.Definitions:
    start = next((row for row in edit.outline(chart) if isinstance(row.node, model.StartEvent)), None)
    if start is None or (isinstance(start.node, model.StartEvent) and start.node.definitions):
        return chart
    return edit.set_trigger(chart, start=start.id, event=event)


def _last(chart: model.Definitions) -> str:
    """The step after which further ones are put: the one before the end, on the way that is taken first."""
    rows = {row.id: row for row in edit.outline(chart)}
    current = next(row for row in rows.values() if isinstance(row.node, model.StartEvent))
    seen = {current.id}
    while True:
        onward = [rows[exit_.target] for exit_ in current.exits if exit_.target not in seen]
        following = onward[0] if onward else None
        if following is None or isinstance(following.node, model.EndEvent) or len(following.exits) > 1:
            return current.id
        seen.add(following.id)
        current = following


# -- Connections -------------------------------------------------------------------------------------------------------


def connections(
    request: Asked, guide: Guide, _answers: Answers, _given: Given, _refusal: Refusal | None
) -> dict[str, Any]:
    """Return what the page of connections shows: per step, where its outcomes lead."""
    at = _drawn(guide)
    rows = edit.outline(at.chart)
    words = in_words(at.chart, [], Titles.of(catalogue(request)))
    shown = [(word, ways) for word in words if (ways := _asked(word.row, rows)) is not None]
    return {"connected": shown, "picture": _picture(at)}


def _asked(row: Row, rows: tuple[Row, ...]) -> Any:
    if isinstance(row.node, model.Gateway | model.StartEvent | model.BoundaryEvent) or row.depth:
        return None
    return ways_of(row, rows)


def connections_sent(request: Asked, guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Connect the steps as was sent, and return the answers as they were.

    Raises:
        Refusal: steps cannot be connected so.
    """
    at = _drawn(guide)
    rows = edit.outline(at.chart)
    edits = []
    for row in rows:
        ways = _asked(row, rows)
        own = _of_step(given, row.id)
        if ways is None or not own:
            continue
        before = {f"way.{way.number}.target": next((t.value for t in way.targets if t.chosen), "") for way in ways.rows}
        if any(own.get(name, value) != value for name, value in before.items()):
            edits.append(ways_sent(row, own))
    if edits:
        _change(request, guide, forms.composed(edits), _("Connections of the guided path"))
    return answers


def _of_step(given: Given, node: str) -> dict[str, str]:
    start = f"{node}:"
    return {name.removeprefix(start): value for name, value in given.items() if name.startswith(start)}


# -- Details -----------------------------------------------------------------------------------------------------------


def details(request: Asked, guide: Guide, _answers: Answers, given: Given, refusal: Refusal | None) -> dict[str, Any]:
    """Return what the page of details shows: per step its form."""
    offered, at = catalogue(request), _drawn(guide)
    shown = []
    rows = edit.outline(at.chart)
    for word in in_words(at.chart, findings(at), Titles.of(offered)):
        if isinstance(word.row.node, model.Gateway | model.EndEvent | model.BoundaryEvent):
            continue
        sections = [_prefixed(each, word.id, given, refusal) for each in forms.sections(word.row, at.chart, offered)]
        shown.append(
            {
                "step": word,
                "sections": sections,
                "fields": forms.field_rows(word.row) if isinstance(word.row.node, model.UserTask) else [],
                "is_person": isinstance(word.row.node, model.UserTask),
                "is_late": any(row.after == word.id and row.node.name == LATE for row in rows),
            }
        )
    return {"detailed": shown}


def _prefixed(section: FormSection, node: str, given: Given, refusal: Refusal | None) -> FormSection:
    errors = refusal.fields if refusal else {}
    fields = (
        replace(
            field,
            name=f"{node}:{field.name}",
            value=given.get(f"{node}:{field.name}", field.value),
            error=errors.get(f"{node}:{field.name}", ""),
        )
        for field in section.fields
    )
    return FormSection(section.title, tuple(fields))


def details_sent(request: Asked, guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Set up the steps as was sent, and return the answers as they were.

    Raises:
        Refusal: something cannot be read; its fields carry the step before them.
    """
    offered, at = catalogue(request), _drawn(guide)
    rows, edits = edit.outline(at.chart), []
    for row in rows:
        own = _of_step(given, row.id)
        if not own:
            continue
        try:
            edits.append(forms.settings_of(row, own, offered))
            late = any(each.after == row.id and each.node.name == LATE for each in rows)
            if own.get("late") and not late:
                due = {"within": own.get("within") or "24", "unit": own.get("unit") or "hours"}
                edits.append(lateness_of(row, due | {"step": "action-notify.manager"}, offered))
            elif "late_asked" in own and late and not own.get("late"):
                edits.append(lateness_of(row, {"remove": "yes"}, offered))
        except Refusal as refusal:
            fields = {f"{row.id}:{name}": message for name, message in refusal.fields.items()}
            raise Refusal(refusal.code, refusal.message, fields=fields) from None
    _change(request, guide, forms.composed(edits), _("Details of the guided path"))
    return answers


# -- Test and refine ---------------------------------------------------------------------------------------------------


def refine(request: Asked, guide: Guide, answers: Answers, given: Given, _refusal: Refusal | None) -> dict[str, Any]:
    """
    Return what the last page shows: what the check says, fields that the drawing reads and records lack, the drawing,
    the journey, and the pain points with their fates.
    """
    at = _drawn(guide)
    told = findings(at)
    key = guide.procedure.key
    words = fates_of_pain()
    lacking = [Need(label=_in_words(name), key=name) for name in sorted({each.name for each in told} - {""})]
    return {
        "findings": told,
        "is_sound": not any(each.severity == "error" for each in told),
        "pains": [
            {
                "number": number,
                "text": pain.text,
                "how": given.get(f"pain.{number}.how", pain.how),
                "fates": [
                    Choice(fate, words[fate], chosen=fate == given.get(f"pain.{number}.fate", pain.fate))
                    for fate in FATES
                ],
            }
            for number, pain in enumerate(answers.pains)
        ],
        "picture": _picture(at),
        "journey": SafeString(journey_picture(answers)),
        "journey_url": reverse("web:customer_journey", args=[key]),
        **data.context(request, guide, answers, given, found=lacking, blank=0),
        "outline_url": reverse("web:procedure_outline", args=[key]),
        "draw_url": reverse("web:procedure_draw", args=[key]),
        "tests_url": reverse("web:procedure_tests", args=[key]),
    }


def _in_words(name: str) -> str:
    """Return a field's name as a label: ``number_of_cars`` → ``Number of cars``."""
    words = " ".join(name.split("_")).strip()
    return words[:1].upper() + words[1:]


def refine_sent(request: Asked, guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Return the answers with what became of each pain point; fields that records lack are made or noted.

    Raises:
        Refusal: a field cannot be made.
    """
    rows = list(sent(given, "pain"))
    pains = tuple(
        msgspec.structs.replace(pain, fate=row["fate"] if row.get("fate") in FATES else "", how=row.get("how", ""))
        for pain, row in zip(answers.pains, rows, strict=False)
    )
    answers = msgspec.structs.replace(answers, pains=(*pains, *answers.pains[len(pains) :]))
    return data.settled(request, guide, answers, given)
