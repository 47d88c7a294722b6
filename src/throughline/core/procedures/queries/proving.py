"""Test cases of a procedure as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core.procedures.models import KeptTest, ProcedureVersion, Reproof
from throughline.core.refusals import NotFound


@dataclass(frozen=True, slots=True)
class TestRow:
    """
    A test case with what came of its last run.

    ``ran_on`` is the number of the version it ran on (None: never, or on a drawing that has been changed since).
    """

    __test__ = False

    id: int
    name: str
    origin: str
    case: int | None
    by: str
    created_at: datetime
    ran_at: datetime | None
    ran_on: int | None
    members: Mapping[str, Any]
    departures: tuple[Mapping[str, str], ...]

    @property
    def state(self) -> str:
        """``passed``, ``failed``, or ``new`` when it has not run on any state of the drawing that there is."""
        if self.ran_on is None:
            return "new"
        return "failed" if self.departures else "passed"


def kept_tests(*, procedure: str) -> list[TestRow]:
    """Return the test cases of a procedure, failed ones first. Two queries."""
    rows = list(KeptTest.objects.filter(procedure__key=procedure))
    numbers = _numbers(procedure)
    found = [_row(test, numbers) for test in rows]
    order = {"failed": 0, "new": 1, "passed": 2}
    return sorted(found, key=lambda row: (order[row.state], row.name))


def reproof_of(*, procedure: str) -> Reproof | None:
    """Return what an update of the program made of the test cases of what runs, if some go another way since."""
    rows = Reproof.objects.filter(procedure__key=procedure, version__status=ProcedureVersion.Status.PUBLISHED)
    return rows.exclude(departures=[]).select_related("version").first()


def kept_test(*, procedure: str, test_id: int) -> TestRow:
    """
    Return one test case.

    Raises:
        NotFound: the procedure has none of this number.
    """
    test = KeptTest.objects.filter(procedure__key=procedure, pk=test_id).first()
    if test is None:
        raise NotFound("There is no such test case any more.")
    return _row(test, _numbers(procedure))


def _numbers(procedure: str) -> dict[str, int]:
    """Return the numbers of the versions by digest of their drawings."""
    rows = ProcedureVersion.objects.filter(procedure__key=procedure).order_by("number")
    return dict(rows.values_list("digest", "number"))


def _row(test: KeptTest, numbers: Mapping[str, int]) -> TestRow:
    return TestRow(
        id=test.pk,
        name=test.name,
        origin=test.origin,
        case=test.case,
        by=test.created_by_label,
        created_at=test.created_at,
        ran_at=test.ran_at,
        ran_on=numbers.get(test.ran_digest),
        members=test.members,
        departures=tuple(test.departures),
    )


def latest_version(*, procedure: str) -> ProcedureVersion:
    """
    Return the version that test cases run on: the draft, else the one that runs.

    Raises:
        NotFound: there is no such procedure, or nothing is drawn.
    """
    versions = ProcedureVersion.objects.select_related("procedure").filter(procedure__key=procedure)
    by_status = {version.status: version for version in versions.filter(status__in=("draft", "published"))}
    found = by_status.get("draft") or by_status.get("published")
    if found is None:
        raise NotFound("Nothing is drawn yet, so there is nothing to test. Draw the procedure first.")
    return found
