"""What people do with packs: bring one, install it, pull its changes, remove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.library import operations, queries
from throughline.core.library.exporting import pack_of
from throughline.core.refusals import Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.diff import diff
from throughline.insight.dashboards.operations import dashboards_of
from throughline.packs import Pack
from throughline.packs.archive import LARGEST
from throughline.packs.binding import Binding
from throughline.web.answers import Asked, done, refused, signed_in
from throughline.web.library.views import as_file
from throughline.web.parts import Choice, FormField

WRITING = ("mail.send", "campaign.send")
"""Actions by which a procedure writes to people outside."""
NEW_TEAM = "new_team"


@signed_in
def bring(request: Asked) -> HttpResponse:
    """Put a file on the shelf."""
    if request.method != "POST":
        return render(request, "library/bring.html", {"library_url": reverse("web:library")})
    sent = request.FILES.get("file")
    content = b"" if sent is None else sent.read(LARGEST + 1)
    try:
        brought = operations.bring_pack(content=content, by=request.by, at=request.at)
    except Refusal as refusal:
        context = {"library_url": reverse("web:library"), "error": refusal.message}
        return render(request, "library/bring.html", context, status=refusal.status)
    return done(request, reverse("web:library_pack", args=[brought.key]), _("The pack is on the shelf now."))


@require_POST
@signed_in
def export_own(request: Asked) -> HttpResponse:
    """Give a pack of published procedures of one's own as a file."""
    access.require_ability(
        request.user,
        access.DESIGN_PROCEDURES,
        otherwise=_("Your roles do not let you export procedures. Ask a manager."),
    )
    keys, name = request.POST.getlist("procedure"), " ".join(request.POST.get("name", "").split())
    try:
        if not keys or not name:
            _refuse_nothing()
        pack = pack_of(keys=keys, name=name, listed=_along(request))
    except Refusal as refusal:
        return refused(request, refusal)
    return as_file(pack)


def _along(request: Asked) -> dict[str, list[Mapping[str, str]]]:
    """Return what is chosen to go along: pipelines, and dashboards that the asker may see."""
    seen = {str(each.pk): each.name for each in dashboards_of(request.user)}
    return {
        "pipelines": [{"key": key} for key in request.POST.getlist("pipeline")],
        "dashboards": [{"name": seen[key]} for key in request.POST.getlist("dashboard") if key in seen],
    }


def _refuse_nothing() -> NoReturn:
    """Refuse to make a pack of nothing."""
    raise Refusal("nothing_chosen", _("Choose at least one procedure, and give the pack a name."), "procedure")


# --- installing -------------------------------------------------------------------------------------------------------
@signed_in
def install(request: Asked, key: str) -> HttpResponse:
    """Show what the names of a pack mean here, or install it."""
    shelved = queries.on_shelf(key)
    if request.method != "POST":
        return _installing(request, shelved.pack, {}, None)
    given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        owner = given.get("owner", "")
        installed = operations.install(
            key=key,
            binding=binding_from(given),
            owner_id=int(owner) if owner.isdecimal() else None,
            go_live=given.get("go_live") == "yes",
            new_team=given.get(NEW_TEAM, ""),
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _installing(request, shelved.pack, given, refusal)
    waiting = len(installed.waiting)
    said = _("“%(name)s” is installed.") % {"name": shelved.pack.name}
    if waiting:
        said += " " + ngettext("%(n)d procedure waits as a draft.", "%(n)d procedures wait as drafts.", waiting) % {
            "n": waiting
        }
    return done(
        request, reverse("web:setup") if _from_setup(request) else reverse("web:library_pack", args=[key]), said
    )


def _from_setup(request: Asked) -> bool:
    """Say whether installing is a step of the set-up, which goes on afterwards."""
    return request.GET.get("from") == "setup"


def binding_from(given: Mapping[str, str]) -> Binding:
    """Return the binding that a form says; fields are named ``role:sales``, ``calendar:default`` …"""
    parted: dict[str, dict[str, str]] = {"role": {}, "calendar": {}, "field": {}, "answer": {}}
    for name, value in given.items():
        kind, _colon, what = name.partition(":")
        if kind in parted and what and value.strip() and value != what:
            parted[kind][what] = value.strip()
    return Binding(parted["role"], parted["calendar"], parted["field"], parted["answer"])


def _installing(request: Asked, pack: Pack, given: Mapping[str, str], refusal: Refusal | None) -> HttpResponse:
    errors = dict(refusal.fields) if refusal else {}
    packs = queries.together(pack)
    proposed = queries.proposal(pack)
    bound = tuple(
        FormField(
            f"{kind}:{choice.name}",
            title % {"name": choice.name},
            "choice",
            given.get(f"{kind}:{choice.name}", choice.guess),
            required=True,
            choices=tuple(Choice(value, label) for value, label in choice.options),
            error=errors.get(f"{kind}:{choice.name}", ""),
        )
        for kind, title, choices in (
            ("role", _("Who is “%(name)s” here"), proposed.roles),
            ("calendar", _("Which calendar is “%(name)s”"), proposed.calendars),
            ("field", _("Which field is “%(name)s”"), proposed.fields),
        )
        for choice in choices
    )
    answers = tuple(
        FormField(
            f"answer:{each.key}", each.label, "string", given.get(f"answer:{each.key}", each.default), max_length=120
        )
        for each in queries.questions(pack)
        if each.kind == "text"
    )
    people = User.objects.filter(is_active=True).order_by("name").values_list("pk", "name")
    owner = FormField(
        "owner", _("Who looks after it"), "choice", given.get("owner", str(request.user.pk)), required=True,
        choices=tuple(Choice(str(pk), name) for pk, name in people), error=errors.get("owner", ""),
        help=ngettext(
            "Asked to review it every month.", "Asked to review it every %(n)d months.", pack.review_months
        ) % {"n": pack.review_months},
    )  # fmt: skip
    context = {
        "pack": pack,
        "fields": (*bound, *_team_fields(pack, proposed.teams, given, errors), *answers, owner),
        "go_live": given.get("go_live", "yes") == "yes",
        "waits": sorted({name for each in packs for name in queries.waiting_of(each)}),
        "clashes": [clash for each in packs for clash in queries.clashes(each)],
        "sender": settings.DEFAULT_FROM_EMAIL,
        "writes": any(name in WRITING for each in packs for name in queries.needs_of_pack(each).actions),
        "error": refusal.message if refusal else "",
        "pack_url": reverse("web:setup_step", args=["pack"])
        if _from_setup(request)
        else reverse("web:library_pack", args=[pack.key]),
        "library_url": reverse("web:library"),
    }
    return render(request, "library/install.html", context, status=refusal.status if refusal else 200)


def _team_fields(
    pack: Pack, wanted: Sequence[queries.Choice], given: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[FormField, ...]:
    """Ask which team takes what the pack wants a team for; while there is none, ask how the first is called."""
    labels = {each.key: each.label for each in queries.questions(pack)}
    if wanted and not any(choice.options for choice in wanted):
        return (
            FormField(
                NEW_TEAM, labels[wanted[0].name], "string", given.get(NEW_TEAM, _("Sales")), required=True,
                max_length=200, error=errors.get("name", ""),
                help=_("There is no team yet: this one is made, and you work in it."),
            ),
        )  # fmt: skip
    return tuple(
        FormField(
            f"answer:{choice.name}", labels[choice.name], "choice", given.get(f"answer:{choice.name}", choice.guess),
            required=True, choices=tuple(Choice(value, label) for value, label in choice.options),
            error=errors.get(f"answer:{choice.name}", ""),
        )
        for choice in wanted
    )  # fmt: skip


# --- pulling ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Side:
    """What one side has changed of a procedure, in words; ``clashes``: (name of the question, what it is about)."""

    key: str
    name: str
    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    clashes: tuple[tuple[str, str], ...]
    is_new: bool
    problem: str


@signed_in
def pull(request: Asked, key: str) -> HttpResponse:
    """Show what has changed where a pack comes from and here, or merge the two."""
    if request.method == "POST":
        decided = {
            name.removeprefix("decide:"): str(value)
            for name, value in request.POST.items()
            if name.startswith("decide:") and value in ("theirs", "ours")
        }
        operations.pull(key=key, by=request.by, at=request.at, decided=decided)
        said = _("Pulled. What changed waits as drafts: look at them, then publish.")
        return done(request, reverse("web:library_pack", args=[key]), said)
    found = operations.pulling(key=key)
    context = {
        "pack": found.pack,
        "former": found.installed.version,
        "procedures": [_sides(each) for each in found.procedures],
        "tables": found.tables,
        "listed": found.listed,
        "pack_url": reverse("web:library_pack", args=[key]),
        "library_url": reverse("web:library"),
    }
    return render(request, "library/pull.html", context)


def _sides(each: operations.Pull) -> Side:
    return Side(
        key=each.key,
        name=each.name,
        theirs=_changes(each.base, each.theirs),
        ours=() if each.ours is None else _changes(each.base, each.ours),
        clashes=tuple((f"{each.key}:{clash.id}", clash.label or clash.id) for clash in each.merged.clashes),
        is_new=each.ours is None,
        problem=each.merged.problem,
    )


def _changes(before: bytes, after: bytes) -> tuple[str, ...]:
    return tuple(change.words for change in diff(bpmn.read(before), bpmn.read(after)))


@require_POST
@signed_in
def take_pull_back(request: Asked, key: str) -> HttpResponse:
    """Undo the last pull."""
    installed = operations.take_pull_back(key=key, by=request.by, at=request.at)
    said = _("Taken back: version %(version)s stands again.") % {"version": installed.version}
    return done(request, reverse("web:library_pack", args=[key]), said)


# --- removing ---------------------------------------------------------------------------------------------------------
@require_POST
@signed_in
def bring_variants(request: Asked, key: str) -> HttpResponse:
    """Bring in the variants of a pack whose procedure runs by now."""
    try:
        brought = operations.bring_variants(key=key, by=request.by, at=request.at)
    except Refusal as refusal:
        return refused(request, refusal)
    said = ngettext("%(n)d variant is here now.", "%(n)d variants are here now.", len(brought)) % {"n": len(brought)}
    return done(request, reverse("web:library_pack", args=[key]), said)


@require_POST
@signed_in
def remove(request: Asked, key: str) -> HttpResponse:
    """Take a pack out."""
    removed = operations.remove(key=key, by=request.by, at=request.at)
    said = _("The pack is removed. Its procedures start no more cases; those under way go on to their end.")
    if removed.stays:
        said += " " + _("What is in use stays.")
    return done(request, reverse("web:library"), said)


@require_POST
@signed_in
def discard(request: Asked, key: str) -> HttpResponse:
    """Take a file off the shelf."""
    try:
        operations.discard_pack(key=key, by=request.by, at=request.at)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(reverse("web:library"))
