"""
The story of the product, played in a browser: a chart forgets the attachment of a contract, conversions drop on the
dashboard, one clicks from the drop to the step to its cases, mends the drawing, publishes, and the forecast and later
the measurement agree.

History is made by running the procedure under a clock of its own: leads are captured, Maya works, cases end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import SignIn, is_accessible
from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.capture import capture_lead
from throughline.flow import bpmn
from throughline.flow.bpmn.layout import lay_out
from throughline.insight.kpis.goals import save_goal, watch_goals
from throughline.insight.simulation.forecasts import compare_forecasts
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("I1", "I4", "A5")]

GOOD = 'if lead.status = "Recycled" then null else "contract.pdf"'
BAD = 'if lead.status = "Recycled" then "contract.pdf" else null'
CHART = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">
  <bpmn:process id="p" name="Contract" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="contract" record="lead"/></bpmn:extensionElements>
    <bpmn:startEvent id="captured" name="Lead captured">
      <bpmn:extensionElements><tl:trigger event="lead.captured"/></bpmn:extensionElements>
      <bpmn:outgoing>f1</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:userTask id="agree" name="Agree on terms">
      <bpmn:extensionElements>
        <tl:workItem assignee="lead.owner" queue="&quot;sales&quot;" due="duration(&quot;PT24H&quot;)" result="terms">
          <tl:outcome value="agreed" label="Agreed"/><tl:outcome value="declined" label="Declined"/>
        </tl:workItem>
      </bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:exclusiveGateway id="wants" name="Agreed?" default="to_contract">
      <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>to_contract</bpmn:outgoing><bpmn:outgoing>to_loss</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:scriptTask id="contract" name="Send contract" scriptFormat="feel" tl:result="attachment">
      <bpmn:incoming>to_contract</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
      <bpmn:script>{script}</bpmn:script>
    </bpmn:scriptTask>
    <bpmn:exclusiveGateway id="attached" name="Contract attached?" default="with_it">
      <bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>with_it</bpmn:outgoing><bpmn:outgoing>without_it</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:serviceTask id="win" name="Close as won">
      <bpmn:extensionElements>
        <tl:action name="lead.close"><tl:input name="outcome" value="&quot;Won&quot;"/></tl:action>
      </bpmn:extensionElements>
      <bpmn:incoming>with_it</bpmn:incoming><bpmn:outgoing>f4</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:serviceTask id="give_up" name="Customer gives up">
      <bpmn:extensionElements>
        <tl:action name="lead.close">
          <tl:input name="outcome" value="&quot;Lost&quot;"/>
          <tl:input name="reason" value="&quot;No contract came.&quot;"/>
        </tl:action>
      </bpmn:extensionElements>
      <bpmn:incoming>without_it</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:serviceTask id="lose" name="Close as not interested">
      <bpmn:extensionElements>
        <tl:action name="lead.close"><tl:input name="outcome" value="&quot;Not interested&quot;"/></tl:action>
      </bpmn:extensionElements>
      <bpmn:incoming>to_loss</bpmn:incoming><bpmn:outgoing>f6</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:endEvent id="signed" name="Signed"><bpmn:incoming>f4</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="gone" name="Gone"><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="refused" name="Refused"><bpmn:incoming>f6</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="captured" targetRef="agree"/>
    <bpmn:sequenceFlow id="f2" sourceRef="agree" targetRef="wants"/>
    <bpmn:sequenceFlow id="to_contract" name="yes" sourceRef="wants" targetRef="contract"/>
    <bpmn:sequenceFlow id="to_loss" name="no" sourceRef="wants" targetRef="lose">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">terms = "declined"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f3" sourceRef="contract" targetRef="attached"/>
    <bpmn:sequenceFlow id="with_it" name="attached" sourceRef="attached" targetRef="win"/>
    <bpmn:sequenceFlow id="without_it" name="forgotten" sourceRef="attached" targetRef="give_up">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">attachment = null</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="win" targetRef="signed"/>
    <bpmn:sequenceFlow id="f5" sourceRef="give_up" targetRef="gone"/>
    <bpmn:sequenceFlow id="f6" sourceRef="lose" targetRef="refused"/>
  </bpmn:process>
</bpmn:definitions>
"""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""A Monday."""


@dataclass
class World:
    """The company and its clock."""

    cast: Cast
    now: datetime

    def publish(self, script: str) -> None:
        """Draw and publish the chart with this script in *Send contract*."""
        by = Actor.user(self.cast.admin)
        drawing = bpmn.write(lay_out(bpmn.read(CHART.format(script=script).encode())))
        operations.save_draft(key="contract", drawing=drawing, by=by, at=self.now)
        operations.publish(key="contract", by=by, at=self.now)

    def work(self, weeks: int) -> None:
        """Let ten leads come each week; Maya agrees with seven of them after one to three hours."""
        maya = Actor.user(self.cast.maya)
        for _ in range(weeks):
            for number in range(10):
                came = self.now + (number % 5) * DAY + number * HOUR
                values = {"name": f"Customer {came:%d%H}", "email": f"c{came:%m%d%H}@x.org"}
                capture_lead(values=values, by=maya, at=came)
                worker.drain(limit=50, at=came)
                at = came + (1 + number % 3) * HOUR
                item = WorkItem.objects.get(status=WorkItem.Status.OPEN)
                outcome = "declined" if number in (2, 5, 8) else "agreed"
                operations.complete_work_item(work_item_id=item.pk, outcome=outcome, by=maya, at=at)
                worker.drain(limit=50, at=at)
            self.now += WEEK


@pytest.fixture
def world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give six good weeks, and two since the drawing forgets the attachment."""
    made = World(assemble(at=START), START)
    monkeypatch.setattr(moments, "now", lambda: made.now)
    by = Actor.user(made.cast.admin)
    operations.create_procedure(key="contract", name="Contract", record_type="lead", by=by, at=START)
    made.publish(GOOD)
    made.work(6)
    made.publish(BAD)
    made.work(2)
    return made


class TestTheStory:
    def test_from_the_drop_to_its_mending_and_its_proof(
        self, page: Page, world: World, analysing: Callable[[], AbstractContextManager[None]], sign_in: SignIn
    ) -> None:
        maya = world.cast.maya
        goal = save_goal(
            kpi="lead-conversion", period="last_7_days", owner_id=maya.pk, low=Decimal("0.5"),
            by=Actor.user(maya), at=world.now,
        )  # fmt: skip
        watch_goals(at=world.now)
        assert Notification.objects.filter(user=maya, kind="goal.left_band").count() == 1, goal

        sign_in(world.cast.admin)
        page.goto("/insight/dashboards/shipped/sales/")
        page.wait_for_selector('[data-island="plot"][data-mounted="ready"]')
        is_accessible(page)
        trend = page.locator('[data-tile="5"]')
        trend.get_by_text("As a table").click()
        drop = trend.get_by_role("row", name="16 Feb 2026")
        expect(drop).to_contain_text("0.0 %")
        expect(trend.get_by_role("row", name="9 Feb 2026")).to_contain_text("70.0 %")

        drop.get_by_role("link").click()
        ways = page.get_by_role("table", name="Which ways the cases took")
        worst = ways.get_by_role("row").nth(1)
        expect(worst).to_contain_text("Contract attached?")
        expect(worst).to_contain_text("100 points")
        is_accessible(page)

        ways.get_by_role("link", name="forgotten").click()
        expect(page.get_by_role("heading", name="Contract attached?: forgotten")).to_be_visible()
        expect(page.get_by_role("table", name="Cases that took it").get_by_text("Gone")).to_have_count(7)
        is_accessible(page)

        page.get_by_role("link", name="Change the drawing").click()
        page.goto(f"{page.url}?expose=1")
        page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')
        page.evaluate(
            "throughlineEditor.get('selection').select(throughlineEditor.get('elementRegistry').get('contract'))"
        )
        script = page.locator("#prop-script")
        script.fill(GOOD)
        script.press("Tab")
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("dialog").get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Version 3 runs", exact=True)).to_be_visible(timeout=20_000)

        page.goto("/procedures/contract/simulations/new/?version=3")
        page.get_by_label("Name").fill("Mended")
        page.get_by_label("Version").select_option("3")
        page.get_by_label("Cases per run").fill("500")
        page.get_by_text("All figures as text").click()
        page.get_by_label("Arrivals, people, durations and ways (JSON)").fill(
            '{"arrivals": {"distribution": "exponential", "mean": "PT17H"}, "flows": {"to_contract": 0.7, "to_loss":'
            ' 0.3}, "tasks": {"agree": {"duration": {"distribution": "uniform", "min": "PT1H", "max": "PT3H"}}}}'
        )
        with analysing():
            page.get_by_role("button", name="Simulate").click()
            expect(page.get_by_role("heading", name="Where cases wait")).to_be_visible(timeout=60_000)
        page.get_by_label("From now until").fill("2026-03-15")
        page.get_by_role("button", name="Keep the forecast").click()
        expect(page.get_by_text("under way")).to_be_visible()
        is_accessible(page)

        world.work(2)
        assert compare_forecasts(at=world.now) == 1
        page.goto("/procedures/contract/simulations/forecasts/")
        panel = page.locator("section", has=page.get_by_role("heading", name="Mended"))
        expect(panel.get_by_text("20 cases ended")).to_be_visible()
        expect(panel.get_by_role("row", name="Signed")).to_contain_text("70.0 %")
        expect(panel.get_by_text("differs")).to_have_count(0)
        expect(panel.get_by_text("agrees").first).to_be_visible()
        page.goto("/insight/figures/lead-conversion/?period=last_7_days")
        expect(page.get_by_text("70.0 %").first).to_be_visible()
