"""User and manual tasks: work offered to people."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from throughline.flow.calendars import BusinessCalendar
from throughline.flow.engine import CommandRefused, commands
from throughline.flow.engine.effects import ArmTimer, DisarmTimer, OfferWork, WithdrawWork
from throughline.flow.engine.tests.walking import NOW, Walk, draw, on_timer, settings

CALL = draw(f"""
    startEvent start
    userTask call
    boundaryEvent late attachedToRef=call {on_timer("PT24H")}
    task escalate
    endEvent end
    start > call > end
    late > escalate
""")


def assigned(settings: str) -> Walk:
    """Return a case waiting at a task with these settings of its work item."""
    chart = draw(f"""
        startEvent start
        userTask call <extensionElements><tl:workItem {settings}/></extensionElements>
        start > call
    """)
    return Walk(chart, facts={"lead": {"owner": Decimal(7), "hot": True, "reply_by": "2026-02-01T12:00:00Z"}}).start()


@pytest.mark.req("B2")
class TestOffer:
    def test_says_who_gets_the_work_and_until_when(self) -> None:
        walk = assigned(
            'assignee="lead.owner" queue="&quot;sales&quot;" due="duration(&quot;PT24H&quot;)" priority="5"'
        )

        (offer,) = walk.asked(OfferWork)

        assert (offer.assignee, offer.queue, offer.priority) == ("7", "sales", 5)
        assert offer.due_at == NOW + timedelta(hours=24)

    @pytest.mark.parametrize("due", ["PT24H", "duration(&quot;P1D&quot;)", "2026-01-06T09:00:00Z"])
    def test_takes_iso_texts_and_expressions_for_the_due_moment(self, due: str) -> None:
        (offer,) = assigned(f'due="{due}"').asked(OfferWork)

        assert offer.due_at == NOW + timedelta(hours=24)

    def test_counts_working_time_on_a_business_clock(self) -> None:
        hours = [["09:00", "17:00"]]
        office = BusinessCalendar.of(zone="UTC", hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), hours))
        item = settings('<tl:workItem due="PT12H" clock="business" calendar="office"/>')
        chart = draw(f"""
            startEvent start
            userTask call {item}
            start > call
        """)
        walk = Walk(chart)
        walk.calendars = {"office": office}

        (offer,) = walk.start().asked(OfferWork)

        assert offer.due_at == NOW + timedelta(hours=28)

    def test_is_an_incident_when_the_due_moment_is_no_moment_but_the_work_is_offered(self) -> None:
        walk = assigned('due="lead.hot"')

        assert len(walk.asked(OfferWork)) == 1
        assert walk.incident.message == (
            "Expected the due moment of 'call' to be a moment or a duration, but True is no duration such as PT24H."
        )

    def test_goes_to_the_role_of_the_lane_when_nobody_is_named(self) -> None:
        chart = draw("""
            laneSet lanes <lane id="l" name="Inside Sales"><flowNodeRef>call</flowNodeRef></lane>
            startEvent start
            manualTask call
            start > call
        """)

        (offer,) = Walk(chart).start().asked(OfferWork)

        assert (offer.assignee, offer.queue) == (None, "inside-sales")


class TestComplete:
    def test_sets_what_the_person_filled_in_and_goes_on(self) -> None:
        walk = Walk(CALL).start().complete("call", outcome="reached")

        assert walk.names == "start call end"
        assert walk.variables == {"outcome": "reached"}
        assert len(walk.asked(DisarmTimer)) == 1

    def test_changes_nothing_the_second_time(self) -> None:
        walk = Walk(CALL).start()
        token = walk.token("call").id
        walk.complete("call")
        before = list(walk.events)

        walk.do(commands.CompleteWork(token))

        assert walk.events == before

    def test_refuses_a_token_that_never_was(self) -> None:
        with pytest.raises(CommandRefused, match="Expected a token of this case for CompleteWork, but 99"):
            Walk(CALL).start().do(commands.CompleteWork(99))

    def test_does_not_complete_the_next_visit_when_repeated_in_a_loop(self) -> None:
        chart = draw("""
            startEvent start
            userTask again
            start > again > again
        """)
        walk = Walk(chart).start()
        first = walk.token("again").id
        walk.complete("again")

        walk.do(commands.CompleteWork(first))

        assert walk.names == "start again"
        assert walk.waiting == "again"


@pytest.mark.req("B5")
class TestDeadline:
    def test_an_interrupting_timer_withdraws_the_work(self) -> None:
        walk = Walk(CALL).start()

        walk.pass_time(hours=24)

        assert walk.names == "start late escalate"
        assert len(walk.asked(WithdrawWork)) == 1
        assert walk.status == "completed"

    def test_is_armed_for_the_moment_computed_at_the_offer(self) -> None:
        (timer,) = Walk(CALL).start().asked(ArmTimer)

        assert timer.due_at == NOW + timedelta(hours=24)
        assert timer.node == "late"
