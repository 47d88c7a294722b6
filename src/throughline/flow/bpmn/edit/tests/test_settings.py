from __future__ import annotations

from typing import cast

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, PLAIN, TELL, WAIT, element
from throughline.flow.bpmn.tests.charts import chart


class TestRename:
    def test_a_step_and_a_way_get_other_names(self) -> None:
        chart = edit.rename(FIRST_CONTACT, element="call", name="Ring")
        chart = edit.rename(chart, element="yes", name="Spoken to")

        assert (element(chart, "call").name, element(chart, "yes").name) == ("Ring", "Spoken to")

    def test_what_is_gone_has_no_name(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^This step is no longer in the drawing. Look at the drawing again.$"
        ):
            edit.rename(FIRST_CONTACT, element="never", name="Ring")


class TestDescribeStep:
    def test_the_words_stand_at_the_step_and_no_words_take_them_away(self) -> None:
        described = edit.describe_step(FIRST_CONTACT, node="call", text="Ask for the budget.")
        silent = edit.describe_step(described, node="call", text="")

        assert [each.text for each in element(described, "call").documentation] == ["Ask for the budget."]
        assert element(silent, "call") == element(FIRST_CONTACT, "call")

    def test_further_documentation_stays(self) -> None:
        two = "<bpmn:documentation>First.</bpmn:documentation><bpmn:documentation>Second.</bpmn:documentation>"
        documented = bpmn.read(chart(f'<bpmn:startEvent id="begin">{two}</bpmn:startEvent>'))

        changed = edit.describe_step(documented, node="begin", text="Otherwise.")

        assert [each.text for each in element(changed, "begin").documentation] == ["Otherwise.", "Second."]


class TestSetWork:
    def test_what_is_not_given_stays(self) -> None:
        chart = edit.set_work(FIRST_CONTACT, node="call", guidance="Ask for the budget.", priority="high")

        work = element(chart, "call").extensions.work_item
        assert work is not None
        assert (work.due, work.guidance, work.priority) == ("PT24H", "Ask for the budget.", "high")

    def test_a_step_of_a_person_that_said_nothing_yet_says_it(self) -> None:
        chart = edit.change_kind(PLAIN, node="one", step=edit.template({"element": "bpmn:ManualTask"}))

        chart = edit.set_work(chart, node="one", due="PT2H")

        work = element(chart, "one").extensions.work_item
        assert work is not None
        assert work.due == "PT2H"

    def test_elements_of_others_stay_word_for_word(self) -> None:
        chart = edit.set_work(FIRST_CONTACT, node="call", due="PT2H")

        assert element(chart, "call").extensions.rest == element(FIRST_CONTACT, "call").extensions.rest != ()

    def test_nobody_works_on_an_automatic_step(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^“Tell the manager” is no work of a person. Change its kind first.$"
        ):
            edit.set_work(FIRST_CONTACT, node="tell", due="PT2H")


class TestSetAction:
    def test_an_automatic_step_does_something_with_what_it_is_given(self) -> None:
        chart = edit.set_action(
            FIRST_CONTACT,
            node="tell",
            action="notify.manager",
            inputs={"title": '"Late"', "body": ""},
            outputs=[("sent", "notice.id")],
        )

        action = element(chart, "tell").extensions.action
        assert action is not None
        assert action.name == "notify.manager"
        assert [(each.name, each.value) for each in action.inputs] == [("title", '"Late"')]
        assert [(each.name, each.value) for each in action.outputs] == [("sent", "notice.id")]

    def test_the_same_action_keeps_the_inputs_that_are_not_given(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="call", step=TELL)

        same = edit.set_action(chart, node=made, action="notify.manager")
        other = edit.set_action(chart, node=made, action="notify.team")

        assert same == chart
        action = element(other, made).extensions.action
        assert action is not None
        assert (action.name, action.inputs) == ("notify.team", ())

    def test_no_action_takes_it_away(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="call", step=TELL)

        assert element(edit.set_action(chart, node=made, action=""), made).extensions.action is None

    def test_a_person_does_not_run_an_action(self) -> None:
        with pytest.raises(edit.NotEditable, match=r"^“Call the lead” is no automatic step. Change its kind first.$"):
            edit.set_action(FIRST_CONTACT, node="call", action="notify.manager")


class TestSetTrigger:
    def test_an_event_of_the_journal_starts_cases(self) -> None:
        chart = edit.set_trigger(FIRST_CONTACT, start="captured", event="LeadCaptured", where='lead.source = "web"')

        trigger = element(chart, "captured").extensions.trigger
        assert trigger is not None
        assert (trigger.event, trigger.where) == ("LeadCaptured", 'lead.source = "web"')

    def test_no_event_leaves_it_to_people(self) -> None:
        chart = edit.set_trigger(FIRST_CONTACT, start="captured", event="LeadCaptured")

        assert edit.set_trigger(chart, start="captured", event="") == FIRST_CONTACT

    def test_a_step_starts_no_case(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^“Call the lead” does not start by an event of a record. Add a plain start.$"
        ):
            edit.set_trigger(FIRST_CONTACT, start="call", event="LeadCaptured")

    def test_a_start_that_waits_for_a_moment_has_its_own_reason(self) -> None:
        monday = {"element": "bpmn:StartEvent", "event": "bpmn:TimerEventDefinition", "name": "Every Monday"}
        chart, made = edit.add_alone(FIRST_CONTACT, step=edit.template({**monday, "timer": {"timeCycle": "R/P7D"}}))

        with pytest.raises(edit.NotEditable, match=r"^“Every Monday” does not start by an event of a record\."):
            edit.set_trigger(chart, start=made, event="LeadCaptured")


class TestSetTimer:
    def test_one_kind_of_time_takes_the_place_of_another(self) -> None:
        chart, wait = edit.add_after(FIRST_CONTACT, after="call", step=WAIT)

        chart = edit.set_timer(
            chart, node=wait, kind="timeDate", text="lead.due_at", clock="business", calendar="support"
        )

        timer = cast(
            "model.TimerEventDefinition", cast("model.IntermediateCatchEvent", element(chart, wait)).definitions[0]
        )
        assert timer.date is not None
        assert (timer.date.text, timer.duration, timer.cycle) == ("lead.due_at", None, None)
        assert (timer.clock, timer.calendar) == ("business", "support")

    def test_the_deadline_of_a_step_is_a_time(self) -> None:
        chart = edit.set_timer(FIRST_CONTACT, node="late", kind="timeDuration", text="PT2H")

        timer = cast("model.TimerEventDefinition", cast("model.BoundaryEvent", element(chart, "late")).definitions[0])
        assert timer.duration is not None
        assert (timer.id, timer.duration.text) == ("late_timer", "PT2H")

    @pytest.mark.parametrize(
        ("node", "kind", "name"), [("call", "timeDuration", "Call the lead"), ("late", "timeOfLife", "late")]
    )
    def test_what_waits_for_no_time_is_said(self, node: str, kind: str, name: str) -> None:
        with pytest.raises(edit.NotEditable, match=f"^“{name}” does not wait for a time\\. Change its kind first\\.$"):
            edit.set_timer(FIRST_CONTACT, node=node, kind=kind, text="PT2H")


class TestSetEvidence:
    def test_each_event_proves_an_outcome(self) -> None:
        proofs = [("CallLogged", "call.seconds > 30", "reached"), ("MailReceived", "", "answered")]

        chart = edit.set_evidence(FIRST_CONTACT, node="call", evidence=proofs)

        found = element(chart, "call").extensions.evidence
        assert [(each.event, each.where, each.outcome) for each in found] == proofs
        assert edit.set_evidence(chart, node="call", evidence=[]) == FIRST_CONTACT

    def test_a_way_proves_nothing(self) -> None:
        with pytest.raises(edit.NotEditable, match="no longer in the drawing"):
            edit.set_evidence(FIRST_CONTACT, node="yes", evidence=[])


class TestSetValueAdding:
    def test_says_whether_a_customer_would_pay_and_takes_it_back(self) -> None:
        chart = edit.set_value_adding(FIRST_CONTACT, node="tell", value="waste")

        said = element(chart, "tell").extensions.value_adding
        assert said is not None
        assert said.value == "waste"
        assert edit.set_value_adding(chart, node="tell", value="") == FIRST_CONTACT

    def test_a_step_that_is_gone_is_worth_nothing(self) -> None:
        with pytest.raises(edit.NotEditable, match="no longer in the drawing"):
            edit.set_value_adding(FIRST_CONTACT, node="never", value="yes")


class TestSetProcedure:
    def test_a_drawing_from_elsewhere_becomes_a_procedure(self) -> None:
        chart = edit.set_procedure(PLAIN, key="handover", record="customer", name="Handover")

        (process,) = chart.processes
        assert process.extensions.procedure is not None
        assert (process.extensions.procedure.key, process.extensions.procedure.record) == ("handover", "customer")
        assert (process.name, process.is_executable) == ("Handover", True)
        assert process.elements == PLAIN.processes[0].elements

    def test_a_file_without_a_process_is_none(self) -> None:
        empty = model.Definitions(id="d", target_namespace="t")

        with pytest.raises(
            edit.NotEditable, match=r"^The drawing holds no process. Draw one, or begin a new procedure.$"
        ):
            edit.set_procedure(empty, key="handover", record="customer", name="Handover")
