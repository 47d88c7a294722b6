"""The frame of every page: the navigation of who is signed in, and answers that work with and without htmx."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.translation import get_language
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

Kind = tuple[str, str, str, str, str, str]
"""A record type of the side bar: its name, label, icon, address, layout and keys."""


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return what the side bar and the phone's bar show; all of it is hashable, since what is drawn of it is kept."""
    user: User = request.user  # type: ignore[assignment]
    here, home = request.path, way("web:my_work")
    hand = at_hand(user=user) if user.is_authenticated else None
    offered = _offered_to(user)
    starred = [
        NavigationItem(kept.title, registry.get(kept.record.type).icon, url, current=here == url)
        for kept in (hand.favourites if hand else ())
        for url in (url_of(registry.get(kept.record.type), kept.record.id),)
    ]
    at_hand_page, *others = _marked(offered.mine, here, home)
    return {
        "groups": (
            *(_marked_group(each, here, home) for each in offered.before),
            NavigationGroup(_("Kept"), (at_hand_page, *starred, *others)),
            *(_marked_group(each, here, home) for each in offered.behind),
        ),
        "phone": _marked(offered.phone, here, home),
        "user_name": user.name if user.is_authenticated else "",
        "unread": hand.unread if hand else 0,
    }


def _marked_group(group: NavigationGroup, here: str, home: str) -> NavigationGroup:
    return group._replace(items=_marked(group.items, here, home))


def _marked(items: Iterable[NavigationItem], here: str, home: str) -> tuple[NavigationItem, ...]:
    """Return lines of the side bar with that of the page marked, or of the page that it lies under."""
    return tuple([each._replace(current=True) if _is_at(here, each, home) else each for each in items])


def _is_at(here: str, item: NavigationItem, home: str) -> bool:
    return here == home if item.url == home else here.startswith(item.under or item.url)


class _Offered(NamedTuple):
    """What the side bar offers to somebody wherever they are; ``mine`` stands between ``before`` and ``behind``."""

    before: tuple[NavigationGroup, ...]
    mine: tuple[NavigationItem, ...]
    behind: tuple[NavigationGroup, ...]
    phone: tuple[NavigationItem, ...]


class _Given(NamedTuple):
    """All that the offer rests on beside somebody's roles."""

    language: str | None
    prefix: str
    own_kinds: tuple[Kind, ...]
    sees_forecast: bool
    sees_coaching: bool


def _offered_to(user: User) -> _Offered:
    """Return what is offered to somebody; made once for all who play the same roles."""
    language, prefix, own_kinds = get_language(), get_script_prefix(), tuple(_own_kinds())
    if not user.is_authenticated:
        nothing = _Given(language, prefix, own_kinds, sees_forecast=False, sees_coaching=False)
        return _offered(user, nothing)
    given = _Given(language, prefix, own_kinds, sees_forecast=may_see(user), sees_coaching=may_look(user))
    return access.grants(user).remembered(given, lambda: _offered(user, given))


def _offered(user: User, given: _Given) -> _Offered:
    work = NavigationItem(_("My work"), "inbox", way("web:my_work"), shortcut="g w")
    loose = NavigationItem(_("Loose ends"), "circle-alert", way("web:loose_ends"), shortcut="g x")
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
            NavigationItem(
                label,
                icon,
                way(f"web:record_{layout}", name),
                shortcut=shortcut,
                under=way("web:record_list", name),
            )
            for kind, label, icon, name, layout, shortcut in (*kinds, *given.own_kinds)
            if seen is not None and seen.scope(kind, access.VIEW) is not access.Scope.NONE
        ),
        NavigationItem(_("Duplicates"), "copy", way("web:duplicates")),
        NavigationItem(_("Data quality"), "gauge", way("web:quality")),
        NavigationItem(_("Imports"), "upload", way("web:imports")),
    )
    procedures = (
        NavigationItem(_("Library"), "workflow", way("web:procedures"), shortcut="g p"),
        NavigationItem(_("Packs"), "package", way("web:library")),
        NavigationItem(_("Decisions"), "table", way("web:decisions"), shortcut="g d"),
        *_queues(seen),
        NavigationItem(_("Incidents"), "triangle-alert", way("web:incidents"), shortcut="g i"),
        NavigationItem(_("Logs"), "scan", way("web:logs"), shortcut="g m"),
        NavigationItem(_("Charts"), "shapes", way("web:charts")),
    )
    return _Offered(
        before=(NavigationGroup("", records), *_sales(user, given)),
        mine=(
            NavigationItem(_("At hand"), "star", way("web:at_hand"), shortcut="g h"),
            NavigationItem(_("Absence"), "palmtree", way("web:absence")),
        ),
        behind=(NavigationGroup(_("Procedures"), procedures), *_insight(user), *_settings(user)),
        phone=(
            work,
            *records[2:3],
            NavigationItem(_("New lead"), "plus", way("web:record_new", "leads")),
            procedures[0],
        ),
    )


def _queues(seen: access.Grants | None) -> Iterator[NavigationItem]:
    """Give the queues to who may read them."""
    if seen is not None and seen.scope("queue", access.VIEW) is not access.Scope.NONE:
        yield NavigationItem(_("Queues"), "hand", way("web:record_list", "queues"))


def _own_kinds() -> Iterator[Kind]:
    """Give the record types that people made here."""
    for spec in registry.everything():
        if not registry.is_declared(spec.type):
            layout = "board" if spec.board_column else "list"
            yield spec.type, str(spec.plural), spec.icon, slug(spec), layout, ""


def _sales(user: User, given: _Given) -> Iterator[NavigationGroup]:
    """Give the papers that follow a deal, and what deals wait for, as far as somebody may see them."""
    if not user.is_authenticated:
        return
    kinds = (
        ("price_book", _("Price books"), "tag", "price-books"),
        ("quote", _("Quotes"), "file-text", "quotes"),
        ("contract", _("Contracts"), "gavel", "contracts"),
        ("subscription", _("Subscriptions"), "refresh-cw", "subscriptions"),
        ("invoice", _("Invoices"), "briefcase", "invoices"),
        ("territory", _("Territories"), "globe", "territories"),
    )
    seen = access.grants(user)
    items = [
        NavigationItem(label, icon, way("web:record_list", name))
        for kind, label, icon, name in kinds
        if seen.scope(kind, access.VIEW) is not access.Scope.NONE
    ]
    if given.sees_forecast:
        items.append(NavigationItem(_("Forecast"), "target", way("web:forecast")))
    if seen.scope("deal", access.VIEW) is not access.Scope.NONE:
        if given.sees_coaching:
            items.append(NavigationItem(_("Coaching"), "users", way("web:coaching")))
        items += [
            NavigationItem(_("Approvals"), "shield", way("web:approvals")),
            NavigationItem(_("Pipelines"), "columns-3", way("web:pipelines")),
        ]
    if items:
        yield NavigationGroup(_("Sales"), tuple(items))


def _insight(user: User) -> Iterator[NavigationGroup]:
    """Give the pages of figures to who may look at reports."""
    if user.is_authenticated and access.allows(user, "reports.see"):
        figures = NavigationItem(_("Figures"), "gauge", way("web:kpis"), shortcut="g f", under="/insight/")
        yield NavigationGroup(_("Insight"), (figures,))


def _settings(user: User) -> Iterator[NavigationGroup]:
    """Give the pages of settings that somebody may change; keys of one's own are everybody's."""
    if not user.is_authenticated:
        return
    pages = (
        (access.MANAGE_RECORDS, _("Fields and types"), "settings", "web:settings_records"),
        (access.MANAGE_PRICES, _("Tax and exchange"), "tag", "web:prices"),
        (access.MANAGE_ROLES, _("People and teams"), "user-round", "web:settings_people"),
        (access.MANAGE_ROLES, _("Roles"), "shield", "web:settings_roles"),
        (access.MANAGE_ROLES, _("Set up"), "circle-check", "web:setup"),
        (access.MANAGE_ROLES, _("Sample company"), "building-2", "web:sample"),
    )
    offered = [
        NavigationItem(label, icon, way(name)) for ability, label, icon, name in pages if access.allows(user, ability)
    ]
    yield NavigationGroup(_("Settings"), (*offered, NavigationItem(_("Keys"), "key-round", way("web:keys"))))


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a whole page, or a part that htmx swaps."""
    return render(request, template, context, status=status)


def is_part(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part of the page (and not for the whole page while going back)."""
    return bool(request.headers.get("HX-Request")) and request.headers.get("HX-Request-Type", "partial") != "full"
