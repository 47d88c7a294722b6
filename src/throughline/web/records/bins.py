"""The bin of a record type: what was put away, by whom and when, and bringing it back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.records import RecordSpec
from throughline.core.records.discretion import subtitle_for
from throughline.core.records.operations import restore_records
from throughline.core.records.queries import ListQuery, bin_page
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.records.filters import address
from throughline.web.records.present import slug

PAGE = 50


@signed_in
def show(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show what lies in the bin, what was put there last first."""
    text, after = str(request.GET.get("q", "")), str(request.GET.get("after", ""))
    query = ListQuery(text=text, after=after, limit=PAGE, deleted=True)
    page = bin_page(spec=spec, user=request.user, query=query, at=request.at)
    name, below = slug(spec), subtitle_for(spec, request.user)
    lines = [
        {
            "id": record.pk,
            "number": record.number,
            "title": spec.title(record),
            "subtitle": below(record),
            "by": record.deleted_by,
            "at": record.deleted_at,
            "can": access.can(request.user, access.DELETE, spec, record),
        }
        for record in page.records
    ]
    context = {
        "title": _("Bin"),
        "plural": str(spec.plural),
        "lines": lines,
        "query": text,
        "is_narrowed": bool(text),
        "list_url": reverse("web:record_list", args=[name]),
        "action": reverse("web:record_restorations", args=[name]),
        "next_url": f"?{address({'q': text, 'after': page.after})}" if page.after else "",
        "now": request.at,
    }
    return render(request, "records/bin.html", context)


@require_POST
@signed_in
def restore_many(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Bring the chosen records back."""
    ids = [int(key) for key in request.POST.getlist("record") if str(key).isdecimal()]
    if not ids:
        raise Refusal("nothing_selected", _("Select at least one row first."))
    restore_records(spec=spec, ids=ids, by=request.by, at=request.at)
    said = ngettext("%(n)d record is back.", "%(n)d records are back.", len(ids)) % {"n": len(ids)}
    return done(request, reverse("web:record_bin_list", args=[slug(spec)]), said)
