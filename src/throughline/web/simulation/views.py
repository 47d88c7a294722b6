"""Pages of simulations."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures import charts
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.flow.simulate.calibration import Calibration
from throughline.insight.simulation import queries
from throughline.insight.simulation.models import Experiment
from throughline.insight.simulation.operations import cancel_experiment, request_experiment
from throughline.web.answers import Asked, done, signed_in
from throughline.web.errands import bar, bar_anew, status_in_words
from throughline.web.parts import Choice
from throughline.web.procedures.frame import chosen_version, frame
from throughline.web.simulation import fields, shown

CASES, RUNS, SEED = 1_000, 10, 1


# --- all --------------------------------------------------------------------------------------------------------------
@signed_in
def show_all(request: Asked, key: str) -> HttpResponse:
    """Show the simulations of a procedure."""
    found = overview.procedure(key=key)
    rows = [
        {
            "id": row.id,
            "url": reverse("web:simulation", args=[key, row.id]),
            "name": row.name,
            "version": _("Version %(n)d") % {"n": row.version},
            "status": status_in_words(row.status)[0],
            "tone": status_in_words(row.status)[1],
            "by": row.by,
            "at": row.requested_at,
            "comparable": row.status == "done",
        }
        for row in queries.experiments(procedure=key)
    ]
    may_ask = access.allows(request.user, access.DESIGN_PROCEDURES) and bool(found.versions)
    context = frame(found, "simulations") | {
        "experiments": rows,
        "new_url": reverse("web:simulation_new", args=[key]) if may_ask else "",
        "forecasts_url": reverse("web:simulation_forecasts", args=[key]),
        "dry_run_url": reverse("web:simulation_dry_run", args=[key]) if found.versions else "",
        "comparison_url": reverse("web:simulation_comparison", args=[key]),
        "can_compare": sum(bool(row["comparable"]) for row in rows) > 1,
        "now": request.at,
    }
    return render(request, "simulation/all.html", context)


# --- a new one --------------------------------------------------------------------------------------------------------
@signed_in
def create(request: Asked, key: str) -> HttpResponse:
    """Show the form of a new simulation, or ask for it."""
    found = overview.procedure(key=key)
    if request.method != "POST":
        return _form_page(request, found, _first_values(request, found), None)
    names = ("name", "version", "cases", "runs", "seed", "scenario", "shown", "base")
    given: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in names}
    try:
        scenario, words = _asked_for(found, given, request)
        tables = _tables_chosen(request)
        if given["base"]:
            given["name"] = given["name"] or ", ".join([*words, *(f"{ref} {number}" for ref, number in tables.items())])
        made = request_experiment(
            procedure=key,
            version=int(given["version"]) if given["version"].isdecimal() else 0,
            name=given["name"],
            scenario=scenario,
            by=request.by,
            at=request.at,
            tables=tables,
        )
    except Refusal as refusal:
        return _form_page(request, found, given, refusal)
    base = f"?base={int(given['base'])}" if given["base"].isdecimal() else ""
    return redirect(reverse("web:simulation", args=[key, made.pk]) + base)


def _asked_for(found: overview.Drawn, given: Mapping[str, str], request: Asked) -> tuple[dict[str, Any], list[str]]:
    """
    Return the scenario of a form and what was changed in it: the text with the fields beside it; where somebody has
    edited the text, the text alone.

    Raises:
        Refusal: the text is no JSON object, or a field holds no number.
    """
    scenario = _scenario(given)
    words: list[str] = []
    version = next((each for each in found.versions if str(each.number) == given["version"]), None)
    if version is not None and given["shown"] and json.loads(given["shown"]) == _read(given["scenario"]):
        changed = fields.changed_by(charts.running(version.id).chart, scenario, request.POST)
        scenario, words = changed.scenario, changed.words
    for name, member in (("cases", "cases"), ("runs", "replications"), ("seed", "seed")):
        if not given[name].isdecimal():
            raise Refusal("no_number", _("Give a whole number."), name)
        scenario[member] = int(given[name])
    return scenario, words


def _scenario(given: Mapping[str, str]) -> dict[str, Any]:
    scenario = _read(given["scenario"])
    if not isinstance(scenario, dict):
        raise Refusal("not_json", _("The figures should be a JSON object: { … }."), "scenario")
    return scenario


def _read(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except json.JSONDecodeError as problem:
        sentence = _("The figures are not JSON: line %(line)d, column %(column)d.")
        raise Refusal("not_json", sentence % {"line": problem.lineno, "column": problem.colno}, "scenario") from problem


def _tables_chosen(request: Asked) -> dict[str, int]:
    chosen = {name.partition(":")[2]: value for name, value in request.POST.items() if name.startswith("table:")}
    return {ref: int(str(value)) for ref, value in chosen.items() if str(value).isdecimal()}


def _first_values(request: Asked, found: overview.Drawn) -> dict[str, Any]:
    base = _base(request, found.key)
    version = chosen_version(request, found) or found.latest("draft") or found.latest("published")
    version = version or (found.versions or [None])[0]
    values: dict[str, Any] = {"name": "", "version": "", "cases": CASES, "runs": RUNS, "seed": SEED, "scenario": "{}"}
    if version is None:
        return values
    if base is not None and not request.GET.get("version"):
        version = next((each for each in found.versions if each.id == base.version_id), version)
    values["version"] = str(version.number)
    chart = charts.running(version.id).chart
    if base is not None:
        own = ("cases", "replications", "seed")
        scenario = {name: part for name, part in base.scenario.items() if name not in (*own, "calendars")}
        cases, runs, seed = (base.scenario.get(name) for name in own)
        values |= {"cases": cases or CASES, "runs": runs or RUNS, "seed": SEED if seed is None else seed}
        return values | {"scenario": _text(fields.fitted(chart, scenario)), "base": str(base.pk), "of": base.name}
    if request.GET.get("figures") == "history":
        history = queries.history(version_id=version.id)
        scenario = {name: part for name, part in history.scenario.items() if name not in ("cases", "calendars")}
        return values | {"scenario": _text(scenario), "history": history}
    return values | {"scenario": _text(fields.skeleton(chart))}


def _base(request: Asked, key: str) -> Experiment | None:
    """Return the simulation whose figures a new one begins with, if the address names one."""
    number = request.GET.get("from", "")
    return queries.experiment(procedure=key, experiment_id=int(number)) if number.isdecimal() else None


def _text(scenario: Mapping[str, Any]) -> str:
    return json.dumps(scenario, indent=2, ensure_ascii=False)


def _form_page(
    request: Asked, found: overview.Drawn, given: Mapping[str, Any], refusal: Refusal | None
) -> HttpResponse:
    errors = dict(refusal.fields) if refusal else {}
    if refusal is not None and refusal.field:
        errors.setdefault(refusal.field, refusal.message)
    history: Calibration | None = given.get("history")
    new_url = reverse("web:simulation_new", args=[found.key])
    version = next((each for each in found.versions if str(each.number) == given["version"]), None)
    context = frame(found, "simulations") | {
        "given": given,
        "errors": errors,
        "error": refusal.message if refusal and not errors.keys() & WRITTEN else "",
        "versions": [
            Choice(
                str(each.number), _("Version %(n)d") % {"n": each.number}, chosen=str(each.number) == given["version"]
            )
            for each in found.versions
        ],
        "wrong": refusal.field if refusal else "",
        "groups": _groups(version, given, request),
        "tables": [] if version is None else _tables(version.id, request),
        "new_url": new_url,
        "history_url": f"{new_url}?figures=history" + (f"&version={version.number}" if version else ""),
        "evidence": [] if history is None else shown.evidence(_fits(history)),
        "silent": [] if history is None else history.silent,
        "all_url": reverse("web:procedure_simulations", args=[found.key]),
    }
    return render(request, "simulation/new.html", context, status=refusal.status if refusal else 200)


WRITTEN = frozenset({"name", "version", "cases", "runs", "seed", "scenario"})
"""The fields that say themselves what is wrong with them."""


def _groups(version: overview.VersionRow | None, given: Mapping[str, Any], request: Asked) -> list[dict[str, Any]]:
    """Return the fields of the scenario, as they were sent if they were; none while the text cannot be read."""
    if version is None:
        return []
    try:
        scenario = _scenario(given)
        made = fields.fields_of(charts.running(version.id).chart, scenario)
    except (Refusal, AttributeError, TypeError):
        return []
    parts = (
        (_("Who comes"), (made.arrivals,)),
        (_("People"), made.people),
        (_("Steps"), made.steps),
        (_("Ways and answers"), made.ways),
    )
    return [{"title": title, "groups": [_sent(each, request) for each in groups]} for title, groups in parts if groups]


def _sent(group: fields.Group, request: Asked) -> fields.Group:
    """Return a group with what somebody has typed."""
    figures = tuple(replace(each, value=request.POST.get(each.name, each.value)) for each in group.figures)
    picks = tuple(
        replace(
            each,
            choices=tuple(
                choice._replace(
                    chosen=choice.value == request.POST.get(each.name, "")
                    or (each.name not in request.POST and choice.chosen),
                )
                for choice in each.choices
            ),
        )
        for each in group.picks
    )
    return replace(group, figures=figures, picks=picks)


def _tables(version_id: int, request: Asked) -> list[fields.Pick]:
    """Return the decision tables that a version asks, each with its versions."""
    return [
        fields.Pick(
            f"table:{table.key}",
            _("Rules of “%(table)s”") % {"table": table.name},
            (
                Choice("", _("as they belong to the version")),
                *(
                    Choice(
                        str(each.number),
                        (_("Version %(n)d (draft)") if each.status == "draft" else _("Version %(n)d"))
                        % {"n": each.number},
                        chosen=request.POST.get(f"table:{table.key}") == str(each.number),
                    )
                    for each in table.versions
                ),
            ),
        )
        for table in queries.tables_asked(version_id=version_id)
    ]


def _fits(history: Calibration) -> list[tuple[str, Any]]:
    arrivals = [] if history.arrivals is None else [(_("Between two cases"), history.arrivals)]
    return [*arrivals, *history.durations.items()]


# --- one --------------------------------------------------------------------------------------------------------------
@signed_in
def show_one(request: Asked, key: str, experiment_id: int) -> HttpResponse:
    """Show one simulation: how far it is, or what came out."""
    found = overview.procedure(key=key)
    experiment = queries.experiment(procedure=key, experiment_id=experiment_id)
    context = frame(found, "simulations") | _head(request, key, experiment)
    if experiment.result is not None:
        report = experiment.result["report"]
        context |= {
            "picture": shown.drawing(experiment),
            "spreads": shown.spreads(report),
            "steps": shown.steps(report),
            "resources": shown.resources(report),
            "outcomes": shown.outcomes(experiment),
            "curves": shown.over_time(experiment),
            "cost_per_case": f"{report['cost_per_case']:,.2f}",
            "assumptions": report["assumptions"],
            "scenario": _text(experiment.scenario),
            "people": [
                {"name": name, "amount": each.get("amount", 1)}
                for name, each in experiment.scenario.get("resources", {}).items()
            ],
            "change_url": f"{reverse('web:simulation_new', args=[key])}?from={experiment.pk}"
            if context["may_ask"]
            else "",
            "base_url": _beside_base(request, key, experiment),
            "variant_url": reverse("web:simulation_variant", args=[key, experiment.pk]) if context["may_ask"] else "",
            "forecast_url": reverse("web:forecast_keep", args=[key, experiment.pk]) if context["may_ask"] else "",
            "others": [
                Choice(str(each.id), each.name)
                for each in queries.experiments(procedure=key)
                if each.status == "done" and each.id != experiment.pk
            ],
            "comparison_url": reverse("web:simulation_comparison", args=[key]),
        }
    return render(request, "simulation/one.html", context)


def _beside_base(request: Asked, key: str, experiment: Experiment) -> str:
    """Return the address that puts a simulation beside the one it was made of, if the address names that one."""
    base = request.GET.get("base", "")
    address = reverse("web:simulation_comparison", args=[key])
    return f"{address}?of={base}&of={experiment.pk}" if base.isdecimal() else ""


def _head(request: Asked, key: str, experiment: Experiment) -> dict[str, Any]:
    words, tone = status_in_words(experiment.status)
    may_ask = access.allows(request.user, access.DESIGN_PROCEDURES)
    arguments = [key, experiment.pk]
    url = reverse("web:simulation", args=arguments)
    return {
        "experiment": {
            "id": experiment.pk,
            "name": experiment.name,
            "version": _("Version %(n)d") % {"n": experiment.version.number},
            "status": words,
            "tone": tone,
            "problem": experiment.problem,
            "by": experiment.requested_by_label,
            "at": experiment.requested_at,
            "url": url,
        },
        "errand": bar(
            experiment,
            url=reverse("web:simulation_progress", args=arguments),
            page_url=url,
            cancel_url=reverse("web:simulation_cancel", args=arguments) if may_ask else "",
        ),
        "may_ask": may_ask,
        "all_url": reverse("web:procedure_simulations", args=[key]),
        "now": request.at,
    }


@signed_in
def progress(request: Asked, key: str, experiment_id: int) -> HttpResponse:
    """Show how far a simulation is; once it has ended, have the page loaded anew."""
    experiment = queries.experiment(procedure=key, experiment_id=experiment_id)
    return bar_anew(request, _head(request, key, experiment)["errand"])


@require_POST
@signed_in
def cancel(request: Asked, key: str, experiment_id: int) -> HttpResponse:
    """Stop a simulation."""
    cancel_experiment(experiment_id=experiment_id, by=request.by, at=request.at)
    return done(request, reverse("web:procedure_simulations", args=[key]), _("The simulation is stopped."))


# --- what if ----------------------------------------------------------------------------------------------------------
@require_POST
@signed_in
def vary(request: Asked, key: str, experiment_id: int) -> HttpResponse:
    """Ask for the same simulation with other people or more cases."""
    base = queries.experiment(procedure=key, experiment_id=experiment_id)
    scenario = copy.deepcopy(base.scenario)
    changed = _change_people(scenario, request) + _change_arrivals(scenario, request)
    if not changed:
        raise Refusal("nothing_changed", _("Change at least one figure: people, or how many cases come."))
    made = request_experiment(
        procedure=key,
        version=base.version.number,
        name=request.POST.get("name", "").strip() or ", ".join(changed),
        scenario=scenario,
        by=request.by,
        at=request.at,
    )
    return redirect(f"{reverse('web:simulation', args=[key, made.pk])}?base={base.pk}")


def _change_people(scenario: dict[str, Any], request: Asked) -> list[str]:
    changed = []
    for name, each in scenario.get("resources", {}).items():
        wanted = request.POST.get(f"amount-{name}", "")
        if wanted.isdecimal() and int(wanted) > 0 and int(wanted) != each.get("amount", 1):
            each["amount"] = int(wanted)
            changed.append(_("%(n)d × %(name)s") % {"n": int(wanted), "name": name})
    return changed


FACTORS = {"50": 0.5, "80": 0.8, "120": 1.2, "150": 1.5, "200": 2.0, "300": 3.0}


def _change_arrivals(scenario: dict[str, Any], request: Asked) -> list[str]:
    """Let cases come closer together, or further apart, where the scenario says how far apart they are."""
    percent = request.POST.get("arrivals", "")
    factor = FACTORS.get(percent)
    arrivals = scenario.get("arrivals")
    if factor is None or not isinstance(arrivals, dict) or "mean" not in arrivals:
        return []
    for member in ("mean", "deviation"):
        if member in arrivals:
            arrivals[member] = queries.scaled(arrivals[member], 1 / factor)
    return [_("%(percent)s %% of the cases") % {"percent": percent}]


@signed_in
def show_side_by_side(request: Asked, key: str) -> HttpResponse:
    """Show several simulations side by side; the first one chosen is the base."""
    found = overview.procedure(key=key)
    chosen = [int(each) for each in request.GET.getlist("of") if each.isdecimal()]
    if len(chosen) < 2:
        raise Refusal("nothing_to_compare", _("Choose at least two simulations to put side by side."))
    sides = queries.side_by_side(procedure=key, base_id=chosen[0], other_ids=chosen[1:])
    context = frame(found, "simulations") | {
        "base": {"name": sides.base.name, "url": reverse("web:simulation", args=[key, sides.base.pk])},
        "others": [{"name": each.name, "url": reverse("web:simulation", args=[key, each.pk])} for each in sides.others],
        "rows": shown.changes(sides),
        "all_url": reverse("web:procedure_simulations", args=[key]),
    }
    return render(request, "simulation/side_by_side.html", context)
