"""Two versions share the cases that start: chance decides, for good, and the journal tells it."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case, ProcedureVersion, Split, StartTrigger
from throughline.core.procedures.splitting import draws_other
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, Refusal

CALL = c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end"))
WRITE = c.chart(c.captured(), c.work("write"), c.end(), c.flows("captured > write > end"))
OTHER_START = c.chart(c.captured("lead.score > 3"), c.work("call"), c.end(), c.flows("captured > call > end"))

pytestmark = [pytest.mark.req("I6")]


@pytest.fixture
def shared(desk: Desk) -> Split:
    """Version 2 is published and shares its cases with version 1, half and half."""
    desk.publish(CALL)
    desk.publish(WRITE)
    return operations.start_split(key="test", other=1, percent=50, by=desk.admin, at=desk.now)


def drawn(version: int) -> int:
    return Case.objects.filter(version__number=version).count()


class TestDrawsOther:
    def test_is_the_same_whenever_it_is_made_again(self) -> None:
        units = [f"lead/{number}" for number in range(200)]

        first, again = ([draws_other(split=3, unit=unit, percent=30) for unit in units] for _ in range(2))

        assert first == again

    @pytest.mark.parametrize("percent", [1, 20, 50, 99])
    def test_keeps_to_the_share(self, percent: int) -> None:
        drawn = sum(draws_other(split=1, unit=f"lead/{number}", percent=percent) for number in range(20_000))

        assert drawn / 20_000 == pytest.approx(percent / 100, abs=0.012)

    def test_one_split_says_nothing_about_another(self) -> None:
        both = [
            draws_other(split=1, unit=f"lead/{number}", percent=50)
            and draws_other(split=2, unit=f"lead/{number}", percent=50)
            for number in range(20_000)
        ]

        assert sum(both) / 20_000 == pytest.approx(0.25, abs=0.012)


class TestOpenCases:
    def test_both_versions_get_cases_and_each_case_keeps_what_was_drawn(self, desk: Desk, shared: Split) -> None:
        leads = desk.capture(60)

        cases = {case.record_id: case for case in Case.objects.select_related("version")}
        assert drawn(1) + drawn(2) == 60
        for lead in leads:
            is_other = draws_other(split=shared.pk, unit=f"lead/{lead.pk}", percent=50)
            case = cases[lead.pk]
            assert (case.split_id, case.is_other, case.version.number) == (shared.pk, is_other, 1 if is_other else 2)

    def test_the_case_makes_the_steps_of_its_version(self, desk: Desk, shared: Split) -> None:
        desk.capture(20)
        desk.drain()

        assert len(desk.open_items("call")) == drawn(1) > 0
        assert len(desk.open_items("write")) == drawn(2) > 0

    def test_the_journal_tells_each_draw(self, desk: Desk, shared: Split) -> None:
        (lead,) = desk.capture()

        [entry] = Entry.objects.filter(event="case.drawn")
        case = desk.case()
        assert (entry.record_type, entry.record_id) == ("lead", lead.pk)
        assert entry.data == {"case": case.pk, "split": shared.pk, "version": case.version.number}

    def test_a_record_gets_the_same_version_again(self, desk: Desk, shared: Split) -> None:
        leads = desk.capture(12)

        operations.start_cases(
            procedure="test", records=[RecordRef("lead", lead.pk) for lead in leads], by=desk.admin, at=desk.now
        )

        versions: dict[int, set[int]] = {}
        for record, number in Case.objects.values_list("record_id", "version__number"):
            versions.setdefault(record or 0, set()).add(number)
        assert Case.objects.count() == 24
        assert {len(each) for each in versions.values()} == {1}

    def test_a_draft_is_tried_as_it_is(self, desk: Desk, shared: Split) -> None:
        operations.save_draft(key="test", drawing=CALL, by=desk.admin, at=desk.now)
        (lead,) = desk.capture()

        operations.start_case(
            procedure="test", record=RecordRef("lead", lead.pk), by=desk.admin, at=desk.now, sandbox=True
        )

        assert Case.objects.get(sandbox=True).version.number == 3

    def test_has_no_say_after_another_version_was_published(self, desk: Desk, shared: Split) -> None:
        desk.publish(CALL)

        desk.capture(20)

        assert drawn(3) == 20


class TestStartSplit:
    def test_is_told_by_the_journal(self, desk: Desk, shared: Split) -> None:
        [entry] = Entry.objects.filter(event="procedure.split_started")

        assert entry.data == {"split": shared.pk, "live": 2, "other": 1, "percent": 50}

    def test_refuses_versions_that_begin_differently(self, desk: Desk) -> None:
        desk.publish(CALL)
        desk.publish(OTHER_START)

        with pytest.raises(Refusal, match="do not begin in the same way"):
            operations.start_split(key="test", other=1, percent=50, by=desk.admin, at=desk.now)

    @pytest.mark.parametrize(
        ("other", "percent", "said"), [(2, 50, "never ran"), (7, 50, "never ran"), (1, 0, "1 to 99")]
    )
    def test_refuses_what_makes_no_sense(self, desk: Desk, other: int, percent: int, said: str) -> None:
        desk.publish(CALL)
        desk.publish(WRITE)

        with pytest.raises(Refusal, match=said):
            operations.start_split(key="test", other=other, percent=percent, by=desk.admin, at=desk.now)

    def test_refuses_a_second_one(self, desk: Desk, shared: Split) -> None:
        with pytest.raises(Conflict, match="share its cases already"):
            operations.start_split(key="test", other=1, percent=10, by=desk.admin, at=desk.now)

    @pytest.mark.req("L1")
    def test_is_for_who_may_publish(self, desk: Desk) -> None:
        desk.publish(CALL)
        desk.publish(WRITE)

        with pytest.raises(NotAllowed):
            operations.start_split(key="test", other=1, percent=50, by=Actor.user(desk.cast.maya), at=desk.now)


class TestEndSplit:
    def test_the_live_version_goes_on_alone(self, desk: Desk, shared: Split) -> None:
        operations.end_split(split_id=shared.pk, keep=2, reason="It is better.", by=desk.admin, at=desk.now)

        desk.capture(20)

        assert drawn(2) == 20

    def test_the_other_one_is_published_again_for_all(self, desk: Desk, shared: Split) -> None:
        kept = operations.end_split(split_id=shared.pk, keep=1, reason="It is better.", by=desk.admin, at=desk.now)

        desk.capture(20)

        assert (kept.number, kept.status) == (1, "published")
        assert drawn(1) == 20
        assert ProcedureVersion.objects.get(number=2).status == "retired"
        assert set(StartTrigger.objects.values_list("version__number", flat=True)) == {1}
        assert [entry.data["kept"] for entry in Entry.objects.filter(event="procedure.split_ended")] == [1]
        assert Entry.objects.filter(event="procedure.published").last().data["replaced"] == 2  # type: ignore[union-attr]

    def test_running_cases_go_on_with_what_was_drawn(self, desk: Desk, shared: Split) -> None:
        desk.capture(20)
        before = drawn(2)

        operations.end_split(split_id=shared.pk, keep=1, reason="It is better.", by=desk.admin, at=desk.now)
        desk.drain()

        assert len(desk.open_items("write")) == drawn(2) == before

    def test_is_over_once(self, desk: Desk, shared: Split) -> None:
        operations.end_split(split_id=shared.pk, keep=2, reason="Enough.", by=desk.admin, at=desk.now)

        with pytest.raises(Conflict):
            operations.end_split(split_id=shared.pk, keep=2, reason="Enough.", by=desk.admin, at=desk.now)

    def test_a_version_published_meanwhile_stays(self, desk: Desk, shared: Split) -> None:
        desk.publish(CALL)

        kept = operations.end_split(split_id=shared.pk, keep=1, reason="Enough.", by=desk.admin, at=desk.now)

        assert kept.number == 3
