"""Saved views and columns: saving how one looks at a list, sharing it, opening with it; choosing its columns."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.records import RecordSpec
from throughline.core.records import views as saved
from throughline.core.records.queries import list_columns
from throughline.core.records.views import Look
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.filters import address
from throughline.web.records.head import audiences, saved_address
from throughline.web.records.present import slug
from throughline.web.records.state import LAYOUTS, read_state


@require_POST
@signed_in
def save(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Save how the sender looks at a list under a name, and go there."""
    sent = request.POST
    look = _look_of(request, spec, str(sent.get("state", "")))
    team_id, shared = _audience(request)
    view = saved.save_view(
        spec=spec,
        name=str(sent.get("name", "")),
        user=request.user,
        at=request.at,
        look=look,
        team_id=team_id,
        shared=shared,
    )
    if sent.get("first") == "yes":
        saved.open_first(spec=spec, user=request.user, view_id=view.pk)
    return done(request, saved_address(view, spec), _("View “%(name)s” is saved.") % {"name": view.name})


def _look_of(request: Asked, spec: RecordSpec, query: str) -> Look:
    """Return the look that an address says, with all its filters as one."""
    given = QueryDict(query)
    layout = str(given.get("layout", "list"))
    request.GET = given  # what the sender saw is read as it was read then
    state = read_state(request, spec, layout if layout in LAYOUTS else "list")
    look = state.look
    return Look(
        layout=look.layout,
        filter=state.meaning,
        sort=look.sort,
        columns=look.columns,
        group=look.group,
        dates=look.dates,
    )


def _audience(request: Asked) -> tuple[int | None, bool]:
    chosen = str(request.POST.get("audience", ""))
    return int(chosen) if chosen.isdecimal() else None, chosen == "all"


@signed_in
def edit(request: Asked, spec: RecordSpec, view_id: int) -> HttpResponse:
    """Show a view of one's own to be renamed, shared or deleted, or do so."""
    view = saved.get_view(spec=spec, user=request.user, view_id=view_id)
    if view.owner_id != request.user.pk:
        raise NotFound(_("This view belongs to somebody else. Save it under a name of your own to change it."))
    if request.method != "POST":
        return _edit_page(request, spec, view)
    if request.POST.get("do") == "delete":
        saved.delete_view(view_id=view_id, user=request.user, at=request.at)
        return done(request, f"{reverse('web:record_list', args=[slug(spec)])}?view=all", _("The view is deleted."))
    team_id, shared = _audience(request)
    name = str(request.POST.get("name", ""))
    try:
        view = saved.change_view(
            view_id=view_id, user=request.user, at=request.at, name=name, team_id=team_id, shared=shared
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _edit_page(request, spec, view, refusal, name)
    return done(request, saved_address(view, spec), _("Saved."))


def _edit_page(
    request: Asked, spec: RecordSpec, view: Any, refusal: Refusal | None = None, name: str = ""
) -> HttpResponse:
    context = {
        "title": _("View “%(name)s”") % {"name": view.name},
        "plural": str(spec.plural),
        "list_url": saved_address(view, spec),
        "action": reverse("web:record_view", args=[slug(spec), view.pk]),
        "name": name or view.name,
        "audiences": audiences(request, view),
        "error": refusal.message if refusal else "",
        "tool": "records/_view_form.html",
    }
    template = "records/_view_form.html" if request.headers.get("HX-Request") else "records/tool.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


@require_POST
@signed_in
def open_first(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Open the list with a view from now on, or (no view) with all records."""
    chosen = str(request.POST.get("view", ""))
    saved.open_first(spec=spec, user=request.user, view_id=int(chosen) if chosen.isdecimal() else None)
    if not chosen.isdecimal():
        to = f"{reverse('web:record_list', args=[slug(spec)])}?view=all"
        return done(request, to, _("The list opens with all records again."))
    view = saved.get_view(spec=spec, user=request.user, view_id=int(chosen))
    return done(request, saved_address(view, spec), _("The list opens with this view from now on."))


# -- Columns -----------------------------------------------------------------------------------------------------------


@signed_in
def columns(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the columns of a list to be chosen and put in order; each step is an address."""
    state = read_state(request, spec)
    rights = access.field_rights(request.user, spec)
    chosen = [each.name for each in list_columns(spec, request.user, state.look.columns)]
    added = str(request.GET.get("add", ""))
    if added and added in spec.by_name and rights.reads(added) and added not in chosen:
        chosen.append(added)
    base = {name: value for name, value in state.kept.items() if name not in ("add", "do", "layout")}
    here = reverse("web:record_columns", args=[slug(spec)])
    layout = state.kept.get("layout", "list")

    def to(names: list[str]) -> str:
        return f"{here}?{address({**base, 'layout': layout, 'columns': ','.join(names)})}"

    others = [each for each in spec.by_name.values() if rights.reads(each.name) and each.name not in chosen]
    context = {
        "title": _("Columns"),
        "plural": str(spec.plural),
        "columns": [_line(spec, chosen, at, to) for at in range(len(chosen))],
        "others": [
            Choice(each.name, str(each.label)) for each in sorted(others, key=lambda each: str(each.label).casefold())
        ],
        "kept": [*base.items(), ("layout", layout), ("columns", ",".join(chosen))],
        "action": here,
        "list_url": f"{reverse('web:record_list', args=[slug(spec)])}?{address({**base, 'columns': ','.join(chosen)})}",
        "reset_url": f"{here}?{address({**base, 'layout': layout, 'columns': ','.join(spec.list_columns)})}",
        "tool": "records/_columns_form.html",
    }
    template = "records/_columns_form.html" if request.headers.get("HX-Request") else "records/tool.html"
    return render(request, template, context)


def _line(spec: RecordSpec, chosen: list[str], at: int, to: Any) -> dict[str, Any]:
    def swapped(other: int) -> str:
        if not 0 <= other < len(chosen):
            return ""
        names = list(chosen)
        names[at], names[other] = names[other], names[at]
        return str(to(names))

    without = [name for place, name in enumerate(chosen) if place != at]
    return {
        "name": chosen[at],
        "label": str(spec.field(chosen[at]).label),
        "up_url": swapped(at - 1),
        "down_url": swapped(at + 1),
        "remove_url": to(without) if without else "",
    }
