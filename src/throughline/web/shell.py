"""The frame of every page: the navigation of who is signed in, and answers that work with and without htmx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.notify.queries import unread_count
from throughline.web.parts import NavigationGroup, NavigationItem
from throughline.web.ways import way

if TYPE_CHECKING:
    from throughline.core.identity.models import User


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return what the side bar and the phone's bar show."""
    user: User = request.user  # type: ignore[assignment]
    here = request.path

    def item(label: str, icon: str, url: str, shortcut: str = "", under: str = "") -> NavigationItem:
        return NavigationItem(label, icon, url, current=_is_at(here, under or url), shortcut=shortcut)

    work = item(_("My work"), "inbox", way("web:my_work"), "g w")
    kinds = (
        ("lead", _("Leads"), "sparkles", "leads", "list", "g l"),
        ("deal", _("Deals"), "handshake", "deals", "board", "g e"),
        ("contact", _("Contacts"), "users", "contacts", "list", "g c"),
        ("organization", _("Organizations"), "building-2", "organizations", "list", "g o"),
        ("activity", _("Activities"), "calendar", "activities", "list", "g a"),
        ("product", _("Products"), "package", "products", "list", ""),
    )
    seen = access.grants(user) if user.is_authenticated else None
    records = (
        work,
        *(
            item(
                label,
                icon,
                way(f"web:record_{layout}", name),
                shortcut,
                under=way("web:record_list", name),
            )
            for kind, label, icon, name, layout, shortcut in kinds
            if seen is not None and seen.scope(kind, access.VIEW) is not access.Scope.NONE
        ),
        item(_("Duplicates"), "copy", way("web:duplicates")),
    )
    procedures = (
        item(_("Library"), "workflow", way("web:procedures"), "g p"),
        item(_("Decisions"), "table", way("web:decisions"), "g d"),
        item(_("Incidents"), "triangle-alert", way("web:incidents"), "g i"),
    )
    return {
        "groups": (NavigationGroup("", records), NavigationGroup(_("Procedures"), procedures)),
        "phone": (
            work,
            *records[1:2],
            NavigationItem(_("New lead"), "plus", way("web:record_new", "leads")),
            procedures[0],
        ),
        "user_name": user.name if user.is_authenticated else "",
        "unread": unread_count(user_id=user.pk) if user.is_authenticated else 0,
    }


def _is_at(here: str, url: str) -> bool:
    return here == url if url == way("web:my_work") else here.startswith(url)


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a whole page, or a part that htmx swaps."""
    return render(request, template, context, status=status)


def is_part(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part of the page (and not for the whole page while going back)."""
    return bool(request.headers.get("HX-Request")) and request.headers.get("HX-Request-Type", "partial") != "full"
