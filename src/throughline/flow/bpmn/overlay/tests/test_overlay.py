"""Whatever is done to a chart can be told as an overlay, and done again to its base."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow import bpmn
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit import sketch
from throughline.flow.bpmn.edit.tests import test_operations as edits
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, GROUPED, PLAIN
from throughline.flow.bpmn.overlay import Overlay, apply, applying, derive, from_json, rebase, to_json
from throughline.flow.bpmn.overlay.tests.charts import is_same
from throughline.flow.bpmn.overlay.units import Units

ENOUGH = 4
"""With fewer elements there is nothing to choose from."""
CHARTS = (FIRST_CONTACT, GROUPED, PLAIN)


@pytest.fixture(autouse=True, scope="module")
def no_pictures() -> Iterator[None]:
    """Lay nothing out here: what an overlay says has nothing to do with it, and it takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (sketch, applying):
            patch.setattr(module, "drawn_like", lambda chart, *_others: chart)
        yield


@st.composite
def edited(draw: st.DrawFn, base: model.Definitions) -> model.Definitions:
    """Give a chart after some operations on a base."""
    chart = base
    data = draw(st.data())
    for change in draw(st.lists(st.sampled_from(edits.CHANGES), max_size=4)):
        if len(Units(chart).units) < ENOUGH or not any(Units(chart).flows()):
            break
        try:
            chart, _ = change(chart, data)
        except edit.NotEditable:
            continue
    return chart


@pytest.mark.req("A6")
class TestDerive:
    @given(st.data())
    def test_the_overlay_over_its_base_is_the_edited_chart(self, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from(CHARTS))
        wanted = data.draw(edited(base))

        applied = apply(base, derive(base, wanted))

        assert applied.conflicts == ()
        assert is_same(applied.chart, wanted)

    @given(st.data())
    def test_any_chart_can_be_told_as_an_overlay_of_any_other(self, data: st.DataObject) -> None:
        base, wanted = (data.draw(edited(data.draw(st.sampled_from(CHARTS)))) for _ in range(2))

        applied = apply(base, derive(base, wanted))

        assert applied.conflicts == ()
        assert is_same(applied.chart, wanted)

    @given(st.data())
    def test_an_overlay_survives_json(self, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from(CHARTS))
        overlay = derive(base, data.draw(edited(base)))

        assert from_json(json.loads(json.dumps(to_json(overlay)))) == overlay

    def test_a_chart_that_only_lies_elsewhere_has_an_empty_overlay(self) -> None:
        assert derive(GROUPED, bpmn.lay_out(GROUPED)) == Overlay()


@pytest.mark.req("A6")
class TestApply:
    def test_an_empty_overlay_is_the_base_itself(self) -> None:
        assert apply(FIRST_CONTACT, Overlay()).chart is FIRST_CONTACT

    @given(st.data())
    def test_whatever_the_base_becomes_the_answer_is_a_chart(self, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from(CHARTS))
        overlay, newer = derive(base, data.draw(edited(base))), data.draw(edited(base))

        chart = apply(newer, overlay).chart

        assert bpmn.read(bpmn.write(chart)) == chart
        assert dangling(chart) == []

    @given(st.data())
    def test_deciding_all_conflicts_leaves_none(self, data: st.DataObject) -> None:
        base = data.draw(st.sampled_from(CHARTS))
        overlay, newer = derive(base, data.draw(edited(base))), data.draw(edited(base))
        decided: dict[str, str] = {}
        while told := apply(newer, overlay, decided=decided).conflicts:
            assert not {each.key for each in told} & decided.keys()
            decided |= {each.key: data.draw(st.sampled_from(each.choices)) for each in told}

        _, applied = rebase(overlay, newer, decided=decided)

        assert applied.conflicts == ()
        assert dangling(applied.chart) == []

    @given(st.data())
    def test_settings_of_different_steps_do_not_disturb_each_other(self, data: st.DataObject) -> None:
        ours = edit.rename(FIRST_CONTACT, element="tell", name=data.draw(st.text(min_size=1, max_size=5)))
        theirs = edit.set_work(FIRST_CONTACT, node="call", due="PT1H", guidance=data.draw(st.text(max_size=5)))

        applied = apply(theirs, derive(FIRST_CONTACT, ours))

        both = edit.rename(theirs, element="tell", name=Units(ours).item("tell").name)
        assert applied.conflicts == ()
        assert applied.chart == both


def dangling(chart: model.Definitions) -> list[str]:
    """Return the flows and exceptions whose ends are not there."""
    units = Units(chart)
    return [
        key
        for key, unit in units.units.items()
        for end in ("source", "target", "attached_to")
        if isinstance(unit.item, model.FlowElement) and getattr(unit.item, end, key) not in units.units
    ]
