"""Keeping test cases with a procedure, running them, and saying that what comes now is right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits, proving
from throughline.core.procedures.events import TestKept, TestRemoved, TestsRun
from throughline.core.procedures.models import KeptTest, Procedure, ProcedureVersion
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.simulate.members import written
from throughline.flow.simulate.proving import expectation

NAME = 200
"""So many characters the name of a test case has at most."""
LARGEST = 200_000
"""So many characters the members of a test case have at most, as JSON."""
MOST = 500
"""So many test cases a procedure has at most: they all run before it is published."""


@transaction.atomic
def keep_test(
    *,
    procedure: str,
    name: str,
    members: Mapping[str, Any],
    by: Actor,
    at: datetime,
    origin: str = KeptTest.Origin.MADE,
    case: int | None = None,
) -> KeptTest:
    """
    Keep a test case with a procedure, or replace the one of the same name.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure.
        Refusal: it has no name, expects nothing, is too large, or there are too many.
    """
    permits.require_design(by)
    found = _procedure(procedure)
    name = " ".join(name.split())
    _require_sense(name, members)
    known = KeptTest.objects.filter(procedure=found, name=name).first()
    if known is None and KeptTest.objects.filter(procedure=found).count() >= MOST:
        raise Refusal("too_many", f"“{found.name}” has {MOST} test cases already. Remove some first.")
    test = known or KeptTest(procedure=found, name=name, created_at=at, created_by_label=by.label)
    test.members, test.origin, test.case = dict(members), origin, case
    test.ran_at, test.ran_digest, test.departures = None, "", []
    test.save()
    kept = TestKept(name=name, origin=origin, case=case)
    journal.record(kept, by=by, at=at, about=RecordRef("procedure", found.pk))
    return test


def _require_sense(name: str, members: Mapping[str, Any]) -> None:
    if not name or len(name) > NAME:
        raise Refusal("no_name", f"Give the test case a name of at most {NAME} letters.", "name")
    if not isinstance(members.get("expect"), dict) or not members["expect"]:
        raise Refusal("no_expectation", "A test case says what is expected. Walk a way first, then keep it.")
    if len(json.dumps(members)) > LARGEST:
        raise Refusal("too_large", "The test case is too large. Leave out fields that the procedure does not read.")


@transaction.atomic
def remove_test(*, procedure: str, test_id: int, by: Actor, at: datetime) -> None:
    """
    Remove a test case for good.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure or test case.
    """
    permits.require_design(by)
    test = _test(procedure, test_id)
    removed = TestRemoved(name=test.name)
    test.delete()
    journal.record(removed, by=by, at=at, about=RecordRef("procedure", test.procedure_id))


@transaction.atomic
def run_tests(*, procedure: str, by: Actor, at: datetime, version: int | None = None) -> list[proving.Proved]:
    """
    Run all test cases on a version (None: the draft, else the one that runs) and keep what came of them.

    Raises:
        NotFound: there is no such procedure or version.
    """
    found = _procedure(procedure)
    chosen = _version(found, version)
    drawing = proving.drawn(chosen)
    proved = proving.prove(found.pk, drawing, proving.tables_of(chosen, drawing))
    proving.write_down(proved, digest=chosen.digest, at=at)
    failed = sum(not each.verdict.passed for each in proved)
    run = TestsRun(number=chosen.number, digest=chosen.digest, passed=len(proved) - failed, failed=failed)
    journal.record(run, by=by, at=at, about=RecordRef("procedure", found.pk))
    return proved


@transaction.atomic
def accept_outcome(*, procedure: str, test_id: int, by: Actor, at: datetime) -> KeptTest:
    """
    Expect from now on what the draft (else the version that runs) makes of a test case.

    Values that it expected by name go on being expected, with what they are now.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure, version or test case.
        Refusal: the drawing cannot run it.
    """
    permits.require_design(by)
    test = _test(procedure, test_id)
    chosen = _version(test.procedure, None)
    drawing = proving.drawn(chosen)
    verdict = proving.verdict_of(drawing, test.members, proving.tables_of(chosen, drawing))
    if verdict.outcome is None:
        raise Refusal("not_runnable", verdict.departures[0].words)
    expected = expectation(verdict.outcome)
    named = test.members["expect"].get("variables") or {}
    if named:
        came = verdict.outcome.variables
        expected["variables"] = {name: written(came.get(name)) for name in named}
    members = {**test.members, "expect": expected}
    return keep_test(
        procedure=procedure, name=test.name, members=members, by=by, at=at, origin=test.origin, case=test.case
    )


def keep_shipped_tests(
    *, procedure: str, tests: Mapping[str, Mapping[str, Any]], by: Actor, at: datetime
) -> list[KeptTest]:
    """
    Keep the scenarios of a pack as test cases of the procedure that it installs; ``tests`` holds members by name.

    Scenarios of earlier states of the pack that it has no more go; what people have made or recorded under the same
    name stays.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure.
    """
    permits.require_design(by)
    found = _procedure(procedure)
    own = set(
        KeptTest.objects.filter(procedure=found).exclude(origin=KeptTest.Origin.SHIPPED).values_list("name", flat=True)
    )
    named = {in_words(name): members for name, members in tests.items()}
    KeptTest.objects.filter(procedure=found, origin=KeptTest.Origin.SHIPPED).exclude(name__in=named).delete()
    return [
        keep_test(procedure=procedure, name=name, members=members, by=by, at=at, origin=KeptTest.Origin.SHIPPED)
        for name, members in named.items()
        if name not in own
    ]


def in_words(name: str) -> str:
    """Return the name of a scenario's file as people read it."""
    return name.replace("-", " ").replace("_", " ").strip().capitalize()


def _procedure(key: str) -> Procedure:
    procedure = Procedure.objects.filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}”. Create it first.")
    return procedure


def _test(procedure: str, test_id: int) -> KeptTest:
    test = KeptTest.objects.select_related("procedure").filter(procedure__key=procedure, pk=test_id).first()
    if test is None:
        raise NotFound("There is no such test case any more.")
    return test


def _version(procedure: Procedure, number: int | None) -> ProcedureVersion:
    versions = procedure.versions.order_by("-number")
    if number is not None:
        chosen = versions.filter(number=number).first()
    else:
        by_status = {version.status: version for version in versions.filter(status__in=("draft", "published"))}
        chosen = by_status.get("draft") or by_status.get("published")
    if chosen is None:
        raise NotFound(f"“{procedure.name}” has no such version. Draw it first.")
    return chosen
