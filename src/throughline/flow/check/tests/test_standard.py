"""Whether a file that breaks a rule of BPMN is told so with the place in the standard."""

from __future__ import annotations

from throughline.flow.check.standard import standard

CHART = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="p">'
    '<startEvent id="s"/><task id="a"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="{}"/>'
    '<sequenceFlow id="g" sourceRef="a" targetRef="e"/></process></definitions>'
)


class TestStandard:
    def test_a_file_that_keeps_to_the_standard_has_no_finding(self) -> None:
        assert list(standard(CHART.format("a"))) == []

    def test_an_arrow_into_a_start_is_an_error_with_the_section_of_the_standard(self) -> None:
        found = list(standard(CHART.format("s")))

        assert {finding.severity for finding in found} == {"error"}
        assert all("(BPMN 2.0.2, " in finding.message for finding in found)
