"""A published chart whose mail server is down: incidents in time, and everything finished when the server is back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.outside.receiver import Receiver
from tests.outside.smtp import MailServer
from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.connect.hooks.operations import allow_target
from throughline.connect.mail.actions import PATIENCE
from throughline.core.procedures import operations
from throughline.core.procedures.migration.carry import advance_migrations
from throughline.core.procedures.models import Case, Incident, Outbox
from throughline.core.procedures.worker import drain

CHART = c.chart(
    c.captured(),
    c.action(
        "thank",
        "mail.send",
        {
            "to": "lead.external_id",
            "subject": '"Your enquiry"',
            "text": '"Dear {{name}}, thank you."',
            "values": "{name: lead.region}",
        },
        {"sent": "result.sent"},
    ),
    c.action("tell", "hook.call", {"target": '"erp"', "body": "{lead: lead.id, sent: sent}"}),
    c.end(),
    c.flows("captured > thank > tell > end"),
)
LEADS = 30
ADDRESS = "lead@example.com0"
"""The desk numbers the leads that it captures."""


@pytest.mark.req("B3", "B7")
@pytest.mark.usefixtures("receiver")
class TestMailServerDown:
    @pytest.fixture
    def receiver(self, desk: Desk) -> Iterator[Receiver]:
        with Receiver() as running:
            allow_target(key="erp", title="ERP", url=running.url, inside=True, by=desk.admin, at=desk.now)
            yield running

    def test_incidents_show_in_time_and_end_by_themselves(
        self, desk: Desk, silent_server: MailServer, receiver: Receiver
    ) -> None:
        desk.publish(CHART)
        for number in range(LEADS):
            desk.capture(region="EU", external_id=f"lead{number}@example.com")
        began = desk.now

        while (desk.now - began).total_seconds() < PATIENCE.patience:
            assert desk.now - began < timedelta(hours=1)
            desk.drain(seconds=5)

        assert len(desk.incidents()) == LEADS
        assert {incident.node for incident in desk.incidents()} == {"thank"}
        assert "Connection refused" in desk.incidents()[0].message
        assert receiver.calls == []

        silent_server.start()
        while Case.objects.filter(status="running").exists():
            assert desk.now - began < timedelta(hours=1)
            desk.drain(seconds=5)

        assert desk.incidents() == []
        assert Incident.objects.count() == LEADS
        assert set(Case.objects.values_list("status", "end_node")) == {("finished", "end")}
        assert len(set(silent_server.ids)) == len(silent_server.ids) == LEADS
        leads = [lead for lead in Case.objects.values_list("record_id", flat=True) if lead is not None]
        assert sorted(call.json["lead"] for call in receiver.calls) == sorted(leads)
        assert set(Outbox.objects.values_list("status", flat=True)) == {"done"}
        assert drain(at=desk.now).commands == 0


@pytest.mark.req("B3", "B7")
class TestRetriedByHand:
    """What was refused for good shows an incident; whoever retries it sends the same wish, under the same key."""

    @pytest.fixture
    def receiver(self, desk: Desk) -> Iterator[Receiver]:
        with Receiver() as running:
            allow_target(key="erp", title="ERP", url=running.url, inside=True, by=desk.admin, at=desk.now)
            yield running

    @pytest.fixture
    def waiting(self, desk: Desk, silent_server: MailServer, receiver: Receiver) -> Desk:
        """Give a desk with a case whose mail was taken and whose call was refused."""
        silent_server.start()
        receiver.status = 422
        desk.publish(CHART)
        desk.capture(region="EU", external_id=ADDRESS[:-1])
        desk.drain()
        return desk

    def retry(self, desk: Desk) -> None:
        (incident,) = desk.incidents()
        desk.now += timedelta(minutes=5)
        operations.retry_incident(incident_id=incident.pk, by=desk.admin, at=desk.now)
        desk.drain()

    def test_a_call_keeps_its_key_however_often(self, waiting: Desk, receiver: Receiver) -> None:
        self.retry(waiting)
        self.retry(waiting)
        receiver.status = 200
        self.retry(waiting)

        keys = [call.key for call in receiver.calls]
        assert keys == [keys[0]] * 4
        assert {call.headers["webhook-id"] for call in receiver.calls} == {keys[0]}
        assert (waiting.case().status, waiting.incidents()) == ("finished", [])
        assert list(Outbox.objects.order_by("pk").values_list("status", flat=True)) == ["done", "done"]

    def test_a_call_keeps_its_key_when_the_case_is_moved_before(self, waiting: Desk, receiver: Receiver) -> None:
        waiting.publish(CHART.replace(b'id="tell"', b'id="report"').replace(b'"tell"', b'"report"'))
        operations.start_migration(
            procedure="test",
            source=1,
            target=2,
            nodes={"tell": "report"},
            reason="Better.",
            by=waiting.admin,
            at=waiting.now,
        )
        while advance_migrations(at=waiting.now):
            pass
        receiver.status = 200

        self.retry(waiting)

        first, again = receiver.calls
        assert first.key == again.key
        assert waiting.case().status == "finished"

    def test_a_mail_keeps_its_id(self, desk: Desk, silent_server: MailServer, receiver: Receiver) -> None:
        silent_server.start()
        silent_server.replies[ADDRESS] = "550 No such mailbox"
        desk.publish(CHART)
        desk.capture(region="EU", external_id=ADDRESS[:-1])
        desk.drain()
        (refused,) = Outbox.objects.all()

        del silent_server.replies[ADDRESS]
        self.retry(desk)

        assert [message["X-Throughline-Key"] for message in silent_server.messages] == [
            f"{refused.case_id}:{refused.activation}"
        ]
        assert Outbox.objects.get(action="mail.send").pk == refused.pk
        assert len(receiver.calls) == 1
