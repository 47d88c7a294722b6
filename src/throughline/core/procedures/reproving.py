"""
After an update: the test cases of everything that runs are gone again, and owners are told what goes another way now.

A chore of the worker (chores.py), in small portions, so that an update is as fast as without it. Nothing is stopped by
it: what runs, runs; whoever looks after it decides.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import program, proving
from throughline.core.procedures.events import TestsRun
from throughline.core.procedures.models import KeptTest, Procedure, ProcedureVersion, Reproof
from throughline.core.recordref import RecordRef

AT_ONCE = 40
"""When so many test cases have run, the other procedures wait for the next time."""


@transaction.atomic
def prove_again(*, at: datetime) -> int:
    """Run the test cases of some published procedures that this program has not proved yet; return of how many."""
    proved = tests = 0
    for version in _unproved():
        tests += _prove(version, at)
        proved += 1
        if tests >= AT_ONCE:
            break
    return proved


def _unproved() -> list[ProcedureVersion]:
    """Return the published versions with test cases that were not proved by this program. One query."""
    kept = KeptTest.objects.filter(procedure=OuterRef("procedure"))
    known = Reproof.objects.filter(procedure=OuterRef("procedure"), kernel=program.kernel())
    rows = ProcedureVersion.objects.filter(Exists(kept), ~Exists(known), status=ProcedureVersion.Status.PUBLISHED)
    return list(rows.select_related("procedure").order_by("pk")[:AT_ONCE])


def _prove(version: ProcedureVersion, at: datetime) -> int:
    drawing = proving.drawn(version)
    found = proving.prove(version.procedure_id, drawing, proving.tables_of(version, drawing))
    failed = [each for each in found if not each.verdict.passed]
    departures = [{"test": each.test.name, "words": each.verdict.departures[0].words} for each in failed]
    before = Reproof.objects.filter(procedure=version.procedure_id).exists()
    Reproof.objects.update_or_create(
        procedure=version.procedure,
        defaults={
            "version": version,
            "kernel": program.kernel(),
            "proved_at": at,
            "passed": len(found) - len(failed),
            "departures": departures,
        },
    )
    run = TestsRun(number=version.number, digest=version.digest, passed=len(found) - len(failed), failed=len(failed))
    journal.record(run, by=Actor.system(), at=at, about=RecordRef("procedure", version.procedure_id))
    if failed:
        _tell(version.procedure, departures, len(found), at, after_update=before)
    return len(found)


def _tell(
    procedure: Procedure, departures: list[dict[str, str]], count: int, at: datetime, *, after_update: bool
) -> None:
    """Tell the owner; where nobody who works here owns it, those who may publish."""
    owner = procedure.owner if procedure.owner is not None and procedure.owner.is_active else None
    people = [owner.pk] if owner else [each.pk for each in access.people_with(access.PUBLISH_PROCEDURES)]
    since = " since the update" if after_update else ""
    title = f"“{procedure.name}”: {len(departures)} of {count} test cases go another way{since}"
    body = f"{departures[0]['test']}: {departures[0]['words']} Cases go on; look at it before the next ones do."
    place, key = f"/procedures/{procedure.key}/tests/", f"reproof:{procedure.pk}:{program.kernel()}"
    messages = [
        Message(each, "tests", title, body, RecordRef("procedure", procedure.pk), place=place, key=key)
        for each in people
    ]
    notify_many(messages=messages, by=Actor.system(), at=at)
