"""What an errand looks like while it waits and is done: its state in words, and a bar that keeps itself up to date."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from throughline.insight.errands.models import Errand
from throughline.web.answers import Asked
from throughline.web.parts import Tone


def status_in_words(status: str) -> tuple[str, Tone]:
    """Return the state of an errand as pages say it."""
    words: dict[str, tuple[str, Tone]] = {
        "waiting": (_("Waits for a worker"), "wait"),
        "running": (_("Under way"), "wait"),
        "done": (_("Done"), "good"),
        "failed": (_("Failed"), "late"),
        "cancelled": (_("Cancelled"), ""),
    }
    return words[status]


def bar(errand: Errand, *, url: str, page_url: str, cancel_url: str = "", detail: str = "") -> dict[str, Any]:
    """
    Return what ``components/_errand.html`` shows: how far it is, and how to stop it.

    ``url`` gives the bar anew, ``page_url`` is for those without JavaScript, ``detail`` says more, such as how much is
    done.
    """
    return {
        "url": url,
        "page_url": page_url,
        "cancel_url": cancel_url if errand.is_open else "",
        "is_open": errand.is_open,
        "status": status_in_words(errand.status)[0],
        "percent": round(100 * errand.progress),
        "detail": detail,
    }


def bar_anew(request: Asked, shown: dict[str, Any]) -> HttpResponse:
    """Answer how far an errand is; once it has ended, have the page loaded anew."""
    answer = render(request, "components/_progress.html", {"errand": shown})
    if not shown["is_open"]:
        answer["HX-Refresh"] = "true"
    return answer
