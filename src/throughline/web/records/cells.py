"""Cells of a list, changed in place: the same fields, rights and conflicts as on the record's page."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.records import FieldSpec, RecordSpec
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.operations import update_record
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import FormField
from throughline.web.records.columns import drawn
from throughline.web.records.forms import as_text, form_field, read_form
from throughline.web.records.present import slug


@signed_in
def edit(request: Asked, spec: RecordSpec, record_id: int, name: str) -> HttpResponse:
    """Show a cell to be changed, change it, or show it as it is (``?as=text``)."""
    described = _changeable(request, spec, record_id, name)
    if request.method != "POST" and request.GET.get("as") == "text":
        return _cell(request, spec, record_id, described)
    if request.method != "POST":
        if not request.headers.get("HX-Request"):
            return redirect(f"{reverse('web:record_edit', args=[slug(spec), record_id])}#f-{name}")
        record = get_record(spec=spec, user=request.user, record_id=record_id)
        value = as_text(described, described.value_of(record), described.linked(record))
        field, version = form_field(described, value, ""), str(request.GET.get("version") or record.version)
        return _form(request, reverse("web:record_cell", args=[slug(spec), record_id, name]), field, version)
    version = str(request.POST.get("version", ""))
    try:
        update_record(
            spec=spec,
            record_id=record_id,
            values=read_form([described], request.POST, request.user),
            by=request.by,
            at=request.at,
            version=int(version) if version.isdecimal() else None,
        )
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        field = form_field(described, str(request.POST.get(name, "")), refusal.fields.get(name, refusal.message))
        return _form(request, request.path, field, version, status=refusal.status)
    return _cell(request, spec, record_id, described)


def _changeable(request: Asked, spec: RecordSpec, record_id: int, name: str) -> FieldSpec:
    described = spec.by_name.get(name)
    rights = access.field_rights(request.user, spec)
    if described is None or not rights.reads(name):
        raise NotFound(_("There is no such field. Look at the record's page."))
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    may = access.can(request.user, access.EDIT, spec, record) and rights.writes(name)
    if not may or described.read_only or described.is_through:
        raise NotAllowed(_("%(field)s cannot be changed here.") % {"field": described.label})
    return described


def _cell(request: Asked, spec: RecordSpec, record_id: int, described: FieldSpec) -> HttpResponse:
    glimpse = Glimpse(spec)
    draw, version = drawn(described, glimpse, now=request.at), glimpse.at("version")
    [row] = glimpse.rows(spec.model._default_manager.filter(pk=record_id))
    return render(request, "records/_cell.html", {"drawn": SafeString(draw(row)), "version": version(row)})


def _form(request: Asked, action: str, field: FormField, version: str, *, status: int = 200) -> HttpResponse:
    context = {"field": replace(field, help=""), "prefix": "cell", "version": version, "action": action}
    return render(request, "records/_cell_form.html", context, status=status)
