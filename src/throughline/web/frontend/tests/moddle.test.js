import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { BpmnModdle } from "bpmn-moddle";

const descriptor = JSON.parse(
  readFileSync(new URL("../src/islands/shared/throughline.moddle.json", import.meta.url), "utf8"),
);

const CHART = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
    xmlns:other="urn:other" id="d" targetNamespace="t">
  <bpmn:process id="p" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="lead-to-deal" record="lead" /></bpmn:extensionElements>
    <bpmn:userTask id="call" name="Call">
      <bpmn:extensionElements>
        <tl:workItem assignee="lead.owner" queue="&quot;sales&quot;" due="duration(&quot;PT24H&quot;)" clock="business">
          <tl:guidance>Ask for the budget.</tl:guidance>
          <tl:outcome value="reached" label="Reached" />
          <tl:outcome value="missed" label="Not reached" />
          <tl:field name="note" label="What was said" type="text" required="true" />
        </tl:workItem>
        <tl:evidence event="activity.logged" where="activity.kind = &quot;Call&quot;" outcome="reached" />
        <other:thing kept="yes" />
      </bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:scriptTask id="sum" scriptFormat="feel" tl:result="total"><bpmn:script>1 + 1</bpmn:script></bpmn:scriptTask>
    <bpmn:intermediateCatchEvent id="wait">
      <bpmn:timerEventDefinition id="t" tl:clock="business" tl:calendar="default">
        <bpmn:timeDuration>PT4H</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:intermediateCatchEvent>
  </bpmn:process>
</bpmn:definitions>`;

describe("the moddle descriptor of urn:throughline:bpmn:1", () => {
  const moddle = () => new BpmnModdle({ tl: descriptor });
  const nodes = async (xml) => {
    const { rootElement, warnings } = await moddle().fromXML(xml);
    assert.deepEqual(warnings, []);
    return Object.fromEntries(rootElement.rootElements[0].flowElements.map((node) => [node.id, node]));
  };

  it("reads a work item with guidance, outcomes and fields", async () => {
    const { call } = await nodes(CHART);
    const [item, evidence] = call.extensionElements.values;

    assert.equal(item.$type, "tl:WorkItem");
    assert.equal(item.guidance.text, "Ask for the budget.");
    assert.deepEqual(
      item.outcomes.map(({ value }) => value),
      ["reached", "missed"],
    );
    assert.equal(item.fields[0].required, "true");
    assert.equal(evidence.event, "activity.logged");
  });

  it("reads attributes of ours on elements of BPMN", async () => {
    const { sum, wait } = await nodes(CHART);

    assert.equal(sum.get("tl:result"), "total");
    assert.equal(wait.eventDefinitions[0].get("tl:clock"), "business");
  });

  it("writes what it read, other people's elements included", async () => {
    const { rootElement } = await moddle().fromXML(CHART);
    const { xml } = await moddle().toXML(rootElement);

    const again = await nodes(xml);
    assert.equal(again.call.extensionElements.values[0].outcomes[1].label, "Not reached");
    assert.equal(again.call.extensionElements.values[2].kept, "yes");
    assert.match(xml, /<tl:workItem /);
    assert.match(xml, /tl:clock="business"/);
  });
});

describe("what is taken along as BPMN", () => {
  const packs = new URL("../../../packs/", import.meta.url);
  const charts = readdirSync(packs, { recursive: true }).filter((name) => name.endsWith(".bpmn"));

  it("is there", () => assert.ok(charts.length > 3));

  for (const name of charts)
    it(`is read by bpmn-js without a warning: ${name}`, async () => {
      const xml = readFileSync(new URL(name, packs), "utf8");
      const { rootElement, warnings } = await new BpmnModdle({ tl: descriptor }).fromXML(xml);

      assert.deepEqual(
        warnings.map(({ message }) => message),
        [],
      );
      assert.ok(rootElement.diagrams?.length > 0);
    });
});
