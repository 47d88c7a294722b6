"""
What can be set on a step, as a form, and a sent form as one change of the chart.

Texts that an action takes are shown without their quotes: who writes ``Hello`` means the text, who begins with ``=``
writes an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from throughline.core.refusals import Refusal
from throughline.flow import feel
from throughline.flow.bpmn import edit, extensions, model
from throughline.flow.bpmn.edit import Row
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.steps import spans

Given = Mapping[str, str]
Edit = Callable[[model.Definitions], model.Definitions]
FIELD_KINDS = ("string", "text", "number", "date", "boolean", "choice")
BLANK_ROWS = 2
"""So many empty rows wait for further fields of a form."""
LONGEST = 300


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the form of a step, as a row of inputs numbered from 0."""

    number: int
    name: str
    label: str
    kinds: tuple[Choice, ...]
    options: str
    required: bool


def composed(edits: Iterable[Edit]) -> Edit:
    """Return edits as one, done one after the other."""
    kept = list(edits)

    def change(chart: model.Definitions) -> model.Definitions:
        for each in kept:
            chart = each(chart)
        return chart

    return change


# -- The form ----------------------------------------------------------------------------------------------------------


def sections(row: Row, chart: model.Definitions, catalogue: Mapping[str, Any]) -> list[FormSection]:
    """Return what can be set on a step, in groups; ways and form fields are forms of their own."""
    node, main = row.node, [FormField("name", _("Name"), "string", row.node.name, max_length=LONGEST)]
    who = _who(row, chart, catalogue)
    if who:
        main.append(FormField("who", _("Who"), "choice", row.lane and f"lane:{row.lane}", choices=who))
    found = [FormSection(_("What it is"), tuple(main))]
    if isinstance(node, model.UserTask | model.ManualTask):
        found += _work(node)
    elif isinstance(node, model.ServiceTask | model.SendTask):
        found.append(_action(node, catalogue))
    elif isinstance(node, model.StartEvent) and not node.definitions:
        found.append(_trigger(node, catalogue))
    elif _timer(node) is not None:
        found.append(_time(node))
    return found


def _who(row: Row, chart: model.Definitions, catalogue: Mapping[str, Any]) -> tuple[Choice, ...]:
    if row.depth or row.after or not isinstance(row.node, model.FlowNode):
        return ()
    lanes = [lane for process in chart.processes for lane in process.lanes if lane.child_set is None]
    shown = [Choice(f"lane:{lane.id}", lane.name or lane.id) for lane in lanes]
    taken = {edit.role_of(lane) for lane in lanes}
    shown += [
        Choice(f"role:{role['value']}", role["label"]) for role in catalogue["roles"] if role["value"] not in taken
    ]
    return tuple(shown)


def _work(node: model.FlowNode) -> list[FormSection]:
    work = node.extensions.work_item or extensions.WorkItem()
    span = spans.read(work.due)
    free = work.due if work.due and span is None else ""
    clocks = (Choice("elapsed", _("Day and night")), Choice("business", _("Business hours")))
    when = [
        FormField("within", _("Within"), "number", str(span.number) if span else ""),
        FormField("unit", _("Unit"), "choice", span.unit if span else "hours", choices=spans.units("")),
        FormField("clock", _("Counted in"), "choice", work.clock, choices=clocks),
    ]
    if free:
        when.append(FormField("due", _("Due, as an expression"), "string", free, wide=True))
    outcomes = "\n".join(outcome.label or outcome.value for outcome in work.outcomes)
    does = (
        FormField("guidance", _("Guidance: what to do, why, what to say"), "text", work.guidance),
        FormField("outcomes", _("Outcome buttons, one per line"), "text", outcomes,
                  help=_("Such as Reached and Not reached. Ways that part later ask for them.")),
    )  # fmt: skip
    return [FormSection(_("Until when"), tuple(when)), FormSection(_("What to do"), does)]


def _action(node: model.FlowNode, catalogue: Mapping[str, Any]) -> FormSection:
    action = node.extensions.action
    choices = tuple(Choice(each["name"], each["title"]) for each in catalogue["actions"])
    fields = [FormField("action", _("Action"), "choice", action.name if action else "", choices=choices, wide=True)]
    spec = next((each for each in catalogue["actions"] if action and each["name"] == action.name), None)
    standing = {each.name: each.value for each in action.inputs} if action else {}
    for parameter in spec["inputs"] if spec else ():
        value = standing.get(parameter["name"], "")
        help_ = parameter["summary"] or (_("Begin with = for an expression.") if _is_text(parameter) else "")
        kind = "text" if parameter["name"] in ("text", "body") else "string"
        shown = plain_text(value) if _is_text(parameter) else value
        label = parameter["title"]
        fields.append(
            FormField(f"input.{parameter['name']}", label, kind, shown, help=help_, required=parameter["required"])
        )
    return FormSection(_("What happens"), tuple(fields))


def _is_text(parameter: Mapping[str, Any]) -> bool:
    return bool(parameter.get("type") == "string")


def _trigger(node: model.FlowNode, catalogue: Mapping[str, Any]) -> FormSection:
    trigger = node.extensions.trigger or extensions.Trigger()
    choices = tuple(Choice(each["value"], each["label"]) for each in catalogue["events"])
    fields = (
        FormField("event", _("What starts it"), "choice", trigger.event, choices=choices,
                  help=_("Nothing chosen: a person, or another procedure.")),
        FormField("where", _("Only if (an expression)"), "string", trigger.where),
    )  # fmt: skip
    return FormSection(_("What starts it"), fields)


def _timer(node: model.FlowNode) -> model.TimerEventDefinition | None:
    given = getattr(node, "definitions", ())
    return next((each for each in given if isinstance(each, model.TimerEventDefinition)), None)


def _time(node: model.FlowNode) -> FormSection:
    timer = _timer(node)
    assert timer is not None
    time = timer.duration or timer.date or timer.cycle
    kind = "timeDuration" if timer.duration else "timeDate" if timer.date else "timeCycle" if timer.cycle else ""
    kinds = (
        Choice("timeDuration", _("After a while")),
        Choice("timeDate", _("At a moment")),
        Choice("timeCycle", _("Again and again")),
    )
    fields = (
        FormField("timer", _("Kind"), "choice", kind or "timeDuration", choices=kinds),
        FormField("time", _("Time"), "string", time.text if time else "",
                  help=_("PT24H is 24 hours, P2D two days; or an expression.")),
    )  # fmt: skip
    return FormSection(_("When"), fields)


def field_rows(row: Row) -> list[FieldRow]:
    """Return the fields of the form of a step, and some empty rows."""
    work = row.node.extensions.work_item
    standing = list(work.fields) if work else []
    blank = [extensions.FormField(type="string") for _number in range(BLANK_ROWS)]
    labels = {
        "string": _("One line"), "text": _("Several lines"), "number": _("Number"), "date": _("Date"),
        "boolean": _("Yes or no"), "choice": _("Choice"),
    }  # fmt: skip
    return [
        FieldRow(
            number,
            each.name,
            each.label or each.name,
            tuple(Choice(kind, labels[kind], chosen=kind == each.type) for kind in FIELD_KINDS),
            each.options,
            each.required,
        )
        for number, each in enumerate([*standing, *blank])
    ]


# -- A sent form -------------------------------------------------------------------------------------------------------


def settings_of(row: Row, given: Given, catalogue: Mapping[str, Any]) -> Edit:
    """
    Return the change that a sent form asks for; what the form does not have stays.

    Raises:
        Refusal: something in it cannot be read, by field.
    """
    node, edits = row.node, list[Edit]()
    if "name" in given and given["name"].strip() != node.name:
        name = given["name"].strip()
        edits.append(lambda chart: edit.rename(chart, element=row.id, name=name))
    if given.get("who") and given["who"] != f"lane:{row.lane}":
        edits.append(_into(row.id, given["who"], catalogue))
    if isinstance(node, model.UserTask | model.ManualTask):
        settings = _work_settings(node, given)
        edits.append(lambda chart: edit.set_work(chart, node=row.id, **settings))
    if isinstance(node, model.ServiceTask | model.SendTask) and "action" in given:
        edits.append(_action_edit(row.id, given, catalogue))
    if isinstance(node, model.StartEvent) and "event" in given:
        event, where = given["event"], expression_of(given, "where")
        edits.append(lambda chart: edit.set_trigger(chart, start=row.id, event=event, where=where))
    if "time" in given:
        edits.append(_timer_edit(row, given))
    return composed(edits)


def _into(node: str, who: str, catalogue: Mapping[str, Any]) -> Edit:
    kind, _colon, key = who.partition(":")
    if kind == "lane":
        return lambda chart: edit.put_in_lane(chart, node=node, lane=key)
    label = next((role["label"] for role in catalogue["roles"] if role["value"] == key), key)
    return lambda chart: edit.put_in_lane(chart, node=node, role=key, name=label)


def into_role(node: str, role: str, catalogue: Mapping[str, Any]) -> Edit:
    """Return the change that puts a step into the lane of a role."""
    return _into(node, f"role:{role}", catalogue)


def _work_settings(node: model.FlowNode, given: Given) -> dict[str, Any]:
    work = node.extensions.work_item or extensions.WorkItem()
    settings: dict[str, Any] = {}
    if "due" in given and not given.get("within"):
        settings["due"] = given["due"].strip()
    elif "within" in given:
        settings["due"] = span_of(given)
    if given.get("clock"):
        settings["clock"] = given["clock"]
    if "guidance" in given:
        settings["guidance"] = given["guidance"].replace("\r\n", "\n").strip()
    if "outcomes" in given:
        settings["outcomes"] = outcomes_of(given["outcomes"], work.outcomes)
    if any(name.startswith("field.") for name in given):
        settings["fields"] = tuple(_fields_of(given))
    return settings


def span_of(given: Given, name: str = "within") -> str:
    """
    Return the length of time that a number and its unit say, as an expression; empty for none.

    Raises:
        Refusal: the number is none.
    """
    text = given.get(name, "").strip()
    if not text:
        return ""
    if not text.isdecimal() or int(text) == 0:
        raise Refusal("no_number", _("Write a whole number, such as 24."), name)
    return spans.Span(int(text), given.get("unit") or "hours").feel


def outcomes_of(lines: str, standing: tuple[extensions.Outcome, ...] = ()) -> tuple[extensions.Outcome, ...]:
    """Return the outcomes that lines name; one that stands keeps its value, so that conditions still fit."""
    known = {outcome.label or outcome.value: outcome for outcome in standing}
    labels = list(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
    return tuple(known.get(label) or extensions.Outcome(value=variable(label), label=label) for label in labels)


def variable(label: str) -> str:
    """Return a name for expressions made from a label: ``not_reached`` for “Not reached”."""
    return slugify(label).replace("-", "_") or f"value_{sum(map(ord, label)) % 1000}"


def _fields_of(given: Given) -> Iterable[extensions.FormField]:
    numbers = sorted({int(name.split(".")[1]) for name in given if name.startswith("field.")})
    for number in numbers:
        label = given.get(f"field.{number}.label", "").strip()
        if not label:
            continue
        yield extensions.FormField(
            name=given.get(f"field.{number}.name") or variable(label),
            label=label,
            type=given.get(f"field.{number}.type") or "string",
            required=bool(given.get(f"field.{number}.required")),
            options=given.get(f"field.{number}.options", "").strip(),
        )


def _action_edit(node: str, given: Given, catalogue: Mapping[str, Any]) -> Edit:
    action = given["action"]
    spec = next((each for each in catalogue["actions"] if each["name"] == action), None)
    sent = any(name.startswith("input.") for name in given)
    inputs: dict[str, str] = {}
    for parameter in spec["inputs"] if spec and sent else ():
        name = f"input.{parameter['name']}"
        text = given.get(name, "")
        inputs[parameter["name"]] = quoted_text(text, name) if _is_text(parameter) else expression_of(given, name)
    kept = inputs if sent else _needed(spec)
    return lambda chart: edit.set_action(chart, node=node, action=action, inputs=kept)


def _needed(spec: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The inputs that an action needs, with their examples."""
    return {each["name"]: each["example"] for each in spec["inputs"] if each["required"]} if spec else None


def _timer_edit(row: Row, given: Given) -> Edit:
    kind, text = given.get("timer") or "timeDuration", given["time"].strip()
    if not text:
        raise Refusal("no_time", _("Say when: PT24H is 24 hours, P2D two days."), "time")
    timer = _timer(row.node)
    clock = timer.clock if timer else "elapsed"
    calendar = timer.calendar if timer else "default"
    return lambda chart: edit.set_timer(chart, node=row.id, kind=kind, text=text, clock=clock, calendar=calendar)


# -- Texts and expressions ---------------------------------------------------------------------------------------------


def plain_text(expression: str) -> str:
    """Return a text as people write it: without quotes when it is one, else with ``=`` before it."""
    text = expression.strip()
    inner = text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in inner.replace('\\"', ""):
        return inner.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
    return f"= {text}" if text else ""


def quoted_text(text: str, field: str) -> str:
    """
    Return what somebody wrote as an expression: a text in quotes, or what stands behind ``=``.

    Raises:
        Refusal: the expression cannot be read.
    """
    text = text.replace("\r\n", "\n").strip()
    if text.startswith("="):
        return _read(text[1:].strip(), field)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"' if text else ""


def expression_of(given: Given, field: str) -> str:
    """
    Return an expression as sent, without ``=``.

    Raises:
        Refusal: it cannot be read.
    """
    return _read(given.get(field, "").strip().removeprefix("=").strip(), field)


def _read(text: str, field: str) -> str:
    if text:
        try:
            feel.compile_expression(text)
        except feel.FeelSyntaxError as problem:
            raise Refusal("unreadable", _("This cannot be read: %(why)s") % {"why": problem}, field) from None
    return text
