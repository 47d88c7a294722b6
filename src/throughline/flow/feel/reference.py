"""
docs/feel.md, written from the declarations by ``make documents``.

A test compares the two, so the document cannot fall behind the functions.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

from throughline.flow import suites
from throughline.flow.feel.builtins import BUILTINS
from throughline.flow.feel.builtins.signature import Overload, Parameter
from throughline.flow.feel.run import DEEPEST_CALL, MOST_STEPS
from throughline.flow.values import KINDS

INTRODUCTION = f"""\
# FEEL

The expression language of DMN 1.5, whole: conditions of flows, inputs and outputs of actions, due dates, cells of
decision tables. An expression reads the names around it and gives a value. What has no value is null, and a warning
says why and where; nothing in an expression can fail, change anything, or reach beyond its names.

```
throughline feel 'amount > 1000 and region = "EU"' --context '{{"amount": 1500, "region": "EU"}}'
```

## How it is read here

- Numbers are decimals of 34 digits (IEEE 754 decimal128, half even); never binary fractions.
- A name is the longest one known where it stands, spaces and operator characters included. Words that nobody
  knows are one name up to the next operator; its value is null, with a warning.
- Logic has three values. Comparing different kinds is null; `x = null` is true or false.
- Dates reach from year -999,999,999 to 999,999,999, times to nanoseconds. A zone is kept as it was written, an
  offset or a name. Adding hours moves along the time line, adding months along the calendar (31 January +
  P1M is 28 February).
- Comparing a local date and time with a zoned one uses the zone of the other; subtracting them is null.
- `[3..1]` is null: the ends of a range are in order.
- `now()` and `today()` are what the caller says; a case that is replayed sees the time of its first run.
- One evaluation takes at most {MOST_STEPS:,} steps and {DEEPEST_CALL} calls inside each other, then it stops
  with an error: a loop over everything must not hold up the others. Patterns are followed in bounded time too; one
  that refers back to a group (`\\1`) is only tried on short texts. A result may not hold more than
  {MOST_STEPS:,} items, and a duration no more than the calendar.
- A function that refers to Java or PMML is null when called.

## Where the standard leaves a choice

- `string([1..3])` is the text of the range, `string(function(a) a)` that of the function (10.3.4.1).
- A list of one is not equal to its item: `[1] = 1` is null (tables 52 and 53). Arguments are unwrapped, as the standard
  asks (10.3.2.9.4).
- `some x in 5 satisfies ...` is null: only lists and ranges are gone through. A condition that gives neither
  true, false nor null makes the whole null.
- A plain value never hides a built-in function of its name; a function does.
- Positions and lengths are cut to whole numbers, as the conformance tests ask (table 74 asks for whole ones).
  A length beyond the end of the text or list is null (tables 74 and 75).
- A filter keeps the items for which its condition is true; what is neither true nor false keeps none (10.3.2.5).
- Offsets reach to 18 hours, as in other engines (table 66 names 14); `24:00:00` is midnight, as in XML Schema.

## Kinds of values

{", ".join(sorted(set(KINDS.values())))}.

## Built-in functions

A parameter in brackets may be left out; `?` after a type lets null through; `...` takes all that follow.
"""


def reference(scores: suites.Scores) -> str:
    """The whole document, with the last scores of the public suites."""
    functions = "".join(family(name, lines) for name, lines in families().items())
    return INTRODUCTION + functions + suites.chapter("feel", scores)


def families() -> dict[str, list[str]]:
    """A line per form of each function, by the first sentence of the module that declares it."""
    found: dict[str, list[str]] = {}
    for name, builtin in BUILTINS.items():
        for overload in builtin.overloads:
            module = sys.modules[overload.body.__module__]
            title = (module.__doc__ or "").strip().split("\n")[0].split(":")[0].rstrip(".")
            found.setdefault(title, []).append(line(name, overload))
    return found


def family(title: str, lines: list[str]) -> str:
    return f"\n### {title}\n\n" + "".join(sorted(set(lines)))


def line(name: str, overload: Overload) -> str:
    parameters = ", ".join(parameters_of(overload))
    summary = (inspect.getdoc(overload.body) or "").split("\n")[0]
    return f"- `{name}({parameters}) -> {overload.result}`{': ' + summary if summary else ''}\n"


def parameters_of(overload: Overload) -> Iterator[str]:
    for parameter in overload.parameters:
        gathers = overload.gathers and parameter is overload.parameters[-1]
        yield written(parameter, gathers=gathers)


def written(parameter: Parameter, *, gathers: bool) -> str:
    lets_null = "?" if parameter.nullable and str(parameter.type) != "Any" else ""
    text = f"{parameter.name}{'...' if gathers else ''}: {parameter.type}{lets_null}"
    return f"[{text}]" if parameter.optional else text
