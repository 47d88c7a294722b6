"""How test cases look: their members in words, and the drawing with the way and where it departs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core.procedures import proving
from throughline.core.procedures.models import ProcedureVersion
from throughline.flow import feel, values
from throughline.flow.bpmn.model import Definitions
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.flow.simulate.members import written
from throughline.flow.simulate.proving import Departure
from throughline.flow.simulate.world import Outcome
from throughline.web.ways import way as way_to


def picture(drawing: Definitions, outcome: Outcome | None, departures: Iterable[Departure], title: str) -> SafeString:
    """Draw the way that was gone, where it stands, and where it departs from what was expected."""
    marks: dict[str, Mark] = {}
    if outcome is not None:
        marks |= {flow: Mark(done=True) for flow in outcome.flows}
        marks |= {each.node: Mark(done=True) for each in outcome.happened}
        marks |= {each["id"]: Mark(here=_("here")) for each in outcome.waiting}
    for departure in departures:
        if departure.element and not marks.get(departure.element, Mark()).incident:
            marks[departure.element] = Mark(incident=departure.words)
    return SafeString(render_svg(drawing, marks, id_prefix="test-", title=title))


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a test case gives or expects, in words."""

    label: str
    text: str


def given(members: Mapping[str, Any], labels: Mapping[str, str]) -> list[Line]:
    """Return what a test case begins with, name by name."""
    found: list[Line] = []
    for name, value in members.get("variables", {}).items():
        if isinstance(value, dict) and "$feel" not in value:
            found.extend(Line(f"{name}.{member}", text_of(each)) for member, each in value.items())
        else:
            found.append(Line(labels.get(name, name), text_of(value)))
    return found


def answers(members: Mapping[str, Any], labels: Mapping[str, str]) -> list[Line]:
    """Return the answers of a test case in order."""
    return [_answer(each, labels) for each in members.get("answers", ())]


def _answer(answer: Mapping[str, Any], labels: Mapping[str, str]) -> Line:
    if "complete" in answer:
        step = str(answer["complete"])
        said = answer.get("variables") or answer.get("result") or {}
        return Line(labels.get(step, step), _pairs(said) or _("done"))
    if "advance" in answer:
        return Line(_("Time passes"), str(answer["advance"]))
    if "message" in answer:
        return Line(_("Message “%(name)s” comes") % {"name": answer["message"]}, _pairs(answer.get("payload") or {}))
    if "signal" in answer:
        return Line(_("Signal “%(name)s” comes") % {"name": answer["signal"]}, "")
    if "bpmn_error" in answer:
        at = str(answer["bpmn_error"].get("at", ""))
        words = {"step": labels.get(at, at)}
        return Line(_("Error at %(step)s") % words, str(answer["bpmn_error"].get("code", "")))
    return Line(_("Values become"), _pairs(answer.get("set") or {}))


def _pairs(members: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {text_of(value)}" for name, value in members.items())


def text_of(value: Any) -> str:
    """Return a value of the protocol form as people read it."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return values.dumps(values.from_json(value)) if not _is_feel(value) else str(value["$feel"])


def _is_feel(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["$feel"]


def expected(members: Mapping[str, Any]) -> list[Line]:
    """Return what a test case expects."""
    wanted = members.get("expect", {})
    lines = [
        Line(_("Way"), str(wanted.get("trace", ""))),
        Line(_("In the end it"), _STATUS.get(str(wanted.get("status", "")), lambda: "")()),
        Line(_("Waits at"), ", ".join(map(str, wanted.get("waiting") or ()))),
        Line(_("Done after"), _pairs(wanted.get("times") or {})),
        Line(_("Due after"), _pairs(wanted.get("due") or {})),
    ]
    for effect in wanted.get("effects") or ():
        words = {"step": effect.get("at", ""), "action": effect.get("action", "")}
        lines.append(Line(_("%(step)s asks for %(action)s") % words, _pairs(effect.get("inputs") or {})))
    special = ("trace", "status", "waiting", "times", "due", "effects", "variables")
    others = {**(wanted.get("variables") or {}), **{n: v for n, v in wanted.items() if n not in special}}
    lines.extend(Line(name, text_of(value)) for name, value in others.items())
    return [line for line in lines if line.text]


_STATUS = {
    "completed": lambda: _("has ended"),
    "waiting": lambda: _("waits"),
    "incident": lambda: _("has stopped with an incident"),
}


def labels_of(drawing: Definitions) -> dict[str, str]:
    """Return the names of all elements of a drawing by id."""
    walked = (item for process in drawing.processes for item, _container in process.walk())
    return {item.id: getattr(item, "name", "") or item.id for item in walked}


def drawn(version: ProcedureVersion) -> Definitions:
    """Return the drawing of a version, read."""
    return proving.drawn(version)


def typed(text: str) -> Any:
    """
    Return the protocol form of a value that somebody typed: FEEL where it can be read as a literal, else a text.

    Nothing typed is null.
    """
    text = text.strip()
    if not text:
        return None
    try:
        value = feel.compile_expression(text).evaluate({})
    except (feel.FeelSyntaxError, feel.FeelTooMuchWork):
        return text
    return text if value is None and text != "null" else written(value)


def tests_url(key: str) -> str:
    """Return the address of a procedure's test cases."""
    return way_to("web:procedure_tests", key)
