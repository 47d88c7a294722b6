"""Receive tasks and send tasks: BPMN 2.0.2, 10.3.3.2 and 10.3.3.3."""

from __future__ import annotations

from throughline.flow.engine.effects import AwaitMessage, OfferWork, PerformAction, ThrowMessage
from throughline.flow.engine.tests.walking import Walk, draw, message, on_timer, settings

RECEIVE = f"""
    startEvent start
    receiveTask wait messageRef=won
    boundaryEvent late attachedToRef=wait {on_timer("PT1H")}
    endEvent end
    endEvent gave_up
    start > wait > end
    late > gave_up
"""


class TestReceiveTask:
    def test_is_done_when_its_message_has_come(self) -> None:
        walk = Walk(draw(RECEIVE, roots=message("won"))).start()
        assert [each.name for each in walk.asked(AwaitMessage)] == ["won"]

        walk.send("won", amount=5)

        assert walk.names == "start wait end"
        assert list(walk.variables) == ["amount"]

    def test_needs_no_boundary_events(self) -> None:
        chart = draw("startEvent start\nreceiveTask wait messageRef=won\nstart > wait", roots=message("won"))

        assert Walk(chart).start().send("won").names == "start wait"

    def test_is_interrupted_by_its_boundary_events(self) -> None:
        walk = Walk(draw(RECEIVE, roots=message("won"))).start()

        assert walk.pass_time(hours=1).names == "start late gave_up"
        assert walk.waits == []

    def test_without_a_message_is_offered_to_a_person(self) -> None:
        walk = Walk(draw("startEvent start\nreceiveTask wait\nstart > wait")).start()

        assert [each.node for each in walk.asked(OfferWork)] == ["wait"]

    def test_begins_a_case_when_it_creates_one(self) -> None:
        chart = draw("receiveTask won messageRef=won instantiate=true\nendEvent end\nwon > end", roots=message("won"))
        assert [(each.node, each.kind, each.name) for each in chart.starts] == [("won", "message", "won")]

        walk = Walk(chart).start("won", {"amount": 5})

        assert walk.names == "won end"
        assert list(walk.variables) == ["amount"]


class TestSendTask:
    def test_throws_its_message_and_goes_on(self) -> None:
        mapping = settings('<tl:input name="sum" value="amount * 2"/>')
        chart = draw(f"startEvent start\nsendTask tell messageRef=won {mapping}\nstart > tell", roots=message("won"))

        walk = Walk(chart).start(amount=2)

        (thrown,) = walk.asked(ThrowMessage)
        assert (thrown.name, {name: int(each) for name, each in thrown.payload.items()}) == ("won", {"sum": 4})
        assert walk.status == "completed"

    def test_with_an_action_is_a_service(self) -> None:
        mail = settings('<tl:action name="mail.send"/>')
        walk = Walk(draw(f"startEvent start\nsendTask tell {mail}\nstart > tell")).start()

        assert [each.action for each in walk.asked(PerformAction)] == ["mail.send"]

    def test_throws_its_message_when_a_person_completes_it_by_hand(self) -> None:
        chart = draw(
            "startEvent start\nsendTask tell messageRef=won\nstart > tell", roots=message("won"), by_hand=("tell",)
        )
        walk = Walk(chart).start()
        assert walk.asked(ThrowMessage) == []

        walk.complete("tell")

        assert [each.name for each in walk.asked(ThrowMessage)] == ["won"]
        assert walk.status == "completed"
