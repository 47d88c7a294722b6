"""Pipelines: all of them side by side, and one with its stages and gates to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.company.queries import base_currency
from throughline.core.identity.models import Role
from throughline.core.keys import free_key
from throughline.core.records import registry
from throughline.core.records.text import fold
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.deals.models import Deal, Pipeline, Stage, StageKind
from throughline.crm.deals.operations import SHIPPED, StagePlan, retire_pipeline, save_pipeline
from throughline.crm.deals.stages import stages
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.reading import Option, whole
from throughline.web.records.filters import address

SPARE = 2
TONES = (
    ("", gettext_lazy("By what it means")),
    ("info", gettext_lazy("Blue")),
    ("good", gettext_lazy("Green")),
    ("warn", gettext_lazy("Yellow")),
    ("bad", gettext_lazy("Red")),
)
KINDS = (
    (StageKind.OPEN, gettext_lazy("Open")),
    (StageKind.WON, gettext_lazy("Won")),
    (StageKind.LOST, gettext_lazy("Lost")),
)
ASKED = (
    "organization", "contact", "product", "amount", "expected_close_on", "next_step", "next_step_due_at", "competitors",
    "description", "won_reason", "recurring_amount",
)  # fmt: skip
"""Fields that a gate can require, beside the ones it already requires."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage in the form, as text."""

    place: int
    key: str = ""
    name: str = ""
    kind: str = "open"
    probability: str = "0"
    rots: str = ""
    required: tuple[str, ...] = ()
    file: bool = False
    role: str = ""
    condition: str = ""
    otherwise: str = ""
    tone: str = ""
    order: str = ""
    heir: str = ""

    @property
    def prefix(self) -> str:
        """What the names of its fields begin with."""
        return f"s{self.place}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written into it."""
        return not self.name.strip()


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show all pipelines side by side, with what stands in their stages."""
    held = _held(request)
    known = stages()
    shown = [
        {
            "name": pipeline.name,
            "currency": pipeline.currency,
            "url": reverse("web:pipeline", args=[pipeline.key]),
            "board_url": f"{reverse('web:deal_board')}?{address({'pipeline': pipeline.key})}",
            "retired": pipeline.retired_at is not None,
            "stages": [_shown(stage, held.get(stage.key, 0)) for stage in known.of(pipeline.key)],
        }
        for pipeline in known.pipelines.values()
    ]
    may = access.allows(request.user, access.MANAGE_PIPELINES)
    context = {"pipelines": shown, "new_url": reverse("web:pipeline_new") if may else "", "may": may}
    return render(request, "deals/pipelines.html", context)


def _held(request: Asked) -> dict[str, int]:
    """Return how many deals that the asker sees stand in each stage."""
    spec = registry.get("deal")
    seen = Deal.objects.filter(access.visible(spec, request.user), deleted_at=None, sandbox=False)
    return dict(seen.order_by().values_list("stage").annotate(held=Count("*")))


def _shown(stage: Stage, count: int) -> dict[str, Any]:
    spec = registry.get("deal")
    asks = [str(spec.by_name[name].label) for name in stage.required_fields if name in spec.by_name]
    asks += [_("a file")] if stage.needs_file else []
    asks += [stage.otherwise] if stage.condition else []
    asks += [_("a yes of %(role)s") % {"role": stage.approval_role}] if stage.approval_role else []
    tone = {"info": "news", "good": "good", "warn": "wait", "bad": "late"}.get(stage.tone, "")
    by_kind = {"won": "good", "lost": "late"}.get(stage.kind, "")
    return {
        "name": stage.name,
        "tone": tone or by_kind,
        "probability": stage.probability,
        "rots": stage.rots_after_days,
        "asks": asks,
        "count": count,
    }


@signed_in
def edit(request: Asked, key: str = "") -> HttpResponse:
    """Show a pipeline to be changed, or a new one; or save it."""
    if not access.allows(request.user, access.MANAGE_PIPELINES):
        raise NotAllowed(_("Your roles do not let you keep pipelines."))
    pipeline = stages().pipelines.get(key)
    if key and pipeline is None:
        raise NotFound(_("There is no such pipeline. Look in the list."))
    if request.method != "POST":
        rows = _stored(stages().of(key)) if pipeline else _shipped()
        return _page(request, pipeline, rows, None)
    rows = _sent(request.POST)
    if request.POST.get("do") == "more":
        return _page(request, pipeline, rows, None)
    try:
        saved = _save(request, key, rows)
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(request, pipeline, rows, refusal)
    return done(request, reverse("web:pipelines"), _("%(name)s was saved.") % {"name": saved.name})


def _save(request: Asked, key: str, rows: Sequence[StageRow]) -> Pipeline:
    name, currency = request.POST.get("name", ""), request.POST.get("currency", "").strip().upper()
    named = key or free_key(Pipeline, fold(name).replace(" ", "-")[:40] or "pipeline")
    ordered = sorted((row for row in rows if not row.is_empty and not row.heir), key=_order)
    heirs = {row.key: row.heir for row in rows if row.heir and row.key and row.heir != "-"}
    return save_pipeline(
        key=named,
        name=name,
        plans=[_plan(row) for row in ordered],
        currency=currency or base_currency(),
        heirs=heirs,
        by=request.by,
        at=request.at,
    )


def _order(row: StageRow) -> tuple[int, int]:
    return (whole(row.order, _("Order"), default=row.place), row.place)


def _plan(row: StageRow) -> StagePlan:
    named = row.name.strip()
    return StagePlan(
        key=row.key,
        name=named,
        kind=row.kind,
        probability=whole(row.probability, _("Probability of %(stage)s") % {"stage": named}),
        rots_after_days=whole(row.rots, _("Days in %(stage)s") % {"stage": named}) if row.rots.strip() else None,
        required_fields=row.required,
        needs_file=row.file,
        approval_role=row.role,
        condition=row.condition,
        otherwise=row.otherwise,
        tone=row.tone,
    )


def _stored(known: Sequence[Stage]) -> list[StageRow]:
    return [
        StageRow(
            place=place,
            key=stage.key,
            name=stage.name,
            kind=stage.kind,
            probability=str(stage.probability),
            rots="" if stage.rots_after_days is None else str(stage.rots_after_days),
            required=tuple(stage.required_fields),
            file=stage.needs_file,
            role=stage.approval_role,
            condition=stage.condition,
            otherwise=stage.otherwise,
            tone=stage.tone,
            order=str(place),
        )
        for place, stage in enumerate(known, start=1)
    ]


def _shipped() -> list[StageRow]:
    """Return the stages that a new pipeline begins with."""
    return [
        StageRow(
            place=place,
            name=plan.name,
            kind=plan.kind,
            probability=str(plan.probability),
            rots="" if plan.rots_after_days is None else str(plan.rots_after_days),
            required=plan.required_fields,
            order=str(place),
        )
        for place, plan in enumerate(SHIPPED, start=1)
    ]


def _sent(given: QueryDict) -> list[StageRow]:
    """Return the rows that the form sent; ``row`` names them in order."""
    rows = []
    for place, name in enumerate(given.getlist("row"), start=1):

        def value(field: str, prefix: str = name) -> str:
            return str(given.get(f"{prefix}.{field}", "")).strip()

        rows.append(
            StageRow(
                place=place,
                key=value("key"),
                name=value("name"),
                kind=value("kind") or "open",
                probability=value("probability") or "0",
                rots=value("rots"),
                required=tuple(str(each) for each in given.getlist(f"{name}.required")),
                file=bool(value("file")),
                role=value("role"),
                condition=value("condition"),
                otherwise=value("otherwise"),
                tone=value("tone"),
                order=value("order"),
                heir=value("heir"),
            )
        )
    return [row for row in rows if not row.is_empty]


def _page(request: Asked, pipeline: Pipeline | None, rows: Sequence[StageRow], refusal: Refusal | None) -> HttpResponse:
    spec = registry.get("deal")
    spare = [StageRow(len(rows) + more, order=str(len(rows) + more)) for more in range(1, SPARE + 1)]
    asked = dict.fromkeys((*ASKED, *(name for row in rows for name in row.required)))
    fields = [Option(name, str(spec.by_name[name].label)) for name in asked if name in spec.by_name]
    context = {
        "title": pipeline.name if pipeline else _("New pipeline"),
        "name": request.POST.get("name", pipeline.name if pipeline else ""),
        "currency": request.POST.get("currency", pipeline.currency if pipeline else base_currency()),
        "rows": [*rows, *spare],
        "fields": fields,
        "kinds": [Option(value, str(label)) for value, label in KINDS],
        "tones": [Option(value, str(label)) for value, label in TONES],
        "roles": [Option(key, name) for key, name in Role.objects.order_by("name").values_list("key", "name")],
        "heirs": [Option(row.key, row.name) for row in rows if row.key],
        "error": refusal.message if refusal else "",
        "retire_url": reverse("web:pipeline_retirement", args=[pipeline.key]) if pipeline else "",
        "list_url": reverse("web:pipelines"),
    }
    return render(request, "deals/pipeline.html", context, status=refusal.status if refusal else 200)


@require_POST
@signed_in
def retire(request: Asked, key: str) -> HttpResponse:
    """Let a pipeline take no new deals."""
    gone = retire_pipeline(key=key, by=request.by, at=request.at)
    return done(request, reverse("web:pipelines"), _("%(name)s takes no new deals.") % {"name": gone.name})
