"""Embedded, event and ad-hoc sub-processes: BPMN 2.0.2, 10.3.5."""

from __future__ import annotations

from throughline.flow.engine import commands
from throughline.flow.engine.effects import DisarmTimer, WithdrawWork
from throughline.flow.engine.tests.walking import (
    Walk,
    draw,
    message,
    on_condition,
    on_cycle,
    on_escalation,
    on_message,
    on_signal,
    on_timer,
    signal,
)

INSIDE = draw(f"""
    startEvent start
    subProcess order {{
        startEvent begin
        userTask pick
        userTask pack
        begin > pick
        begin > pack
    }}
    boundaryEvent late attachedToRef=order {on_timer("P1D")}
    endEvent end
    endEvent given_up
    start > order > end
    late > given_up
""")
WON = """
    startEvent start
    userTask negotiate
    start > negotiate
    subProcess won triggeredByEvent=true {{
        startEvent deal_won {interrupting} {definition}
        userTask thank
        endEvent done
        deal_won > thank > done
    }}
"""


class TestEmbedded:
    def test_is_over_when_nothing_is_left_inside(self) -> None:
        walk = Walk(INSIDE).start().complete("pick")
        assert walk.waiting == "pack"

        walk.complete("pack")

        assert walk.names == "start begin pick pack order end"
        assert len(walk.asked(DisarmTimer)) == 1

    def test_is_withdrawn_with_everything_inside_by_an_interrupting_boundary_event(self) -> None:
        walk = Walk(INSIDE).start().pass_time(days=1)

        assert walk.names == "start begin late given_up"
        assert len(walk.asked(WithdrawWork)) == 2
        assert walk.status == "completed"

    def test_begins_everywhere_when_it_has_no_start_event(self) -> None:
        chart = draw("""
            startEvent start
            subProcess order {
                task a
                task b
                a > c
                task c
            }
            start > order
        """)

        assert Walk(chart).start().names == "start a b c order"

    def test_that_is_empty_is_over_at_once(self) -> None:
        chart = draw("""
            startEvent start
            subProcess nothing {
            }
            endEvent end
            start > nothing > end
        """)

        assert Walk(chart).start().names == "start nothing end"

    def test_keeps_its_own_data_to_itself(self) -> None:
        chart = draw("""
            startEvent start
            subProcess order {
                dataObject draft
                scriptTask write tl:result=draft <script>"inner"</script>
                scriptTask tell tl:result=told <script>draft</script>
                write > tell
            }
            start > order
        """)

        assert Walk(chart).start().variables == {"told": "inner"}

    def test_terminate_inside_ends_only_the_inside(self) -> None:
        chart = draw("""
            startEvent start
            subProcess order {
                startEvent begin
                userTask endless
                endEvent stop <terminateEventDefinition/>
                begin > endless
                begin > stop
            }
            task after
            endEvent end
            start > order > after > end
        """)

        assert Walk(chart).start().names == "start begin stop order after end"


class TestEventSubprocess:
    def test_interrupts_everything_else_in_its_scope(self) -> None:
        chart = draw(WON.format(interrupting="", definition=on_message("deal won")), roots=message("deal won"))
        walk = Walk(chart).start().send("deal won", amount=3)

        assert walk.names == "start deal_won"
        assert walk.waiting == "thank"
        assert len(walk.asked(WithdrawWork)) == 1

        walk.complete("thank")
        assert walk.names == "start deal_won thank done won"
        assert walk.status == "completed"

    def test_listens_no_more_once_it_has_interrupted(self) -> None:
        chart = draw(WON.format(interrupting="", definition=on_message("deal won")), roots=message("deal won"))

        assert Walk(chart).start().send("deal won").case.waits == {}

    def test_that_does_not_interrupt_runs_beside_the_rest_as_often_as_its_event_happens(self) -> None:
        chart = draw(
            WON.format(interrupting="isInterrupting=false", definition=on_message("note")), roots=message("note")
        )
        walk = Walk(chart).start().send("note").send("note")

        assert walk.waiting == "negotiate thank thank"

        walk.complete("negotiate").complete("thank").complete("thank")
        assert walk.status == "completed"

    def test_starts_by_a_timer_and_by_each_round_of_a_cycle(self) -> None:
        chart = draw(WON.format(interrupting="isInterrupting=false", definition=on_cycle("R2/P1D")))

        assert Walk(chart).start().pass_time(days=5).waiting == "negotiate thank thank"

    def test_starts_at_once_when_its_condition_holds_as_the_scope_opens(self) -> None:
        chart = draw(WON.format(interrupting="", definition=on_condition("vip")))

        walk = Walk(chart).start(vip=True)

        assert walk.names == "deal_won"
        assert walk.waiting == "thank"

    def test_starts_when_its_condition_becomes_true_later(self) -> None:
        chart = draw(WON.format(interrupting="", definition=on_condition("vip")))

        assert Walk(chart).start().do(commands.SetVariables({"vip": True})).names == "start deal_won"

    def test_stops_tokens_on_their_way_and_the_one_that_threw(self) -> None:
        chart = draw(f"""
            startEvent start
            parallelGateway fork
            task on_its_way
            intermediateThrowEvent alarm {on_escalation()}
            task never
            start > fork > alarm > never
            fork > on_its_way > never
            subProcess rescue triggeredByEvent=true {{
                startEvent alarmed {on_escalation()}
                task help
                alarmed > help
            }}
        """)

        assert Walk(chart).start().names == "start alarm alarmed help rescue"


class TestAdHoc:
    def test_offers_everything_inside_at_once(self) -> None:
        chart = draw("""
            startEvent start
            adHocSubProcess checklist {
                userTask a
                userTask b
            }
            endEvent end
            start > checklist > end
        """)
        walk = Walk(chart).start()
        assert walk.waiting == "a b"

        assert walk.complete("b").complete("a").names == "start b a checklist end"

    def test_offers_one_after_the_other_when_sequential(self) -> None:
        chart = draw("""
            startEvent start
            adHocSubProcess checklist ordering=Sequential {
                userTask a
                userTask b
            }
            start > checklist
        """)
        walk = Walk(chart).start()
        assert walk.waiting == "a"

        walk.complete("a")

        assert walk.waiting == "b"

    def test_is_enough_when_its_completion_condition_holds(self) -> None:
        chart = draw("""
            startEvent start
            adHocSubProcess checklist {
                userTask a
                userTask b
                <completionCondition>enough</completionCondition>
            }
            endEvent end
            start > checklist > end
        """)
        walk = Walk(chart).start()

        walk.complete("a", enough=True)

        assert walk.names == "start a checklist end"
        assert len(walk.asked(WithdrawWork)) == 1


class TestEventSubprocessInside:
    def test_listens_while_the_subprocess_is_open(self) -> None:
        chart = draw(
            f"""
            startEvent start
            subProcess inside {{
                startEvent begin
                userTask work
                subProcess stop triggeredByEvent=true {{
                    startEvent stopped {on_signal("X")}
                }}
                subProcess also triggeredByEvent=true {{
                    startEvent told {on_signal("Y")}
                }}
                begin > work
            }}
            endEvent end
            start > inside > end
            """,
            roots=signal("X") + signal("Y"),
        )
        walk = Walk(chart).start()
        assert sorted(each.node for each in walk.waits) == ["stopped", "told"]

        assert walk.signal("X").names == "start begin stopped stop inside end"
        assert walk.waits == []

    def test_that_interrupts_as_it_opens_leaves_the_others_unheard(self) -> None:
        chart = draw(
            f"""
            startEvent start
            subProcess inside {{
                startEvent begin
                userTask work
                subProcess stop triggeredByEvent=true {{
                    startEvent stopped {on_condition("blocked")}
                    userTask wait
                    stopped > wait
                }}
                subProcess also triggeredByEvent=true {{
                    startEvent told {on_signal("Y")}
                }}
                begin > work
            }}
            start > inside
            """,
            roots=signal("Y"),
        )

        walk = Walk(chart).start(blocked=True)

        assert (walk.waiting, walk.waits) == ("wait", [])


class TestAdHocCompletion:
    def test_drops_what_was_not_begun_yet_and_can_leave_running_what_runs(self) -> None:
        chart = draw("""
            startEvent start
            adHocSubProcess choose ordering=Sequential {
                <completionCondition>enough</completionCondition>
                userTask a
                userTask b
            }
            start > choose
        """)

        assert Walk(chart).start().complete("a", enough=True).names == "start a choose"

    def test_lets_what_runs_end_when_it_says_so(self) -> None:
        chart = draw("""
            startEvent start
            adHocSubProcess choose cancelRemainingInstances=false {
                <completionCondition>enough</completionCondition>
                userTask a
                userTask b
            }
            start > choose
        """)
        walk = Walk(chart).start().complete("a", enough=True)
        assert walk.waiting == "b"

        assert walk.complete("b").names == "start a b choose"

    def test_is_interrupted_by_its_boundary_events(self) -> None:
        chart = draw(f"""
            startEvent start
            adHocSubProcess choose {{
                userTask a
            }}
            boundaryEvent late attachedToRef=choose {on_timer("PT1H")}
            start > choose
        """)

        assert Walk(chart).start().pass_time(hours=1).names == "start late"
