"""The form that adds filters, read into filters, and filters told in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.refusals import Refusal
from throughline.flow.mining.filters import (
    AnyFilter,
    Containing,
    During,
    Ending,
    Following,
    Going,
    Having,
    Lasting,
    Repeating,
)
from throughline.flow.mining.temporal import read_instant
from throughline.web.simulation.shown import span

DAY = 86_400.0
FIELDS = (
    "since", "until", "span", "through", "then", "how", "start", "end", "who", "attribute", "at_least", "at_most",
    "most", "rework",
)  # fmt: skip
SPANS = {
    "starting": gettext_lazy("that started then"),
    "ending": gettext_lazy("that ended then"),
    "within": gettext_lazy("wholly inside"),
    "touching": gettext_lazy("under way then"),
    "events": gettext_lazy("cut to that time"),
}


def added(given: Mapping[str, str]) -> tuple[AnyFilter, ...]:
    """
    Return the filters that a form asks for, none when none of its fields is filled in.

    Raises:
        Refusal: a date or number cannot be read (``fields``).
    """
    values = {name: given.get(name, "").strip() for name in FIELDS}
    faults: dict[str, str] = {}
    since, until = (_date(values, name, faults) for name in ("since", "until"))
    at_least, at_most = (_days(values, name, faults) for name in ("at_least", "at_most"))
    most = _count(values, faults)
    if faults:
        raise Refusal("filter_unreadable", " ".join(faults.values()), fields=faults)
    found: list[AnyFilter] = []
    if since or until:
        cases = values["span"] if values["span"] in SPANS else "starting"
        found.append(During(since, until, cases=cases))  # type: ignore[arg-type]  # one of its words
    found += _paths(values)
    if values["start"] or values["end"]:
        found.append(Ending(_one(values["start"]), _one(values["end"])))
    if values["who"]:
        found.append(Having("resource", (values["who"],)))
    if values["attribute"]:
        found.append(_attribute(values["attribute"]))
    if at_least is not None or at_most is not None:
        found.append(Lasting(at_least, at_most))
    if most:
        found.append(Going(most_frequent=most))
    if values["rework"]:
        found.append(Repeating())
    return tuple(found)


def _one(word: str) -> tuple[str, ...]:
    return (word,) if word else ()


def _paths(values: Mapping[str, str]) -> list[AnyFilter]:
    first, second, how = values["through"], values["then"], values["how"]
    if first and second:
        is_not = how.startswith("never")
        directly = how.endswith("directly")
        return [
            Following(first, second, how="directly" if directly else "eventually", keep="others" if is_not else "cases")
        ]
    word = first or second
    return [Having("activity", (word,), keep="others" if how.startswith("never") else "cases")] if word else []


def _attribute(text: str) -> AnyFilter:
    try:
        column, word = json.loads(text)
    except ValueError as problem:
        fault = _("Choose an attribute from the list.")
        raise Refusal("filter_unreadable", fault, fields={"attribute": fault}) from problem
    return Having(str(column), (None if word is None else str(word),))


def _date(values: Mapping[str, str], name: str, faults: dict[str, str]) -> str | None:
    text = values[name]
    if not text:
        return None
    try:
        read_instant(text)
    except ValueError:
        faults[name] = _("Write a date such as 2026-01-31.")
    return text


def _days(values: Mapping[str, str], name: str, faults: dict[str, str]) -> float | None:
    text = values[name].replace(",", ".")
    if not text:
        return None
    try:
        return float(text) * DAY
    except ValueError:
        faults[name] = _("Write a number of days, such as 2 or 0.5.")
        return None


def _count(values: Mapping[str, str], faults: dict[str, str]) -> int:
    text = values["most"]
    if text and not (text.isdecimal() and 0 < int(text) < 1_000_000):
        faults["most"] = _("Write how many of the most frequent ways, such as 5.")
        return 0
    return int(text or 0)


# --- in words ---------------------------------------------------------------------------------------------------------
def in_words(each: AnyFilter, variants: Mapping[str, int] | None = None) -> str:
    """Return what a filter leaves, in words; ``variants``: the place of each variant by its digest."""
    match each:
        case During():
            return _("%(from)s to %(to)s, %(how)s") % {
                "from": each.since or "…",
                "to": each.until or "…",
                "how": SPANS[each.cases],
            }
        case Having():
            return _having(each)
        case Following():
            return _following(each)
        case Lasting():
            return _lasting(each)
        case Ending():
            return _ending(each)
        case Going():
            return _going(each, variants or {})
        case Repeating():
            if each.activity is None:
                return _("some step repeated")
            return _("“%(step)s” repeated") % {"step": each.activity}
        case Containing():
            return _("%(n)d chosen cases") % {"n": len(each.names)} if len(each.names) > 1 else each.names[0]


def _having(each: Having) -> str:
    words = ", ".join(_("nothing") if word is None else word for word in each.words)
    column = {"activity": _("step"), "resource": _("person")}.get(each.column, each.column)
    text = {
        "cases": _("%(column)s: %(words)s"),
        "events": _("only events with %(column)s: %(words)s"),
        "others": _("never %(column)s: %(words)s"),
    }[each.keep]
    return text % {"column": column, "words": words}


def _following(each: Following) -> str:
    steps = {"first": each.first, "second": each.second}
    if each.keep == "others":
        text = (
            _("never “%(first)s” directly before “%(second)s”")
            if each.how == "directly"
            else _("never “%(first)s” before “%(second)s”")
        )
    else:
        text = (
            _("“%(first)s” directly before “%(second)s”")
            if each.how == "directly"
            else _("“%(first)s” before “%(second)s”")
        )
    return text % steps


def _lasting(each: Lasting) -> str:
    if each.at_least is not None and each.at_most is not None:
        return _("took %(low)s to %(high)s") % {"low": span(each.at_least), "high": span(each.at_most)}
    if each.at_least is not None:
        return _("took at least %(low)s") % {"low": span(each.at_least)}
    return _("took at most %(high)s") % {"high": span(each.at_most or 0.0)}


def _ending(each: Ending) -> str:
    parts = []
    if each.starts:
        parts.append(_("starts with %(steps)s") % {"steps": _steps(each.starts)})
    if each.ends:
        parts.append(_("ends with %(steps)s") % {"steps": _steps(each.ends)})
    return _(" and ").join(parts)


def _steps(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def _going(each: Going, variants: Mapping[str, int]) -> str:
    if each.most_frequent:
        return _("the %(n)d most frequent ways") % {"n": each.most_frequent}
    places = [variants.get(digest) for digest in each.digests]
    numbers = ", ".join(_("%(n)d") % {"n": place + 1} for place in places if place is not None)
    return _("way %(n)s") % {"n": numbers} if numbers else _("a way that nobody took")
