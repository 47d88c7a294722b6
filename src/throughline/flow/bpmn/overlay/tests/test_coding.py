"""Overlays as JSON, also those that a stranger wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import MAIL, WAIT
from throughline.flow.bpmn.overlay import Add, BadOverlay, Overlay, derive, from_json, to_json
from throughline.flow.bpmn.overlay.coding import MOST
from throughline.flow.bpmn.overlay.tests.charts import BASE, QUICK
from throughline.flow.bpmn.overlay.wording import said
from throughline.flow.bpmn.xml import Xml

pytestmark = pytest.mark.req("A6")


def again(overlay: Overlay) -> Overlay:
    return from_json(json.loads(json.dumps(to_json(overlay))))


class TestToJson:
    def test_says_a_setting_as_it_is_read_by_people(self) -> None:
        assert to_json(derive(BASE, QUICK)) == {
            "format": 1,
            "operations": [
                {
                    "do": "set",
                    "element": "call",
                    "aspect": "extensions.work_item.due",
                    "was": "PT24H",
                    "now": "PT4H",
                }
            ],
        }

    def test_keeps_what_other_tools_wrote(self) -> None:
        foreign = Xml("{urn:x}note", attributes=(("a", "b"),), text="t", children=(Xml("{urn:x}in"),))
        note = model.TextAnnotation(id="n", text="Mind", rest=(foreign,), attributes=(("{urn:x}k", "v"),))
        process = replace(BASE.processes[0], artifacts=(note,))
        edited = replace(BASE, elements=(BASE.elements[0], process))

        assert again(derive(BASE, edited)) == derive(BASE, edited)

    def test_keeps_steps_with_events_in_them(self) -> None:
        edited, _ = edit.add_after(edit.add_after(BASE, after="call", step=MAIL)[0], after="captured", step=WAIT)

        assert again(derive(BASE, edited)) == derive(BASE, edited)


STEP: dict[str, Any] = {"is": "UserTask", "id": "x"}
ADD: dict[str, Any] = {
    "do": "add", "element": "x", "place": "p", "slot": "elements", "before": "", "lanes": [], "what": STEP,
}  # fmt: skip


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


class TestFromJson:
    def test_reads_what_a_person_could_have_written(self) -> None:
        given = {**STEP, "attributes": [["{urn:x}a", "b"]], "default": "f"}

        (operation,) = from_json({"format": 1, "operations": [{**ADD, "what": given}]}).operations

        assert isinstance(operation, Add)
        assert operation.what == model.UserTask(id="x", attributes=(("{urn:x}a", "b"),), default="f")

    @pytest.mark.parametrize(
        "content",
        [
            None,
            [],
            {},
            {"format": 2, "operations": []},
            {"format": 1},
            {"format": 1, "operations": [ADD] * (MOST + 1)},
            {"format": 1, "operations": ["x"]},
            {"format": 1, "operations": [{"do": "explode"}]},
            {"format": 1, "operations": [{**ADD, "more": 1}]},
            {"format": 1, "operations": [{**ADD, "element": 5}]},
            {"format": 1, "operations": [{**ADD, "lanes": "x"}]},
            {"format": 1, "operations": [{**ADD, "lanes": [5]}]},
            {"format": 1, "operations": [{**ADD, "what": "x"}]},
            {"format": 1, "operations": [{**ADD, "what": {"is": "Nothing"}}]},
            {"format": 1, "operations": [{**ADD, "what": {"is": "FlowNode"}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "name": 5}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "nonsense": "x"}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "documentation": "x"}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "documentation": [STEP]}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "loop": STEP}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "renderings": ["x"]}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "attributes": [["a"]]}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "rest": [5]}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "rest": [{"xml": 5}]}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "rest": [{"xml": "a", "text": 5}]}}]},
            {"format": 1, "operations": [{**ADD, "what": {**STEP, "rest": [{"xml": "a", "other": "b"}]}}]},
            {"format": 1, "operations": [{"do": "insert", "element": "x", "after": "a", "way": "f", "lanes": [],
                                          "node": "x", "onward": STEP}]},
            {"format": 1, "operations": [{"do": "set", "element": "x", "aspect": "name", "was": "", "now": deep(200)}]},
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_overlay(self, content: Any) -> None:
        with pytest.raises(BadOverlay, match="Expected"):
            from_json(content)

    def test_none_stands_where_nothing_is_said(self) -> None:
        given = {**STEP, "loop": None}

        (operation,) = from_json({"format": 1, "operations": [{**ADD, "what": given}]}).operations

        assert isinstance(operation, Add)
        assert operation.what == model.UserTask(id="x")


class TestSaid:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (True, "yes"),
            (False, "no"),
            (None, ""),
            (7, "7"),
            (model.Expression(body="= a > 1"), "a > 1"),
            (model.UserTask(id="x", name="Call"), "Call"),
            (model.MultiInstance(), "multiInstanceLoopCharacteristics"),
            (("a", "b"), "a; b"),
            ("x" * 200, "x" * 119 + "…"),
            (Xml("{urn:x}note"), "note"),
        ],
    )
    def test_says_a_value_in_few_words(self, value: object, words: str) -> None:
        assert said(value) == words
