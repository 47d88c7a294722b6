"""
The values that travel in a case: what FEEL computes with, what a case keeps, what JSON carries.

Theory of operation. A value is one of a closed set of immutable-by-convention Python objects, told apart by exact type:

=============================  =======================================
FEEL                           Python
=============================  =======================================
null, boolean, string          ``None``, ``bool``, ``str``
number                         ``Decimal``, never ``int`` or ``float``
date, time, date and time      ``Date``, ``Time``, ``DateTime``
the two durations              ``DayTimeDuration``, ``YearMonthDuration``
range, function                ``Range``, ``Function``
list, context                  ``list``, ``dict`` with text keys
=============================  =======================================

Lists and contexts are shared, not copied: whoever holds one must not change it.

Three borders turn other things into values and back: ``from_python``/``to_python`` (database columns, Python callers),
``from_json``/``to_json`` (case state, protocol: what JSON cannot say is ``{"$feel": "<expression>"}``), and
``dumps``/``loads`` (the same as text, numbers with all their digits).
"""

from __future__ import annotations

import datetime as python
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from throughline.flow.temporal import (
    LAST_PYTHON_DAY,
    SECOND,
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    Zone,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_temporal,
    parse_time,
    whole_seconds,
    zone_named,
)

__all__ = [
    "Date",
    "DateTime",
    "DayTimeDuration",
    "Except",
    "Function",
    "Range",
    "Time",
    "Value",
    "YearMonthDuration",
    "dumps",
    "feel_text",
    "from_json",
    "from_python",
    "kind",
    "loads",
    "number_text",
    "to_json",
    "to_python",
]

Value: TypeAlias = (
    "bool | Decimal | str | Date | Time | DateTime | DayTimeDuration | YearMonthDuration"
    " | Range | Except | Function | list[Any] | dict[str, Any] | None"
)


class Range(msgspec.Struct, frozen=True):
    """The values between two ends. An end that is None is open towards infinity, as in ``> 10``."""

    start: Any
    end: Any
    start_included: bool
    end_included: bool

    def __str__(self) -> str:
        return feel_text(self)


class Except(msgspec.Struct, frozen=True):
    """Every value but one: what the unary test ``!= e`` is as a value."""

    value: Any


class Function:
    """
    A function as a value: built in, written in FEEL, or a decision's knowledge made callable.

    ``call`` takes the arguments in the order of ``parameters`` and the evaluation they belong to (``feel.run.Run``);
    ``by_name`` takes names, arguments and the evaluation, where putting them in order is not enough.
    ``source`` is the FEEL text it was written as, if it was. ``types`` and ``result`` are types of ``feel.types``; none
    means Any.
    """

    __slots__ = ("by_name", "call", "name", "parameters", "result", "source", "types")

    def __init__(
        self,
        name: str,
        parameters: Sequence[str],
        call: Callable[[Sequence[Any], Any], Any],
        *,
        types: Sequence[Any] = (),
        result: Any = None,
        source: str | None = None,
        by_name: Callable[[Sequence[str], Sequence[Any], Any], Any] | None = None,
    ) -> None:
        self.name = name
        self.parameters = tuple(parameters)
        self.call = call
        self.types = tuple(types)
        self.result = result
        self.source = source
        self.by_name = by_name

    @classmethod
    def of(cls, name: str, parameters: Sequence[str], body: Callable[..., Any], types: Sequence[Any] = ()) -> Function:
        """A function whose body is Python code over values; it does not see the evaluation around it."""
        return cls(name, parameters, lambda arguments, _run: body(*arguments), types=types)

    def __repr__(self) -> str:
        return f"Function({self.name!r}, {list(self.parameters)!r})"


KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DayTimeDuration: "days and time duration",
    YearMonthDuration: "years and months duration",
    Range: "range",
    Except: "range",
    Function: "function",
    list: "list",
    dict: "context",
}


def kind(value: object) -> str:
    """The FEEL name of the value's type. Raises TypeError when it is no value at all."""
    try:
        return KINDS[type(value)]
    except KeyError:
        found = f"{type(value).__name__} {value!r}"
        raise TypeError(f"Expected a FEEL value, but {found}. Use values.from_python.") from None


# --- FEEL text --------------------------------------------------------------------------------------------------------

PLAIN_DIGITS = 40
LETTERS = "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
NAME = re.compile(rf"[{LETTERS}][{LETTERS}0-9]*(?: [{LETTERS}0-9]+)*")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
CALLS = {
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DayTimeDuration: "duration",
    YearMonthDuration: "duration",
}


def number_text(number: Decimal) -> str:
    """The number without an exponent and without zeros at the end, unless that would take more than forty digits."""
    if abs(number.adjusted()) > PLAIN_DIGITS:
        return str(number)
    text = f"{number:f}" if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def string_literal(text: str) -> str:
    return '"' + "".join(ESCAPES.get(character, character) for character in text) + '"'


def feel_text(value: Value) -> str:
    """An expression that gives the value. Raises ValueError for a function that was not written in FEEL."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, str):
        return string_literal(value)
    if isinstance(value, list):
        return f"[{', '.join(map(feel_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(key)}: {feel_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Range):
        return range_text(value)
    if isinstance(value, Except):
        return f"(!= {feel_text(value.value)})"
    if isinstance(value, Function):
        if value.source is None:
            raise ValueError(f"Expected a function written in FEEL, but {value.name} is built in.")
        return value.source
    return f'{CALLS[type(value)]}("{value}")'


def key_text(key: str) -> str:
    return key if NAME.fullmatch(key) else string_literal(key)


def range_text(value: Range) -> str:
    if value.start is None and value.end is not None:
        return f"({'<=' if value.end_included else '<'} {feel_text(value.end)})"
    if value.end is None and value.start is not None:
        return f"({'>=' if value.start_included else '>'} {feel_text(value.start)})"
    ends = ("[" if value.start_included else "(", "]" if value.end_included else ")")
    return f"{ends[0]}{feel_text(value.start)}..{feel_text(value.end)}{ends[1]}"


# --- JSON -------------------------------------------------------------------------------------------------------------

FEEL_KEY = "$feel"
JSON_TYPES = frozenset({type(None), bool, str, Decimal})
"""Values that JSON has itself, as they stand."""
MOST_STEPS_OF_A_LITERAL = 1000
"""JSON comes from outside: a text that is a value needs no loops."""
LITERAL_CALL = re.compile(r'\s*(date and time|date|time|duration)\s*\(\s*"([^"\\]*)"\s*\)\s*')
AT_LITERAL = re.compile(r'\s*@\s*"([^"\\]*)"\s*')
PARSERS: dict[str, Callable[[str], Any]] = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "duration": parse_duration,
}


def to_json(value: Value) -> Any:
    """
    The value in the form of the protocol: JSON's own types (numbers stay ``Decimal``), else ``{"$feel": "..."}``.

    A built-in function becomes its name; it is a value while an expression is evaluated, not a thing to be kept.
    """
    if type(value) in JSON_TYPES or isinstance(value, (str, Decimal)):
        return value
    if isinstance(value, list):
        return [item if type(item) in JSON_TYPES else to_json(item) for item in value]
    if isinstance(value, dict):
        if FEEL_KEY in value:
            return {FEEL_KEY: feel_text(value)}
        return {key: item if type(item) in JSON_TYPES else to_json(item) for key, item in value.items()}
    if isinstance(value, Function) and value.source is None:
        return {FEEL_KEY: value.name}
    return {FEEL_KEY: feel_text(value)}


def from_json(tree: Any) -> Value:
    """The value of a JSON tree in the form of the protocol. Raises ValueError when a ``$feel`` text gives no value."""
    if type(tree) in JSON_TYPES or isinstance(tree, (str, Decimal)):
        return tree  # type: ignore[no-any-return]
    if isinstance(tree, int):
        return Decimal(tree)
    if isinstance(tree, float):
        return Decimal(repr(tree))
    if isinstance(tree, list):
        return [from_json(item) for item in tree]
    if isinstance(tree, dict):
        if len(tree) == 1 and isinstance(text := tree.get(FEEL_KEY), str):
            return from_feel_text(text)
        return {key: item if type(item) in JSON_TYPES else from_json(item) for key, item in tree.items()}
    raise TypeError(f"Expected JSON, but {type(tree).__name__}.")


def from_feel_text(text: str) -> Value:
    if match := LITERAL_CALL.fullmatch(text):
        return PARSERS[match[1]](match[2])  # type: ignore[no-any-return]
    if match := AT_LITERAL.fullmatch(text):
        return parse_temporal(match[1])
    from throughline.flow.feel import FeelTooMuchWork, compile_expression  # the compiler needs this module

    try:
        value = compile_expression(text).evaluate({}, steps=MOST_STEPS_OF_A_LITERAL)
    except FeelTooMuchWork as problem:
        raise ValueError(str(problem)) from None
    if value is None and text.strip() != "null":
        raise ValueError(f"Expected FEEL text that gives a value, but {text!r} gives null.")
    return value


def dumps(value: Value) -> str:
    """The value as JSON text, numbers with all their digits."""
    return write_json(to_json(value))


def write_json(tree: Any) -> str:
    if isinstance(tree, Decimal):
        return str(tree)
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{json_string(key)}: {write_json(item)}" for key, item in tree.items()) + "}"
    if isinstance(tree, (list, tuple)):
        return "[" + ", ".join(map(write_json, tree)) + "]"
    return json_string(tree)


json_string = json.JSONEncoder(ensure_ascii=False).encode


def loads(text: str | bytes) -> Value:
    """The value that ``dumps`` wrote. Raises ValueError."""
    return from_json(read_json(text))


def read_json(text: str | bytes) -> Any:
    """JSON with exact numbers. Raises ValueError, also for NaN and Infinity, which are no JSON."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=refuse_constant)


def refuse_constant(text: str) -> Any:
    raise ValueError(f"Expected a number, but {text}.")


# --- Python -----------------------------------------------------------------------------------------------------------


def from_python(thing: Any) -> Value:
    """
    The value of a Python object: what a database column or a caller holds.

    A datetime keeps the name of a ``ZoneInfo`` and becomes an offset with any other zone. Raises TypeError for a float
    (binary fractions are not what was meant) and for anything that has no FEEL value, ValueError for NaN and infinity.
    """
    if thing is None or type(thing) is str or type(thing) is bool:
        return thing
    if isinstance(thing, Decimal) and not thing.is_finite():
        raise ValueError(f"Expected a number, but {thing}.")
    if type(thing) in KINDS and not isinstance(thing, (list, dict)):
        return thing  # type: ignore[no-any-return]
    if isinstance(thing, (int, Decimal)):
        return Decimal(thing)
    if isinstance(thing, str):
        return str.__str__(thing)
    if isinstance(thing, Mapping):
        return {str(key): from_python(item) for key, item in thing.items()}
    if isinstance(thing, (list, tuple, set, frozenset)):
        return [from_python(item) for item in thing]
    for python_type, convert in FROM_PYTHON:
        if isinstance(thing, python_type):
            return convert(thing)
    raise TypeError(f"Expected something with a FEEL value, but {type(thing).__name__} {thing!r}.")


def from_datetime(moment: python.datetime) -> DateTime:
    return DateTime(moment.toordinal(), time_nanos(moment), python_zone(moment.tzinfo, moment.utcoffset()))


def from_time(time: python.time) -> Time:
    return Time(time_nanos(time), python_zone(time.tzinfo, time.utcoffset()))


def from_timedelta(duration: python.timedelta) -> DayTimeDuration:
    return DayTimeDuration((duration.days * 86400 + duration.seconds) * SECOND + duration.microseconds * 1000)


FROM_PYTHON: tuple[tuple[type, Callable[[Any], Value]], ...] = (
    (python.datetime, from_datetime),
    (python.date, lambda day: Date(day.toordinal())),
    (python.time, from_time),
    (python.timedelta, from_timedelta),
)


def time_nanos(time: python.datetime | python.time) -> int:
    return ((time.hour * 60 + time.minute) * 60 + time.second) * SECOND + time.microsecond * 1000


def python_zone(zone: python.tzinfo | None, offset: python.timedelta | None) -> Zone:
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    return None if offset is None else whole_seconds(offset)


def to_python(value: Value) -> Any:
    """
    The nearest Python object: ``datetime`` types for temporal values (fractions cut to microseconds), ``Decimal``,
    ``str``, ``bool``, ``list``, ``dict``; ISO text for a years-and-months duration, FEEL text for ranges and functions.

    Raises OverflowError when a date lies outside the years 1 to 9999.
    """
    if value is None or isinstance(value, (bool, str, Decimal)):
        return value
    if isinstance(value, list):
        return [to_python(item) for item in value]
    if isinstance(value, dict):
        return {key: to_python(item) for key, item in value.items()}
    if isinstance(value, Date):
        return python_date(value.days)
    if isinstance(value, Time):
        return python_time(value.nanos, None if value.zone is None else python_tzinfo(value.zone))
    if isinstance(value, DateTime):
        return to_datetime(value)
    if isinstance(value, DayTimeDuration):
        return python.timedelta(microseconds=value.nanos // 1000)
    return str(value) if isinstance(value, YearMonthDuration) else feel_text(value)


def to_datetime(moment: DateTime) -> python.datetime:
    """Aware when the value has a zone. Raises OverflowError outside the years 1 to 9999."""
    zone = None if moment.zone is None else python_tzinfo(moment.zone)
    return python.datetime.combine(python_date(moment.days), python_time(moment.nanos, None), zone)


def python_date(days: int) -> python.date:
    if not 1 <= days <= LAST_PYTHON_DAY:
        raise OverflowError(f"Expected a date in the years 1 to 9999, but {Date(days)}.")
    return python.date.fromordinal(days)


def python_time(nanos: int, zone: python.tzinfo | None) -> python.time:
    seconds, rest = divmod(nanos, SECOND)
    return python.time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // 1000, zone)


def python_tzinfo(zone: int | str) -> python.tzinfo:
    if isinstance(zone, str):
        return zone_named(zone)
    return python.UTC if zone == 0 else python.timezone(python.timedelta(seconds=zone))


def names_within(values: Iterable[Value]) -> frozenset[str]:
    """Every key of every context inside the values, at any depth: what may follow a dot."""
    names: set[str] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            names.update(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return frozenset(names)
