"""Procedures that set each other off without end are cut, with an incident that shows the chain."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core import journal
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case, Incident

THROW = '<bpmn:messageEventDefinition messageRef="m"/>'
BY_MESSAGE = c.chart(
    c.start("again", "", THROW), c.end("end", THROW), c.flows("again > end"), more=c.message("m", "again"), record=""
)
SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'
BY_SIGNAL = c.chart(
    c.start("again", "", SIGNAL),
    c.end("end", SIGNAL),
    c.flows("again > end"),
    more='<bpmn:signal id="s" name="again"/>',
    record="",
)
BY_CALL = c.chart(
    c.start(),
    c.element("callActivity", "other", calledElement="test"),
    c.end(),
    c.flows("start > other > end"),
    record="",
)
BY_CONDITION = c.chart(
    c.captured(),
    c.element("exclusiveGateway", "again"),
    c.element(
        "intermediateCatchEvent",
        "changed",
        "",
        '<bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">'
        "lead.score = OTHER</bpmn:condition></bpmn:conditionalEventDefinition>",
    ),
    c.action("change", "lead.score", {"score": "OWN"}),
    c.element("exclusiveGateway", "more", default="more_again"),
    c.end(),
    c.flows("captured > again > changed > change > more > again", "more >[lead.score > 90] end"),
)


@pytest.mark.req("B7")
class TestLoops:
    def test_of_messages(self, desk: Desk) -> None:
        desk.publish(BY_MESSAGE, record_type="")
        operations.send_message(name="again", key="x", by=desk.admin, at=desk.now)

        desk.drain()

        (incident,) = desk.incidents()
        assert "message.received (Admin Root) > message.received (Test) > message.received (Test)" in incident.message
        assert Case.objects.filter(status="finished").count() == journal.MAX_DEPTH
        assert Case.objects.get(held=True).status == "starting"

    def test_of_signals(self, desk: Desk) -> None:
        desk.publish(BY_SIGNAL, record_type="")
        operations.send_signal(name="again", by=desk.admin, at=desk.now)

        desk.drain()

        (incident,) = desk.incidents()
        assert "message.received (Test) > message.received (Test)" in incident.message
        assert Case.objects.filter(held=True).count() == 1

    def test_of_calls(self, desk: Desk) -> None:
        desk.publish(BY_CALL, record_type="")
        operations.start_case(procedure="test", record=None, by=desk.admin, at=desk.now)

        desk.drain()

        (incident,) = desk.incidents()
        first = Case.objects.order_by("pk").first()
        assert first is not None
        assert f"The chain: Test ({first.pk}) > Test (" in incident.message
        assert Case.objects.count() == journal.MAX_DEPTH

    def test_of_changes(self, desk: Desk) -> None:
        """Two cases of one lead that change its score back and forth, each because of the other."""
        text = BY_CONDITION.decode()
        desk.publish(text.replace("OTHER", "1").replace("OWN", "2").encode(), key="test")
        desk.publish(
            text.replace("OTHER", "2").replace("OWN", "1").replace('key="test"', 'key="other"').encode(), "other"
        )
        (lead,) = desk.capture(region="EU")
        desk.drain()

        desk_change(desk, lead.pk)
        desk.drain()

        incidents = list(Incident.objects.filter(status="open"))
        assert incidents
        assert all(incident.message.count("lead.scored") > 5 for incident in incidents)


def desk_change(desk: Desk, lead: int) -> None:
    """Set the score as somebody at a page does."""
    from throughline.crm.leads import operations as leads
    from throughline.crm.leads.operations import Score, Wish

    leads.score_leads(scores=[Score(Wish(lead), 1, ())], by=desk.admin, at=desk.now)
