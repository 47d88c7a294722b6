"""What becomes of running cases of records that go into the bin, in words."""

from __future__ import annotations

from django.utils import formats
from django.utils.translation import ngettext


def resting_words(cases: int) -> str:
    """Say what becomes of running cases; nothing where there are none."""
    if not cases:
        return ""
    return ngettext(
        "%(n)s running case rests meanwhile: nobody is asked, nothing is sent. It goes on when the record is restored.",
        "%(n)s running cases rest meanwhile: nobody is asked, nothing is sent. They go on when a record is restored.",
        cases,
    ) % {"n": formats.number_format(cases, force_grouping=True)}
