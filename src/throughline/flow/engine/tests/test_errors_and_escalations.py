"""Errors and escalations: who catches what (BPMN 2.0.2, 10.5.1 and 13.5)."""

from __future__ import annotations

import pytest

from throughline.flow.engine import commands
from throughline.flow.engine.effects import EscalateToCaller, FinishCase
from throughline.flow.engine.tests.walking import Walk, draw, error, escalation, on_error, on_escalation

ERRORS = error("A") + error("B")
LEVELS = """
    startEvent start
    subProcess sub {{
        startEvent begin
        endEvent broken {thrown}
        begin > broken
        {inner}
    }}
    {border}
    endEvent end
    start > sub > end
    {outer}
"""


def reaction(name: str, definition: str, attributes: str = "") -> str:
    """Return an event sub-process with one task named ``name``."""
    return f"""
    subProcess on_{name} triggeredByEvent=true {{
        startEvent caught_{name} {attributes} {definition}
        task {name}
        caught_{name} > {name}
    }}"""


def border(name: str, definition: str, attributes: str = "") -> str:
    """Return a boundary event of the sub-process that leads to a task named ``name``."""
    return f"""
    boundaryEvent at_border attachedToRef=sub {attributes} {definition}
    task {name}
    at_border > {name}"""


def walk(thrown: str, *, inner: str = "", at_border: str = "", outer: str = "") -> Walk:
    """Return a case of a sub-process that throws at once, with catchers at three levels."""
    drawing = LEVELS.format(thrown=thrown, inner=inner, border=at_border, outer=outer)
    return Walk(draw(drawing, roots=ERRORS + escalation("A") + escalation("B"))).start()


class TestError:
    def test_is_caught_by_the_innermost_event_subprocess_first(self) -> None:
        done = walk(
            on_error("A"), inner=reaction("in", on_error("A")), at_border=border("edge", on_error("A")), outer=""
        )

        assert done.names == "start begin broken caught_in in on_in sub end"

    def test_is_caught_at_the_border_before_the_outer_event_subprocess(self) -> None:
        done = walk(on_error("A"), at_border=border("edge", on_error("A")), outer=reaction("out", on_error("A")))

        assert done.names == "start begin broken at_border edge"

    def test_is_caught_outside_when_nothing_nearer_does(self) -> None:
        done = walk(on_error("A"), at_border=border("edge", on_error("B")), outer=reaction("out", on_error("A")))

        assert done.names == "start begin broken caught_out out on_out"

    def test_is_caught_by_its_code_before_a_catcher_of_everything(self) -> None:
        done = walk(on_error("A"), inner=reaction("any", on_error()) + reaction("a", on_error("A")))

        assert "caught_a" in done.names
        assert "caught_any" not in done.names

    def test_without_a_code_is_caught_only_by_a_catcher_of_everything(self) -> None:
        done = walk(on_error(), inner=reaction("a", on_error("A")), at_border=border("edge", on_error()))

        assert done.names == "start begin broken at_border edge"

    def test_that_nothing_catches_is_an_incident_and_the_case_stays(self) -> None:
        stopped = walk(on_error("A"))

        assert stopped.incident.message == (
            "Expected error 'A' thrown at 'broken' to be caught, but nothing catches it."
        )
        assert stopped.status == "waiting"

    def test_that_nothing_catches_ends_a_called_case(self) -> None:
        chart = draw(
            f"""
            startEvent start
            endEvent broken {on_error("A")}
            start > broken
            """,
            roots=ERRORS,
        )

        called = Walk(chart).do(commands.Start(called=True))

        assert called.status == "error"
        assert called.asked(FinishCase)[0].code == "A"

    def test_thrown_by_its_own_reaction_goes_outwards(self) -> None:
        rethrow = f"""
        subProcess again triggeredByEvent=true {{
            startEvent caught {on_error()}
            endEvent rethrow {on_error("B")}
            caught > rethrow
        }}"""

        done = walk(on_error("A"), inner=rethrow, at_border=border("edge", on_error("B")))

        assert done.names == "start begin broken caught rethrow at_border edge"

    def test_of_an_activity_is_caught_at_its_border(self) -> None:
        chart = draw(
            f"""
            startEvent start
            userTask work
            boundaryEvent broken attachedToRef=work {on_error("A")}
            endEvent end
            start > work
            broken > end
            """,
            roots=ERRORS,
        )

        assert Walk(chart).start().throw("work", "A").names == "start broken end"

    def test_of_an_activity_that_nothing_catches_leaves_the_work_with_an_incident(self) -> None:
        chart = draw("""
            startEvent start
            userTask work
            endEvent end
            start > work > end
        """)
        stopped = Walk(chart).start().throw("work", "X")
        assert stopped.incident.kind == "uncaught error"

        assert stopped.complete("work").names == "start work end"
        assert stopped.case.incidents == {}

    def test_hands_its_code_to_the_mappings_of_the_catcher(self) -> None:
        mapping = '<extensionElements><tl:output name="why" value="error.code"/></extensionElements>'

        done = walk(on_error("A"), at_border=border("edge", mapping + on_error()))

        assert done.variables == {"why": "A"}


class TestEscalation:
    def test_interrupts_where_its_catcher_does(self) -> None:
        done = walk(on_escalation("A"), at_border=border("edge", on_escalation("A")))

        assert done.names == "start begin broken at_border edge"

    def test_lets_the_thrower_go_on_where_its_catcher_does_not_interrupt(self) -> None:
        done = walk(on_escalation("A"), at_border=border("edge", on_escalation("A"), "cancelActivity=false"))

        assert done.names == "start begin broken at_border sub edge end"

    @pytest.mark.parametrize("code", ["A", ""])
    def test_that_nothing_catches_is_no_fault(self, code: str) -> None:
        done = walk(on_escalation(code))

        assert done.names == "start begin broken sub end"
        assert len(done.asked(EscalateToCaller)) == 1
        assert done.case.incidents == {}


class TestUncaughtErrorOfACalledCase:
    def test_leaves_undone_what_was_still_to_be_done(self) -> None:
        chart = draw(
            f"""
            startEvent start
            parallelGateway fork
            endEvent fail {on_error("E")}
            task other
            task another
            start > fork > fail
            fork > other > another
            """,
            roots=error("E"),
        )

        walk = Walk(chart).do(commands.Start(called=True))

        assert (walk.status, walk.names) == ("error", "start fail")
