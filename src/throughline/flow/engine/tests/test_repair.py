"""What people do to a case: skip, move, cancel, set variables; and what a chart without a wait does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.flow.engine import CommandRefused, commands, events
from throughline.flow.engine.effects import FinishCase, PerformAction, WithdrawWork
from throughline.flow.engine.tests.walking import (
    ENDLESS,
    Walk,
    draw,
    instances,
    message,
    on_condition,
    on_message,
    on_timer,
    settings,
)

STEPS = draw("""
    startEvent start
    userTask first
    userTask second
    subProcess inside {
        userTask inner
    }
    endEvent end
    start > first > second > inside > end
""")


@pytest.mark.req("B9")
class TestSkip:
    def test_goes_on_as_if_it_had_been_done_and_keeps_the_reason(self) -> None:
        walk = Walk(STEPS).start()

        walk.do(commands.Skip(walk.token("first").id, "known customer"))

        assert walk.waiting == "second"
        (skipped,) = (each for each in walk.events if isinstance(each, events.Skipped))
        assert (skipped.node, skipped.reason) == ("first", "known customer")
        assert len(walk.asked(WithdrawWork)) == 1

    def test_of_a_subprocess_withdraws_its_inside(self) -> None:
        walk = Walk(STEPS).start().complete("first").complete("second")

        walk.do(commands.Skip(walk.token("inside").id, "not needed"))

        assert walk.status == "completed"
        assert walk.story.endswith("inside > inner > end")

    def test_is_refused_at_a_gateway(self) -> None:
        chart = draw("""
            startEvent start
            exclusiveGateway which
            endEvent a
            start > which
            which -x| false-> a
        """)
        walk = Walk(chart).start()

        with pytest.raises(CommandRefused, match="Expected a step to skip, but 'which' is a gateway"):
            walk.do(commands.Skip(walk.token("which").id, "no"))


@pytest.mark.req("B9")
class TestMove:
    def test_goes_on_at_another_node(self) -> None:
        walk = Walk(STEPS).start()

        walk.do(commands.Move(walk.token("first").id, "second", "already called"))

        assert walk.waiting == "second"
        assert walk.token("second").previous == "first"

    def test_is_refused_into_another_scope(self) -> None:
        walk = Walk(STEPS).start()

        with pytest.raises(CommandRefused, match="Expected a node beside 'first' to move to, but 'inner'"):
            walk.do(commands.Move(walk.token("first").id, "inner", "no"))

    def test_can_be_repeated_without_effect(self) -> None:
        walk = Walk(STEPS).start()
        token = walk.token("first").id
        walk.do(commands.Move(token, "second", "why")).do(commands.Move(token, "second", "why"))

        assert walk.waiting == "second"


class TestCancel:
    def test_takes_everything_back_and_ends_the_case(self) -> None:
        walk = Walk(STEPS).start()

        walk.do(commands.Cancel("double"))

        assert walk.status == "cancelled"
        assert len(walk.asked(WithdrawWork)) == 1
        assert walk.asked(FinishCase)[0].message == "double"

    def test_makes_every_later_command_a_no_op(self) -> None:
        walk = Walk(STEPS).start()
        token = walk.token("first").id
        walk.do(commands.Cancel("double"))
        before = list(walk.events)

        walk.do(commands.CompleteWork(token)).do(commands.SetVariables({"a": True}))

        assert walk.events == before


@pytest.mark.req("B7")
class TestLoopWithoutWait:
    def test_is_an_incident_and_no_hang(self) -> None:
        chart = draw("""
            startEvent start
            task round
            start > round > round
        """)

        walk = Walk(chart).start()

        assert walk.incident.kind == "loop without a wait"
        assert walk.incident.message == (
            "Expected the chart to wait or end within 10000 steps, but it goes round at 'round'."
        )

    def test_goes_on_for_another_budget_when_it_is_tried_again(self) -> None:
        chart = draw("""
            startEvent start
            scriptTask count tl:result=n <script>if n = null then 1 else n + 1</script>
            exclusiveGateway enough? default=enough__no
            endEvent end
            start > count > enough?
            enough? -no-> count
            enough? -yes| n >= 7000-> end
        """)
        walk = Walk(chart).start()
        assert walk.status == "waiting"

        walk.do(commands.Retry(next(iter(walk.case.tokens))))

        assert walk.status == "completed"


class TestNoWayOut:
    def test_of_a_task_keeps_the_token_and_can_be_tried_again(self) -> None:
        chart = draw("""
            startEvent start
            userTask work
            endEvent end
            start > work
            work -ok| approved-> end
        """)
        walk = Walk(chart).start().complete("work")
        assert walk.incident.kind == "no way out"

        walk.do(commands.SetVariables({"approved": True})).do(commands.Retry(walk.token("work").id))

        assert walk.names == "start work end"
        assert walk.status == "completed"


class TestReactionWithoutTime:
    def test_is_an_incident_of_no_token_and_can_be_tried_again(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask work
            start > work
            subProcess remind triggeredByEvent=true {{
                startEvent due isInterrupting=false {on_timer("duration(wait)")}
                task call
                due > call
            }}
        """)
        walk = Walk(chart).start()
        assert (walk.incident.token, walk.incident.kind) == (0, "timer")

        walk.do(commands.SetVariables({"wait": "PT1H"})).do(commands.Retry(0))

        assert walk.case.incidents == {}
        assert walk.pass_time(hours=1).names == "start due call remind"


class TestEnd:
    def test_terminate_takes_the_rest_back(self) -> None:
        chart = draw("""
            startEvent start
            userTask endless
            endEvent stop <terminateEventDefinition/>
            start > endless
            start > stop
        """)

        walk = Walk(chart).start()

        assert walk.status == "terminated"
        assert len(walk.asked(WithdrawWork)) == 1

    def test_a_case_without_anything_to_do_is_over_at_once(self) -> None:
        assert Walk(draw("startEvent start")).start().status == "completed"


class TestStart:
    def test_is_refused_at_a_node_that_is_no_start(self) -> None:
        with pytest.raises(CommandRefused, match="Expected a start of 'process' \\(start\\), but 'first'"):
            Walk(STEPS).start("first")

    def test_is_refused_without_a_plain_start(self) -> None:
        chart = draw(f"startEvent daily {on_timer('P1D')}\ntask work\ndaily > work")

        with pytest.raises(CommandRefused, match="Expected a plain start of 'process', but it begins at daily only"):
            Walk(chart).start()

    def test_is_refused_twice(self) -> None:
        with pytest.raises(CommandRefused, match="Expected no case yet for Start, but there is one"):
            Walk(STEPS).start().start()


@pytest.mark.req("B7")
class TestRetry:
    def test_of_a_token_without_an_incident_changes_nothing(self) -> None:
        walk = Walk(STEPS).start()
        before = walk.case

        walk.do(commands.Retry(walk.token("first").id))

        assert walk.case == before

    def test_of_one_instance_of_a_loop_does_that_one_again(self) -> None:
        chart = draw(f"""
            startEvent start
            serviceTask work {settings('<tl:action name="a"/>')} {instances(2)}
            start > work
        """)
        walk = Walk(chart).start()
        failed = walk.token("work", "action").id
        walk.do(commands.ActionFailed(failed, "down", retryable=False))

        walk.do(commands.Retry(failed))

        assert walk.case.incidents == {}
        assert len(walk.asked(PerformAction)) == 3
        assert walk.finish_action("work").finish_action("work").status == "completed"


@pytest.mark.req("B9")
class TestMoveOutOfALoop:
    def test_withdraws_the_whole_loop(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask many {instances(3)}
            userTask after
            start > many > after
        """)
        walk = Walk(chart).start()

        walk.do(commands.Move(walk.token("many", "work").id, "after", "enough"))

        assert walk.waiting == "after"
        assert len(walk.asked(WithdrawWork)) == 3


@pytest.mark.req("B9")
class TestMoveToABoundaryEvent:
    def test_goes_on_behind_it(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask call
            boundaryEvent late attachedToRef=call {on_timer("PT1H")}
            endEvent escalated
            start > call
            late > escalated
        """)
        walk = Walk(chart).start()

        walk.do(commands.Move(walk.token("call").id, "late", "it is late anyway"))

        assert walk.names == "start late escalated"


@pytest.mark.req("B7")
class TestWhatComesTooLate:
    """A command about something that is over is no fault: it comes twice, or after an interruption."""

    OVER = 3

    @pytest.mark.parametrize(
        "command",
        [
            commands.Skip(OVER, "why"),
            commands.ActionFailed(OVER, "down"),
            commands.ThrowError(OVER, "E"),
            commands.ChildFinished(OVER),
            commands.ChildEscalated(OVER, "X"),
            commands.Retry(OVER),
            commands.TimerDue(OVER),
            commands.SetVariables({}),
        ],
        ids=lambda command: type(command).__name__,
    )
    def test_changes_nothing(self, command: commands.Command) -> None:
        walk = Walk(STEPS).start()
        assert walk.token("first").id == self.OVER
        before = walk.complete("first").case

        walk.do(command)

        assert walk.case == before


class TestMigrateAsACommand:
    def test_is_refused_since_one_chart_is_not_enough(self) -> None:
        walk = Walk(STEPS).start()

        with pytest.raises(CommandRefused, match="Expected migrate"):
            walk.do(commands.Migrate("other"))


class TestConditionalStartAtOnce:
    def test_an_event_subprocess_that_interrupts_at_the_start_is_all_that_happens(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask call
            subProcess stop triggeredByEvent=true {{
                startEvent known {on_condition("blocked")}
                endEvent end
                known > end
            }}
            subProcess note triggeredByEvent=true {{
                startEvent later {on_condition("blocked")}
                later > write
                task write
            }}
            start > call
        """)

        walk = Walk(chart).start(blocked=True)

        assert walk.names == "known end stop"
        assert walk.status == "completed"


@pytest.mark.req("B7")
class TestWayOutThatWouldNotEnd:
    def test_keeps_what_was_done_done(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask work
            endEvent end
            start > work
            work -ok| done or {ENDLESS} = 0-> end
        """)
        walk = Walk(chart).start(done=False).complete("work")
        assert (walk.incident.kind, walk.names) == ("expression", "start work")

        walk.do(commands.SetVariables({"done": True})).do(commands.Retry(walk.incident.token))

        assert walk.names == "start work end"


@pytest.mark.req("B7")
class TestConditionThatWouldNotEnd:
    def test_after_a_change_of_data_is_an_incident_of_no_token(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask work
            start > work
            subProcess react triggeredByEvent=true {{
                startEvent hot {on_condition(f"n = 1 and {ENDLESS} > 5")}
                task cool
                hot > cool
            }}
        """)
        walk = Walk(chart).start()

        walk.do(commands.SetVariables({"n": Decimal(1)}))

        assert (walk.incident.kind, walk.incident.token) == ("expression", 0)
        assert walk.waiting == "work"


class TestNothingToBegin:
    def test_a_chart_of_reactions_alone_is_over_at_once(self) -> None:
        chart = draw(f"""
            subProcess react triggeredByEvent=true {{
                startEvent due {on_timer("PT1H")}
            }}
        """)

        assert Walk(chart).start().status == "completed"


class TestRetryOfReactions:
    def test_listens_only_for_those_that_were_not_heard(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask work
            start > work
            subProcess remind triggeredByEvent=true {{
                startEvent due isInterrupting=false {on_timer("duration(wait)")}
            }}
            subProcess also triggeredByEvent=true {{
                startEvent later isInterrupting=false {on_timer("PT9H")}
            }}
        """)
        walk = Walk(chart).start()
        assert [each.node for each in walk.waits] == ["later"]

        walk.do(commands.SetVariables({"wait": "PT1H"})).do(commands.Retry(0))

        assert sorted(each.node for each in walk.waits) == ["due", "later"]

    def test_listens_around_a_sub_process_that_goes_on_inside(self) -> None:
        chart = draw(f"""
            startEvent start
            subProcess inside {{
                userTask work
            }}
            boundaryEvent due attachedToRef=inside {on_timer("duration(wait)")}
            start > inside
        """)
        walk = Walk(chart).start()
        assert walk.incident.node == "inside"

        walk.do(commands.SetVariables({"wait": "PT1H"})).do(commands.Retry(walk.token("inside").id))

        assert walk.waiting == "work"
        assert [each.node for each in walk.waits] == ["due"]


class TestStartByAMessage:
    def test_begins_the_case_with_what_the_message_brings(self) -> None:
        chart = draw(f"startEvent won {on_message('won')}\ntask work\nwon > work", roots=message("won"))

        walk = Walk(chart).start("won", {"amount": 5})

        assert walk.names == "won work"
        assert list(walk.variables) == ["amount"]


class TestTermination:
    def test_leaves_undone_what_was_about_to_begin(self) -> None:
        chart = draw("""
            startEvent start
            parallelGateway fork
            endEvent stop <terminateEventDefinition/>
            task never
            start > fork > stop
            fork > never
        """)

        assert Walk(chart).start().names == "start stop"
