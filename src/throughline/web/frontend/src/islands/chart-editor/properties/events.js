import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { gettext } from "../../../i18n.js";
import { allExtensions, extension } from "../../shared/extensions.js";
import { plain } from "../changes.js";
import * as fields from "./fields.js";
import { clockFields } from "./tasks.js";

const BY_DEFINITION = {
  "bpmn:TimerEventDefinition": timerGroup,
  "bpmn:MessageEventDefinition": messageGroup,
  "bpmn:SignalEventDefinition": (element, about, definition) =>
    namedGroup(element, about, definition, "signalRef", "bpmn:Signal", gettext("Signal")),
  "bpmn:ErrorEventDefinition": (element, about, definition) =>
    codedGroup(element, about, definition, "errorRef", "bpmn:Error", "errorCode", gettext("Error")),
  "bpmn:EscalationEventDefinition": (element, about, definition) =>
    codedGroup(
      element,
      about,
      definition,
      "escalationRef",
      "bpmn:Escalation",
      "escalationCode",
      gettext("Escalation"),
    ),
  "bpmn:ConditionalEventDefinition": conditionGroup,
  "bpmn:LinkEventDefinition": linkGroup,
};

export function eventGroups(element, about) {
  const object = element.businessObject;
  const definitions = is(element, "bpmn:ReceiveTask") ? [object] : (object.get("eventDefinitions") ?? []);
  const groups = definitions.map((definition) => {
    const group = is(element, "bpmn:ReceiveTask") ? messageGroup : BY_DEFINITION[definition.$type];
    return group?.(element, about, definition);
  });
  return [
    is(element, "bpmn:StartEvent") && definitions.length === 0 ? triggerGroup(element, about) : null,
    is(element, "bpmn:BoundaryEvent") ? boundaryGroup(element, about) : null,
    ...groups,
  ];
}

function triggerGroup(element, { changes, catalogue, checkFeel }) {
  const trigger = plain(extension(element.businessObject, "tl:Trigger"));
  const set = (data) => changes.setExtension(element, "tl:Trigger", { ...trigger, ...data });
  return fields.group(
    gettext("What starts it"),
    fields.select({
      key: "trigger",
      label: gettext("Event"),
      value: trigger.event ?? "",
      empty: gettext("A person, or another procedure"),
      options: catalogue.events,
      onChange: (event) => changes.setExtension(element, "tl:Trigger", event ? { ...trigger, event } : null),
    }),
    trigger.event
      ? fields.feel({
          key: "trigger.where",
          label: gettext("Only if"),
          placeholder: 'lead.status = "New"',
          check: checkFeel,
          value: trigger.where ?? "",
          onChange: (where) => set({ where }),
        })
      : null,
  );
}

function boundaryGroup(element, { changes }) {
  return fields.group(
    gettext("What it does to the step"),
    fields.check({
      key: "interrupting",
      label: gettext("Ends the step"),
      value: element.businessObject.cancelActivity !== false,
      hint: gettext("Otherwise the step goes on, and this way is taken beside it."),
      onChange: (cancelActivity) => changes.set(element, { cancelActivity }),
    }),
  );
}

const timerKinds = () => [
  { value: "timeDuration", label: gettext("After a while") },
  { value: "timeDate", label: gettext("At a moment") },
  { value: "timeCycle", label: gettext("Again and again") },
];

function timerGroup(element, { changes, catalogue, checkFeel }, definition) {
  const kind = timerKinds().find(({ value }) => definition.get(value))?.value ?? "timeDuration";
  const body = definition.get(kind)?.body ?? "";
  const setTime = (name, text) =>
    changes.setInside(element, definition, {
      timeDuration: undefined,
      timeDate: undefined,
      timeCycle: undefined,
      [name]: changes.create("bpmn:FormalExpression", { body: text }, definition),
    });
  return fields.group(
    gettext("When"),
    fields.select({
      key: "timer.kind",
      label: gettext("Kind"),
      value: kind,
      options: timerKinds(),
      onChange: (name) => setTime(name, body),
    }),
    fields.feel({
      key: "timer.value",
      label: gettext("Time"),
      value: body,
      placeholder: {
        timeDuration: "PT24H",
        timeDate: 'lead.created_at + duration("P2D")',
        timeCycle: "R3/P1D",
      }[kind],
      hint: {
        timeDuration: gettext("PT4H is four hours, P2D two days."),
        timeDate: gettext("A date and time, or an expression that gives one."),
        timeCycle: gettext("R3/P1D: three times, a day apart."),
      }[kind],
      check: (text) => checkFeel(text, "time"),
      onChange: (text) => setTime(kind, text),
    }),
    ...clockFields(
      "timer",
      { clock: definition.get("tl:clock"), calendar: definition.get("tl:calendar") },
      catalogue,
      ({ clock, calendar }) =>
        changes.setInside(element, definition, {
          ...(clock ? { "tl:clock": clock } : {}),
          ...(calendar ? { "tl:calendar": calendar } : {}),
        }),
    ),
  );
}

function messageGroup(element, { changes, checkFeel }, definition) {
  const holder = is(element, "bpmn:ReceiveTask") ? element.businessObject : definition;
  const catching = !is(element, "bpmn:ThrowEvent");
  const correlation = plain(extension(holder, "tl:Correlation"));
  const rows = (type, columns, key, label, add, make) =>
    fields.rows({
      key,
      label,
      value: allExtensions(element.businessObject, type).map(plain),
      columns,
      add,
      make,
      onChange: (list) =>
        changes.setExtensions(
          element,
          type,
          list.map((row) => changes.record(type, row)),
        ),
    });
  return fields.group(
    gettext("Message"),
    fields.text({
      key: "message",
      label: gettext("Name of the message"),
      value: definition.messageRef?.name ?? "",
      onChange: (name) =>
        changes.together(() =>
          changes.setInside(element, definition, {
            messageRef: name ? changes.rootElement(element, "bpmn:Message", name) : undefined,
          }),
        ),
    }),
    fields.feel({
      key: "correlation",
      label: gettext("Belongs to the case with"),
      value: correlation.key ?? "",
      placeholder: "lead.external_id",
      hint: gettext("Empty: the number of the record."),
      check: checkFeel,
      onChange: (key) => changes.setExtension(element, "tl:Correlation", key ? { key } : null, holder),
    }),
    catching
      ? rows(
          "tl:Output",
          [
            { name: "name", label: gettext("Variable") },
            { name: "value", label: gettext("Expression"), kind: "feel", check: checkFeel },
          ],
          "message.outputs",
          gettext("Keep from the message"),
          gettext("Keep a value"),
          (n) => ({ name: `value_${n + 1}`, value: "message.value" }),
        )
      : null,
    catching
      ? rows(
          "tl:Expect",
          [
            { name: "that", label: gettext("Plausible if"), kind: "feel", check: checkFeel },
            { name: "otherwise", label: gettext("Otherwise say") },
          ],
          "message.expects",
          gettext("Plausibility"),
          gettext("Add a check"),
          () => ({ that: "message.value != null", otherwise: gettext("The message has no value.") }),
        )
      : null,
  );
}

function namedGroup(element, { changes }, definition, property, type, label) {
  return fields.group(
    label,
    fields.text({
      key: property,
      label: gettext("Name"),
      value: definition.get(property)?.name ?? "",
      onChange: (name) =>
        changes.together(() =>
          changes.setInside(element, definition, {
            [property]: name ? changes.rootElement(element, type, name) : undefined,
          }),
        ),
    }),
  );
}

function codedGroup(element, about, definition, property, type, code, label) {
  const { changes } = about;
  const root = definition.get(property);
  return fields.group(
    label,
    fields.text({
      key: property,
      label: gettext("Name"),
      value: root?.name ?? "",
      onChange: (name) =>
        changes.together(() =>
          changes.setInside(element, definition, {
            [property]: name ? changes.rootElement(element, type, name) : undefined,
          }),
        ),
    }),
    root
      ? fields.text({
          key: code,
          label: gettext("Code"),
          value: root.get(code) ?? "",
          code: true,
          onChange: (text) => changes.setInside(element, root, { [code]: text || undefined }),
        })
      : null,
  );
}

function conditionGroup(element, { changes, checkFeel }, definition) {
  return fields.group(
    gettext("Condition"),
    fields.feel({
      key: "event.condition",
      label: gettext("Happens as soon as"),
      value: definition.condition?.body ?? "",
      placeholder: "lead.score >= 60",
      check: checkFeel,
      onChange: (body) =>
        changes.setInside(element, definition, { condition: changes.expression(body, definition) }),
    }),
  );
}

function linkGroup(element, { changes }, definition) {
  return fields.group(
    gettext("Link"),
    fields.text({
      key: "link",
      label: gettext("Goes on at the link named"),
      value: definition.name ?? "",
      onChange: (name) => changes.setInside(element, definition, { name: name || undefined }),
    }),
  );
}
