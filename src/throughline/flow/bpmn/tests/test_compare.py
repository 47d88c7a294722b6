"""What another version makes of a drawing, as marks and as one picture."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn.compare import change_marks, overlaid
from throughline.flow.bpmn.diff import diff
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.bpmn.model import Definitions
from throughline.flow.bpmn.render import render_svg
from throughline.flow.engine.tests.walking import xml

OLD = """
    startEvent start
    userTask call
    userTask ask
    endEvent end
    start > call > ask > end
"""
NEW = """
    startEvent start
    userTask call <extensionElements><tl:workItem due="duration(&quot;P2D&quot;)"/></extensionElements>
    userTask write
    endEvent end
    start > call > write > end
"""
WORDS = {"added": "new", "removed": "gone", "due": "until when", "way": "way"}


def drawn(text: str) -> Definitions:
    """Return a laid out drawing."""
    return lay_out(bpmn.read(xml(text)))


@pytest.mark.req("A5")
class TestChangeMarks:
    def test_each_side_shows_what_concerns_it(self) -> None:
        old, new = drawn(OLD), drawn(NEW)

        before, after = change_marks(old, new, diff(old, new), WORDS)

        assert {name: mark.change for name, mark in before.items()} == {
            "ask": "removed", "call": "changed", "call_to_ask": "removed", "ask_to_end": "removed",
        }  # fmt: skip
        assert {name: mark.change for name, mark in after.items()} == {
            "write": "added", "call": "changed", "call_to_write": "added", "write_to_end": "added",
        }  # fmt: skip
        assert (after["call"].note, after["write"].note, before["ask"].note) == ("until when", "new", "gone")

    def test_equal_drawings_have_none(self) -> None:
        assert change_marks(drawn(OLD), drawn(OLD), diff(drawn(OLD), drawn(OLD)), WORDS) == ({}, {})


@pytest.mark.req("A5")
class TestOverlaid:
    def test_what_is_gone_is_put_back_where_it_was(self) -> None:
        old, new = drawn(OLD), drawn(NEW)

        both = overlaid(old, new)

        ids = {item.id for process in both.processes for item, _ in process.walk()}
        assert {"ask", "write", "call_to_ask", "call_to_write"} <= ids
        shown = [shape for diagram in both.diagrams if diagram.plane for shape in diagram.plane.elements]
        before = [shape for diagram in old.diagrams if diagram.plane for shape in diagram.plane.elements]
        assert next(each for each in shown if each.element == "ask") in before

    def test_the_picture_tells_changes_by_words_and_signs_not_by_colour_alone(self) -> None:
        old, new = drawn(OLD), drawn(NEW)
        before, after = change_marks(old, new, diff(old, new), WORDS)

        svg = render_svg(overlaid(old, new), {**before, **after})

        assert "ask, removed, gone" in svg
        assert "call, changed, until when" in svg
        assert all(sign in svg for sign in (">+<", ">−<", ">≠<"))
        assert 'stroke-dasharray="5 4"' in svg

    def test_nothing_gone_is_the_new_drawing(self) -> None:
        new = drawn(NEW)

        assert overlaid(new, new) is new

    def test_a_drawing_without_a_picture_gets_what_is_gone_and_no_picture(self) -> None:
        new = bpmn.read(xml(NEW))

        both = overlaid(drawn(OLD), new)

        assert "ask" in {item.id for process in both.processes for item, _ in process.walk()}
        assert both.diagrams == new.diagrams == ()
