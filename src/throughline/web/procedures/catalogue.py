"""
The step catalogue: what the chart editor offers to draw, made from what the product can do.

Automatic steps are the registered actions; steps of people, decisions and waits are the few that every team needs, each
furnished so that it can run as it is. The same document names the actions, events, fields, roles, calendars, tables and
procedures that the properties panel lets one choose.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from throughline.core.identity.queries import business_calendars, roles
from throughline.core.journal.events import kinds
from throughline.core.procedures import actions, answers
from throughline.core.procedures.queries.overview import decision_models, decisions, library
from throughline.core.records import RecordSpec, registry
from throughline.core.records.context import names_of
from throughline.flow import check, dmn
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.web.answers import Asked

Document = dict[str, Any]

ICONS = {
    "record": "square-pen",
    "lead": "sparkles",
    "activity": "calendar",
    "notify": "bell",
    "mail": "mail",
    "case": "workflow",
}
EXAMPLES = {
    "string": '"…"',
    "number": "0",
    "list": '["…"]',
    "context": '{region: "DACH"}',
    "boolean": "true",
    "date and time": 'now() + duration("P2D")',
    "days and time duration": 'duration("P2D")',
}


def catalogue(request: Asked) -> Document:
    """Return the catalogue as the editor takes it."""
    specs = actions.catalogue().values()
    return {
        "groups": [_frame(), _people(), _automatic(list(specs)), _deciding(), _waiting(), _notes()],
        "actions": [_action(spec) for spec in specs],
        "events": [{"value": kind.name, "label": str(kind.title)} for kind in kinds],
        "records": [{"value": spec.type, "label": str(spec.label)} for spec in registry.everything()],
        "fields": [_field(spec, name) for spec in registry.everything() for name in spec.by_name],
        "roles": [{"value": role.key, "label": role.name} for role in roles()],
        "calendars": [{"value": key, "label": key} for key in business_calendars()] or [_default_calendar()],
        "decisions": _decisions(),
        "procedures": [
            {"value": row.key, "label": row.name} for row in library(user=request.user, at=request.at) if row.published
        ],
    }


def _field(spec: RecordSpec, name: str) -> Document:
    return {"value": f"{spec.type}.{name}", "label": f"{spec.label}: {spec.by_name[name].label}"}


def _default_calendar() -> Document:
    return {"value": "default", "label": _("Office hours")}


def _action(spec: ActionSpec) -> Document:
    return {
        "name": spec.name,
        "title": spec.title,
        "summary": spec.summary,
        "inputs": [_parameter(parameter) for parameter in spec.inputs],
        "outputs": [_parameter(parameter) for parameter in spec.outputs],
    }


def _parameter(parameter: Parameter) -> Document:
    return {
        "name": parameter.name,
        "title": parameter.title or parameter.name,
        "summary": parameter.summary,
        "required": parameter.required,
        "type": parameter.type,
        "example": EXAMPLES.get(parameter.type, ""),
    }


def _decisions() -> list[Document]:
    tables = [(table, table.latest("published") or table.latest("draft")) for table in decisions()]
    models = decision_models(version_ids=[version.id for _table, version in tables if version])
    found = []
    for table, version in tables:
        if version is None:
            continue
        found.append(decision_entry(table.key, table.name, models[version.id]))
    return found


def decision_entry(key: str, name: str, model: bytes) -> Document:
    """Return a decision table as the editor offers it: its decisions with what each asks for."""
    compiled = dmn.compile_model(dmn.read(model))
    named = [
        {"name": each, "inputs": [asked.name for asked in compiled.inputs(each) if asked.declared]}
        for each in compiled.names
    ]
    return {"ref": key, "name": name, "decisions": named}


# -- Groups of steps ---------------------------------------------------------------------------------------------------


def _group(key: str, title: str, steps: list[Document]) -> Document:
    return {"key": key, "title": title, "steps": steps}


def _frame() -> Document:
    return _group(
        "frame",
        _("Start, end, lanes"),
        [
            {
                "key": "start",
                "title": _("Start"),
                "icon": "circle-play",
                "element": "bpmn:StartEvent",
                "name": _("Start"),
                "summary": _("Where cases begin: an event, or a person."),
            },
            {
                "key": "start-message",
                "title": _("Start by a message"),
                "icon": "mail",
                "element": "bpmn:StartEvent",
                "event": "bpmn:MessageEventDefinition",
                "name": _("Message arrives"),
                "summary": _("A case begins when a message comes in."),
            },
            {
                "key": "start-timer",
                "title": _("Start on a schedule"),
                "icon": "timer",
                "element": "bpmn:StartEvent",
                "event": "bpmn:TimerEventDefinition",
                "timer": {"timeCycle": "R/P1D"},
                "name": _("Every day"),
                "summary": _("A case begins again and again."),
            },
            {
                "key": "end",
                "title": _("End"),
                "icon": "circle-stop",
                "element": "bpmn:EndEvent",
                "name": _("Done"),
                "summary": _("Where this way ends."),
            },
            {
                "key": "pool",
                "title": _("Pool with lanes"),
                "icon": "rows-3",
                "element": "bpmn:Participant",
                "summary": _("Everything inside is one procedure; its lanes are roles."),
                "words": "swimlane",
            },
        ],
    )


def _person(
    key: str, title: str, icon: str, summary: str, outcomes: list[tuple[str, str]], *, due: str = 'duration("P1D")'
) -> Document:
    item = {
        "$type": "tl:WorkItem",
        "due": due,
        "clock": "elapsed",
        "outcomes": [{"$type": "tl:Outcome", "value": value, "label": label} for value, label in outcomes],
    }
    step = {"key": key, "title": title, "icon": icon, "summary": summary, "element": "bpmn:UserTask", "name": title}
    return step | {"extensions": [item]}


def _people() -> Document:
    call = [("reached", _("Reached")), ("not_reached", _("Not reached"))]
    agreed = [("yes", _("Yes")), ("no", _("No"))]
    met = [("held", _("Held")), ("no_show", _("Did not come"))]
    return _group(
        "people",
        _("Work of people"),
        [
            _person("call", _("Call"), "phone", _("Somebody calls, and says how it went."), call),
            _person("mail-by-hand", _("Write a mail"), "mail", _("Somebody writes a personal mail."), []),
            _person("meeting", _("Hold a meeting or demo"), "video", _("Somebody meets the customer."), met),
            _person(
                "qualify", _("Qualify"), "badge-check", _("Somebody decides whether it is worth pursuing."), agreed
            ),
            _person("approve", _("Approve"), "gavel", _("Somebody says yes or no."), agreed),
            _person("proposal", _("Write a proposal"), "file-text", _("Within two days."), [], due='duration("P2D")'),
            _person("task", _("Any other task"), "clipboard-list", _("Anything that a person does."), []),
        ],
    )


def _automatic(specs: list[ActionSpec]) -> Document:
    return _group("automatic", _("Done by Throughline"), [_automatic_step(spec) for spec in specs])


def _automatic_step(spec: ActionSpec) -> Document:
    area = spec.name.partition(".")[0]
    needed = [parameter for parameter in spec.inputs if parameter.required]
    inputs = [
        {"$type": "tl:Input", "name": parameter.name, "value": EXAMPLES.get(parameter.type, "null")}
        for parameter in needed
    ]
    return {
        "key": f"action-{spec.name}",
        "title": spec.title,
        "summary": spec.summary,
        "icon": ICONS.get(area, "zap"),
        "words": spec.name,
        "element": "bpmn:SendTask" if spec.place == "outside" else "bpmn:ServiceTask",
        "name": spec.title,
        "extensions": [{"$type": "tl:Action", "name": spec.name, "inputs": inputs}],
    }


def _deciding() -> Document:
    gateway = {
        "exclusive": (_("Decision"), "split", _("One of the ways is taken."), "bpmn:ExclusiveGateway"),
        "parallel": (_("All at once"), "plus", _("All ways are taken, and joined again."), "bpmn:ParallelGateway"),
        "inclusive": (_("One or more"), "circle", _("Every way whose condition holds."), "bpmn:InclusiveGateway"),
        "race": (
            _("Whatever comes first"),
            "flag",
            _("Waits for several events; the first one decides."),
            "bpmn:EventBasedGateway",
        ),
    }
    steps: list[Document] = [
        {"key": key, "title": title, "icon": icon, "summary": summary, "element": element}
        for key, (title, icon, summary, element) in gateway.items()
    ]
    table = {
        "key": "table",
        "title": _("Decision table"),
        "icon": "table",
        "summary": _("A table of rules gives the answer."),
        "element": "bpmn:BusinessRuleTask",
        "name": _("Look up the rule"),
        "words": "dmn rule score route",
    }
    script = {
        "key": "script",
        "title": _("Calculate"),
        "icon": "command",
        "summary": _("An expression sets a value of the case."),
        "element": "bpmn:ScriptTask",
        "name": _("Calculate"),
        "attributes": {"scriptFormat": "feel", "script": "1 + 1", "tl:result": "value"},
    }
    return _group("deciding", _("Decide"), [*steps, table, script])


def _waiting() -> Document:
    def event(key: str, title: str, icon: str, summary: str, definition: str, **more: Any) -> Document:
        step = {"key": key, "title": title, "icon": icon, "summary": summary, "name": title}
        return step | {"element": "bpmn:IntermediateCatchEvent", "event": f"bpmn:{definition}"} | more

    return _group(
        "waiting",
        _("Wait and link"),
        [
            event(
                "wait",
                _("Wait"),
                "hourglass",
                _("Goes on after a while."),
                "TimerEventDefinition",
                timer={"timeDuration": "P1D"},
                words="timer delay",
            ),
            event("message", _("Wait for a message"), "mail", _("Goes on when it comes."), "MessageEventDefinition"),
            event(
                "condition",
                _("Wait until"),
                "circle-dot",
                _("Goes on as soon as a condition holds."),
                "ConditionalEventDefinition",
            ),
            {
                "key": "call-procedure",
                "title": _("Another procedure"),
                "icon": "workflow",
                "summary": _("Runs it and waits for its end."),
                "element": "bpmn:CallActivity",
                "name": _("Another procedure"),
            },
            {
                "key": "group",
                "title": _("Group of steps"),
                "icon": "package",
                "summary": _("Steps that belong together, with exceptions of their own."),
                "element": "bpmn:SubProcess",
                "expanded": True,
                "name": _("Group"),
            },
        ],
    )


def _notes() -> Document:
    return _group(
        "notes",
        _("Explain"),
        [
            {
                "key": "note",
                "title": _("Note"),
                "icon": "notebook-pen",
                "summary": _("A text beside the drawing."),
                "element": "bpmn:TextAnnotation",
            },
            {
                "key": "data",
                "title": _("Data"),
                "icon": "file-text",
                "summary": _("What a step reads or writes."),
                "element": "bpmn:DataObjectReference",
                "name": _("Data"),
            },
        ],
    )


# -- What charts may use -----------------------------------------------------------------------------------------------


def known() -> check.Known:
    """Return what the surroundings offer a chart, for the check."""
    return check.Known(
        actions=actions.catalogue(),
        fields={spec.type: names_of(spec) for spec in registry.everything()},
        decisions=frozenset(table.key for table in decisions()),
        outputs=answers.outputs(),
        choices=answers.choices(),
    )
