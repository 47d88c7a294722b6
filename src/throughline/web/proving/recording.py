"""Making a test case of a real case: what would be kept, what is made up, and whether it goes the same way."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.procedures.models import Case
from throughline.core.procedures.operations import keep_test
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.recording import Recording, recorded
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.procedures.frame import frame
from throughline.web.proving import shown


@signed_in
def show_recording(request: Asked, key: str, case_id: int) -> HttpResponse:
    """Show what a case would be as a test case, or keep it."""
    access.require_ability(
        request.user,
        access.DESIGN_PROCEDURES,
        otherwise=_("Your roles do not let you make test cases. Ask a manager."),
    )
    found = queries.procedure(key=key)
    _require_seen(request, key, case_id)
    keep = request.POST.getlist("keep")
    recording = recorded(case_id=case_id, keep=keep)
    refusal: Refusal | None = None
    if request.method == "POST" and "name" in request.POST:
        try:
            return _keep(request, key, recording)
        except Refusal as told:
            refusal = told
    drawing = shown.drawn(queries.version_of_number(procedure=key, number=recording.version))
    labels = shown.labels_of(drawing)
    context = frame(found, "tests") | {
        "title": _("Record case %(n)d") % {"n": case_id},
        "recording": recording,
        "given": shown.given(recording.members, labels),
        "answers": shown.answers(recording.members, labels),
        "expected": shown.expected(recording.members),
        "told": recording.told,
        "parts": recording.parts_at.words if recording.parts_at else "",
        "picture": shown.picture(drawing, None, [recording.parts_at] if recording.parts_at else [], found.name),
        "name": request.POST.get("name", ""),
        "error": refusal.message if refusal else "",
        "tests_url": shown.tests_url(key),
        "action": reverse("web:case_test", args=[key, case_id]),
    }
    return render(request, "proving/recording.html", context, status=refusal.status if refusal else 200)


def _require_seen(request: Asked, key: str, case_id: int) -> None:
    """Go on only when there is such a case of the procedure, and the asker may see its record."""
    case = Case.objects.filter(pk=case_id, version__procedure__key=key, sandbox=False).only("record_type", "record_id")
    chosen = case.first()
    if chosen is None:
        raise NotFound(_("There is no such case any more."))
    spec = registry.find(chosen.record_type)
    if spec is not None and chosen.record_id is not None:
        get_record(spec=spec, user=request.user, record_id=chosen.record_id)


def _keep(request: Asked, key: str, recording: Recording) -> HttpResponse:
    if recording.parts_at is not None:
        raise Refusal("goes_elsewhere", _("Repeated, this case goes another way, so it proves nothing. Take another."))
    test = keep_test(
        procedure=key,
        name=request.POST.get("name", ""),
        members=recording.members,
        origin="recorded",
        case=recording.case,
        by=request.by,
        at=request.at,
    )
    said = _("“%(name)s” is kept. It runs before every publication.") % {"name": test.name}
    return done(request, reverse("web:procedure_test", args=[key, test.pk]), said)
