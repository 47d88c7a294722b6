"""Looking at split tests."""

from __future__ import annotations

from dataclasses import dataclass

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import Case, Procedure
from throughline.core.refusals import NotFound
from throughline.insight.split_tests.measures import MEASURES, Measure
from throughline.insight.split_tests.models import SplitTest
from throughline.insight.split_tests.operations import sees_all


@dataclass(frozen=True, slots=True)
class Seen:
    """
    A test as somebody may see it. ``knows``: whether they see all cases, and so what was found. ``started``: how many
    cases each version has got, ``live`` and ``other``; None when they may not know.
    """

    test: SplitTest
    measure: Measure
    knows: bool
    started: tuple[int, int] | None = None


def split_tests(*, procedure: str) -> list[SplitTest]:
    """Return the tests of a procedure, the newest first."""
    return list(SplitTest.objects.filter(procedure__key=procedure).select_related("owner"))


def split_test(*, procedure: str, test_id: int, user: User) -> Seen:
    """
    Return one test, with what was found if ``user`` sees all cases of the procedure.

    Raises:
        NotFound: there is no such test.
    """
    tests = SplitTest.objects.select_related("owner", "procedure", "split")
    test = tests.filter(pk=test_id, procedure__key=procedure).first()
    if test is None:
        raise NotFound("There is no such test any more.")
    knows = sees_all(test.procedure, user)
    if not knows or test.split_id is None:
        return Seen(test, MEASURES[test.measure], knows)
    drawn = list(Case.objects.filter(split_id=test.split_id).values_list("is_other", flat=True))
    return Seen(test, MEASURES[test.measure], knows, (drawn.count(False), drawn.count(True)))


def ends_of(*, procedure: Procedure) -> list[str]:
    """Return what the ends of the published version are called, as a case keeps them."""
    version = procedure.versions.filter(status="published").first()
    if version is None:
        return []
    chart = charts.running(version.pk).chart
    return sorted({node.name or node.id for node in chart.nodes if node.type == "endEvent"})


def measures_for(*, record_type: str) -> list[Measure]:
    """Return what can be measured of cases that travel with such records."""
    return [each for each in MEASURES.values() if each.record_type in ("", record_type)]
