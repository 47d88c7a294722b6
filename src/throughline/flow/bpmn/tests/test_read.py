"""Reading: what becomes a field, what is kept, what is forgiven and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn import model, xml
from throughline.flow.bpmn.tests.charts import chart, suite_files


def only(process: model.Process, kind: type[model.E]) -> model.E:
    """Return the only element of the kind."""
    (found,) = [item for item, _ in process.walk() if isinstance(item, kind)]
    return found


def read_process(inside: str, *, root: str = "") -> model.Process:
    """Return the process that holds ``inside``."""
    return bpmn.read(chart(inside, root=root)).processes[0]


class TestRead:
    def test_a_boundary_event_knows_its_activity_and_whether_it_ends_it(self) -> None:
        process = read_process(
            '<bpmn:userTask id="call" name="Call"/>'
            '<bpmn:boundaryEvent id="late" attachedToRef="call" cancelActivity="false"><bpmn:timerEventDefinition'
            ' tl:clock="business"><bpmn:timeDuration>PT24H</bpmn:timeDuration></bpmn:timerEventDefinition>'
            "</bpmn:boundaryEvent>"
        )

        late = only(process, model.BoundaryEvent)

        assert (late.attached_to, late.cancel_activity) == ("call", False)
        (timer,) = late.definitions
        assert isinstance(timer, model.TimerEventDefinition)
        assert (timer.clock, timer.duration and timer.duration.text) == ("business", "PT24H")

    def test_an_event_definition_by_reference_is_found_among_the_root_elements(self) -> None:
        definitions = bpmn.read(
            chart(
                '<bpmn:startEvent id="s"><bpmn:eventDefinitionRef>t</bpmn:eventDefinitionRef></bpmn:startEvent>',
                root='<bpmn:signalEventDefinition id="t" signalRef="s1"/>',
            )
        )

        (trigger,) = definitions.triggers(only(definitions.processes[0], model.StartEvent))

        assert isinstance(trigger, model.SignalEventDefinition)
        assert trigger.signal_ref == "s1"

    def test_our_own_extensions_become_records_and_foreign_ones_stay_word_for_word(self) -> None:
        process = read_process(
            '<bpmn:userTask id="call" acme:colour="red"><bpmn:extensionElements>'
            '<tl:workItem assignee="lead.owner" due="=duration(&quot;PT24H&quot;)" result="contact">'
            '<tl:guidance>Be kind.</tl:guidance><tl:outcome value="reached" label="Reached"/>'
            '<tl:field name="note" label="What was said" required="true"/></tl:workItem>'
            '<acme:form key="7"><acme:page>one</acme:page></acme:form>'
            "</bpmn:extensionElements></bpmn:userTask>"
        )

        call = only(process, model.UserTask)

        item = call.extensions.work_item
        assert item is not None
        assert (item.assignee, item.due, item.result, item.guidance) == (
            "lead.owner",
            '=duration("PT24H")',
            "contact",
            "Be kind.",
        )
        assert [outcome.value for outcome in item.outcomes] == ["reached"]
        assert [(field.name, field.type, field.required) for field in item.fields] == [("note", "text", True)]
        (form,) = call.extensions.rest
        assert (form.name, form.get("key"), form.children[0].text) == ("form", "7", "one")
        assert call.attribute("{http://acme.example/bpmn}colour") == "red"

    def test_nested_containers_are_walked_with_their_place(self) -> None:
        process = read_process(
            '<bpmn:transaction id="t"><bpmn:adHocSubProcess id="a"><bpmn:task id="x"/></bpmn:adHocSubProcess>'
            '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="a"/></bpmn:transaction>'
        )

        assert [(item.id, place.id) for item, place in process.walk()] == [
            ("t", "p"),
            ("a", "t"),
            ("x", "a"),
            ("f", "t"),
        ]

    def test_lanes_inside_lanes_are_listed_after_the_outer_one(self) -> None:
        process = read_process(
            '<bpmn:laneSet id="ls"><bpmn:lane id="sales" name="Sales"><bpmn:extensionElements><tl:role key="s"/>'
            '</bpmn:extensionElements><bpmn:childLaneSet id="c"><bpmn:lane id="inside">'
            "<bpmn:flowNodeRef>x</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
            '<bpmn:task id="x"/>'
        )

        sales, inside = process.lanes

        assert sales.extensions.role is not None
        assert sales.extensions.role.key == "s"
        assert inside.nodes == ("x",)

    def test_a_loop_keeps_its_expressions_without_the_leading_equals_sign(self) -> None:
        process = read_process(
            '<bpmn:task id="x"><bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopCardinality'
            ' xsi:type="bpmn:tFormalExpression">= 3 + 1</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
            "</bpmn:task>"
        )

        loop = only(process, model.Task).loop

        assert isinstance(loop, model.MultiInstance)
        assert loop.is_sequential
        assert loop.cardinality is not None
        assert (loop.cardinality.text, loop.cardinality.type) == ("3 + 1", "tFormalExpression")

    def test_the_options_of_a_field_are_parted_by_commas(self) -> None:
        process = read_process(
            '<bpmn:userTask id="call"><bpmn:extensionElements><tl:workItem>'
            '<tl:field name="size" type="choice" options="small, large,"/></tl:workItem>'
            "</bpmn:extensionElements></bpmn:userTask>"
        )

        item = only(process, model.UserTask).extensions.work_item

        assert item is not None
        assert [field.choices for field in item.fields] == [("small", "large")]

    def test_the_figures_for_simulation_are_read_by_name(self) -> None:
        process = read_process(
            '<bpmn:task id="call"><bpmn:extensionElements><tl:simulation duration="PT5M" acme:cost="3"/>'
            "</bpmn:extensionElements></bpmn:task>"
        )

        figures = only(process, model.Task).extensions.simulation

        assert figures is not None
        assert figures.figures == {"duration": "PT5M", "cost": "3"}

    def test_what_events_are_about_is_found_by_its_id(self) -> None:
        kinds = ("message", "signal", "error", "escalation")
        found = bpmn.read(chart("", root="".join(f'<bpmn:{kind} id="a_{kind}"/>' for kind in kinds)))

        assert [set(each) for each in (found.messages, found.signals, found.errors, found.escalations)] == [
            {f"a_{kind}"} for kind in kinds
        ]

    def test_every_element_knows_the_line_it_stands_on(self) -> None:
        process = read_process('\n<bpmn:task id="x"/>\n<bpmn:task id="y"/>')

        assert [node.line for node in process.nodes] == [2, 3]


class TestForgiven:
    def test_a_flow_without_an_id_is_given_one_that_is_free_and_a_warning_says_so(self) -> None:
        definitions = bpmn.read(
            chart('<bpmn:task id="sequenceFlow_1"/><bpmn:sequenceFlow sourceRef="a" targetRef="b"/>')
        )

        (flow,) = definitions.processes[0].flows

        assert flow.id == "sequenceFlow_2"
        assert [(each.line, "sequenceFlow_2" in each.message) for each in definitions.warnings] == [(1, True)]

    def test_a_file_that_is_called_like_something_in_it_gets_a_name_of_its_own(self) -> None:
        text = '<definitions xmlns="{}" id="{}"><process id="sale"><task id="call"/></process></definitions>'

        shared = bpmn.read(text.format(xml.BPMN, "sale"))
        own = bpmn.read(text.format(xml.BPMN, "file"))

        assert (shared.id, shared.processes[0].id, own.id) == ("definitions_1", "sale", "file")
        assert [each.message for each in shared.warnings] == [
            'The file has the id "sale", like something in it, and is called "definitions_1" here.'
        ]
        assert own.warnings == ()

    def test_a_prefix_before_a_reference_is_dropped_when_the_rest_is_an_id_of_the_file(self) -> None:
        process = read_process('<bpmn:task id="x"/><bpmn:sequenceFlow id="f" sourceRef="my:x" targetRef=" x "/>')

        (flow,) = process.flows

        assert (flow.source, flow.target) == ("x", "x")

    def test_a_number_that_is_none_is_kept_as_written_with_a_warning(self) -> None:
        definitions = bpmn.read(chart('<bpmn:task id="x" startQuantity="some"/>'))

        (task,) = definitions.processes[0].nodes

        assert task.attributes == (("startQuantity", "some"),)
        assert "startQuantity" in definitions.warnings[0].message

    @pytest.mark.parametrize(
        "namespace", ["http://schema.omg.org/spec/BPMN/2.0", "http://www.omg.org/spec/BPMN/20100501/MODEL", ""]
    )
    def test_drafts_of_the_namespace_are_read_as_bpmn(self, namespace: str) -> None:
        declared = f' xmlns="{namespace}"' if namespace else ""

        definitions = bpmn.read(f'<definitions{declared}><process id="p"><task id="x"/></process></definitions>')

        assert [node.id for node in definitions.processes[0].nodes] == ["x"]

    def test_an_abstract_element_is_what_its_type_says(self) -> None:
        process = read_process('<bpmn:flowElement id="x" xsi:type="bpmn:tUserTask"/>')

        assert isinstance(process.nodes[0], model.UserTask)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "gb18030"])
    def test_many_encodings_are_read(self, encoding: str) -> None:
        label = encoding.removesuffix("-sig")
        text = chart('<bpmn:task id="x" name="Prüfung"/>').decode()

        definitions = bpmn.read(f'<?xml version="1.0" encoding="{label}"?>{text}'.encode(encoding))

        assert definitions.processes[0].nodes[0].name == "Prüfung"

    @pytest.mark.parametrize(("declared", "written"), [("utf-8", "cp1252"), ("utf-16", "utf-8"), ("no-such", "utf-8")])
    def test_a_wrong_declaration_of_the_encoding_is_seen_through(self, declared: str, written: str) -> None:
        text = chart('<bpmn:task id="x" name="Prüfung"/>').decode()

        definitions = bpmn.read(f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(written))

        assert definitions.processes[0].nodes[0].name == "Prüfung"

    def test_white_space_before_the_declaration_is_skipped(self) -> None:
        definitions = bpmn.read(b'\n <?xml version="1.0"?>' + chart('<bpmn:task id="x"/>'))

        assert len(definitions.processes) == 1

    def test_of_what_may_be_there_once_the_first_counts_and_the_others_are_kept(self) -> None:
        definitions = bpmn.read(
            chart(
                '<bpmn:sequenceFlow id="f"><bpmn:conditionExpression>one</bpmn:conditionExpression>'
                "<bpmn:conditionExpression>two</bpmn:conditionExpression></bpmn:sequenceFlow>"
            )
        )

        (found,) = definitions.processes[0].flows
        assert found.condition is not None
        assert found.condition.text == "one"
        assert "Expected one <conditionExpression>, but there are more" in definitions.warnings[0].message
        assert b"two" in bpmn.write(definitions)

    def test_a_yes_or_no_that_is_neither_is_kept_as_written_with_a_warning(self) -> None:
        definitions = bpmn.read(chart('<bpmn:subProcess id="s" triggeredByEvent="perhaps"/>'))

        assert any('but it is "perhaps"' in each.message for each in definitions.warnings)
        assert b'triggeredByEvent="perhaps"' in bpmn.write(definitions)

    def test_a_place_far_off_every_page_is_no_number(self) -> None:
        shape = (
            '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
            'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><di:BPMNPlane bpmnElement="p">'
            '<di:BPMNShape bpmnElement="t"><dc:Bounds x="1e9" y="0" width="1" height="1"/></di:BPMNShape>'
            "</di:BPMNPlane></di:BPMNDiagram>"
        )
        text = chart('<bpmn:task id="t"/>').decode().replace("</bpmn:definitions>", f"{shape}</bpmn:definitions>")

        assert any('but it is "1e9"' in each.message for each in bpmn.read(text).warnings)

    def test_bytes_of_no_known_encoding_are_read_as_single_letters(self) -> None:
        data = chart('<bpmn:task id="t" name="Ring"/>').replace(b"Ring", b"R\x81\xffng")

        assert only(bpmn.read(data).processes[0], model.Task).name == "R\x81\xffng"


class TestRefused:
    def test_a_file_that_is_too_large_is_refused_with_its_size(self) -> None:
        with pytest.raises(bpmn.Unreadable, match=r"The file has \d+ MB; at most \d+ can be read"):
            bpmn.read(b" " * (xml.MAX_BYTES + 1))

    def test_broken_xml_names_the_line_and_the_reason(self) -> None:
        with pytest.raises(bpmn.Unreadable) as caught:
            bpmn.read(chart("\n\n<bpmn:task></bpmn:wrong>"))

        assert caught.value.line == 3
        assert "not well-formed" in caught.value.reason

    @pytest.mark.parametrize("data", [b"", b"   ", b"hello", b"\xff\xfe\x00", b"PK\x03\x04"])
    def test_what_is_no_xml_is_refused(self, data: bytes) -> None:
        with pytest.raises(bpmn.Unreadable):
            bpmn.read(data)

    def test_other_xml_is_refused_by_its_name(self) -> None:
        with pytest.raises(bpmn.Unreadable, match="<mxfile>"):
            bpmn.read(b"<mxfile/>")

    def test_entities_are_refused_and_never_expanded(self) -> None:
        bomb = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + chart('<bpmn:task id="x" name="&b;"/>')

        with pytest.raises(bpmn.Unreadable, match="entities"):
            bpmn.read(bomb)

    def test_a_file_outside_is_never_opened(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("secret")
        data = f'<!DOCTYPE d [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'.encode() + chart("<bpmn:task>&s;</bpmn:task>")

        with pytest.raises(bpmn.Unreadable) as caught:
            bpmn.read(data)

        assert "secret" not in str(caught.value)

    def test_endless_nesting_is_refused_with_a_sentence(self) -> None:
        deep = '<bpmn:subProcess id="x">' * 200 + "</bpmn:subProcess>" * 200

        with pytest.raises(bpmn.Unreadable, match="deep"):
            bpmn.read(chart(deep))


@pytest.mark.suites
class TestPublicFiles:
    def test_every_public_file_is_read_or_refused_with_a_sentence(self) -> None:
        refused = []
        for file in suite_files("import-miwg-reference", "import-engines"):
            try:
                bpmn.read(file.read_bytes())
            except bpmn.Unreadable:
                refused.append(file.name)

        assert refused == ["BpmnParseTest.testXMLParsingErrors.bpmn"]
