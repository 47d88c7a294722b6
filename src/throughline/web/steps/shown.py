"""The steps of a drawing in words: what the list shows of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from throughline.flow import check
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit import Exit, Row
from throughline.web.steps import spans

KINDS: dict[str, tuple[Any, str]] = {
    "startEvent": (gettext_lazy("Start"), "circle-play"),
    "endEvent": (gettext_lazy("End"), "circle-stop"),
    "intermediateCatchEvent": (gettext_lazy("Wait"), "hourglass"),
    "intermediateThrowEvent": (gettext_lazy("Signal out"), "radio"),
    "boundaryEvent": (gettext_lazy("Beside the step"), "timer"),
    "userTask": (gettext_lazy("Work of a person"), "user"),
    "manualTask": (gettext_lazy("Work outside the system"), "hand"),
    "serviceTask": (gettext_lazy("Done by Throughline"), "zap"),
    "sendTask": (gettext_lazy("Message out"), "send"),
    "receiveTask": (gettext_lazy("Message in"), "inbox"),
    "businessRuleTask": (gettext_lazy("Decision table"), "table"),
    "scriptTask": (gettext_lazy("Calculation"), "command"),
    "task": (gettext_lazy("Step without a kind"), "circle-help"),
    "callActivity": (gettext_lazy("Another procedure"), "workflow"),
    "subProcess": (gettext_lazy("Group of steps"), "package"),
    "exclusiveGateway": (gettext_lazy("Decision: one way"), "split"),
    "inclusiveGateway": (gettext_lazy("Decision: some ways"), "circle"),
    "parallelGateway": (gettext_lazy("All ways at once"), "plus"),
    "eventBasedGateway": (gettext_lazy("Whatever comes first"), "flag"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """
    A step in the list, in words: ``name`` or what it is, ``who`` works, until ``when``, what it ``does``.

    ``remarks`` are what the check says about it.
    """

    id: str
    number: int
    depth: int
    name: str
    kind: str
    icon: str
    who: str
    when: str
    does: tuple[str, ...]
    exits: tuple[Exit, ...]
    reached: bool
    remarks: tuple[str, ...]
    row: Row
    may_continue: bool


@dataclass(frozen=True, slots=True)
class Titles:
    """What things are called: actions, events and tables by key."""

    actions: Mapping[str, str]
    events: Mapping[str, str]
    decisions: Mapping[str, str]

    @classmethod
    def of(cls, catalogue: Mapping[str, Any]) -> Titles:
        """Return the titles that the step catalogue gives."""
        return cls(
            actions={each["name"]: each["title"] for each in catalogue["actions"]},
            events={each["value"]: each["label"] for each in catalogue["events"]},
            decisions={each["ref"]: each["name"] for each in catalogue["decisions"]},
        )


def steps(chart: model.Definitions, findings: list[check.Finding], titles: Titles) -> list[Step]:
    """Return the steps of a chart in words, in reading order."""
    remarks: dict[str, list[str]] = {}
    rows = edit.outline(chart)
    owners = {exit_.flow: row.id for row in rows for exit_ in row.exits}
    for finding in findings:
        remarks.setdefault(owners.get(finding.element, finding.element), []).append(finding.message)
    return [_step(row, tuple(remarks.get(row.id, ())), titles) for row in rows]


def loose_remarks(chart: model.Definitions, findings: list[check.Finding]) -> list[str]:
    """Return what the check says about the whole, or about what is no step."""
    rows = edit.outline(chart)
    known = {row.id for row in rows} | {exit_.flow for row in rows for exit_ in row.exits}
    return [finding.message for finding in findings if finding.element not in known]


def _step(row: Row, remarks: tuple[str, ...], titles: Titles) -> Step:
    kind, icon = KINDS.get(row.node.kind_name, (row.node.kind_name, "circle-dot"))
    return Step(
        id=row.id,
        number=row.number,
        depth=row.depth,
        name=row.node.name or str(kind),
        kind=str(kind),
        icon=icon,
        who=row.lane_name,
        when=_when(row.node),
        does=tuple(_does(row.node, titles)),
        exits=row.exits,
        reached=row.reached,
        remarks=remarks,
        row=row,
        may_continue=not isinstance(row.node, model.EndEvent),
    )


def _when(node: model.FlowNode) -> str:
    work = node.extensions.work_item
    if work is not None and work.due:
        span = spans.words(work.due)
        return (
            _("within %(span)s, business hours") % {"span": span}
            if work.clock == "business"
            else _("within %(span)s") % {"span": span}
        )
    for each in getattr(node, "definitions", ()):
        if isinstance(each, model.TimerEventDefinition):
            time = each.duration or each.date or each.cycle
            if time is not None:
                return _("after %(span)s") % {"span": spans.words(time.text)} if each.duration else time.text
    return ""


def _does(node: model.FlowNode, titles: Titles) -> list[str]:
    own = node.extensions
    found: list[str] = []
    if own.trigger is not None:
        found.append(_("Starts by: %(event)s") % {"event": titles.events.get(own.trigger.event, own.trigger.event)})
    if own.action is not None:
        found.append(titles.actions.get(own.action.name, own.action.name))
    if own.decision is not None:
        found.append(titles.decisions.get(own.decision.ref, own.decision.ref))
    if isinstance(node, model.CallActivity) and node.called_element:
        found.append(node.called_element)
    if own.work_item is not None:
        labels = [outcome.label or outcome.value for outcome in own.work_item.outcomes]
        if labels:
            found.append(_("Outcomes: %(names)s") % {"names": ", ".join(labels)})
        if own.work_item.fields:
            count = len(own.work_item.fields)
            found.append(ngettext("Form with %(n)d field", "Form with %(n)d fields", count) % {"n": count})
    return found
