"""
A trial beside a real mail server and a real receiver of web hooks: nothing reaches them, all of it is shown, nothing
counts. The same chart, published, reaches both and issues the invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.outside.receiver import Receiver
from tests.outside.smtp import MailServer
from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.connect.hooks.operations import allow_target
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case, Outbox
from throughline.core.procedures.queries.trials import trial_now
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.exporting import export
from throughline.core.records.operations import create_record
from throughline.core.records.queries import ListQuery
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import move_deal, ship_pipeline
from throughline.crm.invoices.models import Invoice, NumberSeries
from throughline.insight.kpis.measuring import Question, Window, find, measure

BILLING = c.chart(
    c.start("won", c.tl("trigger", event="deal.won", where="")),
    c.action(
        "thank",
        "mail.send",
        {"to": '"customer@example.com"', "subject": '"Thank you"', "text": '"Your order is on its way."'},
    ),
    c.action("tell", "hook.call", {"target": '"erp"', "body": "{deal: deal.id}"}),
    c.action("bill", "invoice.create", {"issue": "true"}),
    c.end(),
    c.flows("won > thank > tell > bill > end"),
    record="deal",
)
FIGURES = ("revenue-won", "closed-win-rate", "average-deal-size")


@pytest.fixture
def receiver(desk: Desk) -> Iterator[Receiver]:
    """Give a receiver of web hooks that steps may call."""
    with Receiver() as running:
        allow_target(key="erp", title="ERP", url=running.url, inside=True, by=desk.admin, at=desk.now)
        yield running


@pytest.fixture
def billing(desk: Desk) -> Desk:
    """Give a desk with a draft that mails, calls and bills."""
    ship_pipeline(by=Actor.system(), at=desk.now)
    operations.create_procedure(key="test", name="Billing", record_type="deal", by=desk.admin, at=desk.now)
    operations.save_draft(key="test", drawing=BILLING, by=desk.admin, at=desk.now)
    return desk


def won_deal(desk: Desk, *, sandbox: bool) -> Deal:
    """Return a deal of Maya's over 1,000 that is won."""
    maya = Actor.user(desk.cast.maya)
    customer = create_record(
        spec=registry.get("organization"), values={"name": "Weber GmbH"}, by=maya, at=desk.now, sandbox=sandbox
    )
    values = {"name": "Turbines", "organization": customer.pk, "amount": Decimal(1000), "owner": desk.cast.maya.pk}
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=maya, at=desk.now, sandbox=sandbox)
    move_deal(deal_id=made.pk, stage="sales.won", by=maya, at=desk.now)
    return made


def figures(desk: Desk) -> list[tuple[object, int]]:
    """Return what the key figures say to the administrator."""
    user = desk.cast.admin
    window = Window.named("this_year", user=user, at=desk.now)
    found = [measure(Question(find(key, user), user, window)) for key in FIGURES]
    return [(each.value, each.denominator) for each in found]


def exported(desk: Desk, kind: str) -> list[str]:
    """Return the lines below the heading of what the administrator takes along of a record type."""
    parts = export(
        spec=registry.get(kind), user=desk.cast.admin, query=ListQuery(), form="csv", by=desk.admin, at=desk.now
    )
    return b"".join(parts).decode().splitlines()[1:]


@pytest.mark.req("A13", "B3")
class TestBesideTheRealWorld:
    def test_a_trial_reaches_nobody_shows_what_would_have_left_and_counts_nowhere(
        self, billing: Desk, server: MailServer, receiver: Receiver
    ) -> None:
        before = figures(billing)
        operations.start_trial(key="test", testers=[billing.cast.maya.pk], by=billing.admin, at=billing.now)
        deal = won_deal(billing, sandbox=True)

        maya = Actor.user(billing.cast.maya)
        operations.walk_draft(key="test", record=RecordRef("deal", deal.pk), by=maya, at=billing.now)
        for _ in range(3):
            billing.drain(minutes=1)

        assert Case.objects.get(sandbox=True).end_node == "end"
        assert (server.messages, receiver.calls) == ([], [])
        assert not Invoice.objects.exists()
        assert not NumberSeries.objects.exists()
        now = trial_now(procedure="test", user=billing.cast.maya)
        assert now is not None
        shown = {each.node: (each.action, each.inputs) for each in now.caught}
        assert shown == {
            "thank": (
                "mail.send",
                {"to": "customer@example.com", "subject": "Thank you", "text": "Your order is on its way."},
            ),
            "tell": ("hook.call", {"target": "erp", "body": {"deal": deal.pk}}),
            "bill": ("invoice.create", {"issue": True}),
        }
        assert figures(billing) == before
        for kind in ("deal", "organization", "invoice"):
            assert exported(billing, kind) == []
        assert not Entry.objects.filter(record_type__in=["deal", "organization", "invoice"], sandbox=False).exists()

    def test_the_same_chart_live_reaches_both_and_bills(
        self, billing: Desk, server: MailServer, receiver: Receiver
    ) -> None:
        before = figures(billing)
        operations.publish(key="test", by=billing.admin, at=billing.now)

        deal = won_deal(billing, sandbox=False)
        for _ in range(3):
            billing.drain(minutes=1)

        assert billing.case().end_node == "end"
        assert [(message["To"], message["Subject"]) for message in server.messages] == [
            ("customer@example.com", "Thank you")
        ]
        assert [call.json for call in receiver.calls] == [{"deal": deal.pk}]
        assert Invoice.objects.get().status == "Issued"
        assert set(Outbox.objects.values_list("status", flat=True)) == {"done"}
        assert figures(billing) != before
        assert [len(exported(billing, kind)) for kind in ("deal", "invoice")] == [1, 1]
