"""
The wizard of imports: upload → columns, days and what is known already → values → trial → running → result.

Every step is a page of its own with an address, so it can be left and gone back to; nothing is imported before the last
one. What a person said is kept with the import.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.undoing import undo_import
from throughline.core.records import FieldType, RecordSpec, registry
from throughline.core.records.imports import operations
from throughline.core.records.imports.along import brought_along
from throughline.core.records.imports.faults import FileRefused
from throughline.core.records.imports.guessing import (
    LIKELY,
    ColumnGuess,
    UnknownValue,
    guess_columns,
    mapping_of,
    unknown_values,
)
from throughline.core.records.imports.lines import Staged
from throughline.core.records.imports.models import Import, ImportedRecord, Outcome, Policy
from throughline.core.records.imports.running import error_file
from throughline.core.records.mapping import ORDERS, ImportMapping, importable
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice
from throughline.web.records.present import slug, url_of

SHOWN = 50
SHOWN_LINES = 12
FIRST = 5
POLICIES: Mapping[str, Any] = {
    Policy.SKIP: gettext_lazy("Leave the known record as it is"),
    Policy.UPDATE: gettext_lazy("Fill and change the known record"),
    Policy.CREATE: gettext_lazy("Create another record all the same"),
    Policy.ASK: gettext_lazy("Put the line aside and ask me"),
}
STATUS: Mapping[str, tuple[Any, str]] = {
    "draft": (gettext_lazy("being prepared"), ""),
    "running": (gettext_lazy("running"), "wait"),
    "done": (gettext_lazy("done"), "good"),
    "stopped": (gettext_lazy("stopped"), "late"),
    "undone": (gettext_lazy("taken back"), ""),
}
ORDER_WORDS = {
    "yyyy-mm-dd": gettext_lazy("year-month-day (2026-03-31)"),
    "dd-mm-yyyy": gettext_lazy("day-month-year (31-03-2026)"),
    "mm-dd-yyyy": gettext_lazy("month-day-year (03-31-2026)"),
}


def importable_types(request: Asked) -> list[RecordSpec]:
    """Return the types whose records the asker may import."""
    return [
        spec
        for spec in registry.everything()
        if spec.create_many is not None and access.can(request.user, access.IMPORT, spec)
    ]


# -- The list and the file ---------------------------------------------------------------------------------------------


@signed_in
def show_list(request: Asked) -> HttpResponse:
    """Show the latest imports that the asker may see."""
    rows = [run for run in Import.objects.order_by("-pk")[: 4 * SHOWN] if operations.may_see(run, request.by)]
    context = {
        "imports": [_line(run) for run in rows[:SHOWN]],
        "new_url": reverse("web:import_new") if importable_types(request) else "",
        "now": request.at,
    }
    return render(request, "imports/list.html", context)


def _line(run: Import) -> dict[str, Any]:
    words, tone = STATUS[run.status]
    spec = registry.find(run.record_type)
    return {
        "name": run.file_name or _("a file"),
        "plural": spec.plural if spec else run.record_type,
        "status": words,
        "tone": tone,
        "by": run.by,
        "at": run.at,
        "lines": run.lines,
        "created": run.created,
        "updated": run.updated,
        "url": reverse("web:import" if run.status != "draft" else "web:import_columns", args=[run.pk]),
    }


@signed_in
def upload(request: Asked) -> HttpResponse:
    """Show the form of a new import, or take in its file."""
    specs = importable_types(request)
    if not specs:
        raise Refusal("not_allowed", _("Your roles do not let you import records. Ask an administrator."))
    wanted = request.POST.get("type") or request.GET.get("type", "")
    if request.method != "POST":
        return _upload_page(request, specs, wanted, "")
    spec = next((each for each in specs if each.type == wanted), None)
    sent = request.FILES.get("file")
    if spec is None or sent is None:
        return _upload_page(request, specs, wanted, _("Choose a file, and what is in it."), 422)
    try:
        run = operations.stage_file(
            spec=spec, content=sent.read(), file_name=sent.name or "", by=request.by, at=request.at
        )
    except Refusal as refusal:
        return _upload_page(request, specs, wanted, refusal.message, refusal.status)
    return redirect(reverse("web:import_columns", args=[run.pk]))


def _upload_page(
    request: Asked, specs: Sequence[RecordSpec], wanted: str, error: str, status: int = 200
) -> HttpResponse:
    context = {
        "types": [Choice(spec.type, str(spec.plural), chosen=spec.type == wanted) for spec in specs],
        "error": error,
        "list_url": reverse("web:imports"),
    }
    return render(request, "imports/new.html", context, status=status)


# -- Columns -----------------------------------------------------------------------------------------------------------


@signed_in
def columns(request: Asked, import_id: int) -> HttpResponse:
    """Show what each column seems to be, or keep what somebody says it is."""
    run = operations.own_import(import_id=import_id, by=request.by)
    if run.status != Import.Status.DRAFT:
        return redirect(reverse("web:import", args=[run.pk]))
    if request.method != "POST":
        return _columns_page(request, run, mapping_of(run.mapping), run.policy)
    given = parameters(request.POST)
    meant = _meant(run, given)
    try:
        operations.set_mapping(
            import_id=run.pk, mapping=meant, policy=given.get("policy", ""), by=request.by, at=request.at
        )
    except Refusal as refusal:
        return _columns_page(request, run, meant, given.get("policy", ""), refusal)
    return redirect(reverse("web:import_values", args=[run.pk]))


def _meant(run: Import, given: Mapping[str, str]) -> ImportMapping:
    """Return the mapping that the form says; columns are named by their place, whatever they are called."""
    chosen = {name: given.get(f"column.{place}", "") for place, name in enumerate(run.header)}
    dates = {
        name: order for place, name in enumerate(run.header) if (order := given.get(f"order.{place}", "")) in ORDERS
    }
    before = mapping_of(run.mapping)
    return msgspec.structs.replace(
        before,
        columns={name: field for name, field in chosen.items() if field},
        ignore=[name for name, field in chosen.items() if not field],
        dates={name: order for name, order in dates.items() if chosen.get(name)},
        values={name: own for name, own in before.values.items() if chosen.get(name)},
    )


def _columns_page(
    request: Asked, run: Import, meant: ImportMapping, policy: str, refusal: Refusal | None = None
) -> HttpResponse:
    spec = registry.get(run.record_type)
    guesses = guess_columns(spec, run.header, operations.sample(run))
    context = _frame(run, "columns") | {
        "columns": [_column(spec, place, guess, meant) for place, guess in enumerate(guesses)],
        "policies": [Choice(name, str(label), chosen=name == policy) for name, label in POLICIES.items()],
        "known_by": _known_by(spec),
        "error": refusal.message if refusal else "",
    }
    return render(request, "imports/columns.html", context, status=refusal.status if refusal else 200)


def _column(spec: RecordSpec, place: int, guess: ColumnGuess, meant: ImportMapping) -> dict[str, Any]:
    field = meant.columns.get(guess.name, "")
    dated = bool(field) and spec.field(field).type in (FieldType.DATE, FieldType.DATETIME)
    order = meant.dates.get(guess.name, "")
    return {
        "place": place,
        "name": guess.name,
        "samples": guess.samples,
        "filled": guess.filled,
        "is_unsure": guess.confidence == LIKELY and field == guess.field,
        "fields": [
            Choice(name, str(spec.field(name).label), chosen=name == field)
            for name in sorted(importable(spec), key=lambda name: str(spec.field(name).label))
        ],
        "orders": [Choice(name, str(ORDER_WORDS[name]), chosen=name == order) for name in guess.orders or ORDERS]
        if guess.is_unclear or (dated and not guess.orders)
        else [],
        "must_say": dated and guess.is_unclear,
    }


def _known_by(spec: RecordSpec) -> str:
    names = {"sort_name": "name"}
    certain = [names.get(name, name) for name in (spec.matching.certain if spec.matching else ())]
    labels = [str(spec.by_name[name].label) for name in ("external_id", *certain) if name in spec.by_name]
    return ", ".join(labels)


def _frame(run: Import, step: str) -> dict[str, Any]:
    spec = registry.get(run.record_type)
    steps = (("columns", _("Columns")), ("values", _("Values")), ("trial", _("Trial")))
    return {
        "run": run,
        "plural": spec.plural,
        "list_url": reverse("web:imports"),
        "discard_url": reverse("web:import_discarding", args=[run.pk]),
        "steps": [
            {"label": label, "url": reverse(f"web:import_{name}", args=[run.pk]), "current": name == step}
            for name, label in steps
        ],
    }


# -- Values ------------------------------------------------------------------------------------------------------------


@signed_in
def values(request: Asked, import_id: int) -> HttpResponse:
    """Show values that nothing here is called, with what was probably meant, or keep what they mean."""
    run = operations.own_import(import_id=import_id, by=request.by)
    if run.status != Import.Status.DRAFT:
        return redirect(reverse("web:import", args=[run.pk]))
    meant = mapping_of(run.mapping)
    unknown = _unknown(run, meant)
    if request.method == "POST":
        said: dict[str, dict[str, str]] = {name: dict(own) for name, own in meant.values.items()}
        for place, value in enumerate(unknown):
            text = request.POST.get(f"value.{place}", "").strip()
            if request.POST.get(f"text.{place}") == value.text and (text or f"empty.{place}" in request.POST):
                said.setdefault(value.column, {})[value.text] = text
        meant = msgspec.structs.replace(meant, values=said)
        operations.set_mapping(import_id=run.pk, mapping=meant, policy=run.policy, by=request.by, at=request.at)
        return redirect(reverse("web:import_trial", args=[run.pk]))
    if not unknown:
        return redirect(reverse("web:import_trial", args=[run.pk]))
    spec = registry.get(run.record_type)
    context = _frame(run, "values") | {
        "values": [_value(spec, place, value) for place, value in enumerate(unknown)],
        "columns_url": reverse("web:import_columns", args=[run.pk]),
    }
    return render(request, "imports/values.html", context)


def _unknown(run: Import, meant: ImportMapping) -> list[UnknownValue]:
    lines = (cells for _line_number, cells in Staged(run).rows())
    return unknown_values(registry.get(run.record_type), run.header, lines, meant)


def _value(spec: RecordSpec, place: int, value: UnknownValue) -> dict[str, Any]:
    described = spec.field(value.field)
    return {
        "place": place,
        "column": value.column,
        "field": described.label,
        "text": value.text,
        "count": value.count,
        "meant": value.meant,
        "choices": [
            Choice(choice.value, str(choice.label), chosen=choice.value == value.meant) for choice in described.choices
        ]
        if described.type is FieldType.CHOICE
        else [],
    }


# -- Trial and start ---------------------------------------------------------------------------------------------------


@signed_in
def trial(request: Asked, import_id: int) -> HttpResponse:
    """Show what the import would do."""
    run = operations.own_import(import_id=import_id, by=request.by)
    if run.status != Import.Status.DRAFT:
        return redirect(reverse("web:import", args=[run.pk]))
    context = _frame(run, "trial") | {
        "start_url": reverse("web:import_start", args=[run.pk]),
        "columns_url": reverse("web:import_columns", args=[run.pk]),
    }
    try:
        tried = operations.try_import(import_id=run.pk, by=request.by, at=request.at)
    except FileRefused as refusal:
        problems = [str(problem) for problem in refusal.problems]
        return render(request, "imports/trial.html", context | {"open": problems}, status=422)
    context |= {
        "tried": tried,
        "is_whole": tried.tried + tried.refused >= run.lines,
        "problems": tried.problems,
        "button": ngettext("Import %(n)d line", "Import %(n)d lines", run.lines) % {"n": run.lines},
    }
    return render(request, "imports/trial.html", context)


@require_POST
@signed_in
def start(request: Asked, import_id: int) -> HttpResponse:
    """Let a worker carry the import out."""
    run = operations.begin_import(import_id=import_id, by=request.by, at=request.at)
    return redirect(reverse("web:import", args=[run.pk]))


@require_POST
@signed_in
def discard(request: Asked, import_id: int) -> HttpResponse:
    """Forget a file that was not imported."""
    operations.discard(import_id=import_id, by=request.by, at=request.at)
    return done(request, reverse("web:imports"), _("Forgotten. Nothing was imported."))


# -- Running and result ------------------------------------------------------------------------------------------------


@signed_in
def show_one(request: Asked, import_id: int) -> HttpResponse:
    """Show how far an import is, or what came of it."""
    run = operations.own_import(import_id=import_id, by=request.by)
    if run.status == Import.Status.DRAFT:
        return redirect(reverse("web:import_columns", args=[run.pk]))
    return render(request, "imports/one.html", _result(request, run) | {"now": request.at})


@signed_in
def progress(request: Asked, import_id: int) -> HttpResponse:
    """Show how far an import is, as a part that asks again by itself."""
    run = operations.own_import(import_id=import_id, by=request.by)
    template = "imports/_progress.html" if request.headers.get("HX-Request") else "imports/one.html"
    return render(request, template, _result(request, run) | {"now": request.at})


def _along(request: Asked, run: Import) -> str:
    """Return what the import made beside its records and could be taken back with them, counted in words."""
    if run.status not in (Import.Status.DONE, Import.Status.STOPPED):
        return ""
    counts = Counter(ref.type for ref in brought_along(run, request.by))
    return ", ".join(
        f"{count} {(spec.label if count == 1 else spec.plural).lower()}"
        for kind, count in sorted(counts.items())
        if (spec := registry.get(kind))
    )


def _result(request: Asked, run: Import) -> dict[str, Any]:
    spec = registry.get(run.record_type)
    words, tone = STATUS[run.status]
    return {
        "run": run,
        "plural": spec.plural,
        "records_url": reverse("web:record_list", args=[slug(spec)]),
        "duplicates_url": reverse("web:duplicates") if spec.matching else "",
        "list_url": reverse("web:imports"),
        "status": words,
        "tone": tone,
        "is_open": run.status == Import.Status.RUNNING,
        "percent": min(100, round(100 * run.passed / max(1, run.lines))),
        "figures": [
            (label, count)
            for label, count in (
                (_("created"), run.created),
                (_("changed"), run.updated),
                (_("known already"), run.existing),
                (_("put aside"), run.held),
                (_("refused"), run.refused),
            )
            if count or label == _("created")
        ],
        "warnings": [
            {"message": each["message"], "count": len(each["lines"]), "lines": _some(each["lines"])}
            for each in run.warnings
        ],
        "held": [
            {"line": held.line, "cells": ", ".join(cell for cell in held.cells if cell), "title": held.title,
             "url": url_of(spec, held.record_id)}
            for held in operations.held_lines(run, limit=SHOWN)
        ],
        "refused": run.staged.exclude(problem="").order_by("line")[:SHOWN_LINES] if run.refused else [],
        "progress_url": reverse("web:import_progress", args=[run.pk]),
        "refused_url": reverse("web:import_refused", args=[run.pk]) if run.refused else "",
        "decision_url": reverse("web:import_decision", args=[run.pk]),
        "back_url": reverse("web:import_taking_back", args=[run.pk]) if run.status in ("done", "stopped") else "",
        "along": _along(request, run),
        "left": [each | {"url": url_of(spec, each["record_id"])} for each in run.left[:SHOWN]],
        "left_count": len(run.left),
        "made": _first_made(run, spec),
    }  # fmt: skip


def _first_made(run: Import, spec: RecordSpec) -> list[tuple[int, str, str]]:
    """Return line, title and address of the first records that were made and are there."""
    rows = ImportedRecord.objects.filter(run=run, outcome=Outcome.CREATED, record_type=run.record_type)
    lines = dict(rows.order_by("pk").values_list("record_id", "line")[:FIRST])
    alive = spec.model._default_manager.filter(deleted_at=None).select_related(*spec.related).in_bulk(list(lines))
    return [(lines[key], spec.title(record), url_of(spec, key)) for key, record in sorted(alive.items())]


def _some(lines: Sequence[int]) -> str:
    more = _(" and %(n)d more") % {"n": len(lines) - SHOWN_LINES} if len(lines) > SHOWN_LINES else ""
    return ", ".join(map(str, lines[:SHOWN_LINES])) + more


@signed_in
def refused(request: Asked, import_id: int) -> HttpResponse:
    """Give the refused lines as a file, with the reasons, to be corrected and imported again."""
    run = operations.own_import(import_id=import_id, by=request.by)
    answer = HttpResponse(error_file(run).encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{run.pk}.csv"'
    return answer


@require_POST
@signed_in
def decide(request: Asked, import_id: int) -> HttpResponse:
    """Carry out lines that were put aside."""
    lines = [int(text) for text in request.POST.getlist("line") if text.isdecimal()]
    if not lines:
        raise Refusal("nothing_selected", _("Select at least one line."))
    operations.decide_held(
        import_id=import_id, lines=lines, policy=request.POST.get("policy", ""), by=request.by, at=request.at
    )
    return done(request, reverse("web:import", args=[import_id]), _("Done."))


@require_POST
@signed_in
def take_back(request: Asked, import_id: int) -> HttpResponse:
    """Take an import back, as one action."""
    run = undo_import(import_id=import_id, by=request.by, at=request.at, along="along" in request.POST)
    said = _("Taken back.")
    if run.left:
        said = ngettext(
            "Taken back; %(n)d record was changed since and stays.",
            "Taken back; %(n)d records were changed since and stay.",
            len(run.left),
        ) % {"n": len(run.left)}
    return done(request, reverse("web:import", args=[import_id]), said)
