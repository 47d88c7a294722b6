"""What is different between two versions of a drawing, in words."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from throughline.flow import bpmn
from throughline.flow.bpmn.diff import KINDS, Change, diff
from throughline.packs import shipped

OLD = c.chart(
    c.captured(),
    c.work("call", "reached", "missed", assignee="lead.owner", due='duration("PT24H")'),
    c.deadline("late", "call", "PT24H"),
    c.element("exclusiveGateway", "hot", default="hot_wait"),
    c.action("tag", "record.tag", {"tags": '["hot"]'}),
    c.work("wait"),
    c.end(),
    c.flows("captured > call > hot", "hot >[lead.score > 50] tag > end", "hot > wait > end", "late > end"),
)


def changed(before: str, after: str) -> list[Change]:
    """Return what is different when one text of the drawing is replaced."""
    text = OLD.decode()
    assert before in text
    return list(diff(bpmn.read(OLD), bpmn.read(text.replace(before, after).encode())))


@pytest.mark.req("A5")
class TestDiff:
    def test_a_drawing_does_not_differ_from_itself(self) -> None:
        for pack in shipped():
            for procedure in pack.procedures:
                drawing = bpmn.read(procedure.chart)
                assert diff(drawing, bpmn.read(bpmn.write(drawing))) == ()

    def test_what_lies_elsewhere_on_the_page_is_the_same(self) -> None:
        drawing = bpmn.read(OLD)

        assert diff(drawing, bpmn.lay_out(drawing)) == ()

    @pytest.mark.parametrize(
        ("before", "after", "kind", "words"),
        [
            ('name="Call"', 'name="Ring"', "renamed", "“Call” is now called “Ring”."),
            ("lead.score &gt; 50", "lead.score &gt; 70", "condition",
             "The way “Hot” → “Tag” was taken when “lead.score > 50”, now when “lead.score > 70”."),
            ('assignee="lead.owner"', 'assignee="17"', "assignee", "“Call”: assignee was “lead.owner”, now “17”."),
            ("due='duration(\"PT24H", "due='duration(\"PT4H", "due",
             "“Call”: due was “24 hours”, now “4 hours”."),
            ("due='duration(\"PT24H\")'", "due='PT24H'", "due",
             "“Call”: due was “duration(\"PT24H\")”, now “PT24H”."),
            ('label="Missed"', 'label="Nobody there"', "form",
             "“Call”: outcomes was “Reached; Missed”, now “Reached; Nobody there”."),
            ('name="record.tag"', 'name="record.assign"', "action",
             "“Tag”: action was “record.tag”, now “record.assign”."),
            ("'[\"hot\"]'", '"[]"', "action", "“Tag”: inputs was “tags = [\"hot\"]”, now “tags = []”."),
            (">PT24H</bpmn:timeDuration", ">PT2H</bpmn:timeDuration", "event",
             "“Late”: event was “after PT24H”, now “after PT2H”."),
            ('cancelActivity="true"', 'cancelActivity="false"', "event",
             "“Late”: effect was “ends the step”, now “the step goes on”."),
            ('event="lead.captured"', 'event="lead.assigned"', "event",
             "“Captured”: trigger was “lead.captured”, now “lead.assigned”."),
            ('record="lead"', 'record="contact"', "setting",
             "The procedure's type of record was “lead”, now “contact”."),
        ],
    )  # fmt: skip
    def test_one_change_is_one_sentence(self, before: str, after: str, kind: str, words: str) -> None:
        (change,) = changed(before, after)

        assert (change.kind, change.words) == (kind, words)

    def test_steps_and_ways_come_and_go(self) -> None:
        new = c.chart(
            c.captured(),
            c.work("call", "reached", "missed", assignee="lead.owner", due='duration("PT24H")'),
            c.deadline("late", "call", "PT24H"),
            c.work("review"),
            c.end(),
            c.flows("captured > call > review > end", "late > end"),
        )

        changes = diff(bpmn.read(OLD), bpmn.read(new))

        assert [(each.kind, each.element) for each in changes if each.kind in ("added", "removed")] == [
            ("added", "review"),
            ("removed", "hot"),
            ("removed", "tag"),
            ("removed", "wait"),
        ]
        assert "The way “Call” → “Review” is new." in [each.words for each in changes]
        assert [KINDS.index(each.kind) for each in changes] == sorted(KINDS.index(each.kind) for each in changes)

    def test_a_way_drawn_anew_between_the_same_steps_is_the_same(self) -> None:
        assert changed('id="captured_call"', 'id="drawn_again"') == []

    def test_a_way_that_leads_elsewhere_is_told_as_one(self) -> None:
        (change,) = changed(
            'id="wait_end" sourceRef="wait" targetRef="end"', 'id="wait_end" sourceRef="wait" targetRef="tag"'
        )

        assert change.words == "The way “Wait” → “End” is now “Wait” → “Tag”."

    def test_a_step_in_another_lane_has_moved(self) -> None:
        lanes = (
            '<bpmn:laneSet id="lanes"><bpmn:lane id="a" name="Sales">{}</bpmn:lane>'
            '<bpmn:lane id="b" name="Service">{}</bpmn:lane></bpmn:laneSet>'
        )
        call = "<bpmn:flowNodeRef>call</bpmn:flowNodeRef>"
        before = bpmn.read(c.chart(lanes.format(call, ""), c.work("call")))
        after = bpmn.read(c.chart(lanes.format("", call), c.work("call")))

        assert [each.words for each in diff(before, after)] == ["“Call”: lane was “Sales”, now “Service”."]

    def test_a_lane_that_is_called_something_else_moves_nothing(self) -> None:
        inside = "<bpmn:flowNodeRef>call</bpmn:flowNodeRef>"
        lane = f'<bpmn:laneSet id="lanes"><bpmn:lane id="a" name="{{}}">{inside}</bpmn:lane></bpmn:laneSet>'
        before, after = (bpmn.read(c.chart(lane.format(name), c.work("call"))) for name in ("Sales", "Field sales"))

        assert [each.words for each in diff(before, after)] == ["“Sales” is now called “Field sales”."]

    def test_a_renamed_message_is_another_event(self) -> None:
        def waiting(name: str) -> bytes:
            return c.chart(c.catch("won", "m"), more=c.message("m", name))

        (change,) = diff(bpmn.read(waiting("deal won")), bpmn.read(waiting("deal closed")))

        assert change.words == "“Won”: event was “message deal won”, now “message deal closed”."

    @pytest.mark.parametrize(
        ("kind", "reference", "named", "words"),
        [
            ("error", "errorRef", 'errorCode="{}"', "error {}"),
            ("escalation", "escalationRef", 'escalationCode="{}"', "escalation {}"),
            ("signal", "signalRef", 'name="{}"', "signal {}"),
        ],
    )
    def test_what_an_event_is_about_is_told_by_its_name_or_code(
        self, kind: str, reference: str, named: str, words: str
    ) -> None:
        def ending(name: str) -> bytes:
            thrown = f'<bpmn:{kind}EventDefinition {reference}="x"/>'
            return c.chart(c.end(inside=thrown), more=f'<bpmn:{kind} id="x" {named.format(name)}/>')

        (change,) = diff(bpmn.read(ending("lost")), bpmn.read(ending("gone")))

        assert change.words == f"“End”: event was “{words.format('lost')}”, now “{words.format('gone')}”."

    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            ("<bpmn:conditionalEventDefinition><bpmn:condition>{}</bpmn:condition></bpmn:conditionalEventDefinition>",
             "hot", "condition hot"),
            ('<bpmn:linkEventDefinition name="{}"/>', "hot", "link hot"),
            ("<bpmn:terminateEventDefinition/>", "", "terminate"),
        ],
    )  # fmt: skip
    def test_an_event_that_gets_a_trigger_says_which(self, before: str, after: str, words: str) -> None:
        def waiting(inside: str) -> bytes:
            return c.chart(c.element("intermediateThrowEvent", "moment", "", inside))

        (change,) = diff(bpmn.read(waiting("")), bpmn.read(waiting(before.format(after))))

        assert (change.before, change.after) == ("", words)

    def test_a_task_that_sends_another_message_does_something_else(self) -> None:
        def sending(message: str) -> bytes:
            more = c.message("m", "offer") + c.message("n", "bill")
            return c.chart(c.element("sendTask", "send", messageRef=message), more=more)

        (change,) = diff(bpmn.read(sending("m")), bpmn.read(sending("n")))

        assert change.words == "“Send”: event was “message offer”, now “message bill”."

    @pytest.mark.parametrize(
        ("loop", "words"),
        [
            ("<bpmn:standardLoopCharacteristics><bpmn:loopCondition>open</bpmn:loopCondition>"
             "</bpmn:standardLoopCharacteristics>", "while open"),
            ('<bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:loopCondition>open</bpmn:loopCondition>'
             "</bpmn:standardLoopCharacteristics>", "while open, at most 3 times"),
            ('<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopCardinality>3</bpmn:loopCardinality>'
             "</bpmn:multiInstanceLoopCharacteristics>", "for each of 3, one after the other"),
            ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>"
             "<bpmn:completionCondition>won</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>",
             "for each of 3, side by side, until won"),
        ],
    )  # fmt: skip
    def test_a_step_that_is_repeated_says_how(self, loop: str, words: str) -> None:
        before, after = (bpmn.read(c.chart(c.element("task", "call", "", inside))) for inside in ("", loop))

        (change,) = diff(before, after)

        assert (change.before, change.after) == ("", words)

    def test_a_lane_of_another_role_is_told_and_a_new_lane_is_not(self) -> None:
        def lane(role: str, more: str = "") -> bytes:
            setting = f'<bpmn:extensionElements><tl:role key="{role}"/></bpmn:extensionElements>'
            return c.chart(
                f'<bpmn:laneSet id="l"><bpmn:lane id="a" name="Sales">{setting}</bpmn:lane>{more}</bpmn:laneSet>'
            )

        (change,) = diff(bpmn.read(lane("sales")), bpmn.read(lane("service", '<bpmn:lane id="b"/>')))

        assert (change.aspect, change.before, change.after) == ("role", "sales", "service")

    def test_without_a_process_nothing_is_different(self) -> None:
        empty = bpmn.read(f"{c.HEAD}</bpmn:definitions>".encode())

        assert diff(empty, empty) == ()
