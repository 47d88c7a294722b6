"""Changing many records: choosing what is to change, looking at what would happen, doing it, taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.procedures.resting.queries import running_for
from throughline.core.records import FieldSpec, FieldType, RecordSpec
from throughline.core.records import bulk_edit as many
from throughline.core.records.bulk_edit import Line, Preview, Wish
from throughline.core.records.models import BulkRun
from throughline.core.records.queries import ListQuery
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.web import moments
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.forms import form_field, read_form
from throughline.web.records.present import cell_with, slug, url_of
from throughline.web.records.resting import resting_words
from throughline.web.records.state import read_state
from throughline.web.records.words import Names

NOT_CHANGED = frozenset({FieldType.LIST, FieldType.ADDRESS})
APART = frozenset({"owner", "team", "tags", "id"})
"""Fields that have an operation of their own here."""
PAGE = 20
"""Changes on a page of their list."""
LONGEST_KEY = 18
"""Digits."""


@require_POST
@signed_in
def start(request: Asked, spec: RecordSpec) -> HttpResponse:
    """
    Begin with the rows that were chosen in the list: show what can be done with them, or do one simple thing at once.

    Without a simple thing (tag, assign, bin) the form opens in which everything can be changed.
    """
    act = str(request.POST.get("do", ""))
    try:
        ids = _chosen(request, spec)
        wish = _simple_wish(request, act)
        if wish is None:
            return _page(request, spec, ids)
        if len(ids) > many.AT_ONCE or request.POST.get("all") == "yes":
            return _page(request, spec, ids, wish=wish, preview=_looked_at(request, spec, ids, wish))
        run = _done_at_once(request, spec, ids, wish)
    except Refusal as refusal:
        if isinstance(refusal, NotFound | NotAllowed) or not request.headers.get("HX-Request"):
            raise
        raise Refusal(refusal.code, refusal.message) from refusal
    return _told(request, spec, run)


def _chosen(request: Asked, spec: RecordSpec) -> list[int]:
    """Return the keys of the rows that were chosen, or of all that the list of the sender means."""
    if request.POST.get("all") == "yes":
        return many.chosen(spec=spec, user=request.user, at=request.at, query=_query(request, spec))
    ids = [int(key) for key in request.POST.getlist("record") if str(key).isdecimal()]
    if not ids:
        raise Refusal("nothing_selected", _("Select at least one row first."))
    return many.chosen(spec=spec, user=request.user, at=request.at, ids=ids)


def _query(request: Asked, spec: RecordSpec) -> ListQuery:
    request.GET = QueryDict(str(request.POST.get("state", "")))  # what the sender saw is read as it was read then
    state = read_state(request, spec)
    return ListQuery(filter=state.meaning, text=state.text)


def _simple_wish(request: Asked, act: str) -> Wish | None:
    if act == "tag":
        words = _words(str(request.POST.get("tag", "")))
        if not words:
            raise Refusal("no_tag", _("Type the tag to add first."))
        return Wish(add_tags=words)
    if act == "assign":
        owner = str(request.POST.get("owner", ""))
        if not owner.isdecimal():
            raise Refusal("no_owner", _("Choose who shall have them first."))
        return Wish(assign=True, owner_id=int(owner))
    return Wish(bin=True) if act == "delete" else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _done_at_once(request: Asked, spec: RecordSpec, ids: list[int], wish: Wish) -> BulkRun:
    run = many.ask(spec=spec, wish=wish, ids=ids, by=request.by, user=request.user, at=request.at)
    return many.carry_out(run=run, clock=moments.now) if len(ids) <= many.AT_ONCE else run


def _told(request: Asked, spec: RecordSpec, run: BulkRun) -> HttpResponse:
    """Go back to the list with a note that can undo, or to the run's page when there is more to be said."""
    if run.status != BulkRun.Status.DONE or run.refused or not run.changed:
        return _to_run(request, spec, run)
    said = ngettext("%(n)d record changed.", "%(n)d records changed.", run.changed) % {"n": run.changed}
    if run.wish.get("bin"):
        said = ngettext("%(n)d record is in the bin.", "%(n)d records are in the bin.", run.changed) % {
            "n": run.changed
        }
    messages.success(request, said, extra_tags=reverse("web:record_bulk_undo", args=[slug(spec), run.pk]))
    return redirect(_back(request, spec))


def _back(request: Asked, spec: RecordSpec) -> str:
    query = QueryDict(str(request.POST.get("state", ""))).urlencode()
    return f"{reverse('web:record_list', args=[slug(spec)])}{'?' + query if query else ''}"


def _to_run(request: Asked, spec: RecordSpec, run: BulkRun) -> HttpResponse:
    return redirect(reverse("web:record_bulk_run", args=[slug(spec), run.pk]))


# -- Choosing what is to change ----------------------------------------------------------------------------------------


@require_POST
@signed_in
def change(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Add a field to the form, look at what would happen, or do it."""
    ids = [int(key) for key in str(request.POST.get("ids", "")).split(",") if key.isdecimal()]
    ids = many.chosen(spec=spec, user=request.user, at=request.at, ids=ids)
    act = str(request.POST.get("do", "look"))
    names = _names(request, spec)
    if act in ("add", "refresh") or act.startswith("drop:"):
        return _page(request, spec, ids, names=[name for name in names if act != f"drop:{name}"], given=request.POST)
    try:
        wish = _wish(request, spec, names)
        if act == "go":
            return _told(request, spec, _done_at_once(request, spec, ids, wish))
        preview = _looked_at(request, spec, ids, wish)
    except (NotAllowed, NotFound):
        raise
    except Refusal as refusal:
        return _page(request, spec, ids, names=names, given=request.POST, refusal=refusal)
    return _page(request, spec, ids, names=names, given=request.POST, wish=wish, preview=preview)


def _names(request: Asked, spec: RecordSpec) -> list[str]:
    offered = {each.name for each in _changeable(request, spec)}
    sent = [*request.POST.getlist("names"), str(request.POST.get("add", ""))]
    return list(dict.fromkeys(str(name) for name in sent if name in offered))


def _wish(request: Asked, spec: RecordSpec, names: list[str]) -> Wish:
    sent = request.POST
    values = read_form([spec.field(name) for name in names], sent, request.user)
    owner, team = str(sent.get("owner", "")), str(sent.get("team", ""))
    return Wish(
        values=values,
        add_tags=_words(str(sent.get("add_tags", ""))),
        remove_tags=_words(str(sent.get("remove_tags", ""))),
        assign=bool(owner or team),
        owner_id=int(owner) if owner.isdecimal() else None,
        team_id=int(team) if team.isdecimal() else None,
        reason=str(sent.get("reason", "")).strip(),
        bin=sent.get("bin") == "yes",
    )


def _looked_at(request: Asked, spec: RecordSpec, ids: list[int], wish: Wish) -> Preview:
    many.check_wish(spec=spec, wish=wish, user=request.user)
    return many.look_ahead(spec=spec, wish=wish, ids=ids, by=request.by, at=request.at)


def _changeable(request: Asked, spec: RecordSpec) -> list[FieldSpec]:
    rights = access.field_rights(request.user, spec)
    fields = [
        each
        for each in spec.by_name.values()
        if rights.writes(each.name)
        and not each.read_only
        and not each.is_through
        and each.name not in APART
        and each.type not in NOT_CHANGED
    ]
    return sorted(fields, key=lambda each: str(each.label).casefold())


def _page(
    request: Asked,
    spec: RecordSpec,
    ids: list[int],
    *,
    names: list[str] | None = None,
    given: Mapping[str, str] | None = None,
    wish: Wish | None = None,
    preview: Preview | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    sent, chosen = given or {}, names or []
    fields = _changeable(request, spec)
    errors = refusal.fields if refusal else {}
    many_words = ngettext("%(n)s record", "%(n)s records", len(ids)) % {"n": formats.number_format(len(ids))}
    may_assign = access.can(request.user, access.ASSIGN, spec)
    context = {
        "title": _("Change %(many)s") % {"many": many_words},
        "plural": str(spec.plural),
        "list_url": _back(request, spec),
        "action": reverse("web:record_bulk_change", args=[slug(spec)]),
        "ids": ",".join(map(str, ids)),
        "state": str(request.POST.get("state", "")),
        "fields": [form_field(spec.field(name), str(sent.get(name, "")), errors.get(name, "")) for name in chosen],
        "others": [Choice(each.name, str(each.label)) for each in fields if each.name not in chosen],
        "people": _people(request, sent, wish) if may_assign else (),
        "teams": _teams(request, sent) if may_assign else (),
        "add_tags": sent.get("add_tags", ", ".join(wish.add_tags) if wish else ""),
        "remove_tags": sent.get("remove_tags", ", ".join(wish.remove_tags) if wish else ""),
        "reason": sent.get("reason", ""),
        "bin": bool(wish and wish.bin) or sent.get("bin") == "yes",
        "may_delete": access.can(request.user, access.DELETE, spec),
        "preview": _shown(spec, preview, request) if preview is not None else None,
        "resting": resting_words(running_for(record_type=spec.type, ids=ids)) if preview and wish and wish.bin else "",
        "error": refusal.message if (refusal and not set(errors) <= set(chosen)) or (refusal and not errors) else "",
        "now": request.at,
    }
    return render(request, "records/bulk.html", context, status=refusal.status if refusal else 200)


def _people(request: Asked, sent: Mapping[str, str], wish: Wish | None) -> tuple[Choice, ...]:
    chosen = str(sent.get("owner", wish.owner_id if wish and wish.owner_id else ""))
    return tuple(Choice(str(key), name, chosen=str(key) == chosen) for key, name in names_of_colleagues())


def _teams(request: Asked, sent: Mapping[str, str]) -> tuple[Choice, ...]:
    chosen = str(sent.get("team", ""))
    names = access.grants(request.user).team_names
    return tuple(
        Choice(str(key), name, chosen=str(key) == chosen)
        for key, name in sorted(names.items(), key=lambda item: item[1])
    )


def _shown(spec: RecordSpec, preview: Preview, request: Asked) -> dict[str, Any]:
    titles = _titles(spec, request, [line.record_id for line in (*preview.changes, *preview.problems)])
    return {
        "total": preview.total,
        "looked_at": preview.looked_at,
        "changed": preview.changed,
        "same": preview.same,
        "refused": preview.refused,
        "is_part": preview.looked_at < preview.total,
        "button": ngettext("Change %(n)s record", "Change %(n)s records", preview.total)
        % {"n": formats.number_format(preview.total)},
        "changes": [_line(spec, line, titles, request) for line in preview.changes],
        "problems": [_line(spec, line, titles, request) for line in preview.problems],
    }


def _titles(spec: RecordSpec, request: Asked, ids: list[int]) -> dict[int, str]:
    seen = spec.model._default_manager.filter(access.visible(spec, request.user), pk__in=ids)
    return {record.pk: spec.title(record) for record in seen.select_related(*spec.select_related)}


def _line(spec: RecordSpec, line: Line, titles: Mapping[int, str], request: Asked) -> dict[str, Any]:
    number = f"{spec.model.number_prefix}-{line.record_id}"
    rights = access.field_rights(request.user, spec)
    moved = [
        {
            "label": str(spec.field(name).label),
            "before": _value(spec.field(name), line.before.get(name), request),
            "after": _value(spec.field(name), value, request),
        }
        for name, value in line.after.items()
        if name in spec.by_name and rights.reads(name)
    ]
    return {
        "title": titles.get(line.record_id, number) or number,
        "url": url_of(spec, line.record_id),
        "moved": moved,
        "sentence": line.sentence,
    }


def _value(described: FieldSpec, value: Any, request: Asked) -> str:
    """Return a value as lines keep it, in words."""
    if value in (None, "", []):
        return "–"
    if described.type in (FieldType.USER, FieldType.TEAM, FieldType.RECORD):
        return Names(request.user).of(described, str(value))
    if described.type is FieldType.DATETIME:
        return moments.date_and_time(datetime.fromisoformat(str(value)))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    choice = described.choice(value) if isinstance(value, str) else None
    if choice is not None:
        return str(choice.label)
    return cell_with(described, value).text if isinstance(value, int) and not isinstance(value, bool) else str(value)


# -- Runs --------------------------------------------------------------------------------------------------------------


@signed_in
def show(request: Asked, spec: RecordSpec, run_id: int) -> HttpResponse:
    """Show how far a run is, or what came of it; asked for again and again while it is under way."""
    run = many.get_run(run_id=run_id, user=request.user)
    if run.record_type != spec.type:
        raise NotFound(_("There is no such change of yours. Look at the list of your changes."))
    context = {"run": _run(spec, run), "problems": _problems(spec, run, request), **_frame(spec), "now": request.at}
    template = "records/_bulk_progress.html" if request.headers.get("HX-Request") else "records/bulk_run.html"
    return render(request, template, context)


@signed_in
def show_all(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show one's own changes of many records, the latest first, page by page back to the first one."""
    after = str(request.GET.get("after", ""))
    before = int(after) if after.isdecimal() and len(after) < LONGEST_KEY else None
    found = many.runs_of(user=request.user, spec=spec, before=before, limit=PAGE + 1)
    next_url = f"?after={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    runs = [_run(spec, run) for run in found[:PAGE]]
    context = {"runs": runs, "next_url": next_url, **_frame(spec), "now": request.at}
    return render(request, "records/bulk_runs.html", context)


def _frame(spec: RecordSpec) -> dict[str, str]:
    name = slug(spec)
    return {
        "plural": str(spec.plural),
        "list_url": reverse("web:record_list", args=[name]),
        "changes_url": reverse("web:record_changes", args=[name]),
        "bin_url": reverse("web:record_bin_list", args=[name]),
    }


STATUS = {
    BulkRun.Status.WAITING: lambda: _("waiting for a worker"),
    BulkRun.Status.RUNNING: lambda: _("under way"),
    BulkRun.Status.DONE: lambda: _("done"),
    BulkRun.Status.STOPPED: lambda: _("stopped"),
}


def _run(spec: RecordSpec, run: BulkRun) -> dict[str, Any]:
    name, total = slug(spec), run.reached if "ids" in run.get_deferred_fields() else len(run.ids)
    is_open = run.status in (BulkRun.Status.WAITING, BulkRun.Status.RUNNING)
    undone = getattr(run, "undone_by", None) if run.undoes_id is None else None
    can_undo = not is_open and run.changed and run.undoes_id is None and undone is None
    return {
        "id": run.pk,
        "title": _what(spec, run),
        "url": reverse("web:record_bulk_run", args=[name, run.pk]),
        "status": STATUS[BulkRun.Status(run.status)](),
        "is_open": is_open,
        "reached": run.reached,
        "total": total,
        "changed": run.changed,
        "same": run.same,
        "refused": run.refused,
        "at": run.requested_at,
        "undone": bool(undone),
        "is_undoing": run.undoes_id is not None,
        "undo_url": reverse("web:record_bulk_undo", args=[name, run.pk]) if can_undo else "",
        "stop_url": reverse("web:record_bulk_stop", args=[name, run.pk]) if is_open else "",
    }


def _what(spec: RecordSpec, run: BulkRun) -> str:
    wish = Wish.read(run.wish)
    labels = ", ".join(str(spec.by_name[name].label) for name in wish.fields if name in spec.by_name)
    said = _("Into the bin") if wish.bin else _("Change of %(fields)s") % {"fields": labels}
    return _("Taking back: %(what)s") % {"what": said} if run.undoes_id is not None else said


def _problems(spec: RecordSpec, run: BulkRun, request: Asked) -> list[dict[str, Any]]:
    lines = [Line(line.record_id, sentence=line.sentence) for line in many.problems_of(run=run)]
    titles = _titles(spec, request, [line.record_id for line in lines])
    return [_line(spec, line, titles, request) for line in lines]


@require_POST
@signed_in
def undo(request: Asked, spec: RecordSpec, run_id: int) -> HttpResponse:
    """Take a run back, as one action."""
    back = many.undo(run_id=run_id, by=request.by, user=request.user, at=request.at)
    if len(back.ids) <= many.AT_ONCE:
        back = many.carry_out(run=back, clock=moments.now)
    if back.status == BulkRun.Status.DONE and not back.refused:
        said = ngettext("%(n)d record is as it was.", "%(n)d records are as they were.", back.changed)
        return done(request, reverse("web:record_list", args=[slug(spec)]), said % {"n": back.changed})
    return _to_run(request, spec, back)


@require_POST
@signed_in
def stop(request: Asked, spec: RecordSpec, run_id: int) -> HttpResponse:
    """Stop a run; what is done stays, and can be taken back."""
    many.stop(run_id=run_id, user=request.user, at=request.at)
    return redirect(reverse("web:record_bulk_run", args=[slug(spec), run_id]))
