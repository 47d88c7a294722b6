"""Split tests: all of a procedure, planning one, and one with what it has found."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures.models import Procedure
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.insight.split_tests.measures import MEASURES, Measure
from throughline.insight.split_tests.models import SplitTest, Status, Verdict
from throughline.insight.split_tests.operations import begin_test, end_test, plan_test, sees_all
from throughline.insight.split_tests.queries import Seen, ends_of, measures_for, split_test, split_tests
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice, FormField, Tone
from throughline.web.procedures.frame import frame
from throughline.web.simulation.shown import share, span

DAY = 86_400


def status_words(test: SplitTest) -> tuple[str, Tone]:
    """Say in words where a test stands."""
    words: dict[str, tuple[str, Tone]] = {
        Status.PLANNED: (_("Planned"), ""),
        Status.RUNNING: (_("Runs"), "wait"),
        Status.SETTLED: (_("Settled"), "good"),
        Status.ENDED: (_("Ended"), ""),
    }
    return words[test.status]


def figure(value: float, measure: Measure, test: SplitTest) -> str:
    """Write a result: a share of cases in percent, a share of the span as time."""
    return span(value * test.horizon_days * DAY) if measure.unit == "span" else share(value)


# --- all --------------------------------------------------------------------------------------------------------------
@signed_in
def show_all(request: Asked, key: str) -> HttpResponse:
    """Show the split tests of a procedure."""
    found = overview.procedure(key=key)
    rows = []
    for test in split_tests(procedure=key):
        words, tone = status_words(test)
        rows.append(
            {
                "url": reverse("web:split_test", args=[key, test.pk]),
                "name": test.hypothesis,
                "versions": _("%(live)d against %(other)d") % {"live": test.live, "other": test.other},
                "measure": MEASURES[test.measure].name,
                "status": words,
                "tone": tone,
                "owner": test.owner.name if test.owner else "",
                "at": test.planned_at,
            }
        )
    may_plan = access.allows(request.user, access.PUBLISH_PROCEDURES) and _former(found)
    context = frame(found, "effect") | {
        "rows": rows,
        "new_url": reverse("web:split_test_new", args=[key]) if may_plan else "",
        "needs_versions": not _former(found),
        "effect_url": reverse("web:procedure_effect", args=[key]),
    }
    return render(request, "split_tests/all.html", context)


def _former(found: overview.Drawn) -> list[overview.VersionRow]:
    """The versions that ran before and could share cases with the published one."""
    return [each for each in found.versions if each.status == "retired"] if found.latest("published") else []


# --- planning ---------------------------------------------------------------------------------------------------------
@signed_in
def create(request: Asked, key: str) -> HttpResponse:
    """Show the form of a new test, or plan one."""
    found = overview.procedure(key=key)
    if request.method != "POST":
        return _form_page(request, found, {}, None)
    given = request.POST
    try:
        test = plan_test(
            procedure=key,
            hypothesis=given.get("hypothesis", ""),
            other=int(_number(given, "other", whole=True)),
            percent=int(_number(given, "percent", whole=True)),
            measure=given.get("measure", ""),
            good=[each for each in given.getlist("good") if each],
            horizon_days=int(_number(given, "horizon_days", whole=True)),
            difference=_difference(given),
            expected=_number(given, "expected") / 100 if given.get("expected", "").strip() else None,
            owner_id=int(_number(given, "owner", whole=True)),
            alpha=_number(given, "alpha") / 100,
            power=_number(given, "power") / 100,
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _form_page(request, found, given, refusal)
    return redirect(reverse("web:split_test", args=[key, test.pk]))


def _number(given: QueryDict, name: str, *, whole: bool = False) -> float:
    text = given.get(name, "").strip().replace(",", ".").removesuffix("%").strip()
    try:
        number = float(text)
    except ValueError:
        raise Refusal("no_number", _("Write a number such as 10 or 12.5."), name) from None
    if whole and not number.is_integer():
        raise Refusal("no_number", _("Write a whole number."), name)
    if not -1e6 < number < 1e12:
        raise Refusal("no_number", _("Write a smaller number."), name)
    return number


def _difference(given: QueryDict) -> float:
    """Percent of cases; of a measure of time, hours of the span."""
    measure = MEASURES.get(given.get("measure", ""))
    number = _number(given, "difference")
    if measure is not None and measure.unit == "span":
        days = _number(given, "horizon_days")
        return number / (24 * days) if days > 0 else 0.0
    return number / 100


def _form_page(request: Asked, found: overview.Drawn, given: Any, refusal: Refusal | None) -> HttpResponse:
    procedure = Procedure.objects.get(key=found.key)
    errors = {refusal.field: refusal.message} if refusal is not None and refusal.field else {}

    def was(name: str, otherwise: str = "") -> str:
        return str(given.get(name, otherwise))

    def field(name: str, label: str, kind: str = "string", otherwise: str = "", **more: Any) -> FormField:
        return FormField(name, label, kind, was(name, otherwise), error=errors.get(name, ""), **more)

    former = _former(found)
    people = [each for each in access.people_with(access.PUBLISH_PROCEDURES) if sees_all(procedure, each)]
    chosen = given.getlist("good") if isinstance(given, QueryDict) else []
    fields = [
        field("hypothesis", _("What do you expect, and why?"), "text", required=True, max_length=1000),
        field("other", _("Against version"), "choice", str(former[0].number) if former else "", required=True,
              choices=tuple(Choice(str(each.number), _version(each)) for each in former)),
        field("percent", _("Percent of cases for that version"), "number", "50", required=True),
        field("measure", _("Measured by"), "choice", required=True, wide=True,
              choices=tuple(Choice(each.key, each.name) for each in measures_for(record_type=procedure.record_type)),
              help=" ".join(f"{each.name}: {each.says}" for each in measures_for(record_type=procedure.record_type))),
        FormField("good", _("Good ends (for the measure of that name)"), "choices", error=errors.get("good", ""),
                  choices=tuple(Choice(each, each, each in chosen) for each in ends_of(procedure=procedure))),
        field("horizon_days", _("Days after the start at which the result is read"), "number", "14", required=True),
        field("difference", _("Smallest difference worth finding"), "number", required=True,
              help=_("In percent of cases; for the time to the end, in hours.")),
        field("expected", _("Usual result in percent"), "number",
              help=_("Leave it empty to take it from the past cases; it needs 30 of them.")),
        field("alpha", _("Risk of a false alarm, in percent"), "number", "5", required=True),
        field("power", _("Chance to find the difference, in percent"), "number", "80", required=True),
        field("owner", _("Owner, who is told"), "choice", _owner(request.user, people), required=True,
              choices=tuple(Choice(str(each.pk), each.name) for each in people)),
    ]  # fmt: skip
    context = frame(found, "effect") | {
        "fields": fields,
        "error": refusal.message if refusal is not None and not errors else "",
        "all_url": reverse("web:split_tests", args=[found.key]),
    }
    status = refusal.status if refusal is not None else 200
    return render(request, "split_tests/new.html", context, status=status)


def _version(version: overview.VersionRow) -> str:
    words = _("Version %(n)d") % {"n": version.number}
    return f"{words}: {version.note}" if version.note else words


def _owner(user: User, people: list[User]) -> str:
    return str(user.pk) if user in people else ""


# --- one --------------------------------------------------------------------------------------------------------------
@signed_in
def show_one(request: Asked, key: str, test_id: int) -> HttpResponse:
    """Show a test: what was stated, what the cases say, and what can be done."""
    seen = split_test(procedure=key, test_id=test_id, user=request.user)
    return _one(request, key, seen)


def _one(request: Asked, key: str, seen: Seen, refusal: Refusal | None = None) -> HttpResponse:
    test, measure = seen.test, seen.measure
    words, tone = status_words(test)
    may_act = access.allows(request.user, access.PUBLISH_PROCEDURES)
    context = frame(overview.procedure(key=key), "effect") | {
        "test": test,
        "status": words,
        "tone": tone,
        "plan": _plan(test, measure),
        "knows": seen.knows,
        "found": _found(test, measure) if seen.knows and test.found else None,
        "answer": _answer(test) if seen.knows else "",
        "started": seen.started,
        "all_url": reverse("web:split_tests", args=[key]),
        "begin_url": reverse("web:split_test_begin", args=[key, test.pk])
        if may_act and test.status == Status.PLANNED
        else "",
        "end_url": reverse("web:split_test_end", args=[key, test.pk])
        if may_act and test.status != Status.ENDED
        else "",
        "keeps": _keeps(test),
        "error": refusal.message if refusal is not None else "",
    }
    return render(request, "split_tests/one.html", context, status=refusal.status if refusal else 200)


def _plan(test: SplitTest, measure: Measure) -> list[tuple[str, str]]:
    lines = [
        (_("Versions"), _("%(live)d (runs) against %(other)d") % {"live": test.live, "other": test.other}),
        (_("Share"), _("%(p)d%% of the cases start with version %(other)d") % {"p": test.percent, "other": test.other}),
        (_("Measured by"), f"{measure.name}. {measure.says}"),
        (_("Read"), _("%(n)d days after the start of each case") % {"n": test.horizon_days}),
        (_("Usual so far"), figure(test.expected, measure, test)),
        (_("Smallest difference worth finding"), figure(test.difference, measure, test)),
        (_("Risk of a false alarm"), share(test.alpha)),
        (_("Chance to find the difference"), share(test.power)),
        (_("Cases that takes"), f"{test.cases:,}"),
        (_("Owner"), test.owner.name if test.owner else "–"),
    ]
    return lines if not test.good else [*lines[:3], (_("Good ends"), ", ".join(test.good)), *lines[3:]]


def _found(test: SplitTest, measure: Measure) -> dict[str, Any]:
    said = test.found

    def mean(name: str) -> str:
        return "–" if said[name] is None else figure(said[name], measure, test)

    return {
        "cases": f"{said['cases']:,}",
        "percent": min(100, round(100 * said["cases"] / test.cases)),
        "rows": [
            (_("Version %(n)d") % {"n": test.live}, f"{said['live_cases']:,}", mean("live_mean")),
            (_("Version %(n)d") % {"n": test.other}, f"{said['other_cases']:,}", mean("other_mean")),
        ],
        "difference": figure(said["estimate"], measure, test),
        "low": figure(said["low"], measure, test),
        "high": figure(said["high"], measure, test),
        "level": share(1 - test.alpha),
        "at": test.looked_at,
    }


def _answer(test: SplitTest) -> str:
    if test.verdict == Verdict.NONE:
        return ""
    if test.verdict == Verdict.NO_DIFFERENCE:
        return _("After the planned cases no difference was seen. One as large as stated would likely have been.")
    winner = test.live if test.verdict == Verdict.LIVE else test.other
    return _("Version %(n)d does better.") % {"n": winner}


def _keeps(test: SplitTest) -> list[Choice]:
    winner = test.other if test.verdict == Verdict.OTHER else test.live
    return [
        Choice(str(number), _("Version %(n)d for all cases") % {"n": number}, number == winner)
        for number in (test.live, test.other)
    ]


@require_POST
@signed_in
def begin(request: Asked, key: str, test_id: int) -> HttpResponse:
    """Let the versions share the cases that start."""
    try:
        begin_test(procedure=key, test_id=test_id, by=request.by, at=request.at)
    except Refusal as refusal:
        return _one(request, key, split_test(procedure=key, test_id=test_id, user=request.user), refusal)
    page = reverse("web:split_test", args=[key, test_id])
    return done(request, page, _("The two versions share the cases that start from now on."))


@require_POST
@signed_in
def end(request: Asked, key: str, test_id: int) -> HttpResponse:
    """Let all cases start with one version."""
    try:
        test = end_test(
            procedure=key,
            test_id=test_id,
            keep=int(_number(request.POST, "keep", whole=True)),
            reason=request.POST.get("reason", ""),
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _one(request, key, split_test(procedure=key, test_id=test_id, user=request.user), refusal)
    said = _("All cases start with version %(n)d from now on.") % {"n": test.kept}
    return done(request, reverse("web:split_test", args=[key, test_id]), said)
