"""
What a chart needs of an installation: actions, events, record types, roles, calendars, tables, fields.

All of it is read off the chart; nothing is kept by hand. What an installation lacks, it waits for: ``waits_for`` says
so in the names of capabilities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from throughline.flow import bpmn
from throughline.flow.bpmn.model import CatchEvent, Definitions, FlowNode, TimerEventDefinition
from throughline.flow.markup import parse

CAPABILITIES: Final[Mapping[str, str]] = {
    "ticket": "tickets",
    "campaign": "campaigns",
    "survey": "surveys",
    "cart": "shop carts",
    "order": "shop orders",
    "usage": "product usage",
    "mailing": "opened and clicked mails",
    "data_request": "data requests",
    "privacy": "data requests",
    "referral": "referrals",
    "advocacy": "reviews and references",
    "feedback": "feedback themes",
    "quality": "checks of contact data",
    "onboarding": "onboarding checklists",
    "meeting": "calendars and bookings",
    "journey": "campaigns",
    "change_request": "change requests",
}
"""What people call what stands behind the first word of the name of an action, event or record type."""

_QUEUE = re.compile(r'"([^"]+)"')
_NO_FEEL = frozenset({"name", "event", "id", "targetNamespace", "namespace"})
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Needs:
    """What a chart names, each sorted; ``fields`` are those of its own record."""

    records: tuple[str, ...]
    actions: tuple[str, ...]
    events: tuple[str, ...]
    roles: tuple[str, ...]
    calendars: tuple[str, ...]
    decisions: tuple[str, ...]
    fields: tuple[str, ...]

    def __or__(self, other: Needs) -> Needs:
        names = Needs.__slots__
        return Needs(*(tuple(sorted({*getattr(self, name), *getattr(other, name)})) for name in names))


NOTHING = Needs((), (), (), (), (), (), ())


def needs_of(chart: bytes) -> Needs:
    """Return what a chart, given as a BPMN file, needs. Raises bpmn.Unreadable."""
    definitions = bpmn.read(chart)
    nodes = [node for process in definitions.processes for node, _ in process.walk() if isinstance(node, FlowNode)]
    settings = [process.extensions.procedure for process in definitions.processes if process.extensions.procedure]
    records = {each.record for each in settings if each.record}
    return Needs(
        _sorted(records),
        _sorted(node.extensions.action.name for node in nodes if node.extensions.action),
        _sorted(_events(nodes)),
        _sorted(_roles(definitions, nodes)),
        _sorted(_calendars(nodes)),
        _sorted(node.extensions.decision.ref for node in nodes if node.extensions.decision),
        _sorted(name for record in records for name in fields_in(chart, record)),
    )


def waits_for(lacking: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the capabilities behind actions, events and record types that an installation lacks."""
    return _sorted(CAPABILITIES.get(name.partition(".")[0], f"“{name}”") for name in lacking)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _events(nodes: Iterable[FlowNode]) -> Iterable[str]:
    for node in nodes:
        if node.extensions.trigger is not None:
            yield node.extensions.trigger.event
        yield from (each.event for each in node.extensions.evidence)


def _roles(definitions: Definitions, nodes: Iterable[FlowNode]) -> Iterable[str]:
    for process in definitions.processes:
        yield from (lane.extensions.role.key for lane in process.lanes if lane.extensions.role is not None)
    for node in nodes:
        if node.extensions.work_item is not None:
            found = _QUEUE.fullmatch(node.extensions.work_item.queue.removeprefix("=").strip())
            yield found[1] if found else ""


def _calendars(nodes: Iterable[FlowNode]) -> Iterable[str]:
    for node in nodes:
        item = node.extensions.work_item
        if item is not None and item.clock == "business":
            yield item.calendar
        for definition in node.definitions if isinstance(node, CatchEvent) else ():
            if isinstance(definition, TimerEventDefinition) and definition.clock == "business":
                yield definition.calendar


def fields_in(document: bytes, record: str) -> set[str]:
    """Return the members of the record that texts of a chart or table name; what stands in quotes is only words."""
    named = re.compile(rf"(?<![\w.]){re.escape(record)}\.([a-z_][a-z0-9_]*)")
    found: set[str] = set()
    for element in parse(document).iter():
        texts = (str(value) for name, value in element.attrib.items() if name not in _NO_FEEL)
        for text in (element.text or "", *texts):
            found.update(named.findall(_LITERAL.sub('""', text)))
    return found
