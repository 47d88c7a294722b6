"""Lists as files, while they are read: CSV and XLSX of what the reader sees, nothing more."""

from __future__ import annotations

from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from throughline.core.records import RecordSpec
from throughline.core.records.exporting import FORMS, export
from throughline.core.refusals import NotFound
from throughline.web.answers import Asked, signed_in
from throughline.web.records.present import slug
from throughline.web.records.state import read_state


@signed_in
def download(request: Asked, spec: RecordSpec, form: str) -> HttpResponse:
    """Send the records of a list as a file."""
    if form not in FORMS:
        raise NotFound(_("Lists can be taken away as CSV or XLSX."))
    state = read_state(request, spec)
    parts = export(
        spec=spec,
        user=request.user,
        query=state.query(after=""),
        columns=state.look.columns,
        form=form,
        by=request.by,
        at=request.at,
    )
    answer = StreamingHttpResponse(parts, content_type=FORMS[form])
    name = f"{slug(spec)}-{request.at:%Y-%m-%d}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return cast(HttpResponse, answer)
