"""What is said of a chart."""

from __future__ import annotations

from throughline.flow import bpmn
from throughline.flow.bpmn.tests.charts import chart


class TestDescribe:
    def test_inner_nodes_name_the_sub_process_they_are_in_and_inner_flows_count(self) -> None:
        described = bpmn.describe(
            bpmn.read(
                chart(
                    '<bpmn:subProcess id="s" name="Sub"><bpmn:task id="t"/>'
                    '<bpmn:sequenceFlow id="f" sourceRef="t" targetRef="t"/></bpmn:subProcess>'
                )
            )
        )

        (process,) = described["processes"]
        assert process["nodes"] == [
            {"id": "s", "type": "subProcess", "name": "Sub", "event": None, "parent": None},
            {"id": "t", "type": "task", "name": "", "event": None, "parent": "s"},
        ]
        assert process["flows"] == [{"id": "f", "source": "t", "target": "t"}]

    def test_events_tell_their_kind_by_value_by_reference_and_when_there_are_several(self) -> None:
        described = bpmn.describe(
            bpmn.read(
                chart(
                    '<bpmn:startEvent id="plain"/>'
                    '<bpmn:startEvent id="timed"><bpmn:timerEventDefinition/></bpmn:startEvent>'
                    '<bpmn:endEvent id="shared"><bpmn:eventDefinitionRef>e</bpmn:eventDefinitionRef></bpmn:endEvent>'
                    '<bpmn:endEvent id="both"><bpmn:terminateEventDefinition/><bpmn:eventDefinitionRef>e'
                    "</bpmn:eventDefinitionRef></bpmn:endEvent>",
                    root='<bpmn:escalationEventDefinition id="e"/>',
                )
            )
        )

        kinds = {node["id"]: node["event"] for node in described["processes"][0]["nodes"]}
        assert kinds == {"plain": "none", "timed": "timer", "shared": "escalation", "both": "multiple"}

    def test_lanes_and_guesses_are_told(self) -> None:
        described = bpmn.describe(
            bpmn.read(
                chart('<bpmn:laneSet id="l"><bpmn:lane id="a" name="Sales"/></bpmn:laneSet><bpmn:task name="No id"/>')
            )
        )

        assert described["lanes"] == [{"id": "a", "name": "Sales"}]
        assert [warning["line"] for warning in described["warnings"]] == [1]
