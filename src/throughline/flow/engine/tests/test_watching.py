"""What watches rather than acts: steps that were seen done, what was left out for them, and what was out of turn."""

from __future__ import annotations

import pytest

from throughline.flow import engine
from throughline.flow.engine import commands, events
from throughline.flow.engine.effects import OfferWork, PerformAction, StartCase
from throughline.flow.engine.tests.walking import NOW, Walk, draw, message, on_timer, settings

pytestmark = pytest.mark.req("B10")

WATCHES = settings('<tl:procedure key="watched" watches="true"/>')
PROVEN = settings('<tl:evidence event="activity.logged"/>')


def watched(drawing: str, *, roots: str = "") -> engine.Chart:
    """Return a chart that only watches."""
    return draw(f"{WATCHES}\n{drawing}", roots=roots)


def saw(walk: Walk, *names: str, outcome: str = "", by: str = "7") -> Walk:
    """Let one of these steps have been seen."""
    said = {"outcome": outcome} if outcome else {}
    return walk.do(commands.Observe(dict.fromkeys(names, said), by))


def left_out(walk: Walk) -> list[str]:
    """The steps that were left out, in order."""
    return [each.node for each in walk.events if isinstance(each, events.Skipped)]


def out_of_turn(walk: Walk) -> list[str]:
    """The steps that were done out of their turn."""
    return [each.node for each in walk.events if isinstance(each, events.Unexpected)]


STEPS = watched("""
    startEvent start
    userTask call
    userTask visit
    userTask offer
    endEvent end
    start > call > visit > offer > end
""")


class TestObserve:
    def test_a_step_that_is_expected_is_done(self) -> None:
        walk = saw(Walk(STEPS).start(), "call")

        assert (walk.waiting, left_out(walk), out_of_turn(walk)) == ("visit", [], [])

    def test_what_was_said_of_it_becomes_a_variable(self) -> None:
        walk = saw(Walk(STEPS).start(), "call", outcome="reached")

        assert walk.variables == {"outcome": "reached"}

    def test_what_stands_before_it_is_left_out(self) -> None:
        walk = saw(Walk(STEPS).start(), "offer")

        assert (walk.status, left_out(walk)) == ("completed", ["call", "visit"])

    def test_a_step_that_was_passed_is_out_of_turn_and_the_case_stays(self) -> None:
        walk = saw(saw(Walk(STEPS).start(), "visit"), "call")

        assert (walk.waiting, left_out(walk), out_of_turn(walk)) == ("offer", ["call"], ["call"])

    def test_of_several_steps_the_one_that_is_next_was_done(self) -> None:
        walk = saw(Walk(STEPS).start(), "offer", "call")

        assert (walk.waiting, left_out(walk)) == ("visit", [])

    def test_a_step_that_the_chart_does_not_have_is_out_of_turn(self) -> None:
        assert out_of_turn(saw(Walk(STEPS).start(), "gone")) == ["gone"]

    def test_after_the_end_nothing_happens(self) -> None:
        walk = saw(saw(Walk(STEPS).start(), "offer"), "call")

        assert out_of_turn(walk) == []


class TestLeavingOut:
    def test_both_branches_before_a_join_are_left_out(self) -> None:
        chart = watched("""
            startEvent start
            parallelGateway both
            userTask left
            userTask right
            parallelGateway join
            userTask last
            endEvent end
            start > both > left > join > last > end
            both > right > join
        """)

        walk = saw(Walk(chart).start(), "last")

        assert (walk.status, sorted(left_out(walk))) == ("completed", ["left", "right"])

    def test_a_branch_that_does_not_lead_there_is_left_alone(self) -> None:
        chart = watched("""
            startEvent start
            parallelGateway both
            userTask left
            userTask after
            userTask right
            endEvent end
            start > both > left > after > end
            both > right > end
        """)

        walk = saw(Walk(chart).start(), "after")

        assert (walk.waiting, left_out(walk)) == ("right", ["left"])

    def test_the_outcome_that_leads_there_is_found(self) -> None:
        work = settings(
            '<tl:workItem><tl:outcome value="no" label="No"/><tl:outcome value="yes" label="Yes"/></tl:workItem>'
        )
        chart = watched(f"""
            startEvent start
            userTask ask {work}
            exclusiveGateway which
            userTask plan
            endEvent end
            start > ask > which
            which -yes| outcome = "yes"-> plan > end
            which -no| outcome = "no"-> end
        """)

        walk = saw(Walk(chart).start(), "plan")

        assert (walk.status, left_out(walk), walk.variables) == ("completed", ["ask"], {"outcome": "yes"})
        assert walk.case.incidents == {}

    def test_a_wait_is_left_out_where_somebody_was_too_early(self) -> None:
        chart = watched(f"""
            startEvent start
            intermediateCatchEvent pause {on_timer("P2D")}
            userTask call
            endEvent end
            start > pause > call > end
        """)

        walk = saw(Walk(chart).start(), "call")

        assert (walk.status, left_out(walk)) == ("completed", ["pause"])

    def test_a_gateway_that_waits_for_events_is_not(self) -> None:
        chart = watched(f"""
            startEvent start
            eventBasedGateway which
            intermediateCatchEvent pause {on_timer("P2D")}
            intermediateCatchEvent longer {on_timer("P3D")}
            userTask call
            endEvent end
            start > which > pause > call > end
            which > longer > end
        """)

        walk = saw(Walk(chart).start(), "call")

        assert (walk.waiting, out_of_turn(walk)) == ("which", ["call"])

    def test_inside_of_a_subprocess_and_out_of_it(self) -> None:
        chart = watched("""
            startEvent start
            userTask before
            subProcess inside {
                startEvent begin
                userTask one
                userTask two
                endEvent over
                begin > one > two > over
            }
            userTask after
            endEvent end
            start > before > inside > after > end
        """)

        walk = saw(Walk(chart).start(), "two")
        assert (walk.waiting, left_out(walk)) == ("after", ["before", "one"])

        other = saw(Walk(chart).start(), "after")
        assert (other.status, left_out(other)) == ("completed", ["before", "one", "two"])

    def test_what_was_done_before_is_not_ahead_though_the_chart_goes_round(self) -> None:
        chart = watched("""
            startEvent start
            userTask call
            userTask visit
            exclusiveGateway again default=again_enough
            endEvent end
            start > call > visit > again
            again -more| outcome = "more"-> call
            again -enough-> end
        """)

        walk = saw(saw(Walk(chart).start(), "call"), "call")

        assert (walk.waiting, left_out(walk), out_of_turn(walk)) == ("visit", [], ["call"])

    def test_no_more_than_eight_steps_are_left_out(self) -> None:
        names = [f"step{number}" for number in range(11)]
        tasks = "\n".join(f"userTask {name}" for name in names)
        chart = watched(f"startEvent start\n{tasks}\nendEvent end\nstart > {' > '.join(names)} > end")

        assert out_of_turn(saw(Walk(chart).start(), "step9")) == ["step9"]
        assert len(left_out(saw(Walk(chart).start(), "step8"))) == 8

    def test_a_chart_that_branches_too_much_is_given_up(self) -> None:
        outcomes = "".join(f'<tl:outcome value="{number}" label="{number}"/>' for number in range(9))
        work = [settings(f'<tl:workItem result="r{step}">{outcomes}</tl:workItem>') for step in range(4)]
        tasks = "\n".join(f"userTask step{number} {each}" for number, each in enumerate(work))
        chart = watched(f"""
            startEvent start
            {tasks}
            userTask last
            endEvent end
            start > step0 > step1 > step2 > step3 > last > end
        """)

        assert out_of_turn(saw(Walk(chart).start(), "last")) == ["last"]


class TestActing:
    def test_what_would_act_is_passed_by(self) -> None:
        chart = watched(
            f"""
            startEvent start
            serviceTask tag {settings('<tl:action name="record.tag"/>')}
            sendTask tell messageRef=told
            callActivity other calledElement=another
            userTask call
            endEvent end
            start > tag > tell > other > call > end
            """,
            roots=message("told"),
        )

        walk = Walk(chart).start()

        assert walk.story == "start > tag > tell > other > call"
        assert (walk.asked(PerformAction), walk.asked(StartCase)) == ([], [])

    def test_what_the_chart_says_how_to_prove_is_waited_for(self) -> None:
        action = '<tl:action name="record.tag"/><tl:evidence event="record.tagged"/>'
        due = '<tl:workItem due="PT2H"/>'
        chart = watched(f"""
            startEvent start
            serviceTask tag {settings(action)}
            serviceTask soon {settings(due, action)}
            endEvent end
            start > tag > soon > end
        """)

        walk = Walk(chart).start()
        assert walk.waiting == "tag"

        saw(walk, "tag")
        assert [each.due_at for each in walk.asked(OfferWork)][-1] is not None
        assert (walk.waiting, walk.token("soon").phase, walk.now) == ("soon", "work", NOW)

    def test_the_chart_says_that_it_watches(self) -> None:
        assert STEPS.watches
        assert not draw("startEvent start\nendEvent end\nstart > end").watches
