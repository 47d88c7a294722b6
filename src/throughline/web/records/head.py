"""What stands above a list in any layout: title, views, filter in words, layouts, groups, exports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.records import FieldSpec, RecordSpec
from throughline.core.records.models import SavedView
from throughline.core.records.views import look_of
from throughline.web.answers import Asked
from throughline.web.parts import Choice, ListTools, Tab
from throughline.web.records.filters import address
from throughline.web.records.present import slug
from throughline.web.records.state import ALL, LAYOUTS, State, groupable, time_fields
from throughline.web.records.words import Names, sentence
from throughline.web.ways import way

ICONS = {"list": "rows-3", "board": "columns-3", "calendar": "calendar", "timeline": "chart-gantt"}


def head(request: Asked, state: State, *, problem: str = "", totals: bool = False) -> dict[str, Any]:
    """Return what every layout of a list page shows above and around its records, as arguments of ``ListPage``."""
    spec, name = state.spec, slug(state.spec)
    may_create = access.can(request.user, access.CREATE, spec)
    return {
        "kind": spec.type,
        "title": str(spec.plural),
        "one": str(spec.label),
        "icon": spec.icon,
        "filters": state.bar.filters,
        "chips": state.bar.chips,
        "tabs": _layouts(request, state),
        "query": state.text,
        "sort": state.given.get("sort", ""),
        "list_url": way(f"web:{LAYOUTS[state.look.layout]}", name),
        "new_url": way("web:record_new", name) if may_create else "",
        "extra": _words(spec),
        "tools": _tools(request, state, problem, totals),
    }


def _layouts(request: Asked, state: State) -> tuple[Tab, ...]:
    spec, name = state.spec, slug(state.spec)
    labels = {"list": _("List"), "board": _("Board"), "calendar": _("Calendar"), "timeline": _("Timeline")}
    times = len(time_fields(spec, request.user))
    offered = {"list": True, "board": bool(spec.board_column), "calendar": times > 0, "timeline": times > 1}
    kept = {key: value for key, value in state.kept.items() if key not in ("sort", "on", "scale")}
    if state.view is not None:
        kept["view"] = str(state.view.pk)
    return tuple(
        Tab(
            labels[layout],
            ICONS[layout],
            f"{way(f'web:{page}', name)}?{address(kept)}",
            current=state.look.layout == layout,
        )
        for layout, page in LAYOUTS.items()
        if offered[layout]
    )


def _tools(request: Asked, state: State, problem: str, totals: bool) -> ListTools:
    spec, name = state.spec, slug(state.spec)
    here = {**state.kept, "layout": state.look.layout}
    if state.view is not None:
        here["view"] = str(state.view.pk)
    people = {choice.value: choice.label for choice in state.bar.people}
    may_export = access.can(request.user, access.EXPORT, spec)
    return ListTools(
        views=_views(state),
        view=_view(request, state),
        save=_save(request, state, address(here)),
        sentence="" if problem else sentence(spec, state.look.filter, Names(request.user, people)),
        problem=problem,
        filter_url=f"{way('web:record_filter', name)}?{address(here)}",
        clear_url=state.to(f="{}"),
        columns_url=f"{way('web:record_columns', name)}?{address(here)}",
        totals_url=f"{way('web:record_totals', name)}{state.to()}" if totals else "",
        groups=_groups(request, state),
        exports=_exports(state) if may_export else (),
        bin_url=way("web:record_bin_list", name),
        changes_url=way("web:record_changes", name),
        kept=tuple(
            (key, value) for key, value in state.kept.items() if key not in {*state.narrowing, "q", "group", "sort"}
        ),
    )


def _views(state: State) -> tuple[Tab, ...]:
    """The views to choose from; there is no choice while nothing has been saved."""
    if not state.views:
        return ()
    name = slug(state.spec)
    everything = f"{way('web:record_list', name)}?view={ALL}"
    tabs = [Tab(_("All"), state.spec.icon, everything, current=state.view is None)]
    for view in state.views:
        url = f"{way(f'web:{LAYOUTS[view.layout]}', name)}?view={view.pk}"
        tabs.append(Tab(view.name, ICONS[view.layout], url, current=state.view == view))
    return tuple(tabs)


def _view(request: Asked, state: State) -> dict[str, Any] | None:
    view = state.view
    if view is None:
        return None
    name, is_own = slug(state.spec), view.owner_id == request.user.pk
    return {
        "id": view.pk,
        "name": view.name,
        "by": "" if is_own else str(getattr(view, "owner_name", "")),
        "is_own": is_own,
        "is_changed": state.is_changed,
        "is_first": getattr(view, "is_first", False),
        "reset_url": f"{way(f'web:{LAYOUTS[view.layout]}', name)}?view={view.pk}",
        "edit_url": reverse("web:record_view", args=[name, view.pk]),
        "first_url": way("web:record_view_first", name),
    }


def _save(request: Asked, state: State, here: str) -> dict[str, Any]:
    view = state.view
    is_own = view is not None and view.owner_id == request.user.pk
    return {
        "url": way("web:record_views", slug(state.spec)),
        "state": here,
        "name": view.name if view is not None and is_own else "",
        "audiences": audiences(request, view if is_own else None),
    }


def audiences(request: Asked, view: SavedView | None) -> tuple[Choice, ...]:
    """Return with whom somebody may share a view; the one it is shared with is chosen."""
    chosen = "" if view is None else "all" if view.shared else str(view.team_id or "")
    teams = sorted(access.grants(request.user).team_names.items(), key=lambda item: item[1])
    offered = [("", _("Only me")), *((str(key), name) for key, name in teams)]
    if access.allows(request.user, "views.share"):
        offered.append(("all", _("Everybody")))
    return tuple(Choice(value, label, chosen=value == chosen) for value, label in offered)


def _groups(request: Asked, state: State) -> tuple[Choice, ...]:
    if state.look.layout != "list":
        return ()
    offered = access.grants(request.user).remembered(
        (_groups, state.spec.shape, get_language()), lambda: _by_label(groupable(state.spec, request.user))
    )
    chosen = state.look.group
    return tuple([each._replace(chosen=True) if each.value == chosen else each for each in offered])


def _by_label(fields: Iterable[FieldSpec]) -> tuple[Choice, ...]:
    return tuple(
        sorted((Choice(each.name, str(each.label)) for each in fields), key=lambda each: each.label.casefold())
    )


def _exports(state: State) -> tuple[Tab, ...]:
    name = slug(state.spec)
    return tuple(
        Tab(label, "file-text", f"{way('web:record_export', name, form)}{state.to()}")
        for form, label in (("csv", _("CSV")), ("xlsx", _("Excel (XLSX)")))
    )


def _words(spec: RecordSpec) -> dict[str, str]:
    one = str(spec.label).lower()
    return {
        "new_label": _("New %(one)s") % {"one": one},
        "empty_title": _("No %(plural)s yet") % {"plural": str(spec.plural).lower()},
        "empty_text": _(EMPTY.get(spec.type, "Make the first one, or import a file.")),
    }


EMPTY = {
    "lead": (
        "A lead is one enquiry. It comes in by the form on your site, by import, or by hand, and then travels through "
        "its procedure: who calls, until when, what happens next."
    ),
    "contact": "Contacts are people. They appear by themselves when a lead comes in, or you make one by hand.",
    "organization": "Organizations are the companies behind your contacts and deals.",
    "activity": "Calls, meetings, notes and tasks appear here as soon as somebody logs one on a record's page.",
}


def saved_address(view: SavedView, spec: RecordSpec) -> str:
    """Return the address of a saved view."""
    return f"{way(f'web:{LAYOUTS[look_of(view).layout]}', slug(spec))}?view={view.pk}"
