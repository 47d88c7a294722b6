"""
Reading a scenario: from the members of a JSON or YAML file to a :class:`Scenario`.

Whatever is wrong is said in one sentence that names the member, what was expected of it and what is there. Members
nobody knows are refused, since a misspelt figure that is silently left out gives a wrong answer.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from throughline.flow import values
from throughline.flow.calendars import WEEKDAYS, BusinessCalendar, read_minutes
from throughline.flow.simulate.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)
from throughline.flow.simulate.scenario import (
    Answer,
    Arrivals,
    Batch,
    Failure,
    Resource,
    Scenario,
    TaskFigures,
    Variable,
    Window,
)
from throughline.flow.temporal import parse_duration, zone_named

MOST_CASES = 10_000_000
MOST_REPLICATIONS = 10_000
NOUN = "a scenario"


class BadScenario(ValueError):
    """A scenario that cannot be simulated; the message is one sentence that names the member."""

    def __init__(self, path: str, expected: str, found: object) -> None:
        shown = found if isinstance(found, Found) else Found(_shown(found))
        super().__init__(f"Expected {path or NOUN} to {expected}, but {shown}.")
        self.path = path


class Found(str):
    """What was found, as the end of a sentence."""

    __slots__ = ()


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return f"it is {value}"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except TypeError:
        text = str(value)
    return f"it is {text if len(text) <= 60 else text[:57] + '…'}"


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the file and the way to it."""

    path: str
    value: Any

    def bad(self, expected: str, found: object = None) -> BadScenario:
        """Return the exception that says what was expected here."""
        return BadScenario(self.path, expected, self.value if found is None else found)

    def members(self, known: Collection[str] = ()) -> dict[str, Place]:
        """Return the members of an object; refuse any that is not ``known`` (empty: all are welcome)."""
        if not isinstance(self.value, Mapping):
            raise self.bad("be an object")
        for name in self.value:
            if known and name not in known:
                raise self.bad(f"have no members but {', '.join(known)}", Found(f'it has "{name}"'))
        start = f"{self.path}." if self.path else ""
        return {str(name): Place(f"{start}{name}", value) for name, value in self.value.items()}

    def items(self) -> list[Place]:
        """Return the items of a list."""
        if not isinstance(self.value, list | tuple):
            raise self.bad("be a list")
        return [Place(f"{self.path}[{number}]", value) for number, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.bad("be a text")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Return a text or several as a tuple."""
        return (self.text(),) if isinstance(self.value, str) else tuple(each.text() for each in self.items())

    def number(self, low: float | None = None, high: float | None = None) -> float:
        bounds = "" if low is None else f" from {low:g} to {high:g}" if high is not None else f" of at least {low:g}"
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | Decimal):
            raise self.bad(f"be a number{bounds}")
        number = float(self.value)
        if not math.isfinite(number) or not (-math.inf if low is None else low) <= number <= (high or math.inf):
            raise self.bad(f"be a number{bounds}")
        return number

    def whole(self, low: int, high: int) -> int:
        number = self.value
        if isinstance(number, Decimal) and number == number.to_integral_value():
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise self.bad(f"be a whole number from {low} to {high}")
        return number

    def seconds(self) -> float:
        """Return an ISO 8601 duration in seconds; neither months nor less than nothing."""
        expected = "be a duration such as PT30M or P1DT4H"
        if not isinstance(self.value, str):
            raise self.bad(expected)
        weeks = re.fullmatch(r"P(\d+)W", self.value.strip())
        try:
            length = parse_duration(f"P{int(weeks[1]) * 7}D" if weeks else self.value.strip())
        except ValueError:
            raise self.bad(expected) from None
        if not isinstance(length, values.DayTimeDuration):
            raise self.bad(f"{expected}, not in months or years, whose length differs")
        span: timedelta = values.to_python(length)
        if span < timedelta(0):
            raise self.bad("be no negative duration")
        return span.total_seconds()

    def moment(self) -> datetime:
        expected = "be a date and time such as 2026-01-05T09:00:00Z"
        if isinstance(self.value, datetime):
            moment = self.value
        else:
            try:
                moment = datetime.fromisoformat(self.text())
            except ValueError:
                raise self.bad(expected) from None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def read_scenario(document: Any) -> Scenario:
    """
    Read a scenario.

    Raises:
        BadScenario: something in it is not as expected.
    """
    found = Place("", document).members(tuple(_READERS))
    return Scenario(**{name: _READERS[name](place) for name, place in found.items() if place.value is not None})


# --- distributions ----------------------------------------------------------------------------------------------------
Measure = Callable[[Place], float]

SYNONYMS = {"std": "deviation", "sd": "deviation", "standard_deviation": "deviation", "low": "min", "high": "max"}


def duration(place: Place) -> Distribution:
    """Read the distribution of a duration: its name and ISO 8601 durations, or one duration for ever the same."""
    if isinstance(place.value, str):
        return Constant(place.seconds())
    return distribution(place, Place.seconds, negative=False)


def distribution(place: Place, measure: Measure, *, negative: bool = True) -> Distribution:
    """Read a distribution whose figures ``measure`` understands; ``negative`` says whether they may be below 0."""
    given = {SYNONYMS.get(name, name): each for name, each in place.members().items()}
    name = given.pop("distribution", None)
    if name is None:
        raise place.bad(f"have a member distribution: one of {', '.join(_SHAPES)}", Found("it has none"))
    shape = _SHAPES.get(name.value) if isinstance(name.value, str) else None
    if shape is None:
        raise name.bad(f"be one of {', '.join(_SHAPES)}")
    others = set(given) - shape.members
    if others:
        members = ", ".join(sorted(shape.members))
        raise place.bad(f"have no members but distribution, {members}", Found(f'it has "{min(others)}"'))
    return shape.make(place, given, measure, negative)


Given = dict[str, Place]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of distribution: its members and how it is made of them."""

    members: frozenset[str]
    make: Callable[[Place, Given, Measure, bool], Distribution]


def _needed(place: Place, given: Given, name: str, measure: Measure) -> float:
    if name not in given:
        raise BadScenario(f"{place.path}.{name}", "be given", Found("it is not"))
    return measure(given[name])


def _above_nothing(place: Place, given: Given, name: str, measure: Measure) -> float:
    number = _needed(place, given, name, measure)
    if number <= 0:
        raise given[name].bad("be above 0")
    return number


def _not_negative(place: Place, given: Given, name: str, measure: Measure) -> float:
    number = _needed(place, given, name, measure)
    if number < 0:
        raise given[name].bad("not be below 0")
    return number


def _constant(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:  # noqa: ARG001
    name = "value" if "value" in given else "mean"
    return Constant(_needed(place, given, name, measure))


def _exponential(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:  # noqa: ARG001
    return Exponential(_above_nothing(place, given, "mean", measure))


def _normal(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:  # noqa: ARG001
    return Normal(_needed(place, given, "mean", measure), _not_negative(place, given, "deviation", measure))


def _lognormal(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:  # noqa: ARG001
    return Lognormal(_above_nothing(place, given, "mean", measure), _not_negative(place, given, "deviation", measure))


def _gamma(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:  # noqa: ARG001
    mean = _above_nothing(place, given, "mean", measure)
    return Gamma(mean, _above_nothing(place, given, "deviation", measure))


def _bounds(place: Place, given: Given, measure: Measure) -> tuple[float, float]:
    low, high = _needed(place, given, "min", measure), _needed(place, given, "max", measure)
    if low > high:
        raise given["min"].bad("be no more than max")
    return low, high


def _uniform(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:
    if "mean" not in given:
        return Uniform(*_bounds(place, given, measure))
    made = Uniform.around(_needed(place, given, "mean", measure), _not_negative(place, given, "deviation", measure))
    return _checked(place, made, made.low, negative=negative)


def _triangular(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:
    if "mean" not in given:
        low, high = _bounds(place, given, measure)
        mode = _needed(place, given, "mode", measure)
        if not low <= mode <= high:
            raise given["mode"].bad("lie between min and max")
        return Triangular(low, mode, high)
    made = Triangular.around(_needed(place, given, "mean", measure), _not_negative(place, given, "deviation", measure))
    return _checked(place, made, made.low, negative=negative)


def _checked(place: Place, made: Distribution, low: float, *, negative: bool) -> Distribution:
    if low < 0 and not negative:
        raise place.bad(
            "stay above 0",
            Found("its deviation is so large that durations would be negative; give min and max instead"),
        )
    return made


def _empirical(place: Place, given: Given, measure: Measure, negative: bool) -> Distribution:  # noqa: ARG001
    if "bins" in given:
        bins = [each.members(("from", "to", "weight")) for each in given["bins"].items()]
        lows = tuple(_needed(given["bins"], each, "from", measure) for each in bins)
        highs = tuple(_needed(given["bins"], each, "to", measure) for each in bins)
        weights = _weights([each.get("weight", Place("", 1)) for each in bins], given["bins"])
        widths = tuple(high - low for low, high in zip(lows, highs, strict=True))
        if not lows or min(widths) < 0:
            raise given["bins"].bad("be bins that end after they begin")
        return Empirical(lows, weights, widths)
    if "values" not in given:
        raise BadScenario(f"{place.path}.values", "be given", Found("it is not"))
    numbers = tuple(measure(each) for each in given["values"].items())
    if not numbers:
        raise given["values"].bad("have at least one value")
    weights = _weights(given["weights"].items(), given["weights"]) if "weights" in given else ()
    if weights and len(weights) != len(numbers):
        raise given["weights"].bad(f"have one weight for each of {len(numbers)} values")
    return Empirical(numbers, weights)


def _weights(places: list[Place], whole: Place) -> tuple[float, ...]:
    weights = tuple(each.number(0) for each in places)
    if not sum(weights):
        raise whole.bad("have a weight above 0")
    return weights


_MEAN_AND_DEVIATION = frozenset({"mean", "deviation"})
_SHAPES = {
    "constant": Shape(frozenset({"mean", "value"}), _constant),
    "exponential": Shape(frozenset({"mean"}), _exponential),
    "normal": Shape(_MEAN_AND_DEVIATION, _normal),
    "lognormal": Shape(_MEAN_AND_DEVIATION, _lognormal),
    "gamma": Shape(_MEAN_AND_DEVIATION, _gamma),
    "uniform": Shape(_MEAN_AND_DEVIATION | {"min", "max"}, _uniform),
    "triangular": Shape(_MEAN_AND_DEVIATION | {"min", "mode", "max"}, _triangular),
    "empirical": Shape(frozenset({"values", "weights", "bins"}), _empirical),
}


# --- arrivals and calendars -------------------------------------------------------------------------------------------
def _arrivals(place: Place) -> Arrivals:
    if isinstance(place.value, str):
        return Arrivals(gaps=duration(place))
    members = place.members()
    calendar = members.pop("calendar", None)
    name = None if calendar is None else calendar.text()
    if "times" in members:
        return Arrivals(times=_times(place.members(("times", "calendar"))["times"]), calendar=name)
    if "windows" in members:
        windows = place.members(("windows", "calendar"))["windows"]
        found = tuple(_window(each) for each in windows.items())
        if not sum(len(each.days) * each.cases for each in found):
            raise windows.bad("bring at least one case")
        return Arrivals(windows=found, calendar=name)
    if "distribution" not in members:
        raise place.bad("have a distribution, windows or times", Found("it has none of them"))
    gaps = duration(Place(place.path, {each: member.value for each, member in members.items()}))
    if gaps.mean <= 0:
        raise place.bad("leave some time between cases on average", Found("its mean is 0"))
    return Arrivals(gaps=gaps, calendar=name)


def _times(place: Place) -> tuple[datetime, ...]:
    times = sorted(each.moment() for each in place.items())
    if not times:
        raise place.bad("have at least one moment")
    return tuple(times)


def _window(place: Place) -> Window:
    members = place.members(("days", "from", "to", "cases"))
    for name in ("from", "to", "cases"):
        if name not in members:
            raise BadScenario(f"{place.path}.{name}", "be given", Found("it is not"))
    opens, closes = _minutes(members["from"]), _minutes(members["to"])
    if opens >= closes:
        raise members["to"].bad("be after from")
    days = _days(members["days"]) if "days" in members else tuple(range(7))
    return Window(days, opens, closes, members["cases"].whole(0, MOST_CASES))


def _minutes(place: Place) -> int:
    try:
        return read_minutes(place.text())
    except ValueError:
        raise place.bad("be a time such as 09:00, at most 24:00") from None


DAYS = {name[:2].upper(): number for number, name in enumerate(WEEKDAYS)}


def _days(place: Place) -> tuple[int, ...]:
    """Return numbers of days (Monday is 0) from a text such as ``MO-FR`` or ``MO,WE,SA-SU``, or a list of such."""
    found: list[int] = []
    for text in place.texts():
        for part in text.split(","):
            ends = [DAYS.get(each.strip()[:2].upper()) for each in part.split("-")]
            first, last = ends[0], ends[-1]
            if first is None or last is None or len(ends) > 2:
                raise place.bad("be days such as MO-FR or MO,WE,SA")
            found.extend((first + step) % 7 for step in range((last - first) % 7 + 1))
    return tuple(sorted(set(found)))


def _calendar(place: Place) -> BusinessCalendar:
    members = place.members(("zone", "hours", "holidays"))
    if "hours" not in members:
        raise BadScenario(f"{place.path}.hours", "be given", Found("it is not"))
    week: dict[str, list[tuple[str, str]]] = {name: [] for name in WEEKDAYS}
    for hours in members["hours"].items():
        _add_hours(hours, week)
    holidays = [each.text() for each in members["holidays"].items()] if "holidays" in members else []
    for number, day in enumerate(holidays):
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
            raise BadScenario(f"{place.path}.holidays[{number}]", "be a day such as 2026-12-25", day)
    zone = members["zone"].text() if "zone" in members else "UTC"
    try:
        return BusinessCalendar.of(zone=zone, hours=week, holidays=holidays)
    except (ValueError, KeyError) as problem:
        raise place.bad("be a calendar", Found(str(problem).rstrip(".") or f"{zone!r} is no zone")) from None


def _add_hours(place: Place, week: dict[str, list[tuple[str, str]]]) -> None:
    """Add hours to the days of a week; those that end before they begin go on until the next day."""
    members = place.members(("days", "from", "to"))
    for name in ("days", "from", "to"):
        if name not in members:
            raise BadScenario(f"{place.path}.{name}", "be given", Found("it is not"))
    opens, closes = _minutes(members["from"]), _minutes(members["to"])
    begin, end = members["from"].text(), members["to"].text()
    for day in _days(members["days"]):
        if opens < closes:
            week[WEEKDAYS[day]].append((begin, end))
            continue
        week[WEEKDAYS[day]].append((begin, "24:00"))
        if closes:
            week[WEEKDAYS[(day + 1) % 7]].append(("00:00", end))


# --- people, steps, ways ----------------------------------------------------------------------------------------------
def _resource(place: Place) -> Resource:
    found = place.members(("amount", "cost_per_hour", "calendar", "roles"))
    return Resource(
        amount=found["amount"].whole(1, 1_000_000) if "amount" in found else 1,
        cost_per_hour=found["cost_per_hour"].number(0) if "cost_per_hour" in found else 0.0,
        calendar=found["calendar"].text() if "calendar" in found and found["calendar"].value is not None else None,
        roles=found["roles"].texts() if "roles" in found else (),
    )


def _task(place: Place) -> TaskFigures:
    return TaskFigures(
        **{_TASK_FIELDS.get(name, name): _TASK[name](each) for name, each in place.members(tuple(_TASK)).items()}
    )


def _priority(place: Place) -> float | str:
    return place.text() if isinstance(place.value, str) else place.number()


def _failure(place: Place) -> Failure:
    members = place.members(("code", "probability"))
    code = members["code"].text() if "code" in members else ""
    return Failure(code, _needed(place, members, "probability", probability))


def probability(place: Place) -> float:
    """Read a share from 0 to 1."""
    return place.number(0, 1)


def _batch(place: Place) -> Batch:
    members = place.members(("size", "wait", "quiet", "at", "zone", "parallel", "scale"))
    if not members.keys() & {"size", "wait", "quiet", "at"}:
        raise place.bad("say when a batch is begun: by size, wait, quiet or at", Found("it does not"))
    parallel = members["parallel"].value if "parallel" in members else False
    if not isinstance(parallel, bool):
        raise members["parallel"].bad("be true or false")
    zone = members["zone"].text() if "zone" in members else "UTC"
    try:
        zone_named(zone)
    except (ValueError, KeyError):
        raise members["zone"].bad("be a zone such as Europe/Oslo") from None
    return Batch(
        size=members["size"].whole(1, MOST_CASES) if "size" in members else None,
        wait=members["wait"].seconds() if "wait" in members else None,
        quiet=members["quiet"].seconds() if "quiet" in members else None,
        at=tuple(sorted(_minutes(Place(place.path + ".at", text)) for text in members["at"].texts()))
        if "at" in members
        else (),
        zone=zone,
        parallel=parallel,
        scale=members["scale"].number(0) if "scale" in members else 1.0,
    )


def _outcomes(place: Place) -> dict[str, float]:
    shares = {name: each.number(0) for name, each in place.members().items()}
    if not sum(shares.values()):
        raise place.bad("have a share above 0")
    return shares


_TASK: dict[str, Callable[[Place], Any]] = {
    "duration": duration,
    "resource": Place.texts,
    "priority": _priority,
    "cost": lambda place: place.number(0),
    "outcomes": _outcomes,
    "results": lambda place: {name: _variable(each) for name, each in place.members().items()},
    "error": _failure,
    "target": Place.seconds,
    "batch": _batch,
}
_TASK_FIELDS = {"resource": "resources", "error": "failure"}


def _answer(place: Place) -> Answer:
    members = place.members(("delay", "probability", "payload"))
    if "delay" not in members:
        raise BadScenario(f"{place.path}.delay", "be given", Found("it is not"))
    payload = members.get("payload")
    return Answer(
        duration(members["delay"]),
        probability(members["probability"]) if "probability" in members else 1.0,
        {} if payload is None else {name: _variable(each) for name, each in payload.members().items()},
    )


def _variable(place: Place) -> Variable:
    """Read a variable: a value, a distribution of numbers, or some values of any kind with weights."""
    if not (isinstance(place.value, Mapping) and "distribution" in place.value):
        return Variable(values=(_value(place),))
    members = place.members()
    listed = members.get("values")
    if members["distribution"].value != "empirical" or listed is None:
        return Variable(numbers=distribution(place, Place.number))
    place.members(("distribution", "values", "weights"))
    found = tuple(_value(each) for each in listed.items())
    weights = _weights(members["weights"].items(), members["weights"]) if "weights" in members else ()
    if not found or (weights and len(weights) != len(found)):
        raise place.bad("have at least one value, and as many weights as values")
    return Variable(values=found, weights=weights)


def _value(place: Place) -> Any:
    try:
        return values.from_json(place.value)
    except (ValueError, TypeError) as problem:
        raise place.bad("be a value", Found(str(problem).rstrip("."))) from None


def _records(place: Place) -> tuple[dict[str, Any], ...]:
    found = tuple({name: _value(each) for name, each in item.members().items()} for item in place.items())
    if not found:
        raise place.bad("have at least one record")
    return found


def _each(reader: Callable[[Place], Any]) -> Callable[[Place], dict[str, Any]]:
    return lambda place: {name: reader(each) for name, each in place.members().items()}


def _warm_up(place: Place) -> float:
    share = place.number(0, 1)
    if share >= 1:
        raise place.bad("be a share below 1")
    return share


_READERS: dict[str, Callable[[Place], Any]] = {
    "process": Place.text,
    "start": Place.moment,
    "arrivals": _arrivals,
    "cases": lambda place: place.whole(1, MOST_CASES),
    "replications": lambda place: place.whole(1, MOST_REPLICATIONS),
    "warm_up": _warm_up,
    "seed": lambda place: place.whole(0, 2**63 - 1),
    "calendars": _each(_calendar),
    "resources": _each(_resource),
    "tasks": _each(_task),
    "flows": _each(probability),
    "messages": _each(_answer),
    "variables": _each(_variable),
    "records": _records,
}


def known_members() -> Iterator[str]:
    """Give the names of a scenario's members."""
    return iter(_READERS)
