"""What is stored tells the truth: replaying the inputs gives the states, and the projections follow from them."""

from __future__ import annotations

import random

import msgspec
import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.core.procedures import charts, operations
from throughline.core.procedures.models import (
    Case,
    CaseEvent,
    CaseInput,
    Incident,
    MessageWait,
    Timer,
    Token,
    WorkItem,
)
from throughline.flow.engine import decode_event, decode_state, encode_state, replay

LONG = c.chart(
    c.captured(),
    c.action("tag", "test.tag", {"what": "lead.region"}, {"tagged": "result.done"}),
    c.element("parallelGateway", "both"),
    c.work("call", "reached", "missed", result="contact"),
    c.deadline("late", "call", "PT24H", interrupting=False),
    c.catch("deal_won", "won_message", c.tl("correlation", key="lead.external_id")),
    c.element("parallelGateway", "joined"),
    c.work("escalate"),
    c.end("won"),
    c.end("looked"),
    c.flows(
        "captured > tag > both",
        "both > call > joined > won",
        "both > deal_won > joined",
        "late > escalate > looked",
    ),
    more=c.message("won_message", "deal won"),
)


@pytest.mark.req("B7", "B8")
class TestReplay:
    def test_the_inputs_give_the_states_and_the_projections_are_the_states(self, desk: Desk, tag: Recorder) -> None:
        """Random days of twelve cases: work, messages, deadlines, failures and cancellations in any order."""
        seed = random.randrange(1_000_000)
        print("seed", seed)  # noqa: T201 (pytest shows it when the test fails)
        chance = random.Random(seed)
        good = tag.answer
        desk.publish(LONG)
        leads = desk.capture(12, external_id="m", region="EU")

        for _ in range(25):
            tag.answer = good if chance.random() < 0.8 else (lambda request: good(request).failed("Expected luck."))
            self.do_something(desk, chance, [lead.external_id for lead in leads])
            desk.drain(hours=chance.choice([0, 1, 7]))

        for case in Case.objects.order_by("pk"):
            self.check(case)

    def do_something(self, desk: Desk, chance: random.Random, keys: list[str]) -> None:
        items = desk.open_items()
        doing = chance.choice(["work", "work", "send", "retry", "cancel", "nothing"])
        if doing == "work" and items:
            item = chance.choice(items)
            desk.complete(item, "reached" if item.node == "call" else "")
        elif doing == "send":
            operations.send_message(name="deal won", key=chance.choice(keys), by=desk.admin, at=desk.now)
        elif doing == "retry":
            ids = [incident.pk for incident in desk.incidents()]
            operations.retry_incidents(incident_ids=ids, by=desk.admin, at=desk.now)
        elif doing == "cancel" and chance.random() < 0.2:
            case = Case.objects.filter(status="running").order_by("?").first()
            if case is not None:
                operations.cancel_case(case_id=case.pk, by=desk.admin, at=desk.now, reason="By chance.")

    def check(self, case: Case) -> None:
        chart = charts.running(case.version_id).chart
        inputs = list(CaseInput.objects.filter(case_id=case.pk).order_by("number"))
        events = [
            decode_event(bytes(raw))
            for each in inputs
            for raw in msgspec.json.decode(bytes(each.events), type=list[msgspec.Raw])
        ]
        replayed = replay(chart, events)
        state = decode_state(bytes(case.state or b""))

        assert encode_state(replayed) == bytes(case.state or b"")
        assert [each.number for each in inputs] == list(range(1, case.inputs + 1))
        assert case.sequence == len(events)
        assert sorted(case.tokens.values_list("token", "node")) == sorted(
            (token.id, token.node) for token in state.tokens.values()
        )
        assert self.waits(case) == {wait.id for wait in state.waits.values()}
        assert set(Incident.objects.filter(case=case, status="open").values_list("number", flat=True)) == set(
            state.incidents
        )
        work = {token.id for token in state.tokens.values() if token.phase == "work"}
        assert set(WorkItem.objects.filter(case=case, status="open").values_list("token", flat=True)) == work
        assert (case.status in ("starting", "running")) == (state.status == "running")

    def waits(self, case: Case) -> set[int]:
        timers = Timer.objects.filter(case=case).values_list("timer", flat=True)
        return set(timers) | set(MessageWait.objects.filter(case=case).values_list("wait", flat=True))


class TestCaseEvents:
    def test_the_last_event_of_a_finished_case_is_its_end(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.end(), c.flows("captured > end")))
        desk.capture()
        desk.drain()

        kinds = list(CaseEvent.objects.order_by("seq").values_list("kind", "node"))
        assert kinds[0] == ("case started", "captured")
        assert kinds[-1] == ("case finished", "end")
        assert not Token.objects.exists()
