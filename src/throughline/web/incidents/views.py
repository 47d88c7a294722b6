"""
Incidents: the list with alike ones together, one in full (what, where, why, which data, what now), and repairing one
or many: chosen, shown case by case what it would do, decided, and taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.operations import repair_incidents, take_back_repair
from throughline.core.procedures.queries import incidents as queries
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.refusals import Refusal
from throughline.flow import bpmn, feel, values
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice
from throughline.web.records.filters import address
from throughline.web.records.present import url_of

PAGE = 50
AROUND = 2
"""So many steps around the one that failed are drawn."""
HOWS: Mapping[str, tuple[Any, Any]] = {
    "retry": (gettext_lazy("Try again"), gettext_lazy("The step is done once more, as it is.")),
    "correct": (gettext_lazy("Correct data and try again"), gettext_lazy("Values of the case are changed first.")),
    "skip": (gettext_lazy("Skip the step"), gettext_lazy("The case goes on as if the step had been done.")),
    "move": (gettext_lazy("Go on at another step"), gettext_lazy("The case goes on at the step you choose.")),
    "cancel": (gettext_lazy("Cancel the case"), gettext_lazy("It ends here; what it waits for goes with it.")),
}
STATUS_WORDS = {
    "waiting": gettext_lazy("in a moment"),
    "done": gettext_lazy("done"),
    "taken_back": gettext_lazy("taken back"),
}


# -- The list ----------------------------------------------------------------------------------------------------------


@signed_in
def show_list(request: Asked) -> HttpResponse:
    """Show the open incidents, alike ones together, and the latest repairs."""
    procedure, node, after = (request.GET.get(name, "") for name in ("procedure", "node", "after"))
    rows = queries.incidents(
        user=request.user, at=request.at, procedure=procedure, node=node,
        after=int(after) if after.isdecimal() else 0, limit=PAGE + 1,
    )  # fmt: skip
    shown = rows[:PAGE]
    next_page = parameters(request.GET) | {"after": str(shown[-1].id)} if len(rows) > PAGE else {}
    context = {
        "groups": [] if procedure or node else [_group(group) for group in queries.incident_groups(user=request.user)],
        "incidents": [_line(row) for row in shown],
        "is_narrowed": bool(procedure or node),
        "repairs": [_repair(row) for row in queries.repairs(limit=8)],
        "list_url": reverse("web:incidents"),
        "operation_url": reverse("web:operation") if access.allows(request.user, access.REPAIR_PROCEDURES) else "",
        "prepare_url": reverse("web:repair_new"),
        "next_url": f"?{address(next_page)}" if next_page else "",
        "now": request.at,
    }
    return render(request, "incidents/list.html", context)


def _group(group: queries.IncidentGroup) -> dict[str, Any]:
    return {
        "label": group.label or group.procedure_name,
        "procedure": _("%(name)s, version %(n)d") % {"name": group.procedure_name, "n": group.version},
        "message": group.message,
        "count": group.count,
        "oldest_at": group.oldest_at,
        "ids": group.ids,
        "url": f"{reverse('web:incidents')}?{address({'procedure': group.procedure, 'node': group.node})}",
        "step_url": reverse("web:procedure_step", args=[group.procedure, group.node]) if group.node else "",
        "button": ngettext("Repair it", "Repair all %(n)d", group.count) % {"n": group.count},
    }


def _line(row: queries.IncidentRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": reverse("web:incident", args=[row.id]),
        "about": _about(row.record_title, row.case),
        "label": row.label,
        "procedure": row.procedure_name,
        "message": row.message,
        "at": row.opened_at,
        "retries": row.retries,
    }


def _about(title: str, case: int) -> str:
    return title or _("Case %(n)d") % {"n": case}


def _record_url(record: RecordRef | None) -> str:
    return url_of(registry.get(record.type), record.id) if record else ""


def _repair(row: queries.RepairRow) -> dict[str, Any]:
    return {
        "words": HOWS[row.how][0],
        "count": row.count,
        "left": row.left,
        "status": STATUS_WORDS[row.status],
        "is_waiting": row.status == "waiting",
        "reason": row.reason,
        "by": row.by,
        "at": row.decided_at,
        "back_url": reverse("web:repair_taking_back", args=[row.id]) if row.can_be_taken_back else "",
    }


# -- One ---------------------------------------------------------------------------------------------------------------


@signed_in
def show_one(request: Asked, incident_id: int) -> HttpResponse:
    """Show one incident in full, with what can be done about it."""
    found = queries.incident(incident_id=incident_id, user=request.user)
    row = found.row
    context = {
        "incident": _line(row),
        "record_url": _record_url(row.record),
        "live_url": reverse("web:procedure_live", args=[row.procedure]),
        "version": row.version,
        "picture": _picture(found.drawing, row.node, row.message),
        "action": found.action,
        "inputs": [(name, _feel_text(value)) for name, value in found.inputs.items()],
        "form": _form([row], targets=found.targets, variables=found.variables),
        "now": request.at,
    }
    return render(request, "incidents/one.html", context)


@lru_cache(maxsize=64)
def _picture(drawing: bytes, node: str, message: str) -> SafeString:
    """Draw the surroundings of a step, with what happened there; the whole drawing when it is about no step."""
    marks = {node: Mark(incident=message)} if node else {}
    drawn = render_svg(bpmn.read(drawing), marks, around=node, hops=AROUND, id_prefix="incident-")
    return SafeString(drawn)


def _feel_text(value: Any) -> str:
    """Write a value of the protocol as FEEL, as one would type it."""
    return values.feel_text(values.from_json(value))


# -- What is done about it ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RepairForm:
    """The form of a repair: which incidents, what can be done, and what was filled in."""

    ids: tuple[int, ...]
    hows: tuple[Choice, ...]
    targets: tuple[Choice, ...]
    variables: tuple[tuple[str, str], ...]
    reason: str
    button: str
    prepare_url: str


def _form(
    rows: Sequence[queries.IncidentRow],
    *,
    targets: Sequence[tuple[str, str]],
    variables: Mapping[str, Any],
    given: Mapping[str, str] | None = None,
) -> RepairForm:
    filled = given or {}
    how = filled.get("how", "retry")
    possible = [name for name in HOWS if all(name in row.hows for row in rows)]
    written = tuple((name, filled.get(f"value.{name}", _feel_text(value))) for name, value in variables.items())
    return RepairForm(
        ids=tuple(row.id for row in rows),
        hows=tuple(Choice(name, str(HOWS[name][0]), chosen=name == how, tone="") for name in possible),
        targets=tuple(Choice(node, label, chosen=node == filled.get("node")) for node, label in targets),
        variables=written,
        reason=filled.get("reason", ""),
        button=ngettext("Do it", "Do it for %(n)d cases", len(rows)) % {"n": len(rows)},
        prepare_url=reverse("web:repair_new"),
    )


@require_POST
@signed_in
def prepare(request: Asked) -> HttpResponse:
    """Show what a repair would do to each of the chosen incidents; nothing is decided yet."""
    return _preview(request, None)


@require_POST
@signed_in
def decide(request: Asked) -> HttpResponse:
    """Decide about the chosen incidents; a worker does it in a moment."""
    ids, given = _ids(request), parameters(request.POST)
    try:
        repair = repair_incidents(
            incident_ids=ids,
            how=given.get("how", ""),
            reason=given.get("reason", "").strip(),
            node=given.get("node", "") if given.get("how") == "move" else "",
            variables=_changed(given) if given.get("how") == "correct" else None,
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _preview(request, refusal)
    said = _("%(what)s: done in a moment. You can still take it back.") % {"what": HOWS[repair.how][0]}
    return done(request, reverse("web:incidents"), said)


def _preview(request: Asked, refusal: Refusal | None) -> HttpResponse:
    ids, given = _ids(request), parameters(request.POST)
    first = queries.incident(incident_id=ids[0], user=request.user)
    how = given.get("how") or "retry"
    node = given.get("node", "") if how == "move" else ""
    previews = queries.repair_preview(incident_ids=ids, how=how, user=request.user, node=node)
    rows = _rows(ids, request) or [first.row]
    variables = first.variables if _are_alike(rows) else {}
    context = {
        "form": _form(rows, targets=first.targets, variables=variables, given=given | {"how": how}),
        "previews": [
            {
                "about": _about(each.record_title, each.case),
                "url": reverse("web:incident", args=[each.incident]),
                "label": each.label,
                "words": each.words,
                "problem": each.problem,
            }
            for each in previews
        ],
        "summary": _summary(previews),
        "error": refusal.message if refusal else "",
        "list_url": reverse("web:incidents"),
        "decide_url": reverse("web:repairs"),
    }
    return render(request, "incidents/repair.html", context, status=refusal.status if refusal else 200)


def _rows(ids: Sequence[int], request: Asked) -> list[queries.IncidentRow]:
    """The chosen incidents that the asker may see."""
    wanted = set(ids)
    found = queries.incidents(user=request.user, at=request.at, after=min(ids) - 1, limit=max(ids) - min(ids) + 1)
    return [row for row in found if row.id in wanted]


def _are_alike(rows: Sequence[queries.IncidentRow]) -> bool:
    """Whether all are of one step, so that they know the same variables."""
    return len({(row.procedure, row.version, row.node) for row in rows}) == 1


def _summary(previews: Sequence[queries.RepairPreview]) -> str:
    left = sum(bool(each.problem) for each in previews)
    told = ngettext("%(n)d case.", "%(n)d cases.", len(previews)) % {"n": len(previews)}
    if not left:
        return told
    return f"{told} {ngettext('%(n)d is left alone.', '%(n)d are left alone.', left) % {'n': left}}"


def _ids(request: Asked) -> list[int]:
    ids = [int(text) for text in request.POST.getlist("incident") if text.isdecimal()]
    if not ids:
        raise Refusal("nothing_selected", _("Select at least one incident."))
    return ids


def _changed(given: Mapping[str, str]) -> dict[str, Any]:
    """Read the values that somebody has changed, by name; each is an expression, and a new one has its name beside."""
    changed: dict[str, Any] = {}
    for name, text in given.items():
        kind, _dot, variable = name.partition(".")
        if kind == "value" and variable and text.strip() != given.get(f"was.{variable}", "").strip():
            changed[variable] = _value(variable, text)
    if given.get("new_name", "").strip():
        variable = given["new_name"].strip()
        changed[variable] = _value(variable, given.get("new_value", ""))
    return changed


def _value(name: str, text: str) -> Any:
    try:
        return values.to_python(feel.compile_expression(text).evaluate({}))
    except (feel.FeelSyntaxError, feel.FeelTooMuchWork) as problem:
        sentence = _("%(name)s: %(problem)s Texts stand in quotation marks.") % {"name": name, "problem": problem}
        raise Refusal("unreadable_value", sentence, "variables") from problem


@require_POST
@signed_in
def take_back(request: Asked, repair_id: int) -> HttpResponse:
    """Take a decision back: before it is carried out, or what was skipped or moved afterwards."""
    back = take_back_repair(repair_id=repair_id, by=request.by, at=request.at)
    said = ngettext("Taken back; %(n)d case goes back.", "Taken back; %(n)d cases go back.", back) % {"n": back}
    return done(request, reverse("web:incidents"), said if back else _("Taken back; nothing had happened yet."))
