"""The frame of every page: the navigation of who is signed in, and answers that work with and without htmx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core.notify.queries import unread_count
from throughline.web.parts import NavigationGroup, NavigationItem

if TYPE_CHECKING:
    from throughline.core.identity.models import User


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return what the side bar and the phone's bar show."""
    user: User = request.user  # type: ignore[assignment]
    here = request.path

    def item(label: str, icon: str, url: str, shortcut: str = "") -> NavigationItem:
        return NavigationItem(label, icon, url, current=_is_at(here, url), shortcut=shortcut)

    leads = reverse("web:record_list", args=["leads"])
    work = item(_("My work"), "inbox", reverse("web:my_work"), "g w")
    records = (
        work,
        item(_("Leads"), "sparkles", leads, "g l"),
        item(_("Contacts"), "users", reverse("web:record_list", args=["contacts"]), "g c"),
        item(_("Organizations"), "building-2", reverse("web:record_list", args=["organizations"]), "g o"),
        item(_("Activities"), "calendar", reverse("web:record_list", args=["activities"]), "g a"),
    )
    procedures = (
        item(_("Library"), "workflow", reverse("web:procedures"), "g p"),
        item(_("Decisions"), "table", reverse("web:decisions"), "g d"),
    )
    return {
        "groups": (NavigationGroup("", records), NavigationGroup(_("Procedures"), procedures)),
        "phone": (
            work,
            records[1],
            NavigationItem(_("New lead"), "plus", reverse("web:record_new", args=["leads"])),
            procedures[0],
        ),
        "user_name": user.name if user.is_authenticated else "",
        "unread": unread_count(user_id=user.pk) if user.is_authenticated else 0,
    }


def _is_at(here: str, url: str) -> bool:
    return here == url if url == reverse("web:my_work") else here.startswith(url)


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a whole page, or a part that htmx swaps."""
    return render(request, template, context, status=status)


def is_part(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part of the page (and not for the whole page while going back)."""
    return bool(request.headers.get("HX-Request")) and request.headers.get("HX-Request-Type", "partial") != "full"
