"""Drawing, publishing and retiring: what is published runs, and never changes again."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.core.procedures import charts, operations
from throughline.core.procedures.facts import facts_of_records
from throughline.core.procedures.models import DecisionPin, DecisionVersion, Procedure, ProcedureVersion
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts
from throughline.core.refusals import NotFound, Refusal

PLAIN = c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end"))

TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="route" name="Route" namespace="urn:route">
  <inputData id="region" name="Region"><variable name="Region" typeRef="string"/></inputData>
  <decision id="team" name="Route lead"><variable name="Route lead" typeRef="string"/>
    <informationRequirement id="r"><requiredInput href="#region"/></informationRequirement>
    <decisionTable id="t" hitPolicy="FIRST">
      <input id="i"><inputExpression id="e" typeRef="string"><text>Region</text></inputExpression></input> <output
      id="o" typeRef="string"/> <rule id="north"><inputEntry id="n"><text>"NO"</text></inputEntry><outputEntry
      id="no"><text>"ANSWER"</text></outputEntry></rule> <rule id="rest"><inputEntry
      id="s"><text>-</text></inputEntry><outputEntry id="so"><text>"south"</text></outputEntry></rule>
    </decisionTable></decision>
</definitions>"""

ASKING = c.chart(
    c.captured(),
    c.element(
        "businessRuleTask",
        "route",
        c.tl(
            "decision",
            c.tl("input", name="Region", value="lead.region"),
            ref="route",
            decision="Route lead",
            result="team",
        ),
    ),
    c.work("call", queue="team"),
    c.end(),
    c.flows("captured > route > call > end"),
)


def publish_table(desk: Desk, answer: str) -> DecisionVersion:
    """Publish the table with this answer for the north."""
    if not DecisionVersion.objects.exists():
        operations.create_decision(key="route", name="Route lead", by=desk.admin, at=desk.now)
    model = TABLE.replace("ANSWER", answer).encode()
    operations.save_decision_draft(key="route", model=model, by=desk.admin, at=desk.now)
    return operations.publish_decision(key="route", by=desk.admin, at=desk.now)


@pytest.mark.req("A5")
class TestPublish:
    def test_versions_are_numbered_and_the_one_before_is_retired(self, desk: Desk) -> None:
        desk.publish(PLAIN)
        desk.capture(3)
        operations.save_draft(key="test", drawing=PLAIN, by=desk.admin, at=desk.now, note="Same again.")

        published = operations.publish(key="test", by=desk.admin, at=desk.now)

        assert (published.version.number, published.staying) == (2, 3)
        assert published.replaced is not None
        assert list(ProcedureVersion.objects.order_by("number").values_list("number", "status")) == [
            (1, "retired"),
            (2, "published"),
        ]

    def test_what_is_published_cannot_be_changed_or_deleted(self, desk: Desk) -> None:
        desk.publish(PLAIN)
        version = ProcedureVersion.objects.filter(status="published")

        for change in (
            lambda: version.update(bpmn=b"<other/>"),
            lambda: version.update(number=7),
            lambda: version.update(status="draft"),
            version.delete,
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                change()

        assert version.update(note="A better word.") == 1

    def test_a_drawing_with_a_fault_is_refused_with_the_element_it_shows_at(self, desk: Desk) -> None:
        operations.create_procedure(key="test", name="Test", record_type="lead", by=desk.admin, at=desk.now)
        stuck = c.chart(
            c.captured(),
            c.element("exclusiveGateway", "one"),
            c.work("a"),
            c.work("b"),
            c.element("parallelGateway", "join"),
            c.end(),
            c.flows(
                "captured > one", 'one >[lead.region = "NO"] a > join > end', 'one >[lead.region != "NO"] b > join'
            ),
        )
        operations.save_draft(key="test", drawing=stuck, by=desk.admin, at=desk.now)

        with pytest.raises(Refusal) as refused:
            operations.publish(key="test", by=desk.admin, at=desk.now)

        assert refused.value.code == "not_sound"
        assert "join" in refused.value.fields
        assert ProcedureVersion.objects.get().status == "draft"

    @pytest.mark.req("A10")
    def test_a_drawing_that_breaks_a_rule_of_bpmn_is_refused_with_the_element(self, desk: Desk) -> None:
        backwards = c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end", "call > captured"))

        with pytest.raises(Refusal, match="BPMN 2.0.2") as refused:
            desk.publish(backwards)

        assert refused.value.code == "not_sound"
        assert "captured" in refused.value.fields
        assert not ProcedureVersion.objects.filter(status="published").exists()

    def test_an_action_that_nobody_performs_is_refused(self, desk: Desk) -> None:
        drawing = c.chart(c.captured(), c.action("tag", "test.unknown"), c.end(), c.flows("captured > tag > end"))

        with pytest.raises(Refusal, match="test.unknown"):
            desk.publish(drawing)

    def test_a_file_that_is_no_drawing_is_refused(self, desk: Desk) -> None:
        operations.create_procedure(key="test", name="Test", by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match="cannot be read"):
            operations.save_draft(key="test", drawing=b"hello", by=desk.admin, at=desk.now)

    def test_there_must_be_a_draft(self, desk: Desk) -> None:
        desk.publish(PLAIN)

        with pytest.raises(Refusal, match="has no draft"):
            operations.publish(key="test", by=desk.admin, at=desk.now)
        with pytest.raises(NotFound):
            operations.publish(key="nothing", by=desk.admin, at=desk.now)

    def test_a_key_is_taken_once(self, desk: Desk) -> None:
        desk.publish(PLAIN)

        with pytest.raises(Refusal, match="already"):
            operations.create_procedure(key="test", name="Another", by=desk.admin, at=desk.now)
        assert Procedure.objects.count() == 1


@pytest.mark.req("B4")
class TestDecisions:
    def test_a_decision_routes_and_its_reason_is_kept(self, desk: Desk) -> None:
        publish_table(desk, "north")
        desk.publish(ASKING)

        desk.capture(region="NO")
        desk.drain(seconds=1)

        assert [item.queue for item in desk.open_items()] == ["north"]

    def test_a_published_procedure_keeps_the_table_it_was_published_with(self, desk: Desk) -> None:
        first = publish_table(desk, "north")
        desk.publish(ASKING)
        publish_table(desk, "arctic")

        desk.capture(region="NO")
        desk.drain(seconds=1)
        desk.publish(ASKING)
        desk.capture(region="NO")
        desk.drain(seconds=1)

        assert [item.queue for item in desk.open_items()] == ["north", "arctic"]
        assert DecisionPin.objects.order_by("pk")[0].decision == first

    def test_a_table_whose_test_fails_is_not_published(self, desk: Desk) -> None:
        publish_table(desk, "north")
        test = """<extensionElements><tl:testCase xmlns:tl="urn:throughline:bpmn:1" name="Norway">
          <tl:given name="Region" value='"NO"'/><tl:expect value='"north"'/></tl:testCase></extensionElements>"""
        tested = TABLE.replace('name="Route lead"><variable', f'name="Route lead">{test}<variable')
        for answer in ("arctic", "north"):
            model = tested.replace("ANSWER", answer).encode()
            operations.save_decision_draft(key="route", model=model, by=desk.admin, at=desk.now)
            if answer == "arctic":
                with pytest.raises(Refusal, match='A test fails.* Norway: Expected "north", but it is "arctic"'):
                    operations.publish_decision(key="route", by=desk.admin, at=desk.now)
                assert list(DecisionVersion.objects.order_by("number").values_list("status", flat=True)) == [
                    "published",
                    "draft",
                ]

        assert operations.publish_decision(key="route", by=desk.admin, at=desk.now).number == 2

    def test_pins_of_a_published_version_cannot_change(self, desk: Desk) -> None:
        publish_table(desk, "north")
        desk.publish(ASKING)

        with pytest.raises(IntegrityError), transaction.atomic():
            DecisionPin.objects.all().delete()

    def test_a_missing_table_is_named(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="route"):
            desk.publish(ASKING)


class TestFacts:
    def test_a_chart_says_which_fields_it_reads(self, desk: Desk, tag: Recorder) -> None:
        desk.publish(
            c.chart(
                c.captured(),
                c.action("tag", "test.tag", {"what": "lead.region"}),
                c.element("exclusiveGateway", "hot", default="hot_end"),
                c.work("call", due="lead.first_response_due_at", assignee="lead.owner"),
                c.end(),
                c.flows("captured > tag > hot", "hot >[lead.score > 3] call > end", "hot > end"),
            )
        )

        version = ProcedureVersion.objects.get()
        reads = charts.running(version.pk).reads
        assert reads == frozenset({"region", "score", "first_response_due_at", "owner"})

    def test_a_decision_that_sees_everything_reads_what_its_texts_name(self, desk: Desk) -> None:
        sees_all = ASKING.replace(b'<tl:input name="Region" value="lead.region"></tl:input>', b"")
        model = TABLE.replace('name="Region"', 'name="lead"').replace("<text>Region</text>", "<text>lead.origin</text>")
        operations.create_decision(key="route", name="Route lead", by=desk.admin, at=desk.now)
        operations.save_decision_draft(key="route", model=model.encode(), by=desk.admin, at=desk.now)
        operations.publish_decision(key="route", by=desk.admin, at=desk.now)

        desk.publish(sees_all)

        assert b"tl:input" not in sees_all
        assert charts.running(ProcedureVersion.objects.get().pk).reads == frozenset({"origin"})

    def test_what_takes_the_record_as_a_whole_reads_everything(self, desk: Desk, tag: Recorder) -> None:
        desk.publish(
            c.chart(
                c.captured(),
                c.action("tag", "test.tag", {"what": "count(lead)"}),
                c.end(),
                c.flows("captured > tag > end"),
            )
        )

        assert charts.running(ProcedureVersion.objects.get().pk).reads is None

    def test_members_read_alone_are_the_ones_of_the_whole_record(self, desk: Desk) -> None:
        leads = desk.capture(3, region="NO", subject="", tags=["a", "b"], email="who@example.com", name="Who Ever")
        refs = [RecordRef("lead", lead.pk) for lead in leads]
        whole = facts(refs)

        names = {
            *registry.get("lead").by_name,
            *registry.get("lead").facts,
            "type",
            "number",
            "owner_name",
            "team_name",
            "nothing",
        }
        for name in sorted(names):
            alone = facts_of_records(refs, frozenset({name}))
            said = {ref: alone[ref].context.get(name) for ref in refs}
            assert said == {ref: whole[ref].get(name) for ref in refs}, name
