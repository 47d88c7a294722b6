"""Counts with what is counted, one of it or several."""

from __future__ import annotations

from django.utils.translation import ngettext


def cases_in_words(count: int) -> str:
    """``1 case``, ``1,200 cases``."""
    return ngettext("%(n)s case", "%(n)s cases", count) % {"n": f"{count:,}"}


def times_in_words(count: int) -> str:
    """``1 time``, ``1,200 times``."""
    return ngettext("%(n)s time", "%(n)s times", count) % {"n": f"{count:,}"}
