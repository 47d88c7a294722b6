"""The filters of the page, as its address has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from throughline.core.refusals import Refusal
from throughline.flow.mining.filters import AnyFilter, During, Ending, Following, Having, Lasting, Repeating
from throughline.flow.mining.temporal import read_instant

DAY = 86_400.0
FIELDS = ("since", "until", "through", "then", "end", "who", "at_least", "at_most", "rework")


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What was asked for: the values as they were written, and the filters they mean."""

    values: Mapping[str, str]
    filters: tuple[AnyFilter, ...]


def asked_for(given: Mapping[str, str]) -> AskedFor:
    """
    Return the filters of an address.

    Raises:
        Refusal: a date or number cannot be read (``fields``).
    """
    values = {name: given.get(name, "").strip() for name in FIELDS}
    faults: dict[str, str] = {}
    since, until = (_date(values, name, faults) for name in ("since", "until"))
    at_least, at_most = (_days(values, name, faults) for name in ("at_least", "at_most"))
    if faults:
        raise Refusal("filter_unreadable", " ".join(faults.values()), fields=faults)
    found: list[AnyFilter] = []
    if since or until:
        found.append(During(since, until, cases="starting"))
    if values["through"] and values["then"]:
        found.append(Following(values["through"], values["then"], how="eventually"))
    elif values["through"] or values["then"]:
        found.append(Having("activity", (values["through"] or values["then"],)))
    if values["end"]:
        found.append(Ending(ends=(values["end"],)))
    if values["who"]:
        found.append(Having("resource", (values["who"],)))
    if at_least is not None or at_most is not None:
        found.append(Lasting(at_least, at_most))
    if values["rework"]:
        found.append(Repeating())
    return AskedFor(values, tuple(found))


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
