"""Comments: answering, changing and taking back; whom one may mention."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import record_page
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.teamwork import operations, queries
from throughline.core.teamwork.models import Comment
from throughline.web.answers import Asked, done, signed_in, signed_in_json
from throughline.web.records.present import slug, url_of
from throughline.web.teamwork.said import told_comment


@signed_in_json
def whom(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Offer colleagues who may see the record, for a mention."""
    begins = request.GET.get("q", "")
    found = queries.whom_to_mention(spec=spec, record_id=record_id, begins=begins, user=request.user)
    return JsonResponse({"people": [{"name": each.name, "email": each.email} for each in found]})


@signed_in
def composer(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show the composer alone, with the beginning of an answer where ``?answer=`` names a comment."""
    from throughline.web.records.pages import composing, frame

    found = record_page(spec=spec, user=request.user, record_id=record_id)
    if not request.headers.get("HX-Request"):
        return redirect(f"{url_of(spec, record_id)}?answer={request.GET.get('answer', '')}#composer")
    context = {"record": frame(found), "now": request.at, **composing(request, found)}
    return render(request, "records/_composer.html", context)


@signed_in
def edit(request: Asked, comment_id: int) -> HttpResponse:
    """Show one's own comment to be changed, change it, or show it again (``?as=text``)."""
    comment = queries.get_comment(comment_id=comment_id, user=request.user)
    if request.method != "POST":
        if request.GET.get("as") == "text":
            return _line(request, comment)
        return _form(request, comment, comment.body)
    body = request.POST.get("body", "")
    try:
        operations.edit_comment(comment_id=comment_id, body=body, by=request.by, at=request.at)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return _form(request, comment, body, refusal)
    if not request.headers.get("HX-Request"):
        return done(request, home(comment), _("Saved."))
    return _line(request, comment)


def _form(request: Asked, comment: Comment, body: str, refusal: Refusal | None = None) -> HttpResponse:
    if comment.author_id != request.user.pk:
        raise NotAllowed(_("Only %(name)s can change this comment. Answer it instead.") % {"name": comment.author.name})
    spec = registry.get(comment.record_type)
    context = {
        "comment": comment,
        "body": body,
        "error": refusal.message if refusal else "",
        "people_url": reverse("web:whom_to_mention", args=[slug(spec), comment.record_id]),
        "back_url": home(comment),
    }
    template = "teamwork/_comment_form.html" if request.headers.get("HX-Request") else "teamwork/comment.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


def _line(request: Asked, comment: Comment) -> HttpResponse:
    context = {"timeline": [told_comment(request, comment.pk)], "older_url": "", "now": request.at, "record": None}
    return render(request, "records/_timeline.html", context)


@require_POST
@signed_in
def take_back(request: Asked, comment_id: int) -> HttpResponse:
    """Take one's own comment back; the note that says so can undo it."""
    comment = operations.delete_comment(comment_id=comment_id, by=request.by, at=request.at)
    messages.success(request, _("The comment is gone."), extra_tags=reverse("web:comment_restore", args=[comment.pk]))
    return redirect(home(comment, anchor="timeline-title"))


@require_POST
@signed_in
def restore(request: Asked, comment_id: int) -> HttpResponse:
    """Bring one's own comment back."""
    comment = operations.restore_comment(comment_id=comment_id, by=request.by, at=request.at)
    return done(request, home(comment), _("The comment is back."))


def home(comment: Comment, *, anchor: str = "") -> str:
    """Return where a comment stands."""
    ref: RecordRef = comment.record
    return f"{url_of(registry.get(ref.type), ref.id)}#{anchor or f'comment-{comment.pk}'}"
