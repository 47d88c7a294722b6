"""
Instants in words for people: "in 3 hours", "2 days ago", and the exact date and time.

The web shell is where the clock is read: views take ``now()`` once and hand it down.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.web.parts import Tone

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def now() -> datetime:
    """Return the instant of this request (aware, UTC)."""
    return timezone.now()


def date_and_time(moment: datetime) -> str:
    """Write the instant in the reader's time zone and language, e.g. ``Sat 21 Nov 2026, 15:40``."""
    local = timezone.localtime(moment)
    return f"{formats.date_format(local, 'D j M Y')}, {formats.time_format(local, 'H:i')}"


def in_words(moment: datetime, *, now: datetime) -> str:
    """Say how far ``moment`` is from ``now``: ``in 3 hours``, ``20 minutes ago``; a month and more as a date."""
    gap = moment - now
    size = abs(gap)
    if size < _MINUTE:
        return _("now")
    if size >= 30 * _DAY:
        return formats.date_format(timezone.localtime(moment), "j M Y")
    phrase = length(size)
    return _("in %(length)s") % {"length": phrase} if gap > timedelta(0) else _("%(length)s ago") % {"length": phrase}


def length(size: timedelta) -> str:
    """Say a length in its largest whole unit: ``3 hours``."""
    if size >= _DAY:
        return ngettext("%(n)d day", "%(n)d days", size // _DAY) % {"n": size // _DAY}
    if size >= _HOUR:
        return ngettext("%(n)d hour", "%(n)d hours", size // _HOUR) % {"n": size // _HOUR}
    minutes = size // _MINUTE
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


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
