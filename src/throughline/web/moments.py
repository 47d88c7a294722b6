"""
Instants in words for people: "in 3 hours", "2 days ago", and the exact date and time.

The web shell is where the clock is read: views take ``now()`` once and hand it down. A page writes hundreds of instants
and most of their parts repeat (the same day, "3 hours ago"), so the words of each part are kept by language.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from throughline.web.parts import Tone

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_NO_TIME, _MONTH = timedelta(0), timedelta(days=30)


def now() -> datetime:
    """Return the instant of this request (aware, UTC)."""
    return timezone.now()


def date_and_time(moment: datetime) -> str:
    """Write the instant in the reader's time zone and language, e.g. ``Sat 21 Nov 2026, 15:40``."""
    return _date_and_time(timezone.localtime(moment), get_language())


def _date_and_time(local: datetime, language: str | None) -> str:
    return f"{_day(local.date(), 'D j M Y', language)}, {local.hour:02}:{local.minute:02}"


def day(moment: datetime) -> str:
    """Write the day of the instant in the reader's time zone and language, e.g. ``21 Nov 2026``."""
    return date_in_words(timezone.localtime(moment).date())


def date_in_words(on: date) -> str:
    """Write a day in the reader's language, e.g. ``21 Nov 2026``."""
    return _day(on, "j M Y", get_language())


def in_words(moment: datetime, *, now: datetime) -> str:
    """Say how far ``moment`` is from ``now``: ``in 3 hours``, ``20 minutes ago``; a month and more as a date."""
    return _near(moment - now, get_language()) or day(moment)


def told(now: datetime) -> Callable[[datetime], tuple[str, str]]:
    """
    Return what tells ``date_and_time`` and ``in_words`` of many instants, in the reader's zone and language of now.

    Asking which these are takes longer than telling an instant.
    """
    zone, language = timezone.get_current_timezone(), get_language()

    def both(moment: datetime) -> tuple[str, str]:
        local = moment.astimezone(zone)
        words = _near(moment - now, language) or _day(local.date(), "j M Y", language)
        return _date_and_time(local, language), words

    return both


def _near(gap: timedelta, language: str | None) -> str:
    """Say how far away something is that is less than a month away; nothing for anything else."""
    size = abs(gap)
    if size < _MINUTE:
        return _("now")
    return "" if size >= _MONTH else _away(*_largest(size), gap > _NO_TIME, language)


def length(size: timedelta) -> str:
    """Say a length in its largest whole unit: ``3 hours``."""
    return _length(*_largest(size), get_language())


def _largest(size: timedelta) -> tuple[timedelta, int]:
    """Return the largest unit of which there is one, and how many whole ones there are."""
    unit = _DAY if size >= _DAY else _HOUR if size >= _HOUR else _MINUTE
    return unit, size // unit


# The language is active while these run; as an argument it parts what is kept.


@lru_cache(maxsize=4096)
def _day(on: date, form: str, _language: str | None) -> str:
    return formats.date_format(on, form)


@lru_cache(maxsize=1024)
def _length(unit: timedelta, count: int, _language: str | None) -> str:
    if unit == _DAY:
        return ngettext("%(n)d day", "%(n)d days", count) % {"n": count}
    if unit == _HOUR:
        return ngettext("%(n)d hour", "%(n)d hours", count) % {"n": count}
    return ngettext("%(n)d minute", "%(n)d minutes", count) % {"n": count}


@lru_cache(maxsize=1024)
def _away(unit: timedelta, count: int, is_ahead: bool, language: str | None) -> str:
    words = {"length": _length(unit, count, language)}
    return _("in %(length)s") % words if is_ahead else _("%(length)s ago") % words


def tone(due_at: datetime, *, now: datetime) -> Tone:
    """Return how pressing a due moment is: ``late`` when it is past, ``wait`` within a day, else ``good``."""
    if due_at < now:
        return "late"
    return "wait" if due_at - now < _DAY else "good"


def short_length(size: timedelta) -> str:
    """Say a length in a few letters for narrow places: ``4 d``, ``3 h``, ``12 min``."""
    if size >= _DAY:
        return _("%(n)d d") % {"n": size // _DAY}
    if size >= _HOUR:
        return _("%(n)d h") % {"n": size // _HOUR}
    return _("%(n)d min") % {"n": max(size // _MINUTE, 0)}
