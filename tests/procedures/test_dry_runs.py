"""The last real cases, tried in a draft: where each would have gone, for those who may see them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case
from throughline.core.records import registry
from throughline.core.records.operations import update_record
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.simulation.dry_runs import try_past_cases

pytestmark = [pytest.mark.req("I4", "A2")]


def drawing(region: str, wait: str = "PT48H") -> bytes:
    """Leads of a region are called, and go to a colleague when nobody calls for long; the others are written to."""
    return c.chart(
        c.captured(),
        c.element("exclusiveGateway", "where", default="where_write"),
        c.work("call", "reached", "missed", result="contact"),
        c.deadline("late", "call", wait),
        c.work("write"),
        c.end("called"),
        c.end("written"),
        c.end("given_up"),
        c.flows(
            f'captured > where >[lead.region = "{region}"] call > called',
            "where > write > written",
            "late > given_up",
        ),
    )


@pytest.fixture
def ran(desk: Desk) -> Desk:
    """Two leads of NO that were called after a day, and one of ES that was written to."""
    desk.publish(drawing("NO"))
    desk.capture(2, region="NO")
    desk.capture(1, region="ES")
    desk.drain()
    desk.drain(hours=24)
    for item in desk.open_items():
        desk.complete(item, "reached" if item.node == "call" else "")
    desk.drain()
    return desk


def draft(desk: Desk, xml: bytes) -> None:
    operations.save_draft(key="test", drawing=xml, by=desk.admin, at=desk.now)


class TestTryPastCases:
    def test_the_same_drawing_changes_nothing(self, ran: Desk) -> None:
        draft(ran, drawing("NO"))

        tried = try_past_cases(procedure="test", version=2, user=ran.cast.admin)

        assert tried.run.counts == {"same": 3}
        assert not tried.left_out

    def test_tells_which_cases_would_have_gone_elsewhere(self, ran: Desk) -> None:
        draft(ran, drawing("ES"))

        tried = try_past_cases(procedure="test", version=2, user=ran.cast.admin)

        assert {case: each.verdict for case, each in tried.found.items()} == dict.fromkeys(tried.found, "unknown")
        assert {each.now.waits_at for each in tried.found.values()} == {("Write",), ("Call",)}
        assert {tried.records[case].id for case in tried.found} == set(Case.objects.values_list("record_id", flat=True))

    def test_a_shorter_deadline_strikes_those_who_were_called_late(self, ran: Desk) -> None:
        draft(ran, drawing("NO", wait="PT4H"))

        tried = try_past_cases(procedure="test", version=2, user=ran.cast.admin)

        assert tried.run.counts == {"same": 1, "elsewhere": 2}
        assert tried.run.outcomes == {("Called", "Given up"): 2, ("Written", "Written"): 1}
        struck = next(each for each in tried.found.values() if each.verdict == "elsewhere")
        assert struck.now.travelled[-1] == "given_up"

    def test_asks_what_the_record_said_then_and_not_what_it_says_now(self, ran: Desk) -> None:
        for case in Case.objects.all():
            assert case.record_id is not None
            ran.now += timedelta(hours=1)
            update_record(
                spec=registry.get("lead"), record_id=case.record_id, values={"region": "FR"}, by=ran.admin, at=ran.now
            )
        draft(ran, drawing("NO"))

        tried = try_past_cases(procedure="test", version=2, user=ran.cast.admin)

        assert tried.run.counts == {"same": 3}

    def test_leaves_out_what_was_moved_by_hand(self, desk: Desk) -> None:
        desk.publish(drawing("NO"))
        desk.capture(1, region="NO")
        desk.drain()
        item = desk.open_items()[0]
        operations.skip_step(case_id=item.case_id, token=item.token, reason="Knows us.", by=desk.admin, at=desk.now)
        desk.drain()

        tried = try_past_cases(procedure="test", version=1, user=desk.cast.admin)

        assert (tried.run.cases, tried.left_out) == ((), {"by hand": 1})

    def test_takes_the_last_ones(self, ran: Desk) -> None:
        tried = try_past_cases(procedure="test", version=1, user=ran.cast.admin, limit=2)

        assert len(tried.found) == 2

    @pytest.mark.req("L1")
    def test_counts_only_what_the_asker_may_see(self, ran: Desk) -> None:
        draft(ran, drawing("ES"))

        assert len(try_past_cases(procedure="test", version=2, user=ran.cast.maya).found) == 3
        unseen = try_past_cases(procedure="test", version=2, user=ran.cast.ines)
        assert (unseen.run.cases, unseen.left_out, unseen.records) == ((), {}, {})

    def test_refuses_a_version_that_cannot_run(self, ran: Desk) -> None:
        draft(ran, drawing("NO").replace(b'lead.region = "NO"', b"lead.region = = "))

        with pytest.raises(Refusal, match="cannot run"):
            try_past_cases(procedure="test", version=2, user=ran.cast.admin)

    def test_refuses_a_version_that_there_is_not(self, ran: Desk) -> None:
        with pytest.raises(NotFound):
            try_past_cases(procedure="test", version=9, user=ran.cast.admin)
        with pytest.raises(NotFound):
            try_past_cases(procedure="none", version=1, user=ran.cast.admin)
