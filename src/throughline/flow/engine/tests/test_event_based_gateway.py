"""The event-based gateway: BPMN 2.0.2, 10.6.6."""

from __future__ import annotations

from throughline.flow import engine
from throughline.flow.engine.effects import ArmTimer, AwaitMessage, AwaitSignal, DisarmTimer, StopAwaiting
from throughline.flow.engine.tests.walking import Walk, draw, message, on_message, on_signal, on_timer, signal

ANSWER = draw(
    f"""
    startEvent start
    eventBasedGateway what
    intermediateCatchEvent answer {on_message("answer")}
    intermediateCatchEvent patience {on_timer("P3D")}
    intermediateCatchEvent off {on_signal("off")}
    receiveTask letter messageRef=letter
    endEvent answered
    endEvent remind
    endEvent stopped
    start > what > answer > answered
    what > patience > remind
    what > off > stopped
    what > letter > answered
    """,
    roots=message("answer") + message("letter") + signal("off"),
)


class TestFirst:
    def test_waits_for_all_its_events_with_one_token(self) -> None:
        walk = Walk(ANSWER).start()

        assert len(walk.case.tokens) == 1
        assert [type(each) for each in walk.effects] == [AwaitMessage, ArmTimer, AwaitSignal, AwaitMessage]

    def test_goes_the_way_of_the_event_that_happens_first_and_ends_the_other_waits(self) -> None:
        walk = Walk(ANSWER).start().send("answer", text="yes")

        assert walk.story == "start > what > answer > answered"
        assert walk.variables == {"text": "yes"}
        assert walk.case.waits == {}
        assert len(walk.asked(DisarmTimer)) == 1
        assert len(walk.asked(StopAwaiting)) == 3

    def test_takes_a_timer_as_an_event(self) -> None:
        assert Walk(ANSWER).start().pass_time(days=3).names == "start patience remind"

    def test_takes_a_signal_as_an_event(self) -> None:
        assert Walk(ANSWER).start().signal("off").names == "start off stopped"

    def test_takes_a_receive_task_as_an_event(self) -> None:
        assert Walk(ANSWER).start().send("letter").names == "start letter answered"

    def test_does_nothing_when_a_second_event_comes(self) -> None:
        walk = Walk(ANSWER).start()
        timer = next(each for each in walk.waits if each.kind == "timer")
        walk.send("answer")
        before = walk.story

        walk.do(engine.commands.TimerDue(timer.id))

        assert walk.story == before


class TestStart:
    def test_creates_a_case_by_the_event_that_came(self) -> None:
        chart = draw(
            f"""
            eventBasedGateway first instantiate=true
            intermediateCatchEvent order {on_message("order")}
            intermediateCatchEvent question {on_message("question")}
            task sell
            task answer
            first > order > sell
            first > question > answer
            """,
            roots=message("order") + message("question"),
        )

        walk = Walk(chart).start("question", payload={"about": "price"})

        assert walk.names == "question answer"
        assert walk.variables == {"about": "price"}
        assert [(each.node, each.kind, each.name) for each in chart.starts] == [
            ("order", "message", "order"),
            ("question", "message", "question"),
        ]

    def test_of_the_parallel_kind_still_waits_for_the_others(self) -> None:
        chart = draw(
            f"""
            eventBasedGateway all instantiate=true eventGatewayType=Parallel
            intermediateCatchEvent order {on_message("order")}
            intermediateCatchEvent payment {on_message("payment")}
            parallelGateway join
            task ship
            all > order > join
            all > payment > join
            join > ship
            """,
            roots=message("order") + message("payment"),
        )
        walk = Walk(chart).start("payment")
        assert walk.waiting == "order join"

        assert walk.send("order").names == "payment order ship"
