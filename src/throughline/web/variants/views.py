"""All variants of a procedure, making one, and one with what it does otherwise."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.operations.variants import (
    decide_conflicts,
    make_variant,
    retire_variant,
    set_variant,
)
from throughline.core.procedures.queries import overview
from throughline.core.procedures.queries import variants as queries
from throughline.core.procedures.queries.variants import Shown, Taken, VariantRow
from throughline.core.records import registry
from throughline.core.records.context import names_of
from throughline.core.refusals import Refusal
from throughline.flow.bpmn.compare import change_marks, overlaid
from throughline.flow.bpmn.render import render_svg
from throughline.insight.effect import Compared, Side, compare
from throughline.web.answers import Asked, done, signed_in
from throughline.web.counts import cases_in_words
from throughline.web.effect.views import WRITERS
from throughline.web.parts import FormField, Tone
from throughline.web.procedures.frame import frame
from throughline.web.procedures.keys import key_of
from throughline.web.procedures.versions import KIND_WORDS
from throughline.web.records.present import url_of

DAYS = 30
"""So long after its start a case is looked at when variants are compared."""
LEAST = 30
"""With fewer cases on a side nothing is said of a difference."""
SHOWN = ("success", "time")
"""The figures by which the list compares a variant with its base."""


def state_words(row: VariantRow) -> tuple[str, Tone]:
    """Say in words where a variant stands."""
    if row.retired_at is not None:
        return _("Retired"), ""
    if row.behind:
        return _("Waits for a decision"), "late"
    return (_("Runs"), "good") if row.number is not None else (_("Draft"), "wait")


# --- all --------------------------------------------------------------------------------------------------------------
@signed_in
def show_all(request: Asked, key: str) -> HttpResponse:
    """Show the variants of a procedure; of a variant, its own page."""
    found = overview.procedure(key=key)
    if found.base_key:
        return redirect(reverse("web:variant", args=[key]))
    rows = queries.variants(procedure=key, user=request.user, at=request.at)
    may_draw = access.allows(request.user, access.DESIGN_PROCEDURES)
    can_have = bool(found.latest("published") and found.record_type)
    context = frame(found, "variants") | {
        "rows": [_line(request, key, row) for row in rows],
        "new_url": reverse("web:variant_new", args=[key]) if may_draw and can_have else "",
        "segments_url": reverse("web:procedure_segments", args=[key]) if can_have else "",
        "offices_url": reverse("web:procedure_offices", args=[key]) if can_have else "",
        "can_have": can_have,
        "has_record": bool(found.record_type),
        "days": DAYS,
    }
    return render(request, "variants/all.html", context)


def _line(request: Asked, key: str, row: VariantRow) -> dict[str, Any]:
    words, tone = state_words(row)
    return {
        "row": row,
        "url": reverse("web:variant", args=[row.key]),
        "live_url": reverse("web:procedure_live", args=[row.key]) if row.number is not None else "",
        "status": words,
        "tone": tone,
        "figures": _figures(request, key, row) if row.number is not None else [],
    }


def _figures(request: Asked, key: str, row: VariantRow) -> list[dict[str, str]]:
    """The difference of a variant's cases from those of its base, as far as the asker sees both."""
    effect = compare(
        procedure=key, user=request.user, before=Side(), after=Side(procedure=row.key), days=DAYS, at=request.at
    )
    return [_figure(each) for name in SHOWN if (each := effect.figure(name)) is not None]


def _figure(figure: Compared) -> dict[str, str]:
    write = WRITERS[figure.unit]
    name = _("Success") if figure.key == "success" else _("Time to the end")
    if figure.interval is None or min(figure.before.count, figure.after.count) < LEAST:
        return {"name": name, "words": _("not enough cases yet (%(n)d)") % {"n": figure.after.count}, "tone": ""}
    given = {
        "after": write(figure.after.mean), "before": write(figure.before.mean),
        "cases": cases_in_words(figure.after.count),
        "low": signed(write, figure.interval.low), "high": signed(write, figure.interval.high),
    }  # fmt: skip
    words = _("%(after)s against %(before)s (difference %(low)s to %(high)s, %(cases)s)") % given
    tone = {True: "good", False: "late", None: ""}[figure.is_good]
    return {"name": name, "words": words, "tone": tone}


def signed(write: Any, value: float) -> str:
    """Return a difference in words, with its sign."""
    return f"−{write(-value)}" if value < 0 else f"+{write(value)}"


# --- a new one --------------------------------------------------------------------------------------------------------
@signed_in
def create(request: Asked, key: str) -> HttpResponse:
    """Show the form of a new variant, or make it."""
    access.require_ability(
        request.user, access.DESIGN_PROCEDURES,
        otherwise=_("Your roles do not let you draw procedures. Ask a manager."),
    )  # fmt: skip
    found = overview.procedure(key=key)
    if request.method != "POST":
        return _new_page(request, found, request.GET.get("name", ""), request.GET.get("rule", ""), None)
    name, rule = request.POST.get("name", "").strip(), request.POST.get("rule", "").strip()
    try:
        made = make_variant(
            base=key, key=key_of(f"{key} {name}") if name else "", name=name, rule=rule, by=request.by, at=request.at,
            owner_id=request.user.pk,
        )  # fmt: skip
    except Refusal as refusal:
        return _new_page(request, found, name, rule, refusal)
    said = _("“%(name)s” is drawn as its base is. Change what is done otherwise, then publish it.") % {"name": name}
    return done(request, reverse("web:variant", args=[made.procedure.key]), said)


def _new_page(request: Asked, found: overview.Drawn, name: str, rule: str, refusal: Refusal | None) -> HttpResponse:
    context = (
        frame(found, "variants")
        | _rule_form(found, name, rule, refusal)
        | {
            "all_url": reverse("web:procedure_variants", args=[found.key]),
            "taken": _taken(request, found.key, rule, "") if rule and refusal is None else None,
        }
    )
    return render(request, "variants/new.html", context, status=refusal.status if refusal else 200)


def _rule_form(found: overview.Drawn, name: str, rule: str, refusal: Refusal | None) -> dict[str, Any]:
    errors = dict(refusal.fields) if refusal else {}
    errors["name"] = errors.get("name", errors.pop("key", ""))
    spec = registry.find(found.record_type)
    known = sorted(names_of(spec)) if spec is not None else []
    return {
        "name_field": FormField(
            "name", _("Name"), "string", name, required=True, error=errors["name"], max_length=80,
            help=_("For whom it is, such as “VIP” or “Zürich office”."),
        ),
        "rule": rule,
        "rule_error": errors.get("rule", ""),
        "names": [
            (f"{found.record_type}.{each}", str(spec.by_name[each].label) if spec and each in spec.by_name else "")
            for each in known
        ],
        "record_type": found.record_type,
        "taken_url": reverse("web:variant_taken", args=[found.key]),
        "error": refusal.message if refusal and not any(errors.values()) else "",
    }  # fmt: skip


@require_POST
@signed_in
def preview(request: Asked, key: str) -> HttpResponse:
    """Say what a rule would take of the newest records, as a part of a page."""
    rule = request.POST.get("rule", "").strip()
    taken = _taken(request, key, rule, request.POST.get("variant", "")) if rule else None
    return render(request, "variants/_taken.html", {"taken": taken})


def _taken(request: Asked, key: str, rule: str, variant: str) -> dict[str, Any]:
    try:
        found = queries.would_take(procedure=key, rule=rule, user=request.user, at=request.at, variant_key=variant)
    except Refusal as refusal:
        return {"problem": refusal.message}
    return {
        "words": _words(found),
        "share": round(100 * found.taken / found.looked_at) if found.looked_at else 0,
        "samples": [{"title": title, "url": url_of(registry.get(ref.type), ref.id)} for ref, title in found.samples],
    }


def _words(found: Taken) -> str:
    if not found.looked_at:
        return _("There is no record yet that it could take.")
    told = ngettext(
        "It would take %(n)d of %(of)d record.", "It would take %(n)d of the last %(of)d records.", found.looked_at
    ) % {"n": found.taken, "of": found.looked_at}
    if not found.elsewhere:
        return told
    other = ngettext(
        "%(n)d more goes by a variant that is asked before.", "%(n)d more go by variants that are asked before.",
        found.elsewhere,
    )  # fmt: skip
    return f"{told} {other % {'n': found.elsewhere}}"


# --- one --------------------------------------------------------------------------------------------------------------
@signed_in
def show_one(request: Asked, key: str) -> HttpResponse:
    """Show a variant: whom it takes, what it does otherwise, and where its base stands against it."""
    return _one(request, key)


def _one(request: Asked, key: str, refusal: Refusal | None = None, form: str = "") -> HttpResponse:
    found = overview.procedure(key=key)
    shown = queries.variant(key=key, user=request.user, at=request.at)
    may_draw = access.allows(request.user, access.DESIGN_PROCEDURES)
    may_publish = access.allows(request.user, access.PUBLISH_PROCEDURES)
    words, tone = state_words(shown.row)
    sent = request.POST if form == "rule" else {}
    name, rule = sent.get("name", shown.row.name), sent.get("rule", shown.row.rule)
    alive = shown.row.retired_at is None
    may_rule = alive and (may_publish if shown.row.number is not None else may_draw)
    base = overview.procedure(key=shown.base_key)
    context = frame(found, "variants") | _rule_form(base, name, rule, refusal if form == "rule" else None) | {
        "shown": shown,
        "status": words,
        "tone": tone,
        "priority_field": FormField(
            "priority", _("Its rule is asked as number"), "number", str(sent.get("priority", shown.row.priority)),
            required=True, error=refusal.fields.get("priority", "") if refusal else "",
            help=_("The smallest is asked first; the first rule that holds takes the case."),
        ),
        "taken": _taken(request, shown.base_key, shown.row.rule, key),
        "may_rule": may_rule,
        "picture": _picture(shown),
        "changes": [
            {"kind": KIND_WORDS[each.kind][0], "tone": KIND_WORDS[each.kind][1], "change": each}
            for each in shown.changes
        ],
        "conflicts": shown.conflicts,
        "is_undecided": form == "decisions" and refusal is not None,
        "told": refusal.message if refusal is not None and form != "rule" else "",
        "may_draw": may_draw and alive,
        "rule_url": reverse("web:variant_rule", args=[key]),
        "decisions_url": reverse("web:variant_decisions", args=[key]) if may_draw and shown.row.behind else "",
        "publish_url": reverse("web:procedure_publishing", args=[key]) if shown.row.has_draft and alive else "",
        "retire_url": reverse("web:variant_retirement", args=[key]) if may_publish and alive else "",
        "outline_url": reverse("web:procedure_outline", args=[key]),
        "base_url": reverse("web:procedure_variants", args=[shown.base_key]),
    }  # fmt: skip
    return render(request, "variants/one.html", context, status=refusal.status if refusal else 200)


def _picture(shown: Shown) -> SafeString:
    if shown.base is None or shown.drawing is None:
        return SafeString("")
    words = {kind: str(said) for kind, (said, _tone) in KIND_WORDS.items()}
    before, after = change_marks(shown.base, shown.drawing, shown.changes, words)
    title = _("%(name)s, with what it does otherwise") % {"name": shown.row.name}
    both = overlaid(shown.base, shown.drawing)
    return SafeString(render_svg(both, {**before, **after}, id_prefix="variant-", title=title))


@require_POST
@signed_in
def change_rule(request: Asked, key: str) -> HttpResponse:
    """Keep name, rule and place of a variant."""
    try:
        set_variant(
            key=key, name=request.POST.get("name", ""), rule=request.POST.get("rule", ""),
            priority=_place(request.POST.get("priority", "")), by=request.by, at=request.at,
        )  # fmt: skip
    except Refusal as refusal:
        return _one(request, key, refusal, "rule")
    return done(request, reverse("web:variant", args=[key]), _("Kept. It counts for cases that start from now on."))


def _place(text: str) -> int:
    if not text.strip().isdecimal():
        raise Refusal("no_number", _("Write a whole number, such as 1."), "priority")
    return int(text)


@require_POST
@signed_in
def decide(request: Asked, key: str) -> HttpResponse:
    """Bring the variant up to its base as decided; ``all`` takes one side's word wherever it can hold."""
    shown = queries.variant(key=key, user=request.user, at=request.at)
    side = request.POST.get("all", "")
    given = {each.key: request.POST.get(f"choice.{number}", "") for number, each in enumerate(shown.conflicts, 1)}
    decided = {
        each.key: side if side in each.choices else each.choices[0] if side else given[each.key]
        for each in shown.conflicts
    }
    try:
        decide_conflicts(key=key, decided=decided, by=request.by, at=request.at)
    except Refusal as refusal:
        return _one(request, key, refusal, "decisions")
    said = _("It is drawn over the base as that runs now. Look at it, then publish it.")
    return done(request, reverse("web:procedure_publishing", args=[key]), said)


@require_POST
@signed_in
def retire(request: Asked, key: str) -> HttpResponse:
    """Let no more cases start with a variant."""
    try:
        staying = retire_variant(key=key, reason=request.POST.get("reason", ""), by=request.by, at=request.at)
    except Refusal as refusal:
        return _one(request, key, refusal, "retire")
    said = _("It takes no case any more. %(n)d under way go on to their end.") % {"n": staying}
    return done(request, reverse("web:variant", args=[key]), said)
