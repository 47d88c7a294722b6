"""Answers of people: checked against the form and the outcomes that the chart shows, and turned into FEEL values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from throughline.core.refusals import Refusal
from throughline.flow import values
from throughline.flow.bpmn.extensions import FormField, WorkItem

OUTCOME = "outcome"
"""The field name that refusals about the chosen outcome carry."""

Read = Callable[[FormField, Any], Any]
"""Reads what was given for a field; raises ValueError when it cannot."""


def read_answers(work: WorkItem | None, outcome: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the case variables of a completed step: its form fields, and the outcome under the name the chart says.

    ``given`` holds plain Python values or texts, as forms and programs send them. Names the form does not have are
    refused, so that nobody sets variables the drawing does not show.

    Raises:
        Refusal: one sentence per field that is missing or not understood (``fields``).
    """
    fields = {} if work is None else {field.name: field for field in work.fields}
    faults: dict[str, str] = {}
    variables: dict[str, Any] = {}
    for name in given.keys() - fields.keys():
        faults[name] = "The form of this step has no such field."
    for name, field in fields.items():
        try:
            variables[name] = _answer(field, given.get(name))
        except ValueError as fault:
            faults[name] = str(fault)
    faults.update(_outcome_fault(work, outcome))
    if faults:
        raise Refusal("answers_incomplete", " ".join(faults.values()), fields=faults)
    if outcome:
        variables["outcome" if work is None else work.result] = outcome
    return variables


def _outcome_fault(work: WorkItem | None, outcome: str) -> dict[str, str]:
    offered = [] if work is None else [each.value for each in work.outcomes]
    if offered and not outcome:
        return {OUTCOME: "Choose how the step ended."}
    if outcome and offered and outcome not in offered:
        return {OUTCOME: f"Choose one of {', '.join(offered)}."}
    return {}


def _answer(field: FormField, given: Any) -> Any:
    label = field.label or field.name
    read: Read = _READ.get(field.type, _text)
    if given is None or (isinstance(given, str) and not given.strip()):
        if field.required:
            raise ValueError(f"Fill in {label}.")
        return None
    try:
        value = read(field, given)
    except (ValueError, InvalidOperation):
        raise ValueError(f"Enter {_WANTED.get(field.type, 'a text')} for {label}.") from None
    return values.from_python(value)


def _text(_field: FormField, given: Any) -> str:
    return str(given)


def _number(_field: FormField, given: Any) -> Decimal:
    number = Decimal(str(given).strip())
    if not number.is_finite():
        raise ValueError(given)
    return number


def _date(_field: FormField, given: Any) -> date:
    return given if isinstance(given, date) else date.fromisoformat(str(given).strip())


def _boolean(_field: FormField, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    word = str(given).strip().lower()
    if word not in _SWITCH:
        raise ValueError(word)
    return _SWITCH[word]


_SWITCH = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}


def _choice(field: FormField, given: Any) -> str:
    chosen = str(given)
    if field.choices and chosen not in field.choices:
        raise ValueError(chosen)
    return chosen


_READ: dict[str, Read] = {
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
}
_WANTED = {
    "number": "a number",
    "date": "a date such as 2026-03-31",
    "boolean": "yes or no",
    "choice": "one of the choices",
}
