"""Planning, beginning and ending split tests, and looking at them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import operations as procedures
from throughline.core.procedures import permits
from throughline.core.procedures.models import Procedure, ProcedureVersion
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.insight.split_tests.events import (
    SplitTestBegun,
    SplitTestEnded,
    SplitTestPlanned,
    SplitTestSettled,
)
from throughline.insight.split_tests.measures import MEASURES, Asking, past_results, results
from throughline.insight.split_tests.models import SplitTest, Status, Verdict
from throughline.insight.split_tests.sequential import Flags, Found, Numbers, Plan, cases_needed, found

LEAST_HISTORY = 30
"""So many past cases have to tell what is usual; with fewer, whoever plans has to say it."""
HISTORY = timedelta(days=365)
OFTEN = timedelta(minutes=10)
PLACE = 64
"""So long may the place of a message be; it leads to the page of the test."""
MOST_DAYS = 365
RISKS = (0.01, 0.2)
CHANCES = (0.5, 0.99)


def sees_all(procedure: Procedure, user: User) -> bool:
    """Say whether somebody sees every case of a procedure: only they may know what a test has found."""
    return seen_by(user, [procedure.record_type]) == Q()


@transaction.atomic
def plan_test(
    *,
    procedure: str,
    hypothesis: str,
    other: int,
    percent: int,
    measure: str,
    good: Sequence[str] = (),
    horizon_days: int,
    difference: float,
    owner_id: int,
    by: Actor,
    at: datetime,
    alpha: float = 0.05,
    power: float = 0.8,
    expected: float | None = None,
) -> SplitTest:
    """
    State what a test of the published version against version ``other`` is to find; nothing begins yet.

    ``difference``: the smallest one worth finding, from 0 to 1, of results as ``measure`` reads them. ``expected``:
    the usual result, where fewer than 30 past cases tell it.

    Raises:
        NotAllowed: the person may not publish procedures, or the owner does not see all of its cases.
        NotFound: there is no such procedure, measure or owner.
        Refusal: something is missing or makes no sense, or so small a difference takes too many cases.
    """
    permits.require_publish(by)
    found_procedure = _procedure(procedure)
    owner = User.objects.filter(pk=owner_id, is_active=True).first()
    if owner is None:
        raise NotFound("Choose somebody who is still here as the owner.")
    if not sees_all(found_procedure, owner):
        raise NotAllowed(f"{owner.name} does not see all cases of “{found_procedure.name}”. Choose somebody who does.")
    versions = {each.number: each for each in found_procedure.versions.defer("bpmn")}
    live = next((each for each in versions.values() if each.status == "published"), None)
    if live is None:
        raise Refusal("not_published", f"“{found_procedure.name}” has no published version to test against.")
    if other not in versions or other == live.number or versions[other].published_at is None:
        raise Refusal("never_ran", "Choose a version that was published before.", "other")
    _check(
        procedure=found_procedure, hypothesis=hypothesis, measure=measure, good=good, horizon_days=horizon_days,
        difference=difference, percent=percent, alpha=alpha, power=power,
    )  # fmt: skip
    usual, deviation = _usual(live, expected, Asking(measure, good, timedelta(days=horizon_days), at - HISTORY, at))
    other_deviation = _deviation_with(difference, usual, measure, deviation)
    needed = cases_needed(
        other_share=percent / 100, expected=usual, deviation=deviation, difference=difference, alpha=alpha,
        power=power, other_deviation=other_deviation,
    )  # fmt: skip
    if needed is None:
        raise Refusal("too_many", "So small a difference takes more than five million cases to see.", "difference")
    made = SplitTest.objects.create(
        procedure=found_procedure, owner=owner, hypothesis=hypothesis.strip(), live=live.number, other=other,
        percent=percent, measure=measure, good=list(good), horizon_days=horizon_days, difference=difference,
        expected=usual, deviation=deviation, alpha=alpha, power=power, cases=needed, planned_at=at,
        planned_by_label=by.label,
    )  # fmt: skip
    told = SplitTestPlanned(
        test=made.pk, hypothesis=made.hypothesis, measure=measure, difference=str(difference), cases=needed,
        live=live.number, other=other,
    )  # fmt: skip
    journal.record(told, by=by, at=at, about=RecordRef("procedure", found_procedure.pk))
    return made


def _check(
    *,
    procedure: Procedure,
    hypothesis: str,
    measure: str,
    good: Sequence[str],
    horizon_days: int,
    difference: float,
    percent: int,
    alpha: float,
    power: float,
) -> None:
    chosen = MEASURES.get(measure)
    if chosen is None or chosen.record_type not in ("", procedure.record_type):
        raise NotFound("Choose one of the measures.")
    checks = (
        (not hypothesis.strip(), "hypothesis", "Say in a sentence what you expect, and why."),
        (chosen.of_ends and not good, "good", "Choose at least one end that counts as good."),
        (not 1 <= horizon_days <= MOST_DAYS, "horizon_days", f"Give 1 to {MOST_DAYS} days."),
        (not 0 < difference < 1, "difference", "Give a difference above 0 and below 100 percent."),
        (not 1 <= percent <= 99, "percent", "Write a share from 1 to 99 percent."),
        (not RISKS[0] <= alpha <= RISKS[1], "alpha", "Give a risk from 1 to 20 percent."),
        (not CHANCES[0] <= power <= CHANCES[1], "power", "Give a chance from 50 to 99 percent."),
    )
    for is_wrong, field, sentence in checks:
        if is_wrong:
            raise Refusal("unplanned", sentence, field)


def _usual(live: ProcedureVersion, expected: float | None, asking: Asking) -> tuple[float, float]:
    """Mean and deviation of results so far, or those of a share that was given."""
    past = past_results(version_id=live.pk, asking=asking)
    if expected is None and len(past) < LEAST_HISTORY:
        raise Refusal(
            "no_history",
            f"Only {len(past)} past cases tell what is usual, and {LEAST_HISTORY} are needed. Write what you expect.",
            "expected",
        )
    if expected is not None and not 0 <= expected <= 1:
        raise Refusal("no_share", "Write what is usual as 0 to 100 percent.", "expected")
    usual = float(past.mean()) if expected is None else expected
    widest = math.sqrt(max(usual * (1 - usual), 0.0))
    deviation = float(past.std()) if expected is None and MEASURES[asking.measure].unit == "span" else widest
    return usual, max(deviation, 0.02)


def _deviation_with(difference: float, usual: float, measure: str, deviation: float) -> float:
    """The deviation of results where the difference is real: of a share, the larger of the two that it may become."""
    if MEASURES[measure].unit == "span":
        return deviation
    both = (usual + difference, usual - difference)
    return max(deviation, *(math.sqrt(each * (1 - each)) for each in both if 0 <= each <= 1))


@transaction.atomic
def begin_test(*, procedure: str, test_id: int, by: Actor, at: datetime) -> SplitTest:
    """
    Let the two versions of a planned test share the cases that start from now on.

    Raises:
        NotAllowed, NotFound, Refusal, Conflict: see ``start_split``; or the test was begun already, or planned for a
            version that is not published any more.
    """
    test = _held(procedure, test_id)
    if test.status != Status.PLANNED:
        raise Conflict("This test was begun already.")
    live = ProcedureVersion.objects.filter(procedure=test.procedure, status="published").first()
    if live is None or live.number != test.live:
        raise Refusal("other_version", f"Version {test.live} is not published any more. Plan the test anew.")
    split = procedures.start_split(key=procedure, other=test.other, percent=test.percent, by=by, at=at)
    test.split, test.status, test.begun_at = split, Status.RUNNING, at
    test.save(update_fields=["split", "status", "begun_at"])
    told = SplitTestBegun(test=test.pk, split=split.pk)
    journal.record(told, by=by, at=at, about=RecordRef("procedure", test.procedure_id))
    return test


@transaction.atomic
def end_test(*, procedure: str, test_id: int, keep: int, reason: str, by: Actor, at: datetime) -> SplitTest:
    """
    Let all cases start with version ``keep`` from now on: promote the winner, or stop without one. A test that never
    began is given up.

    Raises:
        NotAllowed, NotFound, Refusal, Conflict: see ``end_split``; or no reason is given.
    """
    test = _held(procedure, test_id)
    if not reason.strip():
        raise Refusal("reason_missing", "Say why; the reason is kept with the test.", "reason")
    if test.status == Status.ENDED:
        raise Conflict("This test has ended already.")
    kept = test.live
    if test.split_id is None:
        permits.require_publish(by)
    else:
        _look(test, at)
        kept = procedures.end_split(split_id=test.split_id, keep=keep, reason=reason.strip(), by=by, at=at).number
    test.status, test.ended_at, test.ended_by_label = Status.ENDED, at, by.label
    test.kept, test.reason = kept, reason.strip()
    test.save()
    told = SplitTestEnded(test=test.pk, kept=kept, reason=test.reason)
    journal.record(told, by=by, at=at, about=RecordRef("procedure", test.procedure_id))
    return test


def _procedure(key: str) -> Procedure:
    found_procedure = Procedure.objects.filter(key=key).first()
    if found_procedure is None:
        raise NotFound("There is no such procedure any more.")
    return found_procedure


def _held(procedure: str, test_id: int) -> SplitTest:
    tests = SplitTest.objects.select_for_update(of=("self",)).select_related("procedure")
    test = tests.filter(pk=test_id, procedure__key=procedure).first()
    if test is None:
        raise NotFound("There is no such test any more.")
    return test


# --- looking ----------------------------------------------------------------------------------------------------------
def read(test: SplitTest, *, at: datetime) -> tuple[Numbers, Flags]:
    """Return the results of a test that began, and with which version the cases started."""
    assert test.split_id is not None
    assert test.begun_at is not None
    return results(split=test.split_id, asking=Asking(test.measure, test.good, test.horizon, test.begun_at, at))


def plan_of(test: SplitTest) -> Plan:
    """Return what was stated before the test began, as numbers."""
    return Plan(test.percent / 100, test.expected, test.deviation, test.alpha, test.cases)


def watch_tests(*, at: datetime) -> int:
    """
    Look at the running tests that were not looked at for a while; tell the owner once of one that is settled.

    Returns how many were settled. A test whose live version was replaced meanwhile has no cases any more: it ends.
    """
    settled = 0
    due = SplitTest.objects.filter(status=Status.RUNNING).filter(Q(looked_at=None) | Q(looked_at__lte=at - OFTEN))
    for key in due.values_list("pk", flat=True)[:50]:
        with transaction.atomic():
            tests = SplitTest.objects.select_for_update(skip_locked=True, of=("self",))
            test = tests.select_related("procedure", "owner", "split__live").filter(pk=key).first()
            if test is None or test.status != Status.RUNNING or test.split is None:
                continue
            _look(test, at)
            if test.split.live.status != "published":
                _end_replaced(test, at)
            elif test.verdict:
                test.status, test.settled_at = Status.SETTLED, at
                _tell(test, at)
                settled += 1
            test.save()
    return settled


def _look(test: SplitTest, at: datetime) -> None:
    """Take down what the cases say so far; an answer that was once given stays."""
    values, is_other = read(test, at=at)
    said = found(values, is_other, plan_of(test))
    test.looked_at = at
    if said is None:
        return
    test.found = {
        **asdict(said),
        "live_cases": int((~is_other).sum()),
        "other_cases": int(is_other.sum()),
        "live_mean": float(values[~is_other].mean()) if (~is_other).any() else None,
        "other_mean": float(values[is_other].mean()) if is_other.any() else None,
    }
    test.verdict = test.verdict or verdict_of(said, test)


def verdict_of(said: Found, test: SplitTest) -> Verdict:
    """Return the answer of a test: the better version once 0 is out, none of the stated size after all its cases."""
    if said.is_settled:
        other_is_more = said.estimate > 0
        return Verdict.OTHER if other_is_more == (MEASURES[test.measure].better == "up") else Verdict.LIVE
    return Verdict.NO_DIFFERENCE if said.cases >= test.cases else Verdict.NONE


def _end_replaced(test: SplitTest, at: datetime) -> None:
    assert test.split is not None
    published = ProcedureVersion.objects.filter(procedure=test.procedure, status="published").first()
    test.split.ended_at = at
    test.split.save(update_fields=["ended_at"])
    test.status, test.ended_at, test.ended_by_label = Status.ENDED, at, Actor.system().label
    test.kept = published.number if published else None
    test.reason = "Another version was published meanwhile." if published else "The procedure was retired."
    told = SplitTestEnded(test=test.pk, kept=test.kept or 0, reason=test.reason)
    journal.record(told, by=Actor.system(), at=at, about=RecordRef("procedure", test.procedure_id))


def _tell(test: SplitTest, at: datetime) -> None:
    figures = test.found
    told = SplitTestSettled(
        test=test.pk, verdict=test.verdict, cases=figures["cases"], estimate=f"{figures['estimate']:.6f}",
        low=f"{figures['low']:.6f}", high=f"{figures['high']:.6f}",
    )  # fmt: skip
    by, name = Actor.system(), test.procedure.name
    journal.record(told, by=by, at=at, about=RecordRef("procedure", test.procedure_id))
    if test.owner is None or not access.allows(test.owner, access.PUBLISH_PROCEDURES):
        return
    winner = {Verdict.LIVE: test.live, Verdict.OTHER: test.other}.get(Verdict(test.verdict))
    title = (
        f"{name}: version {winner} is better than version {test.other if winner == test.live else test.live}"
        if winner is not None
        else f"{name}: versions {test.live} and {test.other} do alike"
    )
    message = Message(
        user_id=test.owner.pk,
        kind="split_test.settled",
        title=title,
        body=f"{test.hypothesis} Open the test to see the difference, and let all cases start with one version.",
        about=RecordRef("split_test", test.pk),
        key=f"split_test:{test.pk}",
        place=test.procedure.key if len(test.procedure.key) <= PLACE else "",
    )
    notify_many(messages=[message], by=by, at=at)
