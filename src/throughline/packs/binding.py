"""
Making a pack's charts one's own: another name for each role, calendar and field, and answers in place of questions.

A binding is data, so that it can be kept: the same binding over a later version of the pack gives what that version
means here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from throughline.flow.bpmn.xml import BPMN, TL
from throughline.flow.markup import parse
from throughline.packs.model import BadPack, Pack

_PLACE = re.compile(r"\[\[([a-z0-9_-]+)\]\]")
_LITERAL = re.compile(r'("(?:[^"\\]|\\.)*")')
_QUEUE = re.compile(r'\s*=?\s*"([^"]+)"\s*')


@dataclass(frozen=True, slots=True)
class Binding:
    """
    What names of a pack mean here; a name that is not in it stays as it is.

    ``fields`` by record type and field: ``{"lead.region": "sales_area"}``. ``answers`` to the pack's questions by key.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, dict[str, str]]:
        """Return it as it is kept."""
        return {name: dict(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, kept: Mapping[str, Mapping[str, str]]) -> Binding:
        """Return what was kept."""
        return cls(**{name: dict(kept.get(name, {})) for name in cls.__slots__})


def answers_of(pack: Pack, binding: Binding) -> dict[str, str]:
    """Return an answer to each question of the pack: the given one, else its own."""
    return {each.key: binding.answers.get(each.key) or each.default for each in pack.questions}


def bound_chart(chart: bytes, record: str, binding: Binding, answers: Mapping[str, str]) -> bytes:
    """Return a chart in which roles, calendars, fields and answers are those of the binding. Raises BadPack."""
    fields = {name.partition(".")[2]: here for name, here in binding.fields.items() if name.partition(".")[0] == record}
    if not binding.roles and not binding.calendars and not fields and not _asks(chart):
        return chart
    try:
        root = parse(chart)
    except etree.XMLSyntaxError as problem:
        raise BadPack(f"A chart of the pack cannot be read: {problem}") from None
    renamed = _pattern(record, fields)
    for element in root.iter():
        _bind_names(element, binding)
        for name, value in element.attrib.items():
            if name in ("event", "id"):
                continue
            element.set(name, _bound_text(str(value), record, renamed, fields, answers, escape=True))
        if element.text and element.text.strip():
            is_feel = element.tag in _FEEL_TEXTS
            element.text = _bound_text(
                element.text, record, renamed if is_feel else None, fields, answers, escape=is_feel
            )
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def bound_rule(rule: str, record: str, binding: Binding, answers: Mapping[str, str]) -> str:
    """Return a FEEL text over the record in the words of the binding."""
    fields = {name.partition(".")[2]: here for name, here in binding.fields.items() if name.partition(".")[0] == record}
    return _bound_text(rule, record, _pattern(record, fields), fields, answers, escape=True)


def _pattern(record: str, fields: Mapping[str, str]) -> re.Pattern[str] | None:
    return re.compile(rf"(?<![\w.]){re.escape(record)}\.({'|'.join(map(re.escape, fields))})\b") if fields else None


def bound_members(
    members: Mapping[str, Any], record: str, binding: Binding, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Return a scenario in the words of the binding: fields of the record, calendars and answers are those here."""
    fields = {name.partition(".")[2]: here for name, here in binding.fields.items() if name.partition(".")[0] == record}
    found: dict[str, Any] = _answered(dict(members), answers)
    variables = found.get("variables")
    if isinstance(variables, dict) and isinstance(variables.get(record), dict):
        found["variables"] = {**variables, record: _renamed(variables[record], fields)}
    if isinstance(found.get("calendars"), dict):
        found["calendars"] = _renamed(found["calendars"], binding.calendars)
    return found


def _renamed(named: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in named.items()}


def _answered(value: Any, answers: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(lambda found: answers.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [_answered(each, answers) for each in value]
    if isinstance(value, dict):
        return {name: _answered(each, answers) for name, each in value.items()}
    return value


_FEEL_TEXTS = frozenset(f"{{{BPMN}}}{name}" for name in (
    "conditionExpression", "script", "timeDuration", "timeDate", "timeCycle", "condition", "completionCondition",
))  # fmt: skip


def _asks(chart: bytes) -> bool:
    return b"[[" in chart


def _bind_names(element: etree._Element, binding: Binding) -> None:
    if element.tag == f"{{{TL}}}role":
        element.set("key", binding.roles.get(element.get("key", ""), element.get("key", "")))
    queue = _QUEUE.fullmatch(element.get("queue", ""))
    if element.tag == f"{{{TL}}}workItem" and queue is not None:
        element.set("queue", f'"{binding.roles.get(queue[1], queue[1])}"')
    for name in ("calendar", f"{{{TL}}}calendar"):
        if (used := element.get(name)) is not None:
            element.set(name, binding.calendars.get(used, used))
        elif (
            _is_on_business_time(element)
            and "default" in binding.calendars
            and name.startswith("{") == _is_timer(element)
        ):
            element.set(name, binding.calendars["default"])


def _is_timer(element: etree._Element) -> bool:
    return bool(element.tag == f"{{{BPMN}}}timerEventDefinition")


def _is_on_business_time(element: etree._Element) -> bool:
    clock = element.get(f"{{{TL}}}clock") if _is_timer(element) else element.get("clock")
    return clock == "business" and (_is_timer(element) or element.tag == f"{{{TL}}}workItem")


def _bound_text(
    text: str,
    record: str,
    renamed: re.Pattern[str] | None,
    fields: Mapping[str, str],
    answers: Mapping[str, str],
    *,
    escape: bool,
) -> str:
    """Put answers into a text and, outside of what it quotes, the names of fields here."""
    if renamed is not None and renamed.search(text):
        parts = _LITERAL.split(text)
        parts[::2] = [renamed.sub(lambda found: f"{record}.{fields[found[1]]}", part) for part in parts[::2]]
        text = "".join(parts)
    if "[[" not in text:
        return text
    return _PLACE.sub(
        lambda found: _as_feel(answers.get(found[1], found[0])) if escape else answers.get(found[1], found[0]), text
    )


def _as_feel(answer: str) -> str:
    """Places stand in quoted texts; what would end them there is written so that it does not."""
    return answer.replace("\\", "\\\\").replace('"', '\\"')
