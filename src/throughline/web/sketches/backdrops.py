"""The picture behind the canvas: laid there, looked at, taken away."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core.files.models import Blob
from throughline.core.refusals import NotFound, Refusal
from throughline.core.sketches import operations
from throughline.web.answers import Asked, done, signed_in

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=300",
}
"""With these a picture of a stranger, an SVG too, does nothing in a browser."""


def picture_answer(blob: Blob) -> HttpResponse:
    """Answer with a picture."""
    return HttpResponse(operations.picture_of(blob), content_type=blob.media_type, headers=SAFE)


def backdrop_context(key: str) -> dict[str, Any]:
    """Return what the editor's page says of the picture behind its canvas; empty addresses where none lies there."""
    found = operations.backdrop_of(procedure=key)
    url = reverse("web:procedure_backdrop", args=[key])
    return {
        "url": f"{url}?of={found.file_id}" if found is not None else "",
        "width": found.width if found is not None else 0,
        "change_url": url,
    }


@signed_in
def backdrop(request: Asked, key: str) -> HttpResponse:
    """Show the picture behind a canvas; lay another there, or take it away."""
    draw_url = reverse("web:procedure_draw", args=[key])
    if request.method != "POST":
        found = operations.backdrop_of(procedure=key)
        if found is None:
            raise NotFound(_("No picture lies behind this drawing."))
        return picture_answer(found.file)
    if request.POST.get("do") == "remove":
        operations.remove_backdrop(procedure=key, by=request.by, at=request.at)
        return done(request, draw_url, _("The picture is gone; what you drew stays."))
    sent = request.FILES.get("file")
    if sent is None:
        raise Refusal("no_file", _("Choose a picture first."), "file")
    operations.lay_behind(procedure=key, content=sent.read(), file_name=sent.name or "picture", by=request.by,
                          at=request.at)  # fmt: skip
    return done(request, draw_url, _("The picture lies behind the canvas. Draw over it."))
