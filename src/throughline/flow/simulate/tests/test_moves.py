"""Whoever carries the cases of a chart, the kernel or a table of its answers, the result is the same."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughline.flow import bpmn
from throughline.flow.engine.tests.test_properties import BLOCKS, Block, Drawing
from throughline.flow.engine.tests.walking import error, message, on_error, on_message, on_timer, xml
from throughline.flow.simulate.experiment import CarriedBy, Runner, simulate
from throughline.flow.simulate.fitness import why_no_table
from throughline.flow.simulate.reading import read_scenario
from throughline.flow.simulate.report import document
from throughline.flow.simulate.setting import Setting, set_up
from throughline.flow.simulate.tests.stage import OFFICE, exponential, setting

SCENARIO: dict[str, Any] = {
    "arrivals": exponential(600),
    "cases": 30,
    "replications": 2,
    "warm_up": 0.2,
    "calendars": {"office": OFFICE},
    "resources": {"R": {"amount": 2, "calendar": "office", "cost_per_hour": 40}, "S": {}},
    "variables": {"choice": {"distribution": "uniform", "min": -1, "max": 3}},
}


def drawn(block: Block) -> bytes:
    """Return the file of a block between a start and an end event."""
    drawing = Drawing()
    first, last = drawing.add(block)
    return xml("\n".join(["startEvent start", "endEvent end", *drawing.lines, f"start > {first}", f"{last} > end"]))


def joined(file: bytes, seed: int) -> Setting:
    """Join a drawing with the scenario; its steps take turns at two resources."""
    definitions = bpmn.read(file)
    steps = [
        element.id
        for element, _ in definitions.processes[0].walk()
        if isinstance(element, bpmn.model.Task) and element.kind_name != "subProcess"
    ]
    tasks = {
        step: {"duration": exponential(1_800), "resource": ("R", "S")[place % 2], "priority": place % 3}
        for place, step in enumerate(steps)
    }
    return set_up(definitions, read_scenario({**SCENARIO, "seed": seed, "tasks": tasks}))


def told(found: Setting, by: CarriedBy) -> tuple[Any, ...]:
    """Return everything a replication leaves behind."""
    records = Runner(found, by).replicate(0, traces=True)
    return (
        records.traces,
        list(records.work),
        records.arrived,
        list(records.ended),
        [records.outcomes[place] if place >= 0 else None for place in records.outcome],
        dict(sorted(records.visits.items())),
        {node: times for node, (times, _) in records.incidents.items()},
    )


class TestByTable:
    @given(BLOCKS, st.integers(0, 2**32))
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_any_drawing_gives_the_trace_of_the_kernel(self, block: Block, seed: int) -> None:
        found = joined(drawn(block), seed)
        assert not why_no_table(found)

        assert told(found, "table") == told(found, "kernel")

    def test_the_report_is_the_same_to_the_last_digit(self) -> None:
        drawing = (
            "startEvent start\nuserTask Call\nexclusiveGateway hot default=hot_no\nparallelGateway fork\nuserTask A\n"
            "userTask B\nparallelGateway join\nserviceTask Send\nendEvent won\nendEvent lost\nendEvent bounced\n"
            f"boundaryEvent late attachedToRef=Call {on_timer('PT2H')}\n"
            f"boundaryEvent bounce attachedToRef=Send {on_error('E1')}\n"
            f"boundaryEvent note attachedToRef=A cancelActivity=false {on_timer('PT10M')}\n"
            "start > Call > hot\nhot -yes| choice > 1-> fork\nhot -no-> lost\nfork > A > join\nfork > B > join\n"
            "join > Send > won\nlate > lost\nbounce > bounced\nnote > lost"
        )
        found = setting(
            drawing,
            roots=error("E1"),
            **{**SCENARIO, "cases": 300},
            tasks={
                "Call": {"duration": exponential(3_000), "resource": "R"},
                "A": {"duration": exponential(900), "resource": ["S", "R"]},
                "B": {"duration": exponential(900), "resource": "R", "priority": 3},
                "Send": {"duration": "PT1S", "error": {"code": "E1", "probability": 0.2}},
            },
        )

        by_table, by_kernel = (simulate(found, carried_by=by) for by in ("table", "kernel"))

        assert (by_table.carried_by, by_kernel.carried_by) == ("table", "kernel")
        assert document(by_table) == document(by_kernel)
        assert set(document(by_table)["outcomes"]) == {"won", "lost", "bounced"}

    def test_messages_and_what_people_answer_are_the_same(self) -> None:
        item = '<tl:workItem><tl:outcome value="reached"/><tl:outcome value="voicemail"/></tl:workItem>'
        drawing = (
            f"startEvent start\nuserTask Call <extensionElements>{item}</extensionElements>\n"
            "exclusiveGateway talked default=talked_no\neventBasedGateway wait\n"
            f"intermediateCatchEvent answer {on_message('answer')}\n"
            f"intermediateCatchEvent silence {on_timer('P1D')}\nendEvent won\nendEvent lost\n"
            'start > Call > talked\ntalked -yes| outcome = "reached"-> wait\ntalked -no-> Call\n'
            "wait > answer > won\nwait > silence > lost"
        )
        found = setting(drawing, roots=message("answer"), **{**SCENARIO, "cases": 200})

        assert told(found, "table") == told(found, "kernel")


class TestWhyNoTable:
    def test_a_script_whose_value_a_condition_reads_needs_the_kernel(self) -> None:
        found = setting(
            "startEvent start\nscriptTask Rate tl:result=score <script>amount * 2</script>\n"
            "exclusiveGateway hot default=hot_no\nendEvent yes\nendEvent no\nstart > Rate > hot\n"
            "hot -yes| score > 10-> yes\nhot -no-> no",
            variables={"amount": {"distribution": "uniform", "min": 0, "max": 10}},
            cases=400,
            replications=2,
        )

        result = simulate(found)

        assert result.carried_by == "kernel"
        assert 0.4 < document(result)["outcomes"]["yes"] < 0.6

    def test_a_script_that_no_condition_reads_does_not(self) -> None:
        found = setting(
            "startEvent start\nscriptTask Rate tl:result=score <script>amount * 2</script>\n"
            "endEvent end\nstart > Rate > end"
        )

        assert not why_no_table(found)

    def test_says_which_step_it_is(self) -> None:
        found = setting(
            "startEvent start\nuserTask Call\nendEvent end\n"
            "boundaryEvent again attachedToRef=Call cancelActivity=false "
            "<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>\n"
            "start > Call > end\nagain > end"
        )

        assert why_no_table(found) == "'again' has a timer that repeats or looks at data"
