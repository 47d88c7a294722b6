"""Intermediate events: BPMN 2.0.2, 10.5.2 and 10.5.3."""

from __future__ import annotations

import pytest

from throughline.flow.engine import ChartRefused, CommandRefused, commands
from throughline.flow.engine.effects import AwaitMessage, ReportImplausible, ThrowMessage, ThrowSignal
from throughline.flow.engine.tests.walking import (
    Walk,
    draw,
    message,
    on_condition,
    on_message,
    on_signal,
    on_timer,
    settings,
    signal,
)


def waiting_for(definition: str, *, roots: str = "", attributes: str = "") -> Walk:
    """Return a case that waits at an intermediate catch event."""
    chart = draw(
        f"""
        startEvent start
        intermediateCatchEvent wait {attributes} {definition}
        endEvent end
        start > wait > end
        """,
        roots=roots,
    )
    return Walk(chart).start()


class TestCatch:
    def test_waits_for_a_message_and_takes_all_it_says(self) -> None:
        walk = waiting_for(on_message("won"), roots=message("won")).send("won", amount=5)

        assert walk.names == "start wait end"
        assert list(walk.variables) == ["amount"]

    def test_takes_only_what_is_mapped(self) -> None:
        mapping = '<extensionElements><tl:output name="sum" value="message.amount * 2"/></extensionElements>'
        walk = waiting_for(mapping + on_message("won"), roots=message("won")).send("won", amount=5)

        assert {name: int(each) for name, each in walk.variables.items()} == {"sum": 10}

    def test_says_by_which_key_it_waits(self) -> None:
        chart = draw(
            f"""
            startEvent start
            intermediateCatchEvent wait {settings('<tl:correlation key="lead.number"/>')}{on_message("won")}
            start > wait
            """,
            roots=message("won"),
        )

        (wait,) = Walk(chart, facts={"lead": {"number": "L-7"}}).start().asked(AwaitMessage)

        assert (wait.name, wait.key) == ("won", "L-7")

    def test_reports_an_implausible_message_and_takes_it(self) -> None:
        expectation = (
            '<extensionElements><tl:expect that="message.amount > 0" otherwise="Nothing was won."/></extensionElements>'
        )
        walk = waiting_for(expectation + on_message("won"), roots=message("won")).send("won", amount=0)

        assert [each.message for each in walk.asked(ReportImplausible)] == ["Nothing was won."]
        assert walk.names == "start wait end"

    def test_refuses_a_message_of_another_name(self) -> None:
        walk = waiting_for(on_message("won"), roots=message("won"))

        with pytest.raises(CommandRefused, match="to be for message 'lost', but it is for message 'won'"):
            walk.do(commands.ReceiveMessage(walk.waits[0].id, "lost"))

    def test_waits_for_a_timer(self) -> None:
        assert waiting_for(on_timer("PT1H")).pass_time(hours=1).names == "start wait end"

    def test_waits_for_a_condition(self) -> None:
        walk = waiting_for(on_condition("ready"))

        assert walk.do(commands.SetVariables({"ready": True})).names == "start wait end"

    def test_of_several_kinds_goes_on_with_the_first(self) -> None:
        walk = waiting_for(on_message("m") + on_signal("s"), roots=message("m") + signal("s")).signal("s")

        assert walk.names == "start wait end"
        assert walk.case.waits == {}

    def test_of_the_parallel_multiple_kind_waits_for_all(self) -> None:
        walk = waiting_for(
            on_message("m") + on_signal("s"), roots=message("m") + signal("s"), attributes="parallelMultiple=true"
        )

        assert walk.signal("s").names == "start"
        assert walk.send("m").names == "start wait end"


class TestThrow:
    def test_sends_a_message_with_mapped_content(self) -> None:
        mapped = settings('<tl:correlation key="&quot;K&quot;"/>', '<tl:input name="who" value="name"/>')
        chart = draw(
            f"""
            startEvent start
            intermediateThrowEvent tell {mapped}{on_message("hello")}
            endEvent end
            start > tell > end
            """,
            roots=message("hello"),
        )

        (sent,) = Walk(chart).start(name="Maya").asked(ThrowMessage)

        assert (sent.name, sent.key, sent.payload, sent.node) == ("hello", "K", {"who": "Maya"}, "tell")

    def test_a_signal_reaches_what_waits_in_the_same_case_and_the_world(self) -> None:
        chart = draw(
            f"""
            startEvent start
            parallelGateway fork
            intermediateThrowEvent tell {on_signal("go")}
            intermediateCatchEvent hear {on_signal("go")}
            endEvent end
            start > fork > tell
            fork > hear > end
            """,
            roots=signal("go"),
        )

        walk = Walk(chart).start()

        assert walk.names == "start tell hear end"
        assert [each.name for each in walk.asked(ThrowSignal)] == ["go"]

    def test_a_link_goes_on_where_it_is_caught(self) -> None:
        chart = draw("""
            startEvent start
            intermediateThrowEvent out <linkEventDefinition name="L"/>
            intermediateCatchEvent in <linkEventDefinition name="L"/>
            endEvent end
            start > out
            in > end
        """)

        assert Walk(chart).start().names == "start out in end"

    def test_a_link_that_leads_nowhere_is_refused(self) -> None:
        with pytest.raises(ChartRefused, match="Expected link 'L' of 'out' to lead somewhere"):
            draw("""
                startEvent start
                intermediateThrowEvent out <linkEventDefinition name="L"/>
                start > out
            """)


class TestPlausibility:
    def test_of_a_message_that_is_as_expected_is_not_reported(self) -> None:
        expected = settings('<tl:expect that="message.amount &gt; 0" otherwise="Nothing won."/>')
        walk = waiting_for(expected + on_message("won"), roots=message("won")).send("won", amount=5)

        assert walk.asked(ReportImplausible) == []
        assert walk.names == "start wait end"


class TestEndEventOfSeveralKinds:
    def test_tells_the_others_before_the_error_ends_its_scope(self) -> None:
        both = '<errorEventDefinition errorRef="E"/>' + on_signal("X")
        chart = draw(
            f"""
            startEvent start
            subProcess inside {{
                startEvent begin
                endEvent fail {both}
                begin > fail
            }}
            boundaryEvent failed attachedToRef=inside <errorEventDefinition errorRef="E"/>
            start > inside
            """,
            roots=signal("X") + '<error id="E" errorCode="E"/>',
        )

        walk = Walk(chart).start()

        assert [each.name for each in walk.asked(ThrowSignal)] == ["X"]
        assert walk.names.endswith("failed")


class TestExclusiveWithoutAWay:
    def test_says_what_the_conditions_saw_and_leaves_out_flows_without_one(self) -> None:
        chart = draw("""
            startEvent start
            exclusiveGateway which
            task a
            task b
            start > which
            which -x| region = "EU"-> a
            which -y| region = "US"-> b
        """)

        walk = Walk(chart).start(region="NO")

        assert 'region = "NO"' in walk.incident.message


class TestConditionThatIsNotSaid:
    def test_never_comes(self) -> None:
        walk = waiting_for("<conditionalEventDefinition/>")

        walk.do(commands.SetVariables({"x": True}))

        assert walk.waiting == "wait"


class TestStartOfAReactionByMoreThanOneThing:
    def test_waits_for_what_comes_from_outside_and_catches_what_is_thrown(self) -> None:
        both = '<errorEventDefinition errorRef="E"/>' + on_message("stop")
        chart = draw(
            f"""
            startEvent start
            userTask work
            subProcess react triggeredByEvent=true {{
                startEvent told {both}
            }}
            start > work
            """,
            roots=message("stop") + '<error id="E" errorCode="E"/>',
        )
        walk = Walk(chart).start()
        assert [each.kind for each in walk.waits] == ["message"]

        assert walk.throw("work", "E").names == "start told react"
