"""Scenarios as they are written, the members of a ``run`` request, a scenario file or a test case, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from throughline.flow import values
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.dmn import DecisionModel
from throughline.flow.simulate.world import Scenario


def scenario_of(members: Mapping[str, Any], decisions: Mapping[str, DecisionModel]) -> Scenario:
    """
    Return a scenario from its members: process, variables, auto, hold, answers, calendars. Others are not looked at.

    Raises:
        ValueError: a member is not what it must be; the sentence says which.
        TypeError: the same, of values.
    """
    auto = members.get("auto", True)
    if auto not in (True, False, "tasks"):
        raise ValueError('Expected "auto" to be true, false or "tasks".')
    answers = members.get("answers") or ()
    if not isinstance(answers, list | tuple) or not all(isinstance(each, dict) for each in answers):
        raise ValueError('Expected "answers" to be a list of objects.')
    process = members.get("process")
    if not (process is None or isinstance(process, str | list)):
        raise ValueError('Expected "process" to be an id, a list of ids, or null.')
    return Scenario(
        process=process,
        variables=values_of(members.get("variables") or {}),
        auto=auto,
        hold=tuple(str(each) for each in members.get("hold") or ()),
        answers=tuple(_answer(each) for each in answers),
        calendars={str(name): BusinessCalendar.of(**parts) for name, parts in (members.get("calendars") or {}).items()},
        decisions=decisions,
    )


_VALUED = ("variables", "payload", "set", "result")
"""Members of an answer that hold values by name."""


def _answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: values_of(part or {}) if name in _VALUED and part is not None else part for name, part in answer.items()
    }


def written(value: Any) -> Any:
    """Return the protocol form of a value in plain JSON, so that every store keeps it exactly: 1.5 becomes a text."""
    return _plain(values.to_json(value))


def _plain(tree: Any) -> Any:
    if isinstance(tree, Decimal):
        whole = tree.is_finite() and tree == tree.to_integral_value() and abs(tree) < EXACT
        return int(tree) if whole else {"$feel": format(tree, "f")}
    if isinstance(tree, dict):
        return {name: _plain(each) for name, each in tree.items()}
    if isinstance(tree, list):
        return [_plain(each) for each in tree]
    return tree


EXACT = 2**53
"""Below this every program reads whole numbers of JSON exactly."""


def values_of(members: Any) -> dict[str, Any]:
    """
    Return values from an object of their protocol forms.

    Raises:
        TypeError: it is no object.
        ValueError: a value cannot be read.
    """
    if not isinstance(members, dict):
        raise TypeError(f"Expected variables as an object, but {members!r}.")
    return {str(name): values.from_json(value) for name, value in members.items()}
