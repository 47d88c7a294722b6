"""Following and starring a record; the page of what one has at hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.notify.operations import Muted, mute, unmute
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import RecordPage, get_record
from throughline.core.teamwork import operations, queries
from throughline.core.teamwork.queries import Kept
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import SearchHit
from throughline.web.records.present import slug, url_of


def marks_context(request: Asked, found: RecordPage) -> dict[str, Any]:
    """Return what the person keeps of a record, as the head of its page shows it. One query."""
    spec, record = found.spec, found.record
    ref = RecordRef(spec.type, record.pk)
    kept = queries.marks_of(record=ref, user=request.user)
    return {
        "marks": {
            "follows": kept.follows,
            "starred": kept.starred,
            "muted": kept.muted,
            "url": reverse("web:record_marks", args=[slug(spec), record.pk]),
        }
    }


DEEDS = {
    "follow": operations.follow,
    "unfollow": operations.unfollow,
    "star": operations.star,
    "unstar": operations.unstar,
}


@require_POST
@signed_in
def mark(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Follow, star or mute a record, or no more."""
    get_record(spec=spec, user=request.user, record_id=record_id)
    ref, wanted = RecordRef(spec.type, record_id), request.POST.get("do", "")
    if wanted in DEEDS:
        DEEDS[wanted](record=ref, by=request.by, at=request.at)
    elif wanted == "mute":
        mute(muted=Muted(record=ref), by=request.by, at=request.at)
    elif wanted == "unmute":
        unmute(muted=Muted(record=ref), by=request.by, at=request.at)
    return redirect(url_of(spec, record_id))


@signed_in
def show_at_hand(request: Asked) -> HttpResponse:
    """Show what the person starred, opened lately and follows."""
    groups = (
        ("star", _("Favourites"), _("Star a record on its page, and it stands here and in the navigation."),
         queries.favourites(user=request.user)),
        ("history", _("Opened lately"), _("The records you open appear here, the latest first."),
         queries.opened_lately(user=request.user)),
        ("eye", _("Followed"), _("Follow a record on its page to be told what happens to it."),
         queries.followed(user=request.user)),
    )  # fmt: skip
    context = {
        "groups": [
            {"icon": icon, "title": title, "teach": teach, "hits": [_hit(each) for each in kept]}
            for icon, title, teach, kept in groups
        ],
        "now": request.at,
    }
    return render(request, "teamwork/at_hand.html", context)


def _hit(kept: Kept) -> SearchHit:
    spec = registry.get(kept.record.type)
    return SearchHit(spec.icon, kept.title, url_of(spec, kept.record.id), str(spec.label))
