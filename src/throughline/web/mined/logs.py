"""Imported logs: which there are, bringing one in, confirming its columns, sharing, exporting and removing it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures.models import Procedure
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.flow.mining.log import EventLog
from throughline.insight.logs import queries
from throughline.insight.logs.columns import NEEDED, ROLES
from throughline.insight.logs.models import ImportedLog, LogReading, Sharing
from throughline.insight.logs.operations import (
    cancel_reading,
    delete_log,
    record_export,
    request_reading,
    send_log,
    share_log,
)
from throughline.insight.logs.writing import write_log
from throughline.insight.mined.scope import shown_cases
from throughline.web.answers import Asked, done, signed_in
from throughline.web.errands import bar, bar_anew
from throughline.web.mined.looking import Looked, look
from throughline.web.parts import Choice

FORMS = {"csv": ".csv", "xes": ".xes.gz", "ocel": ".json"}
BLOCK = 1 << 20


def role_words() -> dict[str, str]:
    """Return what each role of a column is called."""
    return {
        "case": _("Case"),
        "activity": _("Step (activity)"),
        "time": _("When it ended"),
        "resource": _("Who did it"),
        "lifecycle": _("Stage of the work (start, complete …)"),
        "start": _("When it began"),
        "enabled": _("When it could have begun"),
    }


def sharing_words() -> dict[str, str]:
    """Return who may look at a log, in words."""
    return {
        Sharing.OWNER: _("only you"),
        Sharing.TEAM: _("your team"),
        Sharing.EVERYONE: _("everyone here"),
    }


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show the logs that the reader may look at."""
    logs = queries.imported_logs(user=request.user)
    readings = queries.last_readings([log for log in logs if log.kept_id is None])
    rows = [
        {
            "name": log.name,
            "url": reverse("web:log_mined" if log.kept_id else "web:log_columns", args=[log.pk]),
            "is_read": log.kept_id is not None,
            "cases": f"{log.cases:,}",
            "events": f"{log.events:,}",
            "first_at": log.first_at,
            "last_at": log.last_at,
            "owner": log.owner.name,
            "sharing": sharing_words()[Sharing(log.sharing)] if log.owner_id == request.user.pk else "",
            "imported_at": log.imported_at,
            "warnings": len(log.warnings),
            **_state(readings.get(log.pk)),
        }
        for log in logs
    ]
    context = {"logs": rows, "new_url": reverse("web:log_new"), "now": request.at}
    return render(request, "mined/logs.html", context)


def _state(reading: LogReading | None) -> dict[str, str]:
    """Return what has become of a log that is not read yet."""
    if reading is not None and reading.is_open:
        return {"state": _("is being read: %(n)d %%") % {"n": round(100 * reading.progress)}, "tone": "wait"}
    if reading is not None and reading.status == LogReading.Status.FAILED:
        return {"state": _("could not be read"), "tone": "late"}
    return {"state": _("columns to confirm"), "tone": "wait"}


@signed_in
def send(request: Asked) -> HttpResponse:
    """Show the form of a new log, or take the file in."""
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            return redirect(reverse("web:log_columns", args=[_sent(request).pk]))
        except Refusal as problem:
            refusal = problem
    context = {"error": refusal.message if refusal else "", "all_url": reverse("web:logs")}
    return render(request, "mined/log_new.html", context, status=refusal.status if refusal else 200)


def _sent(request: Asked) -> ImportedLog:
    file = request.FILES.get("file")
    if file is None:
        raise Refusal("file_missing", _("Choose a file."), "file")
    content, name = cast(BinaryIO, file), file.name or "log"
    return send_log(content=content, file_name=name, size=file.size or 0, by=request.by, at=request.at)


@signed_in
def confirm(request: Asked, key: int) -> HttpResponse:
    """Show what a sent file seems to hold, or read it with the columns that were confirmed."""
    log = queries.imported_log(log_id=key, user=request.user)
    if log.kept_id is not None:
        return redirect(reverse("web:log_mined", args=[key]))
    reading = queries.last_readings([log]).get(log.pk)
    if reading is not None and reading.is_open:
        context = {"log": log, "errand": _bar(reading), "all_url": reverse("web:logs")}
        return render(request, "mined/log_reading.html", context)
    given: dict[str, Any] = {"name": log.name, **log.columns}
    refusal: Refusal | None = None
    if request.method == "POST":
        given = {"name": request.POST.get("name", ""), **{role: request.POST.get(role) or None for role in ROLES}}
        given["time_format"] = request.POST.get("time_format", "").strip() or None
        columns = {role: value for role, value in given.items() if role != "name"}
        try:
            request_reading(log_id=key, name=given["name"], columns=columns, by=request.by, at=request.at)
            return redirect(reverse("web:log_columns", args=[key]))
        except Refusal as problem:
            refusal = problem
    context = _confirmation(log, given, refusal)
    if refusal is None and reading is not None:
        context["error"] = reading.problem
    return render(request, "mined/log_columns.html", context, status=refusal.status if refusal else 200)


def _bar(reading: LogReading) -> dict[str, Any]:
    here = [reading.log_id]
    return bar(
        reading,
        url=reverse("web:log_progress", args=here),
        page_url=reverse("web:log_columns", args=here),
        cancel_url=reverse("web:log_cancel", args=here),
        detail=_("%(n)s events read") % {"n": f"{reading.events_read:,}"} if reading.events_read else "",
    )


@signed_in
def progress(request: Asked, key: int) -> HttpResponse:
    """Show how far reading a log is; once it has ended, have the page loaded anew."""
    log = queries.imported_log(log_id=key, user=request.user)
    reading = queries.last_readings([log]).get(log.pk)
    if reading is None:
        raise NotFound(_("Nobody has had this log read yet. Confirm its columns first."))
    return bar_anew(request, _bar(reading))


@require_POST
@signed_in
def cancel(request: Asked, key: int) -> HttpResponse:
    """Stop reading a log."""
    cancel_reading(log_id=key, by=request.by, at=request.at)
    return done(request, reverse("web:log_columns", args=[key]), _("Reading is stopped. The file is still there."))


def _confirmation(log: ImportedLog, given: dict[str, Any], refusal: Refusal | None) -> dict[str, Any]:
    kind, names = log.look.get("kind", ""), log.look.get("names", [])
    errors = dict(refusal.fields) if refusal else {}
    if refusal is not None and refusal.field:
        errors.setdefault(refusal.field, refusal.message)
    roles = ROLES if kind == "table" else ("case",) if kind == "objects" else ROLES[1:5]
    return {
        "log": log,
        "given": given,
        "errors": errors,
        "error": refusal.message if refusal and not errors else "",
        "kind": kind,
        "names": names,
        "rows": log.look.get("rows", []),
        "doubts": log.look.get("doubts", []),
        "roles": [
            {
                "name": role,
                "label": _("Which objects are the cases") if kind == "objects" else role_words()[role],
                "needed": role in NEEDED,
                "error": errors.get(role, ""),
                "choices": [Choice(name, name, chosen=name == given.get(role)) for name in names],
            }
            for role in roles
        ],
        "delete_url": reverse("web:log_deletion", args=[log.pk]),
        "all_url": reverse("web:logs"),
    }


@require_POST
@signed_in
def share(request: Asked, key: int) -> HttpResponse:
    """Say who may look at a log."""
    share_log(log_id=key, sharing=request.POST.get("sharing", ""), by=request.by, at=request.at)
    return done(request, reverse("web:log_mined", args=[key]), _("Who may look at the log is changed."))


@require_POST
@signed_in
def delete(request: Asked, key: int) -> HttpResponse:
    """Remove a log."""
    delete_log(log_id=key, by=request.by, at=request.at)
    return done(request, reverse("web:logs"), _("The log is removed."))


@signed_in
def export(request: Asked, kind: str, key: str) -> HttpResponse:
    """Give the cases that the filters leave as a file: CSV, XES or OCEL 2.0."""
    looked = look(request, kind, str(key), "map")
    if isinstance(looked, HttpResponse):
        return looked
    form = request.GET.get("form", "csv")
    ending = FORMS.get(form)
    if ending is None:
        raise Refusal("form_unknown", _("Choose CSV, XES or OCEL."))
    log = _shown(looked, request.user)
    if not log.events:
        raise Refusal("nothing_to_export", _("The filters leave no case, so there is nothing to export."))
    record_export(
        about=_about(looked, request.user),
        name=looked.source.name,
        cases=log.cases,
        form=form,
        by=request.by,
        at=request.at,
    )
    name = f"{slugify(looked.source.name) or 'log'}{ending}"
    answer = StreamingHttpResponse(_file(log, ending), content_type=_TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast(HttpResponse, answer)  # as every answer, it has a status and headers


_TYPES = {"csv": "text/csv; charset=utf-8", "xes": "application/gzip", "ocel": "application/json"}


def _about(looked: Looked, user: User) -> RecordRef:
    if looked.source.kind == "log":
        return RecordRef("log", int(looked.source.key))
    found = Procedure.objects.get(key=looked.source.key)
    grants = access.grants(user)
    if found.record_type and grants.scope(found.record_type, access.EXPORT) is access.Scope.NONE:
        raise NotAllowed(_("Your role does not let you take records out of the house. Ask an administrator."))
    return RecordRef("procedure", found.pk)


def _shown(looked: Looked, user: User) -> EventLog:
    """What leaves the house: of a procedure, the cases whose records the second wall shows too."""
    source = looked.source
    if source.kind != "procedure":
        return looked.log
    shown = shown_cases(procedure=source.key, user=user, version=source.version)
    return (
        looked.log
        if shown is None
        else looked.log.keep_cases(np.isin(np.array(looked.log.names, dtype=str), np.array(shown, dtype=str)))
    )


def _file(log: EventLog, ending: str) -> Iterator[bytes]:
    """Write the log beside and give it piece by piece, so that it is never in memory as a whole."""
    with tempfile.TemporaryDirectory(prefix="throughline-export-") as room:
        path = Path(room) / f"log{ending}"
        write_log(log, path)
        with path.open("rb") as stream:
            while piece := stream.read(BLOCK):
                yield piece
