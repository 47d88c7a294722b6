import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { h } from "../../../dom.js";
import { gettext } from "../../../i18n.js";
import { allExtensions, extension } from "../../shared/extensions.js";
import { plain } from "../changes.js";
import { factsOf } from "../step-facts.js";
import { eventGroups } from "./events.js";
import * as fields from "./fields.js";
import { flowGroups } from "./flows.js";
import { actionGroups, decisionGroups, evidenceGroup, scriptGroups, workGroups } from "./tasks.js";

/** The groups of the panel for an element: what kind it is decides, one table. */
const BY_TYPE = [
  ["bpmn:UserTask", workGroups],
  ["bpmn:ManualTask", workGroups],
  ["bpmn:ServiceTask", actionGroups],
  ["bpmn:SendTask", actionGroups],
  ["bpmn:BusinessRuleTask", decisionGroups],
  ["bpmn:ScriptTask", scriptGroups],
  ["bpmn:CallActivity", callGroups],
  ["bpmn:Activity", watchedGroups],
  ["bpmn:Activity", repetitionGroups],
  ["bpmn:ReceiveTask", eventGroups],
  ["bpmn:Event", eventGroups],
  ["bpmn:SequenceFlow", flowGroups],
  ["bpmn:Lane", laneGroups],
  ["bpmn:Participant", procedureGroups],
  ["bpmn:Process", procedureGroups],
  ["bpmn:Collaboration", procedureGroups],
];

export function groupsFor(element, about) {
  const special = BY_TYPE.filter(([type]) => is(element, type)).flatMap(([, groups]) =>
    groups(element, about),
  );
  return [
    nameGroup(element, about),
    is(element, "bpmn:Activity") ? glanceGroup(element, about) : null,
    ...special,
    ...(is(element, "bpmn:Activity") ? noteGroups(element, about) : []),
    about.remarks.groupOf(element),
  ];
}

function nameGroup(element, { changes }) {
  const object = element.businessObject;
  const property = is(element, "bpmn:TextAnnotation") ? "text" : "name";
  if (is(element, "bpmn:Process") || is(element, "bpmn:Collaboration")) return null;
  const documentation = object.get("documentation")?.[0]?.text ?? "";
  return fields.group(
    gettext("What it is"),
    fields.text({
      key: "name",
      label: is(element, "bpmn:SequenceFlow") ? gettext("Label") : gettext("Name"),
      value: object.get(property) ?? "",
      multiline: !is(element, "bpmn:SequenceFlow"),
      placeholder: is(element, "bpmn:Activity") ? gettext("Verb and object: Call the lead") : undefined,
      onChange: (name) => changes.set(element, { [property]: name || undefined }),
    }),
    is(element, "bpmn:FlowNode")
      ? fields.text({
          key: "documentation",
          label: gettext("Description"),
          value: documentation,
          multiline: true,
          onChange: (text) =>
            changes.set(element, {
              documentation: text ? [changes.create("bpmn:Documentation", { text }, object)] : [],
            }),
        })
      : null,
  );
}

/** Role, tool, inputs and outputs of a step, at a glance. */
function glanceGroup(element, { catalogue }) {
  const facts = factsOf(element.businessObject, catalogue);
  const line = (label, words) => (words ? [h("dt", {}, label), h("dd", {}, words)] : []);
  return fields.group(
    gettext("At a glance"),
    h(
      "dl",
      { class: "prop-glance" },
      line(gettext("Role"), facts.role),
      line(gettext("Tool"), facts.tool),
      line(gettext("Inputs"), facts.inputs.join(", ")),
      line(gettext("Outputs"), facts.outputs.join(", ")),
    ),
  );
}

function procedureGroups(element, { changes, catalogue, registry }) {
  const process = processOf(element, registry);
  if (!process) return [];
  const procedure = plain(extension(process, "tl:Procedure"));
  const set = (data) => changes.setExtension(element, "tl:Procedure", { ...procedure, ...data }, process);
  return [
    fields.group(
      gettext("Procedure"),
      fields.text({
        key: "process-name",
        label: gettext("Name of the procedure"),
        value: process.name ?? "",
        onChange: (name) => changes.setInside(element, process, { name: name || undefined }),
      }),
      fields.select({
        key: "record",
        label: gettext("Travels with"),
        value: procedure.record ?? "",
        options: catalogue.records,
        empty: gettext("No record"),
        hint: gettext("Its fields can be used in expressions, such as lead.region."),
        onChange: (record) => set({ record }),
      }),
      fields.text({
        key: "procedure-key",
        label: gettext("Key"),
        value: procedure.key ?? "",
        code: true,
        hint: gettext("How other procedures and the API call it."),
        onChange: (key) => set({ key }),
      }),
      fields.check({
        key: "executable",
        label: gettext("Runs by itself once published"),
        value: process.isExecutable === true,
        onChange: (isExecutable) => changes.setInside(element, process, { isExecutable }),
      }),
      fields.check({
        key: "watches",
        label: gettext("Only watches (guided)"),
        value: procedure.watches === true,
        hint: gettext(
          "It does nothing by itself: it follows what people do, says what is next, and marks departures.",
        ),
        onChange: (watches) => set({ watches: watches || undefined }),
      }),
    ),
  ];
}

/** In a procedure that only watches, any step may say what proves it; steps of people have that anyway. */
function watchedGroups(element, { changes, catalogue, checkFeel }) {
  let owner = element.businessObject;
  while (owner && owner.$type !== "bpmn:Process") owner = owner.$parent;
  const watches = owner && extension(owner, "tl:Procedure")?.watches;
  const asked =
    is(element, "bpmn:UserTask") || is(element, "bpmn:ManualTask") || is(element, "bpmn:SubProcess");
  return watches && !asked ? [evidenceGroup(element, changes, catalogue, checkFeel)] : [];
}

export function processOf(element, registry) {
  const object = element.businessObject;
  if (is(element, "bpmn:Process")) return object;
  if (is(element, "bpmn:Participant")) return object.processRef;
  const participants = registry.filter(
    (other) => is(other, "bpmn:Participant") && other.businessObject.processRef,
  );
  const running = participants.find((one) => one.businessObject.processRef.isExecutable) ?? participants[0];
  return running?.businessObject.processRef;
}

function laneGroups(element, { changes, catalogue }) {
  const role = plain(extension(element.businessObject, "tl:Role"));
  return [
    fields.group(
      gettext("Who works here"),
      fields.select({
        key: "role",
        label: gettext("Role"),
        value: role.key ?? "",
        options: catalogue.roles,
        empty: gettext("As the lane is named"),
        hint: gettext("Steps in this lane are offered to this role."),
        onChange: (key) => changes.setExtension(element, "tl:Role", key ? { key } : null),
      }),
    ),
  ];
}

function callGroups(element, { changes, catalogue }) {
  return [
    fields.group(
      gettext("Which procedure"),
      fields.select({
        key: "called",
        label: gettext("Procedure"),
        value: element.businessObject.calledElement ?? "",
        options: catalogue.procedures,
        empty: gettext("Choose a procedure"),
        onChange: (called) => changes.set(element, { calledElement: called || undefined }),
      }),
    ),
  ];
}

function repetitionGroups(element, { changes, checkFeel }) {
  const loop = element.businessObject.get("loopCharacteristics");
  if (!loop) return [];
  const expression = (name, label, hint) =>
    fields.feel({
      key: name,
      label,
      hint,
      check: checkFeel,
      value: loop.get(name)?.body ?? "",
      onChange: (text) => changes.setInside(element, loop, { [name]: changes.expression(text, loop) }),
    });
  return [
    fields.group(
      gettext("Repetition"),
      ...(loop.$type === "bpmn:MultiInstanceLoopCharacteristics"
        ? [
            expression("loopCardinality", gettext("How many times")),
            expression("completionCondition", gettext("Stop early when")),
          ]
        : [expression("loopCondition", gettext("Again while"))]),
    ),
  ];
}

function noteGroups(element, { changes, catalogue }) {
  const object = element.businessObject;
  const simulation = extension(object, "tl:Simulation");
  const setCost = (cost) => {
    if (simulation) changes.setInside(element, simulation, { cost: cost || undefined });
    else if (cost) changes.setExtension(element, "tl:Simulation", { cost });
  };
  const touched = (type) => allExtensions(object, type).map((record) => ({ field: record.field ?? "" }));
  const setTouched = (type) => (list) =>
    changes.setExtensions(
      element,
      type,
      list.map((row) => changes.record(type, row)),
    );
  const fieldRows = (key, type, label) =>
    fields.rows({
      key,
      label,
      value: touched(type),
      columns: [{ name: "field", label: gettext("Field"), kind: "select", options: catalogue.fields }],
      add: gettext("Add a field"),
      make: () => ({ field: catalogue.fields[0]?.value ?? "" }),
      onChange: setTouched(type),
    });
  return [
    fields.group(
      gettext("For analysis"),
      fields.select({
        key: "value-adding",
        label: gettext("Would the customer pay for it?"),
        value: extension(object, "tl:ValueAdding")?.value ?? "",
        empty: gettext("Not said"),
        options: [
          { value: "yes", label: gettext("Yes, it adds value") },
          { value: "necessary", label: gettext("No, but necessary") },
          { value: "waste", label: gettext("No, it is waste") },
        ],
        onChange: (value) => changes.setExtension(element, "tl:ValueAdding", value ? { value } : null),
      }),
      fields.text({
        key: "cost",
        label: gettext("Cost each time"),
        value: simulation?.get("cost") ?? "",
        hint: gettext("In the company's currency; simulations and value streams count it."),
        onChange: (cost) => setCost(cost.trim().replace(",", ".")),
      }),
      fieldRows("reads", "tl:Reads", gettext("Reads")),
      fieldRows("writes", "tl:Writes", gettext("Writes")),
    ),
  ];
}
