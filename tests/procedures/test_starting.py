"""Cases start because something happened, set-wise and in the transaction of what happened."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, trace
from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import opening, operations
from throughline.core.procedures.driver.batch import hold
from throughline.core.procedures.models import Case, Inbox, Incident
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal

CALL = c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end"))


@pytest.mark.req("B1")
class TestTriggers:
    def test_a_captured_lead_starts_a_case_that_waits_at_its_first_step(self, desk: Desk) -> None:
        desk.publish(CALL)

        (lead,) = desk.capture()
        desk.drain(seconds=1)

        case = desk.case()
        assert (case.record_type, case.record_id, case.status, case.is_primary) == ("lead", lead.pk, "running", True)
        assert trace(case) == "captured"
        assert [item.node for item in desk.open_items()] == ["call"]

    def test_the_case_knows_the_journal_entry_that_started_it(self, desk: Desk) -> None:
        from throughline.core.journal.models import Entry

        desk.publish(CALL)

        desk.capture()

        assert desk.case().cause == Entry.objects.get(event="lead.captured").pk

    def test_a_condition_on_the_trigger_leaves_others_out(self, desk: Desk) -> None:
        where = 'lead.region = "EU" and event.source != "import"'
        desk.publish(c.chart(c.captured(where), c.work("call"), c.end(), c.flows("captured > call > end")))

        wanted, _ = desk.capture(region="EU")[0], desk.capture(region="US")

        assert [case.record_id for case in Case.objects.all()] == [wanted.pk]

    def test_a_capture_that_is_undone_starts_nothing(self, desk: Desk) -> None:
        desk.publish(CALL)

        with transaction.atomic():
            desk.capture()
            transaction.set_rollback(True)

        assert not Case.objects.exists()
        assert not Inbox.objects.exists()

    def test_a_retired_procedure_starts_no_more_cases(self, desk: Desk) -> None:
        desk.publish(CALL)
        operations.retire(key="test", by=desk.admin, at=desk.now, reason="Replaced.")

        desk.capture()

        assert not Case.objects.exists()

    def test_the_second_procedure_of_a_record_is_not_its_primary_one(self, desk: Desk) -> None:
        desk.publish(CALL, key="test")
        desk.publish(CALL.replace(b'key="test"', b'key="other"'), key="other")

        desk.capture(3)

        assert Case.objects.filter(is_primary=True).count() == 3
        assert Case.objects.count() == 6

    def test_many_cases_at_once_begin_as_few_do(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(opening, "MANY", 2)
        desk.publish(CALL, key="test")
        desk.publish(CALL.replace(b'key="test"', b'key="other"'), key="other")

        leads = desk.capture(3)
        desk.drain(seconds=1)

        assert Case.objects.filter(is_primary=True).count() == 3
        assert {case.record_id for case in Case.objects.filter(status="running")} == {lead.pk for lead in leads}
        assert len(desk.open_items()) == 6

    def test_of_many_records_those_that_have_a_case_keep_it_as_their_primary_one(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "MANY", 2)
        desk.publish(CALL)
        leads = desk.capture(3)
        kept = set(Case.objects.filter(is_primary=True).values_list("pk", flat=True))
        version = Case.objects.values_list("version_id", flat=True)[0]
        again = [opening.Opening(version, RecordRef("lead", lead.pk)) for lead in leads]

        with transaction.atomic():
            keys = opening.open_cases(again, by=Actor.system(), at=desk.now)

        assert set(Case.objects.filter(is_primary=True).values_list("pk", flat=True)) == kept
        assert set(Case.objects.filter(is_primary=False).values_list("pk", flat=True)) == set(keys)

    def test_procedures_that_set_each_other_off_are_cut_with_an_incident_that_names_the_chain(self, desk: Desk) -> None:
        again = c.start("again", c.tl("trigger", event="case.finished"))
        desk.publish(c.chart(again, c.end(), c.flows("again > end")))
        (lead,) = desk.capture()
        operations.start_case(
            procedure="test", record=RecordRef("lead", lead.pk), node="again", by=desk.admin, at=desk.now
        )

        desk.drain(seconds=1)

        (incident,) = Incident.objects.filter(status="open")
        assert "chain is longer: case.finished (Test) > case.finished (Test)" in incident.message
        assert Case.objects.filter(status="finished").count() == journal.MAX_DEPTH + 1
        assert Case.objects.get(held=True).status == "starting"


class TestStartCases:
    def test_many_cases_start_with_the_same_variables(self, desk: Desk) -> None:
        desk.publish(c.chart(c.start(), c.work("call"), c.end(), c.flows("start > call > end")))
        leads = desk.capture(5)

        cases = operations.start_cases(
            procedure="test",
            records=[RecordRef("lead", lead.pk) for lead in leads],
            variables={"discount": 5},
            by=desk.admin,
            at=desk.now,
        )
        desk.drain(seconds=1)

        assert [Case.objects.get(pk=case).record_id for case in cases] == [lead.pk for lead in leads]
        assert len(desk.open_items("call")) == 5

    def test_a_record_of_another_type_is_refused(self, desk: Desk) -> None:
        desk.publish(CALL)

        with pytest.raises(Refusal, match="works on records of type lead"):
            operations.start_case(procedure="test", record=RecordRef("deal", 1), by=desk.admin, at=desk.now)

    def test_an_unknown_procedure_is_refused(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            operations.start_case(procedure="nobody", record=None, by=desk.admin, at=desk.now)


class TestCancelCase:
    def test_its_work_goes_with_it(self, desk: Desk) -> None:
        desk.publish(CALL)
        desk.capture()
        desk.drain(seconds=1)

        operations.cancel_case(case_id=desk.case().pk, by=desk.admin, at=desk.now, reason="A joke.")
        desk.drain(seconds=1)

        assert (desk.case().status, desk.case().outcome) == ("cancelled", "cancelled")
        assert not desk.open_items()
        assert not desk.case().tokens.exists()

    def test_somebody_of_another_team_does_not_even_learn_that_it_exists(self, desk: Desk) -> None:
        desk.publish(CALL)
        desk.capture()
        desk.drain(seconds=1)

        with pytest.raises(NotFound):
            operations.cancel_case(
                case_id=desk.case().pk, by=Actor.user(desk.cast.ines), at=desk.now, reason="Mine is better."
            )

    def test_a_held_case_ends_at_once_and_leaves_nothing_open(self, desk: Desk) -> None:
        desk.publish(CALL)
        desk.capture()
        desk.drain(seconds=1)
        hold(desk.case().pk, RuntimeError("broken"), at=desk.now)

        operations.cancel_case(case_id=desk.case().pk, by=desk.admin, at=desk.now, reason="Broken.")

        assert desk.case().status == "cancelled"
        assert (desk.open_items(), desk.incidents(), desk.case().tokens.count()) == ([], [], 0)
        assert desk.drain(seconds=1).commands == 0

    def test_it_asks_for_a_reason(self, desk: Desk) -> None:
        desk.publish(CALL)
        desk.capture()

        with pytest.raises(Refusal, match="Say why"):
            operations.cancel_case(case_id=desk.case().pk, by=desk.admin, at=desk.now, reason=" ")
