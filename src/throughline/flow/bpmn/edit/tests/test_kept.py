"""Places that a person chose stay when a chart is changed, and what is new finds room."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow import bpmn
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit import template
from throughline.flow.bpmn.edit.tests.charts import END, FIRST_CONTACT, GROUPED, MAIL, PLAIN
from throughline.flow.bpmn.edit.tests.test_operations import CHANGES
from throughline.flow.bpmn.layout import framed, kept, lay_out
from throughline.flow.bpmn.layout.tests.judge import Sheet
from throughline.flow.bpmn.layout.ways import ways
from throughline.flow.bpmn.render.geometry import Box
from throughline.flow.bpmn.tests.charts import chart

pytestmark = pytest.mark.req("A1")

HAND = 17.0
"""So far everything was moved by hand before the tests change anything: no layout would put it there."""


def by_hand(definitions: model.Definitions, *, right: float = HAND, down: float = 2 * HAND) -> model.Definitions:
    """Return a chart whose picture was moved, which no layout would do."""
    return replace(definitions, diagrams=tuple(_moved(each, right, down) for each in definitions.diagrams))


def _moved(diagram: model.Diagram, right: float, down: float) -> model.Diagram:
    assert diagram.plane is not None
    return replace(
        diagram,
        plane=replace(diagram.plane, elements=tuple(_shifted(item, right, down) for item in diagram.plane.elements)),
    )


def _shifted(item: model.DiagramElement, right: float, down: float) -> model.DiagramElement:
    if isinstance(item, model.Shape) and item.bounds is not None:
        return replace(item, bounds=replace(item.bounds, x=item.bounds.x + right, y=item.bounds.y + down), label=None)
    assert isinstance(item, model.Edge)
    points = tuple(replace(each, x=each.x + right, y=each.y + down) for each in item.waypoints)
    return replace(item, waypoints=points, label=None)


def boxes(definitions: model.Definitions) -> dict[str, Box]:
    """Return the boxes of all pages."""
    return {each: box for page in definitions.diagrams for each, box in Sheet(definitions, page).boxes.items()}


def lines(definitions: model.Definitions) -> dict[str, list[tuple[float, float]]]:
    """Return the lines of all pages."""
    return {
        each: list(points) for page in definitions.diagrams for each, points in Sheet(definitions, page).lines.items()
    }


def faults(definitions: model.Definitions) -> list[object]:
    """Return what overlaps or lies outside of its frame, and names that lie on nodes."""
    sheets = [Sheet(definitions, page) for page in definitions.diagrams]
    sticking = [
        (node, frame)
        for sheet in sheets
        for node, frame in sheet.outside()
        if not isinstance(sheet.elements[node], model.BoundaryEvent)  # these are where their step is
    ]
    return [*sticking, *(fault for sheet in sheets for fault in (*sheet.overlapping(), *sheet.covered()))]


def docked(definitions: model.Definitions) -> list[str]:
    """Return the flows that do not begin and end at what they join."""
    places, drawn = boxes(definitions), lines(definitions)
    flows = [item for process in definitions.processes for item, _ in process.walk()]
    return [
        flow.id
        for flow in flows
        if isinstance(flow, model.SequenceFlow)
        and not (
            places[flow.source].grown(1).holds(drawn[flow.id][0])
            and places[flow.target].grown(1).holds(drawn[flow.id][-1])
        )
    ]


DRAWN = by_hand(FIRST_CONTACT)
LINE = by_hand(lay_out(PLAIN))


class TestInALine:
    """A step that is put between two others."""

    def test_stands_on_the_line_and_what_is_behind_moves_on(self) -> None:
        changed, made = edit.add_after(LINE, after="one", step=MAIL)

        was, now = boxes(LINE), boxes(changed)
        assert (now["begin"], now["one"]) == (was["begin"], was["one"])
        assert now["one"].right < now[made].x < now[made].right < now["end"].x
        assert (now[made].cy, now["end"].cy) == (was["one"].cy, was["end"].cy)
        assert (faults(changed), docked(changed)) == ([], [])

    def test_needs_no_room_where_there_is_enough(self) -> None:
        wide = kept_apart(LINE, "end", 400)

        changed, made = edit.add_after(wide, after="one", step=MAIL)

        was, now = boxes(wide), boxes(changed)
        assert {each: now[each] for each in was} == was
        assert now["one"].right < now[made].x < now[made].right < now["end"].x

    def test_stretches_the_frames_around_it(self) -> None:
        changed, made = edit.add_after(DRAWN, after="call", step=MAIL)

        was, now = boxes(DRAWN), boxes(changed)
        assert now["captured"] == was["captured"]
        assert now["pool"].width > was["pool"].width
        assert (now["pool"].x, now["lane_sales"].x) == (was["pool"].x, was["lane_sales"].x)
        assert now["lane_sales"].y < now[made].y < now[made].bottom < now["lane_sales"].bottom
        assert (faults(changed), docked(changed)) == ([], [])

    def test_two_one_after_the_other_stand_one_after_the_other(self) -> None:
        once, first = edit.add_after(LINE, after="one", step=MAIL)
        changed = kept(LINE, edit.add_after(once, after=first, step=MAIL)[0])

        assert changed is not None
        now = boxes(changed)
        assert sorted(now, key=lambda each: now[each].x)[-1] == "end"
        assert (faults(changed), docked(changed)) == ([], [])


STEPS = '<bpmn:startEvent id="begin"/><bpmn:task id="one"/><bpmn:endEvent id="end"/>'


LANES = (
    '<bpmn:laneSet id="ls"><bpmn:lane id="lane" name="Sales">'
    + "".join(f"<bpmn:flowNodeRef>{each}</bpmn:flowNodeRef>" for each in ("begin", "one", "end"))
    + "</bpmn:lane></bpmn:laneSet>"
)


def flow(source: str, target: str) -> str:
    """Return a sequence flow."""
    return f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'


def drawn_from(inside: str) -> model.Definitions:
    """Return a chart without a picture."""
    return bpmn.read(chart(inside))


def with_box(definitions: model.Definitions, each: str, box: Box) -> model.Definitions:
    """Return a chart in which something stands elsewhere."""
    (diagram,) = definitions.diagrams
    assert diagram.plane is not None
    bounds = model.Bounds(x=box.x, y=box.y, width=box.width, height=box.height)
    elements = tuple(
        replace(item, bounds=bounds) if isinstance(item, model.Shape) and item.element == each else item
        for item in diagram.plane.elements
    )
    return replace(definitions, diagrams=(replace(diagram, plane=replace(diagram.plane, elements=elements)),))


def kept_apart(definitions: model.Definitions, node: str, by: float) -> model.Definitions:
    """Return a chart in which a node stands further to the right, with the ends of its lines."""
    box = boxes(definitions)[node]
    (diagram,) = definitions.diagrams
    assert diagram.plane is not None

    def moved(item: model.DiagramElement) -> model.DiagramElement:
        if isinstance(item, model.Shape) and item.element == node and item.bounds is not None:
            return replace(item, bounds=replace(item.bounds, x=item.bounds.x + by))
        if isinstance(item, model.Edge):
            points = tuple(
                replace(each, x=each.x + by) if box.grown(1).holds((each.x, each.y)) else each
                for each in item.waypoints
            )
            return replace(item, waypoints=points)
        return item

    elements = tuple(moved(item) for item in diagram.plane.elements)
    return replace(definitions, diagrams=(replace(diagram, plane=replace(diagram.plane, elements=elements)),))


class TestBeside:
    """A step that nothing is behind, or that stands beside others."""

    def test_a_second_way_takes_a_row_of_its_own(self) -> None:
        ways = (edit.Way("Yes", "outcome = 1"), edit.Way("No", "", "end:Given up"))

        changed, _decision = edit.branch(LINE, after="one", question="Done?", ways=ways)

        was, now = boxes(LINE), boxes(changed)
        assert (now["begin"], now["one"]) == (was["begin"], was["one"])
        assert (faults(changed), docked(changed)) == ([], [])

    def test_an_exception_sits_on_its_step_and_leads_into_the_lane(self) -> None:
        changed, _told = edit.remind(DRAWN, node="call", after='duration("P2D")', name="Late", step=MAIL)

        was, now = boxes(DRAWN), boxes(changed)
        [event] = [
            each for each in now.keys() - was.keys() if now[each].width == 36 and now[each].cy == was["call"].bottom
        ]
        assert now["call"] == was["call"]
        assert not now[event].meets(now["late"])
        assert (faults(changed), docked(changed)) == ([], [])

    def test_a_lane_without_room_grows(self) -> None:
        changed, made = edit.add_alone(DRAWN, step=MAIL)

        was, now = boxes(DRAWN), boxes(changed)
        assert now["lane_sales"].height > was["lane_sales"].height
        assert now["lane_manager"].y - was["lane_manager"].y == now["lane_sales"].height - was["lane_sales"].height
        assert now["tell"].y - was["tell"].y == now["lane_manager"].y - was["lane_manager"].y
        assert now["captured"] == was["captured"]
        assert (faults(changed), docked(changed)) == ([], [])
        assert made in now


class TestTakingAway:
    """A step that goes."""

    def test_the_rest_stays_and_its_two_lines_become_one(self) -> None:
        changed = edit.delete(DRAWN, node="call")

        was, now = boxes(DRAWN), boxes(changed)
        assert {each: now[each] for each in now} == {each: was[each] for each in now}
        assert "call" not in now
        assert docked(changed) == []

    def test_a_chart_whose_last_step_goes_keeps_the_others(self) -> None:
        changed = edit.delete(LINE, node="end")

        assert boxes(changed).keys() == {"begin", "one"}


class TestMoving:
    """A step that goes elsewhere."""

    def test_another_lane_has_room_for_it(self) -> None:
        changed = edit.put_in_lane(DRAWN, node="done", lane="lane_manager")

        was, now = boxes(DRAWN), boxes(changed)
        assert now["lane_manager"].y <= now["done"].y < now["done"].bottom <= now["lane_manager"].bottom
        assert (now["call"], now["captured"]) == (was["call"], was["captured"])
        assert (faults(changed), docked(changed)) == ([], [])

    def test_an_empty_lane_takes_a_step_that_nothing_leads_to(self) -> None:
        with_lane, lane = edit.add_lane(DRAWN, name="Support", role="support")

        changed = edit.put_in_lane(with_lane, node="captured", lane=lane)

        now = boxes(changed)
        assert now[lane].cut(now["captured"]) == now["captured"]
        assert now["call"] == boxes(DRAWN)["call"]
        assert (faults(changed), docked(changed)) == ([], [])

    def test_a_new_lane_comes_below_its_neighbour(self) -> None:
        changed, lane = edit.add_lane(DRAWN, name="Support")

        was, now = boxes(DRAWN), boxes(changed)
        assert now[lane].y == was["lane_manager"].bottom
        assert now["pool"].bottom == now[lane].bottom
        assert {each: now[each] for each in was if each != "pool"} == {
            each: was[each] for each in was if each != "pool"
        }


class TestLayingOutAnew:
    """What these rules cannot place."""

    def test_the_first_lane_needs_a_pool(self) -> None:
        changed, lane = edit.add_lane(LINE, name="Sales")

        assert kept(LINE, changed) is None
        assert lane in boxes(changed)

    def test_a_chart_without_a_picture(self) -> None:
        assert kept(PLAIN, PLAIN) is None

    def test_a_group_of_steps_that_is_new(self) -> None:
        inner = '<bpmn:subProcess id="order"><bpmn:task id="pick"/></bpmn:subProcess>'
        flows = flow("begin", "order") + flow("order", "one") + flow("one", "end")

        assert kept(LINE, drawn_from(STEPS + inner + flows)) is None

    def test_lanes_that_go(self) -> None:
        (process,) = DRAWN.processes
        without = replace(process, lane_sets=())
        elements = tuple(without if each is process else each for each in DRAWN.elements)

        assert kept(DRAWN, replace(DRAWN, elements=elements)) is None

    def test_more_exceptions_than_a_step_is_wide(self) -> None:
        events = "".join(
            f'<bpmn:boundaryEvent id="e{number}" attachedToRef="one"><bpmn:timerEventDefinition/></bpmn:boundaryEvent>'
            for number in range(4)
        )

        assert kept(LINE, drawn_from(STEPS + events + flow("begin", "one") + flow("one", "end"))) is None

    def test_a_step_whose_rows_are_all_taken(self) -> None:
        note = '<bpmn:textAnnotation id="note"><bpmn:text>Tall</bpmn:text></bpmn:textAnnotation>'
        short = '<bpmn:startEvent id="begin"/><bpmn:task id="one"/>' + flow("begin", "one")
        before = lay_out(drawn_from(short + note))
        tall = boxes(before)["one"]._replace(x=boxes(before)["one"].right + 20, y=-2000, height=5000)

        changed, _made = edit.add_after(with_box(before, "note", tall), after="one", step=MAIL)

        assert kept(with_box(before, "note", tall), changed) is None

    def test_a_lane_that_has_no_room_beside_what_reaches_into_it(self) -> None:
        note = '<bpmn:textAnnotation id="note"><bpmn:text>Tall</bpmn:text></bpmn:textAnnotation>'
        before = lay_out(drawn_from(f"{LANES}{STEPS}{note}{flow('begin', 'one')}{flow('one', 'end')}"))
        lane = boxes(before)["lane"]
        over_all = Box(-5000, lane.y - 9000, 20000, 9000 + lane.height + 400)
        after, _made = edit.add_alone(before, step=MAIL)

        assert kept(with_box(before, "note", over_all), with_box(after, "note", over_all)) is None

    def test_a_second_end_where_all_of_the_lane_is_taken(self) -> None:
        note = '<bpmn:textAnnotation id="note"><bpmn:text>Tall</bpmn:text></bpmn:textAnnotation>'
        before = lay_out(drawn_from(f"{LANES}{STEPS}{note}{flow('begin', 'one')}"))
        lane = boxes(before)["lane"]
        covered = with_box(
            before, "note", Box(boxes(before)["one"].right + 1, lane.y - 9000, 20000, 9000 + lane.height + 400)
        )

        after, _made = edit.add_after(covered, after="one", step=END)

        assert kept(covered, after) is None

    def test_a_lane_above_all_others(self) -> None:
        (process,) = DRAWN.processes
        first = replace(process.lane_sets[0], lanes=(model.Lane(id="top", name="Top"), *process.lane_sets[0].lanes))
        grown = replace(process, lane_sets=(first,))

        assert kept(DRAWN, replace(DRAWN, elements=tuple(grown if e is process else e for e in DRAWN.elements))) is None

    def test_a_step_with_messages_of_another_pool_that_moves(self) -> None:
        root = (
            '<bpmn:collaboration id="c"><bpmn:participant id="them" name="Customer"/><bpmn:participant id="us" '
            'processRef="p"/><bpmn:messageFlow id="m" sourceRef="them" targetRef="one"/></bpmn:collaboration>'
        )
        two = STEPS + '<bpmn:task id="two"/>' + flow("begin", "one") + flow("one", "two") + flow("two", "end")
        before = lay_out(bpmn.read(chart(two, root=root)))

        after = edit.move_after(before, node="one", after="two")

        assert kept(before, after) is None

    def test_what_stands_on_two_pages(self) -> None:
        (diagram,) = LINE.diagrams
        assert diagram.plane is not None
        there = tuple(each for each in diagram.plane.elements if each.element == "end")
        here = tuple(each for each in diagram.plane.elements if each.element != "end")
        pages = [
            replace(diagram, id=f"page_{len(each)}", plane=replace(diagram.plane, elements=each))
            for each in (here, there)
        ]

        assert kept(replace(LINE, diagrams=tuple(pages)), edit.add_after(LINE, after="begin", step=MAIL)[0]) is None

    def test_keeps_the_colours(self) -> None:
        (diagram,) = LINE.diagrams
        assert diagram.plane is not None
        painted = tuple(
            replace(each, attributes=(("{http://bpmn.io/schema/bpmn/biocolor/1.0}fill", "#ffcc00"),))
            if each.element == "one"
            else each
            for each in diagram.plane.elements
        )
        coloured = replace(LINE, diagrams=(replace(diagram, plane=replace(diagram.plane, elements=painted)),))

        changed, _lane = edit.add_lane(coloured, name="Sales")

        fills = {s.element: s.fill for d in changed.diagrams if d.plane is not None for s in d.plane.shapes}
        assert fills["one"] == "#ffcc00"


class TestWhatElseIsThere:
    """Data, steps inside open groups, other kinds, pictures that lack something."""

    def test_data_stays_where_it_is(self) -> None:
        data = '<bpmn:dataObject id="list"/><bpmn:dataObjectReference id="file" dataObjectRef="list"/>'
        before = by_hand(lay_out(drawn_from(STEPS + data + flow("begin", "one") + flow("one", "end"))))

        changed, _made = edit.add_after(before, after="one", step=MAIL)

        assert boxes(changed)["one"] == boxes(before)["one"]
        assert kept(before, changed) is not None

    def test_a_step_inside_an_open_group_makes_it_larger(self) -> None:
        before = by_hand(lay_out(GROUPED))

        changed, made = edit.add_after(before, after="pick", step=MAIL)

        was, now = boxes(before), boxes(changed)
        assert (now["order"].x, now["pick"]) == (was["order"].x, was["pick"])
        assert now["order"].cut(now[made]) == now[made]
        assert (faults(changed), docked(changed)) == ([], [])

    def test_a_step_without_neighbours_comes_below_the_others(self) -> None:
        changed, made = edit.add_alone(LINE, step=MAIL)

        was, now = boxes(LINE), boxes(changed)
        assert {each: now[each] for each in was} == was
        assert now[made].y > now["one"].bottom

    def test_a_step_that_becomes_a_decision_keeps_its_middle(self) -> None:
        inside = STEPS.replace("bpmn:task", "bpmn:exclusiveGateway") + flow("begin", "one") + flow("one", "end")

        changed = kept(LINE, drawn_from(inside))

        assert changed is not None
        was, now = boxes(LINE)["one"], boxes(changed)["one"]
        assert (now.cx, now.cy, now.width) == (was.cx, was.cy, 50)
        assert docked(changed) == []

    def test_data_at_a_step_that_moves_is_joined_to_it_again(self) -> None:
        before = by_hand(lay_out(drawn_from(WITH_DATA)))

        changed = edit.move_after(before, node="one", after="two")

        now = boxes(changed)
        assert now["two"].right < now["one"].x
        assert now["file"].y == boxes(before)["file"].y
        assert now["one"].grown(1).holds(lines(changed)["writes"][0])

    def test_data_of_a_step_that_goes_loses_its_line(self) -> None:
        changed = edit.delete(by_hand(lay_out(drawn_from(WITH_DATA))), node="one")

        assert "writes" not in lines(changed)
        assert "file" in boxes(changed)

    def test_a_closed_group_of_steps_stands_as_a_step_and_what_is_inside_is_not_drawn(self) -> None:
        before = closed(lay_out(drawn_from(f"{STEPS}{INNER}{IN_LINE}")))

        changed, made = edit.add_after(before, after="begin", step=MAIL)

        was, now = boxes(before), boxes(changed)
        assert now.keys() == {*was, made}
        assert (now["order"].width, now["order"].height) == (was["order"].width, was["order"].height)
        assert (faults(changed), now["begin"]) == ([], was["begin"])

    def test_a_gateway_that_becomes_a_decision_shows_its_cross(self) -> None:
        inside = STEPS.replace("task", "parallelGateway") + flow("begin", "one") + flow("one", "end")
        before = by_hand(lay_out(drawn_from(inside)))

        changed = edit.change_kind(before, node="one", step=template({"element": "bpmn:ExclusiveGateway"}))

        [page] = changed.diagrams
        assert page.plane is not None
        assert {each.element for each in page.plane.shapes if each.is_marker_visible} == {"one"}

    def test_a_line_that_was_never_drawn_is_drawn(self) -> None:
        (diagram,) = LINE.diagrams
        assert diagram.plane is not None
        bare = model.Shape(id="nothing", element="begin_shape_without_place")
        elements = (*(each for each in diagram.plane.elements if each.element != "one_end"), bare)
        lacking = replace(LINE, diagrams=(replace(diagram, plane=replace(diagram.plane, elements=elements)),))

        changed = edit.delete(lacking, node="one")

        [page] = changed.diagrams
        assert page.plane is not None
        [end] = [each for each in page.plane.shapes if each.element == "end"]
        assert end.bounds is not None
        points = {each.element: each.waypoints for each in page.plane.edges}["begin_one"]
        assert (points[-1].x, points[-1].y) == (end.bounds.x, end.bounds.centre[1])


class TestGroups:
    """Frames around steps that belong together."""

    def test_one_stays_where_it_is_and_stretches_with_what_is_put_into_it(self) -> None:
        grouped = with_group(LINE, "one", "end")

        changed, made = edit.add_after(grouped, after="one", step=MAIL)

        was, now = boxes(grouped), boxes(changed)
        assert (now["g"].x, now["g"].y) == (was["g"].x, was["g"].y)
        assert now["g"].cut(now[made]) == now[made]
        assert now["g"].cut(now["end"]) == now["end"]

    def test_one_is_drawn_around_what_it_held_when_all_is_laid_out_anew(self) -> None:
        grouped = with_group(LINE, "one", "end")

        changed = framed(grouped, lay_out(grouped))

        now = boxes(changed)
        assert all(now["g"].cut(now[each]) == now[each] for each in ("one", "end"))
        assert now["g"].cut(now["begin"]) != now["begin"]

    def test_one_that_held_nothing_goes(self) -> None:
        grouped = with_group(LINE, "one", "end")
        empty = kept_apart(grouped, "g", 5000)

        assert "g" not in boxes(framed(empty, lay_out(empty)))


def with_group(definitions: model.Definitions, *held: str) -> model.Definitions:
    """Return a chart with a group around some of its nodes."""
    places = boxes(definitions)
    inside = [places[each] for each in held]
    x, y = min(each.x for each in inside) - 20, min(each.y for each in inside) - 20
    bounds = model.Bounds(
        x=x,
        y=y,
        width=max(each.right for each in inside) + 20 - x,
        height=max(each.bottom for each in inside) + 20 - y,
    )
    (process,) = definitions.processes
    (diagram,) = definitions.diagrams
    assert diagram.plane is not None
    shape = model.Shape(id="g_shape", element="g", bounds=bounds)
    plane = replace(diagram.plane, elements=(*diagram.plane.elements, shape))
    grown = replace(process, artifacts=(*process.artifacts, model.Group(id="g")))
    elements = tuple(grown if each is process else each for each in definitions.elements)
    return replace(definitions, elements=elements, diagrams=(replace(diagram, plane=plane),))


class TestChosenPlaces:
    """Places that somebody gave to what is new."""

    AFTER, MADE = edit.add_after(LINE, after="one", step=MAIL)

    def test_are_taken_as_they_are(self) -> None:
        below = Box(boxes(LINE)["one"].x, boxes(LINE)["one"].bottom + 100, 120, 60)

        changed = kept(LINE, self.AFTER, {self.MADE: below})

        assert changed is not None
        was, now = boxes(LINE), boxes(changed)
        assert now == {**was, self.MADE: below}
        assert docked(changed) == []

    def test_are_refused_where_something_stands(self) -> None:
        assert kept(LINE, self.AFTER, {self.MADE: boxes(LINE)["one"]}) is None

    def test_are_refused_outside_of_their_lane(self) -> None:
        after, made = edit.add_after(DRAWN, after="call", step=MAIL)

        assert kept(DRAWN, after, {made: Box(0, 5000, 100, 80)}) is None

    def test_hold_for_lanes(self) -> None:
        after, lane = edit.add_lane(DRAWN, name="Support")
        above = boxes(DRAWN)["lane_manager"]
        below = above._replace(y=above.bottom, height=210)

        changed = kept(DRAWN, after, {lane: below})

        assert changed is not None
        assert boxes(changed)[lane] == below
        assert boxes(changed)["pool"].bottom == below.bottom


class TestWays:
    """Simple ways of a line."""

    def test_to_itself_goes_around_the_corner(self) -> None:
        box = Box(0, 0, 100, 80)

        [way] = ways(box, box, sits=False)

        assert (way[0], way[-1]) == ((100, 40), (50, 80))

    def test_from_a_border_all_leave_downwards(self) -> None:
        event = Box(50, 62, 36, 36)

        found = [*ways(event, Box(300, 200, 100, 80), sits=True), *ways(event, Box(-200, 0, 100, 80), sits=True)]

        assert all(way[0] == (event.cx, event.bottom) for way in found)
        assert len(found) == 7


WITH_DATA = (
    '<bpmn:startEvent id="begin"/><bpmn:task id="one"><bpmn:dataOutputAssociation id="writes">'
    "<bpmn:targetRef>file</bpmn:targetRef></bpmn:dataOutputAssociation></bpmn:task>"
    '<bpmn:task id="two"/><bpmn:endEvent id="end"/><bpmn:dataObject id="list"/>'
    '<bpmn:dataObjectReference id="file" dataObjectRef="list"/>'
    + flow("begin", "one")
    + flow("one", "two")
    + flow("two", "end")
)
INNER = (
    '<bpmn:subProcess id="order"><bpmn:task id="pick"/><bpmn:task id="pack"/><bpmn:sequenceFlow id="inside" '
    'sourceRef="pick" targetRef="pack"/></bpmn:subProcess>'
)
IN_LINE = flow("begin", "order") + flow("order", "one") + flow("one", "end")


def closed(definitions: model.Definitions) -> model.Definitions:
    """Return a chart whose group of steps is drawn closed."""
    (diagram,) = definitions.diagrams
    assert diagram.plane is not None
    elements = tuple(
        replace(each, is_expanded=False) if isinstance(each, model.Shape) and each.element == "order" else each
        for each in diagram.plane.elements
        if each.element not in ("pick", "pack", "inside")
    )
    return replace(definitions, diagrams=(replace(diagram, plane=replace(diagram.plane, elements=elements)),))


class TestProperties:
    """Whatever is done, in whatever order, to a chart whose places were chosen by hand."""

    @given(st.data())
    def test_nothing_overlaps_nodes_are_in_their_lanes_and_names_lie_on_no_node(self, data: st.DataObject) -> None:
        chart = DRAWN
        for _ in range(data.draw(st.integers(1, 5))):
            try:
                chart, _touched = data.draw(st.sampled_from(CHANGES))(chart, data)
            except edit.NotEditable:
                continue

        assert (faults(chart), docked(chart)) == ([], [])

    @given(st.sampled_from(edit.outline(DRAWN)), st.data())
    def test_a_step_that_is_added_moves_others_only_onwards_and_all_by_the_same(
        self, row: edit.Row, data: st.DataObject
    ) -> None:
        way = data.draw(st.sampled_from([each.flow for each in row.exits])) if row.exits else ""
        try:
            chart, made = edit.add_after(DRAWN, after=row.id, step=MAIL, way=way)
        except edit.NotEditable:
            return

        was, now = boxes(DRAWN), boxes(chart)
        nodes = {item.id for process in DRAWN.processes for item in process.nodes}
        shifts = {(now[each].x - was[each].x, now[each].y - was[each].y) for each in nodes}
        assert made in now
        assert len(shifts - {(0, 0)}) <= 1
        assert all(x >= 0 and y >= 0 for x, y in shifts)
