"""What happens when the base is no longer what a variant was drawn over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import END, GROUPED, MAIL, SCRIPT, TELL, element, ids, lane_of, ways
from throughline.flow.bpmn.overlay import Add, Applied, Bypass, Insert, Overlay, Remove, Set, apply, derive
from throughline.flow.bpmn.overlay.applying import key_of
from throughline.flow.bpmn.overlay.tests.charts import BASE, QUICK, is_same
from throughline.flow.bpmn.overlay.units import Units, found_at
from throughline.flow.bpmn.tests.charts import chart

pytestmark = pytest.mark.req("A6")

WITH_MAIL, _ = edit.add_after(BASE, after="call", step=MAIL, node_id="mail")
TWO_MORE, _ = edit.add_after(WITH_MAIL, after="mail", step=TELL, node_id="brief")


def over(base: model.Definitions, edited: model.Definitions, decided: dict[str, str] | None = None) -> Applied:
    """Return the variant that ``edited`` is of ``BASE``, over another base."""
    return apply(base, derive(BASE, edited), decided=decided)


def kinds(overlay: Overlay) -> list[str]:
    return [type(each).__name__ for each in overlay.operations]


def all_of(base: model.Definitions, edited: model.Definitions, choice: str) -> model.Definitions:
    """Return the variant with every conflict decided alike, as far as that can be."""
    decided: dict[str, str] = {}
    while told := over(base, edited, decided).conflicts:
        decided |= {each.key: choice if choice in each.choices else each.choices[0] for each in told}
    return over(base, edited, decided).chart


class TestDerived:
    def test_a_setting_is_one_operation(self) -> None:
        (operation,) = derive(BASE, QUICK).operations

        assert operation == Set(element="call", aspect="extensions.work_item.due", was="PT24H", now="PT4H")

    def test_a_step_put_into_a_way_is_one_operation(self) -> None:
        assert kinds(derive(BASE, WITH_MAIL)) == ["Insert"]
        assert kinds(derive(BASE, TWO_MORE)) == ["Insert", "Insert"]

    def test_a_step_taken_out_is_one_operation(self) -> None:
        assert kinds(derive(BASE, edit.delete(BASE, node="tell"))) == ["Bypass"]

    def test_a_step_in_place_of_another_is_taken_out_and_put_in(self) -> None:
        without = edit.delete(BASE, node="tell")
        flow = next(flow for flow in without.processes[0].flows if flow.source == "late")
        other, _ = edit.add_after(without, after="late", step=MAIL, way=flow.id, node_id="mail")

        assert kinds(derive(BASE, other)) == ["Bypass", "Insert"]

    def test_a_step_at_the_end_of_a_new_branch_is_told_part_by_part(self) -> None:
        branched, _ = edit.add_after(edit.disconnect(BASE, flow="f6"), after="tell", step=END, node_id="over")

        assert is_same(apply(BASE, derive(BASE, branched)).chart, branched)


class TestInsert:
    def test_stands_where_the_way_leads_now(self) -> None:
        base, _ = edit.add_after(BASE, after="call", step=TELL, node_id="brief")

        applied = over(base, WITH_MAIL)

        assert applied.conflicts == ()
        assert {"call > mail", "mail > brief", "brief > reached"} <= ways(applied.chart)
        assert lane_of(applied.chart, "mail") == ["Sales"]

    def test_follows_its_step_when_the_way_was_drawn_anew(self) -> None:
        base = edit.connect(edit.disconnect(BASE, flow="f2"), source="call", target="done")

        applied = over(base, WITH_MAIL)

        assert applied.conflicts == ()
        assert {"call > mail", "mail > done"} <= ways(applied.chart)

    def test_is_asked_about_when_its_place_is_gone(self) -> None:
        base = edit.disconnect(BASE, flow="f2")

        applied = over(base, TWO_MORE)

        (conflict,) = applied.conflicts
        assert conflict.sentence == (
            "The variant puts “Write a mail” behind “Call the lead”, but the base has no such way now. "
            "Take the base's word."
        )
        assert conflict.choices == ("base",)
        assert not {"mail", "brief"} & ids(applied.chart)

    def test_is_asked_about_when_the_base_has_such_a_step_already(self) -> None:
        base, _ = edit.add_after(BASE, after="call", step=TELL, node_id="mail")

        (conflict,) = over(base, WITH_MAIL).conflicts

        assert "the base has a step of this id already" in conflict.sentence
        assert conflict.label == "Write a mail"

    def test_a_step_is_in_those_of_its_lanes_that_are_left(self) -> None:
        (told,) = derive(BASE, WITH_MAIL).operations
        assert isinstance(told, Insert)

        applied = apply(BASE, Overlay((replace(told, lanes=("gone", *told.lanes)),)))

        assert applied.conflicts == ()
        assert lane_of(applied.chart, "mail") == lane_of(WITH_MAIL, "mail") != []

    def test_a_group_is_put_in_with_its_steps(self) -> None:
        small = bpmn.read(
            chart(
                '<bpmn:startEvent id="a"/><bpmn:subProcess id="g"><bpmn:userTask id="inner"/></bpmn:subProcess>'
                '<bpmn:endEvent id="z"/><bpmn:sequenceFlow id="a_z" sourceRef="a" targetRef="g"/>'
                '<bpmn:sequenceFlow id="g_z" sourceRef="g" targetRef="z"/>'
            )
        )
        plain = bpmn.read(
            chart(
                '<bpmn:startEvent id="a"/><bpmn:endEvent id="z"/>'
                '<bpmn:sequenceFlow id="a_z" sourceRef="a" targetRef="z"/>'
            )
        )

        overlay = derive(plain, small)

        assert kinds(overlay) == ["Insert", "Add"]
        assert is_same(apply(plain, overlay).chart, small)

    def test_a_way_into_another_group_is_no_place_to_put_a_step(self) -> None:
        inside = bpmn.read(
            chart(
                '<bpmn:startEvent id="a"/><bpmn:endEvent id="z"/><bpmn:subProcess id="g"><bpmn:userTask id="i"/>'
                '</bpmn:subProcess><bpmn:sequenceFlow id="a_z" sourceRef="a" targetRef="i"/>'
                '<bpmn:sequenceFlow id="i_z" sourceRef="i" targetRef="z"/>'
            )
        )
        base = bpmn.read(
            chart(
                '<bpmn:startEvent id="a"/><bpmn:endEvent id="z"/><bpmn:subProcess id="g"/>'
                '<bpmn:sequenceFlow id="a_z" sourceRef="a" targetRef="z"/>'
            )
        )

        overlay = derive(base, inside)

        assert "Insert" not in kinds(overlay)
        assert is_same(apply(base, overlay).chart, inside)


class TestBypass:
    def test_mends_what_the_base_has_put_behind_it(self) -> None:
        base, _ = edit.add_after(BASE, after="tell", step=MAIL, node_id="mail")

        applied = over(base, edit.delete(BASE, node="tell"))

        assert applied.conflicts == ()
        assert {"late > mail", "mail > told"} <= ways(applied.chart)

    def test_says_nothing_when_the_base_has_left_it_out_too(self) -> None:
        base = edit.delete(BASE, node="tell")

        assert is_same(over(base, edit.delete(BASE, node="tell")).chart, base)

    @pytest.mark.parametrize(("choice", "stays"), [("variant", False), ("base", True)])
    def test_is_asked_about_when_the_step_has_become_another(self, choice: str, stays: bool) -> None:
        base = edit.rename(BASE, element="tell", name="Ask the lawyer")
        edited = edit.delete(BASE, node="tell")

        (conflict,) = over(base, edited).conflicts
        chart = all_of(base, edited, choice)

        assert conflict.sentence == (
            "The variant leaves out “Tell the manager”, which the base calls “Ask the lawyer” now. "
            "Keep the variant's word, or take the base's."
        )
        assert ("tell" in ids(chart)) is stays

    def test_is_asked_about_when_its_kind_has_become_another(self) -> None:
        base = edit.change_kind(BASE, node="tell", step=SCRIPT)

        (conflict,) = over(base, edit.delete(BASE, node="tell")).conflicts

        assert "leaves out the step “Tell the manager”, which the base has changed" in conflict.sentence

    def test_the_only_start_of_the_base_stays(self) -> None:
        overlay = Overlay((Bypass(element="captured", was=("startEvent", "Lead captured")),))

        (conflict,) = apply(BASE, overlay).conflicts

        assert "leaves this step out, but it cannot" in conflict.sentence
        assert conflict.choices == ("base",)


class TestSet:
    def test_other_settings_of_the_same_step_go_together(self) -> None:
        base = edit.set_work(BASE, node="call", guidance="Be kind.")

        applied = over(base, QUICK)

        assert applied.conflicts == ()
        work = Units(applied.chart).item("call").extensions.work_item
        assert (work.due, work.guidance) == ("PT4H", "Be kind.")

    def test_what_both_changed_alike_is_agreed(self) -> None:
        assert over(QUICK, QUICK).conflicts == ()

    @pytest.mark.parametrize(("choice", "due"), [("variant", "PT4H"), ("base", "PT12H")])
    def test_what_both_changed_otherwise_is_decided(self, choice: str, due: str) -> None:
        base = edit.set_work(BASE, node="call", due="PT12H")

        (conflict,) = over(base, QUICK).conflicts

        assert conflict.sentence == (
            "“Call the lead”: the variant has “4 hours” as due time where the base had “24 hours”; "
            "the base has “12 hours” now. Keep the variant's word, or take the base's."
        )
        assert (conflict.was, conflict.now, conflict.found) == ("24 hours", "4 hours", "12 hours")
        assert Units(all_of(base, QUICK, choice)).item("call").extensions.work_item.due == due

    def test_a_step_that_is_gone_cannot_be_set(self) -> None:
        base = edit.delete(BASE, node="tell")

        (conflict,) = over(base, edit.rename(BASE, element="tell", name="Ring")).conflicts

        assert conflict.sentence == (
            "The variant changes the name of “tell”, which the base has no more. Take the base's word."
        )

    def test_a_setting_whose_kind_is_gone_cannot_be_set(self) -> None:
        units = Units(BASE)
        call = units.item("call")
        base = _with(BASE, "call", replace(call, extensions=replace(call.extensions, work_item=None)))

        (conflict,) = over(base, QUICK).conflicts

        assert "but the base has nothing of this kind there" in conflict.sentence

    def test_a_way_cannot_lead_to_a_step_that_is_gone(self) -> None:
        edited = edit.redirect(BASE, flow="no", target="tell")
        base = edit.delete(BASE, node="tell")

        (conflict,) = over(base, edited).conflicts

        assert "goal of “Reached? → Lost” to “tell”, which the base has no more" in conflict.sentence

    def test_a_step_is_put_into_another_lane(self) -> None:
        edited = edit.put_in_lane(BASE, node="call", role="manager")

        assert lane_of(over(QUICK, edited).chart, "call") == ["Manager"]

    def test_the_order_of_ways_is_kept(self) -> None:
        process = BASE.processes[0]
        flows = {flow.id: flow for flow in process.flows}
        order = [flows["no"] if each.id == "yes" else flows["yes"] if each.id == "no" else each
                 for each in process.elements]  # fmt: skip
        turned = _process(BASE, replace(process, elements=tuple(order)))

        applied = over(QUICK, turned)

        assert kinds(derive(BASE, turned)) == ["Set"]
        assert Units(applied.chart).ways_of("reached") == ("no", "yes")

    def test_an_element_becomes_one_of_another_kind(self) -> None:
        edited = edit.change_kind(BASE, node="tell", step=SCRIPT)

        assert isinstance(element(over(QUICK, edited).chart, "tell"), model.ScriptTask)

    def test_a_step_moves_into_a_group(self) -> None:
        units = Units(GROUPED)
        units.move("end", "sorry")
        moved = units.together()

        assert is_same(apply(GROUPED, derive(GROUPED, moved)).chart, moved)

    @pytest.mark.parametrize(
        ("aspect", "value"),
        [
            ("id", "other"),
            ("name", 5),
            ("nonsense", "x"),
            ("attributes", "x"),
            ("", "x"),
            ("lane", "x"),
            ("place", ("x",)),
            ("extensions.work_item.due.more", "x"),
        ],
    )
    def test_an_overlay_that_says_nonsense_changes_nothing(self, aspect: str, value: object) -> None:
        found = {"lane": ("lane_sales",), "place": "p"}.get(aspect, found_at(Units(BASE).item("call"), aspect or "x"))
        overlay = Overlay((Set(element="call", aspect=aspect, was=found, now=value),))

        applied = apply(BASE, overlay)

        assert [each.choices for each in applied.conflicts] == [("base",)]
        assert is_same(applied.chart, BASE)

    def test_what_other_tools_wrote_is_set(self) -> None:
        overlay = Overlay((Set(element="call", aspect="attributes", was=(("{http://acme.example/bpmn}colour", "red"),),
                               now=()),))  # fmt: skip

        assert Units(apply(BASE, overlay).chart).item("call").attributes == ()


class TestAdd:
    def test_comes_before_what_it_stood_before(self) -> None:
        with_lane, _ = edit.add_lane(BASE, name="Service", role="service")

        assert is_same(over(QUICK, with_lane).chart, edit.set_work(with_lane, node="call", due="PT4H"))

    def test_of_the_same_is_agreed(self) -> None:
        with_lane, _ = edit.add_lane(BASE, name="Service", role="service")

        assert over(with_lane, with_lane).conflicts == ()

    def test_of_another_one_under_the_same_id_is_decided(self) -> None:
        here, _ = edit.add_alone(BASE, step=END, node_id="over", name="Here")
        there, _ = edit.add_alone(BASE, step=END, node_id="over", name="There")

        (conflict,) = over(there, here).conflicts

        assert "the base has an element of this id already" in conflict.sentence
        assert element(over(there, here).chart, "over").name == "There"

    def test_a_way_does_not_lead_to_what_was_left_out(self) -> None:
        here, _ = edit.add_alone(BASE, step=END, node_id="over", name="Here")
        there, _ = edit.add_alone(BASE, step=END, node_id="over", name="There")

        applied = over(there, edit.redirect(here, flow="no", target="over"))

        assert [each.element for each in applied.conflicts] == ["over"]
        assert "reached > lost" in ways(applied.chart)

    def test_a_way_needs_its_ends(self) -> None:
        edited = edit.connect(BASE, source="tell", target="done")
        base = edit.delete(BASE, node="tell")

        (conflict,) = over(base, edited).conflicts

        assert "which needs “tell”, but the base has that no more" in conflict.sentence

    def test_what_hangs_on_a_part_that_is_left_out_goes_without_a_word(self) -> None:
        late, _ = edit.remind(WITH_MAIL, node="mail", after="PT2H", name="Later", step=TELL)
        base = edit.disconnect(BASE, flow="f2")

        conflicts = over(base, late).conflicts

        assert [each.element for each in conflicts] == ["mail"]

    @pytest.mark.parametrize(("choice", "lanes"), [("variant", ["Sales"]), ("base", [])])
    def test_a_step_whose_lane_is_gone_is_decided(self, choice: str, lanes: list[str]) -> None:
        made, _ = edit.add_alone(BASE, step=END, node_id="over")
        edited = edit.put_in_lane(made, node="over", role="manager")
        moved = edit.put_in_lane(edit.put_in_lane(BASE, node="tell", role="sales"), node="told", role="sales")
        units = Units(moved)
        units.remove("lane_manager")

        (conflict,) = over(units.together(), edited).conflicts

        assert "into a lane that the base has no more" in conflict.sentence
        assert lane_of(all_of(units.together(), edited, choice), "over") == lanes

    def test_a_place_that_holds_nothing_of_the_kind_is_refused(self) -> None:
        what = Units(WITH_MAIL).item("mail")
        overlay = Overlay((Add(element="x", place="call", slot="elements", before="", lanes=(), what=what),))

        assert "needs “elements”" in apply(BASE, overlay).conflicts[0].sentence

    def test_a_message_is_added_beside_the_process(self) -> None:
        said = model.Message(id="won", name="Deal won")
        edited = replace(BASE, elements=(*BASE.elements, said))

        assert said in over(QUICK, edited).chart.elements


class TestRemove:
    def test_a_way_that_the_base_leads_elsewhere_is_decided(self) -> None:
        base = edit.redirect(BASE, flow="f6", target="done")
        edited = edit.disconnect(BASE, flow="f6")

        (conflict,) = over(base, edited).conflicts

        assert "leaves out the way “Tell the manager → Done”, which the base has changed" in conflict.sentence
        assert "f6" in ids(all_of(base, edited, "base"))
        assert "f6" not in ids(all_of(base, edited, "variant"))

    def test_what_is_gone_already_is_no_matter(self) -> None:
        edited = edit.disconnect(BASE, flow="f6")

        assert over(edited, edited).conflicts == ()

    @pytest.mark.parametrize(("choice", "stays"), [("variant", False), ("base", True)])
    def test_a_step_that_the_base_leads_to_anew_is_decided(self, choice: str, stays: bool) -> None:
        cut = edit.disconnect(edit.disconnect(BASE, flow="no"), flow="yes")
        units = Units(cut)
        units.remove("lost")
        edited = units.together()
        base = edit.connect(BASE, source="tell", target="lost")

        told = apply(base, _plainly(edited)).conflicts

        assert [each.element for each in told] == ["lost"]
        assert "but the base has “Tell the manager → Lost” at it now" in told[0].sentence
        decided = {key_of(Remove(element="lost", was=())): choice}
        assert ("lost" in ids(apply(base, _plainly(edited), decided=decided).chart)) is stays

    def test_a_step_goes_with_the_exceptions_that_the_base_gave_it(self) -> None:
        units = Units(edit.disconnect(edit.disconnect(BASE, flow="f5"), flow="f6"))
        for each in ("tell", "told"):
            units.remove(each)
        base, _ = edit.remind(BASE, node="tell", after="PT1H", name="Slow", step=MAIL)
        overlay = Overlay(tuple(each for each in derive(BASE, units.together()).operations))
        decided = {"remove:tell": "variant", "bypass:tell": "variant"}

        chart = apply(base, overlay, decided=decided).chart

        assert all(flow.source in ids(chart) and flow.target in ids(chart) for flow in chart.processes[0].flows)

    def test_a_lane_with_new_steps_stays(self) -> None:
        moved = edit.put_in_lane(edit.put_in_lane(BASE, node="tell", role="sales"), node="told", role="sales")
        units = Units(moved)
        units.remove("lane_manager")
        base = edit.put_in_lane(BASE, node="done", role="manager")

        (conflict,) = over(base, units.together()).conflicts

        assert "has no lane “Manager”, but the base has “Done” in it now" in conflict.sentence


class TestPicture:
    def test_is_that_of_a_chart_that_is_connected_alike(self) -> None:
        moved = replace(QUICK, diagrams=(replace(QUICK.diagrams[0], name="by hand"),))

        applied = apply(edit.rename(BASE, element="call", name="Ring"), derive(BASE, QUICK), like=moved)

        assert applied.chart.diagrams == moved.diagrams

    def test_is_laid_out_anew_when_things_are_connected_otherwise(self) -> None:
        drawn = {item.element for item in over(QUICK, WITH_MAIL).chart.diagrams[0].plane.elements}  # type: ignore[union-attr]

        assert "mail" in drawn


def _with(chart: model.Definitions, key: str, item: model.FlowElement) -> model.Definitions:
    units = Units(chart)
    units.put(key, replace(units.units[key], item=item))
    return units.together()


def _process(chart: model.Definitions, process: model.Process) -> model.Definitions:
    elements = tuple(process if each.id == process.id else each for each in chart.elements)
    return replace(chart, elements=elements)


def _plainly(edited: model.Definitions) -> Overlay:
    """The overlay of a chart without bypasses."""
    wanted = Units(edited)
    base = Units(BASE)
    gone = [key for key in base.units if key not in wanted.units]
    gone.sort(key=lambda key: not isinstance(base.item(key), model.SequenceFlow))
    return Overlay(tuple(Remove(element=key, was=base.traits(key)) for key in gone))
