"""Messages: to the case that waits for them, once, early ones kept, implausible ones reported; a whole file at once."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, trace
from throughline.core.procedures import operations
from throughline.core.procedures.cells import read_cell, read_cell_of
from throughline.core.procedures.models import BufferedMessage, Case, Inbox
from throughline.core.procedures.operations.messages import send_rows
from throughline.core.refusals import Refusal
from throughline.flow.engine import decode_state

WON = c.message("won_message", "deal won")
BY_KEY = c.tl("correlation", key="lead.external_id")
EXPECT = c.tl("expect", that="message.won_date >= date(lead.created_at)", otherwise="Won before the first contact.")


def waiting(settings: str = BY_KEY + EXPECT) -> bytes:
    """Return a chart whose cases wait until the deal is won."""
    return c.chart(
        c.captured(),
        c.catch("deal_won", "won_message", settings),
        c.end("won"),
        c.flows("captured > deal_won > won"),
        more=WON,
    )


def send(desk: Desk, key: str, **settings: object) -> operations.Delivery:
    """Send the message "deal won" as the administrator."""
    return operations.send_message(name="deal won", key=key, by=desk.admin, at=desk.now, **settings)  # type: ignore[arg-type]


class TestSendMessage:
    def test_it_reaches_the_case_with_that_key_and_no_other(self, desk: Desk) -> None:
        desk.publish(waiting())
        desk.capture(3, external_id="m")
        desk.drain(seconds=1)

        delivery = send(desk, "m1", payload={"won_date": date(2026, 3, 5), "amount": 100})
        desk.drain(seconds=1)

        won = Case.objects.get(status="finished")
        assert (delivery.status, delivery.cases, delivery.implausible) == ("delivered", [won.pk], [])
        assert trace(won) == "captured > deal_won > won"
        assert decode_state(bytes(won.state or b"")).variables["amount"] == Decimal(100)
        assert Case.objects.filter(status="running").count() == 2

    def test_an_expectation_that_does_not_hold_is_reported_and_blocks_nothing(self, desk: Desk) -> None:
        desk.publish(waiting())
        desk.capture(1, external_id="m")
        desk.drain(seconds=1)

        delivery = send(desk, "m0", payload={"won_date": date(2026, 2, 28)})
        desk.drain(seconds=1)

        assert delivery.implausible == ["Won before the first contact."]
        assert desk.case().status == "finished"

    def test_without_a_correlation_the_record_itself_is_the_key(self, desk: Desk) -> None:
        desk.publish(waiting(""))
        first, second = desk.capture(2, external_id="m")
        desk.drain(seconds=1)

        by_record = send(desk, f"lead:{first.pk}")
        by_external_key = send(desk, second.external_id)
        desk.drain(seconds=1)

        assert (by_record.status, by_external_key.status) == ("delivered", "delivered")
        assert Case.objects.filter(status="finished").count() == 2

    def test_one_that_comes_early_is_kept_until_somebody_waits(self, desk: Desk) -> None:
        desk.publish(waiting())

        delivery = send(desk, "m0")
        desk.drain(seconds=1)
        desk.capture(1, external_id="m")
        desk.drain(seconds=1)

        assert delivery.status == "buffered"
        assert desk.case().status == "finished"
        assert not BufferedMessage.objects.exists()

    def test_one_that_nobody_waits_for_in_time_is_dropped(self, desk: Desk) -> None:
        desk.publish(waiting())
        send(desk, "m0", lives=timedelta(hours=1))

        desk.now += timedelta(hours=1)
        desk.capture(1, external_id="m")
        desk.drain(seconds=1)

        assert desk.case().status == "running"
        assert not BufferedMessage.objects.exists()

    def test_the_same_message_id_counts_once(self, desk: Desk) -> None:
        desk.publish(waiting())
        desk.capture(1, external_id="m")
        desk.drain(seconds=1)

        first = send(desk, "m0", message_id="4711")
        second = send(desk, "m0", message_id="4711")
        desk.drain(seconds=1)

        assert (first.status, second.status) == ("delivered", "duplicate")
        assert not BufferedMessage.objects.exists()

    def test_two_messages_for_one_wait_are_both_kept(self, desk: Desk) -> None:
        desk.publish(
            c.chart(
                c.captured(),
                c.catch("first", "won_message", BY_KEY),
                c.catch("second", "won_message", BY_KEY),
                c.end(),
                c.flows("captured > first > second > end"),
                more=WON,
            )
        )
        desk.capture(1, external_id="m")
        desk.drain(seconds=1)

        send(desk, "m0", payload={"number": 1})
        send(desk, "m0", payload={"number": 2})
        desk.drain(seconds=1)

        assert desk.case().status == "finished"
        assert decode_state(bytes(desk.case().state or b"")).variables["number"] == Decimal(2)

    def test_it_starts_a_case_where_a_chart_begins_with_it(self, desk: Desk) -> None:
        begin = c.start("told", "", '<bpmn:messageEventDefinition messageRef="won_message"/>')
        desk.publish(c.chart(begin, c.work("thank"), c.end(), c.flows("told > thank > end"), more=WON))
        (lead,) = desk.capture(1, external_id="m")

        delivery = send(desk, "m0", payload={"amount": 5})
        desk.drain(seconds=1)

        assert (delivery.status, desk.case().record_id) == ("started", lead.pk)
        assert [item.node for item in desk.open_items()] == ["thank"]

    def test_a_message_that_a_chart_throws_reaches_another_case(self, desk: Desk) -> None:
        desk.publish(waiting(), key="test")
        thrown = c.element(
            "intermediateThrowEvent", "tell", BY_KEY, '<bpmn:messageEventDefinition messageRef="won_message"/>'
        )
        thrower = c.chart(
            c.captured(),
            c.work("close"),
            thrown,
            c.end(),
            c.flows("captured > close > tell > end"),
            key="other",
            more=WON,
        )
        desk.publish(thrower, key="other")
        desk.capture(1, external_id="m")
        desk.drain(seconds=1)

        desk.complete(desk.open_items("close")[0])
        desk.drain(seconds=1)

        assert list(Case.objects.values_list("status", flat=True)) == ["finished", "finished"]


class TestSignals:
    def test_it_reaches_everybody_who_listens(self, desk: Desk) -> None:
        signal = '<bpmn:signal id="closing" name="office closed"/>'
        listen = c.element("intermediateCatchEvent", "hear", "", '<bpmn:signalEventDefinition signalRef="closing"/>')
        desk.publish(c.chart(c.captured(), listen, c.end(), c.flows("captured > hear > end"), more=signal))
        desk.capture(3)
        desk.drain(seconds=1)

        cases = operations.send_signal(name="office closed", by=desk.admin, at=desk.now)
        desk.drain(seconds=1)

        assert len(cases) == 3
        assert Case.objects.filter(status="finished").count() == 3


class TestConditions:
    @pytest.mark.req("B1")
    def test_a_change_of_the_record_wakes_the_case_that_waits_for_it(self, desk: Desk) -> None:
        from throughline.core.records import operations as records
        from throughline.core.records import registry

        condition = (
            '<bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">'
            'lead.region = "NO"</bpmn:condition></bpmn:conditionalEventDefinition>'
        )
        watch = c.element("intermediateCatchEvent", "watch", "", condition)
        desk.publish(c.chart(c.captured(), watch, c.end(), c.flows("captured > watch > end")))
        moved, stays = desk.capture(2, region="EU", external_id="m")
        desk.drain(seconds=1)

        records.update_record(
            spec=registry.get("lead"), record_id=moved.pk, values={"region": "NO"}, by=desk.admin, at=desk.now
        )
        desk.drain(seconds=1)

        assert Case.objects.get(record_id=moved.pk).status == "finished"
        assert Case.objects.get(record_id=stays.pk).status == "running"


class TestSendRows:
    def rows(self, *keys: str) -> list[dict[str, str]]:
        return [{"mql_id": key, "won_date": "05-03-2026 19:58", "segment": "pet"} for key in keys]

    def test_a_file_sends_one_message_per_row_and_says_what_became_of_each(self, desk: Desk) -> None:
        desk.publish(waiting())
        desk.capture(2, external_id="m")
        desk.drain(seconds=1)

        sent = send_rows(
            name="deal won", rows=self.rows("m0", "m1", "nobody"), key="mql_id", by=desk.admin, at=desk.now
        )

        assert sent.counts == {"delivered": 2, "buffered": 1}
        assert sent.implausible == []

    def test_the_same_file_again_changes_nothing(self, desk: Desk) -> None:
        desk.publish(waiting())
        desk.capture(2, external_id="m")
        desk.drain(seconds=1)
        send_rows(name="deal won", rows=self.rows("m0", "m1"), key="mql_id", by=desk.admin, at=desk.now)

        sent = send_rows(name="deal won", rows=self.rows("m0", "m1"), key="mql_id", by=desk.admin, at=desk.now)

        assert sent.counts == {"duplicate": 2}
        assert Inbox.objects.count() == 2

    def test_a_row_without_the_key_is_named_and_nothing_is_sent(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="Row 2 has nothing in column “mql_id”"):
            send_rows(name="deal won", rows=self.rows("m0", ""), key="mql_id", by=desk.admin, at=desk.now)

        assert not BufferedMessage.objects.exists()

    def test_842_of_8000_waiting_cases_are_reached_quickly(self, desk: Desk) -> None:
        desk.publish(waiting())
        desk.capture(8000, external_id="m")
        desk.drain(seconds=1)
        keys = [f"m{place * 9}" for place in range(842)]
        began = time.monotonic()

        sent = send_rows(name="deal won", rows=self.rows(*keys), key="mql_id", by=desk.admin, at=desk.now)
        desk.drain(seconds=1)

        assert sent.counts == {"delivered": 842}
        assert Case.objects.filter(status="finished").count() == 842
        assert time.monotonic() - began < 5  # about 0.6 s on an idle machine; per-case work would take far longer


class TestReadCell:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("", None),
            (" 12.50 ", Decimal("12.50")),
            ("-3", Decimal(-3)),
            ("007", "007"),
            ("2018-03-05", date(2018, 3, 5)),
            ("05-03-2018", date(2018, 3, 5)),
            ("31.12.2018", date(2018, 12, 31)),
            ("32.12.2018", "32.12.2018"),
            ("05-03-2018 19:58", datetime(2018, 3, 5, 19, 58)),
            ("2018-03-05 00:00:00", date(2018, 3, 5)),
            ("5420aad7fec3", "5420aad7fec3"),
        ],
    )
    def test_a_cell_is_what_it_looks_like(self, text: str, value: object) -> None:
        assert read_cell(text) == value

    def test_a_column_of_days_holds_days(self) -> None:
        assert read_cell_of("won_date", "26-02-2018 19:58") == date(2018, 2, 26)
        assert read_cell_of("won_at", "26-02-2018 19:58") == datetime(2018, 2, 26, 19, 58)
