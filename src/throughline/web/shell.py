"""The frame of every page: the navigation of who is signed in, and answers that work with and without htmx."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.records import registry
from throughline.core.teamwork.queries import at_hand
from throughline.crm.coaching.queries import may_look
from throughline.crm.forecast.queries import may_see
from throughline.web.parts import NavigationGroup, NavigationItem
from throughline.web.records.present import slug, url_of
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
    loose = item(_("Loose ends"), "circle-alert", way("web:loose_ends"), "g x")
    kinds = (
        ("lead", _("Leads"), "sparkles", "leads", "list", "g l"),
        ("deal", _("Deals"), "handshake", "deals", "board", "g e"),
        ("contact", _("Contacts"), "users", "contacts", "list", "g c"),
        ("organization", _("Organizations"), "building-2", "organizations", "list", "g o"),
        ("activity", _("Activities"), "calendar", "activities", "list", "g a"),
        ("promise", _("Promises"), "handshake", "promises", "list", "g r"),
        ("product", _("Products"), "package", "products", "list", ""),
    )
    seen = access.grants(user) if user.is_authenticated else None
    records = (
        work,
        loose,
        *(
            item(
                label,
                icon,
                way(f"web:record_{layout}", name),
                shortcut,
                under=way("web:record_list", name),
            )
            for kind, label, icon, name, layout, shortcut in (*kinds, *_own_kinds())
            if seen is not None and seen.scope(kind, access.VIEW) is not access.Scope.NONE
        ),
        item(_("Duplicates"), "copy", way("web:duplicates")),
        item(_("Data quality"), "gauge", way("web:quality")),
        item(_("Imports"), "upload", way("web:imports")),
    )
    hand = at_hand(user=user) if user.is_authenticated else None
    starred = tuple(
        NavigationItem(kept.title, registry.get(kept.record.type).icon, url, current=here == url)
        for kept in (hand.favourites if hand else ())
        for url in (url_of(registry.get(kept.record.type), kept.record.id),)
    )
    mine = (
        item(_("At hand"), "star", way("web:at_hand"), "g h"),
        *starred,
        item(_("Absence"), "palmtree", way("web:absence")),
    )
    procedures = (
        item(_("Library"), "workflow", way("web:procedures"), "g p"),
        item(_("Packs"), "package", way("web:library")),
        item(_("Decisions"), "table", way("web:decisions"), "g d"),
        item(_("Incidents"), "triangle-alert", way("web:incidents"), "g i"),
        item(_("Logs"), "scan", way("web:logs"), "g m"),
        item(_("Charts"), "shapes", way("web:charts")),
    )
    return {
        "groups": (
            NavigationGroup("", records),
            *_sales(user, item),
            NavigationGroup(_("Kept"), mine),
            NavigationGroup(_("Procedures"), procedures),
            *_insight(user, item),
            *_settings(user, item),
        ),
        "phone": (
            work,
            *records[2:3],
            NavigationItem(_("New lead"), "plus", way("web:record_new", "leads")),
            procedures[0],
        ),
        "user_name": user.name if user.is_authenticated else "",
        "unread": hand.unread if hand else 0,
    }


Item = Callable[..., NavigationItem]


def _own_kinds() -> Iterator[tuple[str, str, str, str, str, str]]:
    """Give the record types that people made here."""
    for spec in registry.everything():
        if not registry.is_declared(spec.type):
            layout = "board" if spec.board_column else "list"
            yield spec.type, str(spec.plural), spec.icon, slug(spec), layout, ""


def _sales(user: User, item: Item) -> Iterator[NavigationGroup]:
    """Give the papers that follow a deal, and what deals wait for, as far as somebody may see them."""
    if not user.is_authenticated:
        return
    kinds = (
        ("price_book", _("Price books"), "tag", "price-books"),
        ("quote", _("Quotes"), "file-text", "quotes"),
        ("contract", _("Contracts"), "gavel", "contracts"),
        ("subscription", _("Subscriptions"), "refresh-cw", "subscriptions"),
        ("invoice", _("Invoices"), "briefcase", "invoices"),
    )
    seen = access.grants(user)
    items = [
        item(label, icon, way("web:record_list", name))
        for kind, label, icon, name in kinds
        if seen.scope(kind, access.VIEW) is not access.Scope.NONE
    ]
    if may_see(user):
        items.append(item(_("Forecast"), "target", way("web:forecast")))
    if seen.scope("deal", access.VIEW) is not access.Scope.NONE:
        if may_look(user):
            items.append(item(_("Coaching"), "users", way("web:coaching")))
        items += [
            item(_("Approvals"), "shield", way("web:approvals")),
            item(_("Pipelines"), "columns-3", way("web:pipelines")),
        ]
    if items:
        yield NavigationGroup(_("Sales"), tuple(items))


def _insight(user: User, item: Item) -> Iterator[NavigationGroup]:
    """Give the pages of figures to who may look at reports."""
    if user.is_authenticated and access.allows(user, "reports.see"):
        yield NavigationGroup(_("Insight"), (item(_("Figures"), "gauge", way("web:kpis"), "g f", under="/insight/"),))


def _settings(user: User, item: Item) -> Iterator[NavigationGroup]:
    """Give the pages of settings that somebody may change; keys of one's own are everybody's."""
    if not user.is_authenticated:
        return
    pages = (
        (access.MANAGE_RECORDS, _("Fields and types"), "settings", "web:settings_records"),
        (access.MANAGE_PRICES, _("Tax and exchange"), "tag", "web:prices"),
        (access.MANAGE_ROLES, _("People and teams"), "user-round", "web:settings_people"),
        (access.MANAGE_ROLES, _("Roles"), "shield", "web:settings_roles"),
        (access.MANAGE_ROLES, _("Set up"), "circle-check", "web:setup"),
        (access.MANAGE_ROLES, _("Territories"), "globe", "web:settings_territories"),
        (access.MANAGE_ROLES, _("Sample company"), "building-2", "web:sample"),
    )
    offered = [item(label, icon, way(name)) for ability, label, icon, name in pages if access.allows(user, ability)]
    yield NavigationGroup(_("Settings"), (*offered, item(_("Keys"), "key-round", way("web:keys"))))


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
