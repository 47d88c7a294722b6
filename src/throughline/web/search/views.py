"""Search: a page with all hits, and the command palette, which adds where one can go, what one can make and do."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.records import RecordSpec, registry
from throughline.core.records.search import Hit, search
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import SearchGroup, SearchHit
from throughline.web.records.present import slug, url_of
from throughline.web.shell import navigation

IN_PALETTE = 8
ON_PAGE = 50


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show what is found; for the palette only the options."""
    query = request.GET.get("q", "").strip()
    if request.headers.get("HX-Request"):
        groups = [*_found(request, query, IN_PALETTE), *_commands(request, query)]
        return render(request, "components/_palette_results.html", {"groups": groups, "query": query})
    return render(request, "search.html", {"groups": _found(request, query, ON_PAGE), "query": query})


def _found(request: Asked, query: str, limit: int) -> list[SearchGroup]:
    hits = search(user=request.user, text=query, limit=limit) if query else []
    by_type: dict[str, list[Hit]] = {}
    for hit in hits:
        by_type.setdefault(hit.ref.type, []).append(hit)
    return [_group(registry.get(record_type), found) for record_type, found in by_type.items()]


def _group(spec: RecordSpec, hits: Iterable[Hit]) -> SearchGroup:
    shown = tuple(SearchHit(spec.icon, hit.title, url_of(spec, hit.ref.id), hit.subtitle) for hit in hits)
    return SearchGroup(str(spec.plural), shown)


def _commands(request: Asked, query: str) -> list[SearchGroup]:
    words = query.lower().split()

    def fitting(hits: Iterable[SearchHit]) -> tuple[SearchHit, ...]:
        return tuple(hit for hit in hits if all(word in hit.title.lower() for word in words))

    groups = (
        SearchGroup(_("Go to"), fitting(_places(request))),
        SearchGroup(_("Create"), fitting(_creations(request))),
        SearchGroup(_("Do"), fitting(_deeds())),
    )
    return [group for group in groups if group.hits]


def _places(request: Asked) -> list[SearchHit]:
    """Return the pages of the navigation, as this person has it, and those that are reached from its foot."""
    known = navigation(request)["groups"]
    return [
        *(SearchHit(item.icon, item.label, item.url) for group in known for item in group.items),
        SearchHit("bell", _("Notifications"), reverse("web:notifications")),
        SearchHit("globe", _("Lead form"), reverse("web:lead_form_page")),
        SearchHit("shield", _("Security and sign-in"), reverse("mfa_index")),
    ]


def _creations(request: Asked) -> list[SearchHit]:
    return [
        SearchHit(
            "plus", _("New %(one)s") % {"one": str(spec.label).lower()}, reverse("web:record_new", args=[slug(spec)])
        )
        for spec in registry.everything()
        if spec.made_by_itself and access.can(request.user, access.CREATE, spec)
    ]


def _deeds() -> list[SearchHit]:
    """Return what can be done on every page; what can be done on this one the palette adds itself."""
    return [
        SearchHit("sun", _("Light theme"), click='[data-prefer="theme=light"]'),
        SearchHit("moon", _("Dark theme"), click='[data-prefer="theme=dark"]'),
        SearchHit("rows-3", _("Roomy lists"), click='[data-prefer="density=roomy"]'),
        SearchHit("rows-4", _("Compact lists"), click='[data-prefer="density=compact"]'),
        SearchHit("printer", _("Print this page"), click="[data-print]"),
        SearchHit("keyboard", _("Keyboard shortcuts"), click='[data-open-dialog="shortcut-help"]'),
        SearchHit("log-out", _("Sign out"), click="[data-sign-out]"),
    ]
