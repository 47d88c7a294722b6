"""Whatever is done to a chart, it stays a chart, and what was not touched stays as it was to the byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow import bpmn
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import END, FIRST_CONTACT, MAIL, SCRIPT, TELL, WAIT
from throughline.flow.bpmn.rules import violations

Change = Callable[[model.Definitions, st.DataObject], tuple[model.Definitions, set[str]]]
"""An operation with what is drawn for it; gives the chart and the ids of what it was told to touch."""
UNFINISHED = {"event-flows", "gateway-flows", "lone-condition", "no-way-on", "not-reached", "start-without-end"}
"""What BPMN says about charts that are not finished: that is for the check to point out."""
STEPS = (MAIL, TELL, WAIT, END, SCRIPT)


def _nodes(chart: model.Definitions) -> list[str]:
    return [row.id for row in edit.outline(chart)]


def _flows(chart: model.Definitions) -> list[str]:
    return [exit_.flow for row in edit.outline(chart) for exit_ in row.exits]


def _add(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    row = data.draw(st.sampled_from(edit.outline(chart)))
    way = data.draw(st.sampled_from([exit_.flow for exit_ in row.exits])) if row.exits else ""
    step = data.draw(st.sampled_from(STEPS))
    after, made = edit.add_after(chart, after=row.id, step=step, way=way)
    return after, {row.id, made}


def _delete(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node = data.draw(st.sampled_from(_nodes(chart)))
    return edit.delete(chart, node=node), {node}


def _move(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node, row = data.draw(st.sampled_from(_nodes(chart))), data.draw(st.sampled_from(edit.outline(chart)))
    way = data.draw(st.sampled_from([exit_.flow for exit_ in row.exits])) if row.exits else ""
    return edit.move_after(chart, node=node, after=row.id, way=way), {node, row.id}


def _connect(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    source, target = data.draw(st.sampled_from(_nodes(chart))), data.draw(st.sampled_from(_nodes(chart)))
    return edit.connect(chart, source=source, target=target), {source, target}


def _redirect(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    flow, target = data.draw(st.sampled_from(_flows(chart))), data.draw(st.sampled_from(_nodes(chart)))
    return edit.redirect(chart, flow=flow, target=target), {target}


def _disconnect(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    flow = data.draw(st.sampled_from(_flows(chart)))
    return edit.disconnect(chart, flow=flow), set()


def _branch(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node, target = data.draw(st.sampled_from(_nodes(chart))), data.draw(st.sampled_from(["", *_nodes(chart)]))
    ways = [edit.Way("Yes", "true", target), edit.Way("No", "", "end:Not")]
    after, made = edit.branch(chart, after=node, question="Which?", ways=ways)
    return after, {node, made, target}


def _set_ways(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node = data.draw(st.sampled_from(_nodes(chart)))
    targets = data.draw(st.lists(st.sampled_from(["", "end:Other", *_nodes(chart)]), max_size=3, unique=True))
    ways = [edit.Way(f"Way {number}", "true", target) for number, target in enumerate(targets)]
    return edit.set_ways(chart, after=node, question="Which?", ways=ways), {node, *targets}


def _lane(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node, role = data.draw(st.sampled_from(_nodes(chart))), data.draw(st.sampled_from(["sales", "manager", "service"]))
    return edit.put_in_lane(chart, node=node, role=role, name=role.title()), {node}


def _remind(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node = data.draw(st.sampled_from(_nodes(chart)))
    after, made = edit.remind(chart, node=node, after="PT4H", name="Late", step=TELL)
    return after, {node, made}


def _rename(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node = data.draw(st.sampled_from(_nodes(chart)))
    return edit.rename(chart, element=node, name="Another name"), {node}


def _work(chart: model.Definitions, data: st.DataObject) -> tuple[model.Definitions, set[str]]:
    node = data.draw(st.sampled_from(_nodes(chart)))
    return edit.set_work(chart, node=node, due="PT2H", guidance="Ask."), {node}


CHANGES: tuple[Change, ...] = (
    _add, _delete, _move, _connect, _redirect, _disconnect, _branch, _set_ways, _lane, _remind, _rename, _work,
)  # fmt: skip


def _broken(chart: model.Definitions) -> list[str]:
    """Ids that are named and not there, there twice, or in two lanes."""
    process = chart.processes[0]
    items = [item for item, _ in process.walk()]
    ids = [item.id for item in items]
    nodes = {item.id for item in items if isinstance(item, model.FlowNode)}
    found = [each for each in ids if ids.count(each) > 1]
    for item in items:
        if isinstance(item, model.SequenceFlow):
            found += [each for each in (item.source, item.target) if each not in nodes]
        if isinstance(item, model.BoundaryEvent) and item.attached_to not in nodes:
            found.append(item.id)
        default = getattr(item, "default", "")
        if default and not any(flow.id == default and flow.source == item.id for flow in process.flows):
            found.append(default)
    laned = [node for lane in process.lanes for node in lane.nodes]
    return found + [each for each in laned if each not in nodes or laned.count(each) > 1]


def _written(chart: model.Definitions) -> dict[str, str]:
    """The text of each flow element in the file, without the ways that lead in and out of it."""
    text = bpmn.write(chart).decode()
    found = re.findall(r'^    <bpmn:(\w+) id="([^"]+)"(?:[^>]*/>|.*?^    </bpmn:\1>)', text, re.DOTALL | re.MULTILINE)
    pieces = {}
    for kind, each in found:
        whole = re.search(
            rf'^    <bpmn:{kind} id="{each}"(?:[^>]*/>|.*?^    </bpmn:{kind}>)', text, re.DOTALL | re.MULTILINE
        )
        assert whole is not None
        bare = re.sub(r"\s*<bpmn:(incoming|outgoing)>.*?</bpmn:\1>", "", whole[0])
        pieces[each] = re.sub(rf">\s*</bpmn:{kind}>", "/>", bare)
    return pieces


@pytest.mark.req("A1")
class TestOperations:
    @given(st.data())
    def test_leave_a_chart_that_can_be_written_and_drawn(self, data: st.DataObject) -> None:
        chart = FIRST_CONTACT
        for _ in range(data.draw(st.integers(1, 6))):
            try:
                chart, _touched = data.draw(st.sampled_from(CHANGES))(chart, data)
            except edit.NotEditable:
                continue

        assert _broken(chart) == []
        again = bpmn.read(bpmn.write(chart))
        assert again == chart
        broken = {each.rule for each in violations(bpmn.write(chart))} - UNFINISHED
        assert broken == {each.rule for each in violations(bpmn.write(FIRST_CONTACT))}
        drawn = {item.element for item in chart.diagrams[0].plane.elements}  # type: ignore[union-attr]
        assert {row.id for row in edit.outline(chart)} <= drawn

    @given(st.data())
    def test_leave_what_they_do_not_touch_as_it_was_to_the_byte(self, data: st.DataObject) -> None:
        change = data.draw(st.sampled_from(CHANGES))
        try:
            chart, touched = change(FIRST_CONTACT, data)
        except edit.NotEditable:
            return

        before, after = _written(FIRST_CONTACT), _written(chart)

        ways = {flow.id for flow in FIRST_CONTACT.processes[0].flows}
        decided = {"reached"}  # loses its way for otherwise when that one goes
        for each in before.keys() & after.keys() - touched - ways - decided - {"lanes"}:
            assert after[each] == before[each]

    def test_a_change_that_moves_nothing_keeps_the_picture(self) -> None:
        assert edit.rename(FIRST_CONTACT, element="call", name="Ring").diagrams == FIRST_CONTACT.diagrams

    def test_colours_stay_when_the_chart_is_laid_out_anew(self) -> None:
        diagram = FIRST_CONTACT.diagrams[0]
        plane = cast("model.Plane", diagram.plane)
        red = (("{http://bpmn.io/schema/bpmn/biocolor/1.0}fill", "red"),)
        elements = tuple(replace(item, attributes=red) if item.element == "call" else item for item in plane.elements)
        coloured = replace(FIRST_CONTACT, diagrams=(replace(diagram, plane=replace(plane, elements=elements)),))

        chart, _ = edit.add_after(coloured, after="captured", step=MAIL)

        call = next(item for item in chart.diagrams[0].plane.elements if item.element == "call")  # type: ignore[union-attr]
        assert call.fill == "red"

    def test_the_same_operation_gives_the_same_file(self) -> None:
        first, _ = edit.add_after(FIRST_CONTACT, after="call", step=MAIL)
        second, _ = edit.add_after(FIRST_CONTACT, after="call", step=MAIL)

        assert bpmn.write(first) == bpmn.write(second)
