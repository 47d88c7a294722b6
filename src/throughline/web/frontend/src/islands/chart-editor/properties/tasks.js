import { h, icon } from "../../../dom.js";
import { gettext } from "../../../i18n.js";
import { allExtensions, extension } from "../../shared/extensions.js";
import { plain } from "../changes.js";
import * as fields from "./fields.js";

const clocks = () => [
  { value: "elapsed", label: gettext("Elapsed time, day and night") },
  { value: "business", label: gettext("Business hours") },
];

/** The two fields every deadline has: which clock, and for business time which calendar. */
export function clockFields(key, { clock = "elapsed", calendar = "default" }, catalogue, onChange) {
  return [
    fields.select({
      key: `${key}.clock`,
      label: gettext("Counted in"),
      value: clock || "elapsed",
      options: clocks(),
      onChange: (value) => onChange({ clock: value }),
    }),
    clock === "business"
      ? fields.select({
          key: `${key}.calendar`,
          label: gettext("Calendar"),
          value: calendar || "default",
          options: catalogue.calendars,
          onChange: (value) => onChange({ calendar: value }),
        })
      : null,
  ];
}

export function workGroups(element, { changes, catalogue, checkFeel }) {
  const item = plain(extension(element.businessObject, "tl:WorkItem"));
  const set = (data) => changes.setExtension(element, "tl:WorkItem", { ...item, ...data });
  const expression = (name, label, hint, placeholder) =>
    fields.feel({
      key: name,
      label,
      hint,
      placeholder,
      check: checkFeel,
      multiline: false,
      value: item[name] ?? "",
      onChange: (text) => set({ [name]: text }),
    });
  return [
    fields.group(
      gettext("Who"),
      expression("assignee", gettext("Person"), gettext("Empty: anybody of the role."), "lead.owner"),
      fields.select({
        key: "queue",
        label: gettext("Role or queue"),
        value: item.queue ?? "",
        empty: gettext("The lane's role"),
        options: catalogue.roles.map(({ value, label }) => ({ value: `"${value}"`, label })),
        onChange: (queue) => set({ queue }),
      }),
      expression("priority", gettext("Priority"), gettext("A number; higher comes first."), "0"),
    ),
    fields.group(
      gettext("Until when"),
      fields.feel({
        key: "due",
        label: gettext("Due"),
        hint: gettext("A length such as PT24H, or an expression that gives a moment."),
        placeholder: "PT24H",
        check: (text) => checkFeel(text, "time"),
        multiline: false,
        value: item.due ?? "",
        onChange: (due) => set({ due }),
      }),
      ...clockFields("work", item, catalogue, set),
    ),
    fields.group(
      gettext("What to do"),
      fields.text({
        key: "guidance",
        label: gettext("Guidance"),
        value: item.guidance?.text ?? "",
        multiline: true,
        hint: gettext("Shown beside the outcome buttons: why, how, what to say."),
        onChange: (text) => set({ guidance: text ? { $type: "tl:Guidance", text } : null }),
      }),
      fields.rows({
        key: "outcomes",
        label: gettext("Outcome buttons"),
        value: item.outcomes ?? [],
        columns: [
          { name: "label", label: gettext("On the button") },
          { name: "value", label: gettext("Value") },
        ],
        add: gettext("Add an outcome"),
        make: (n) => ({
          $type: "tl:Outcome",
          value: `outcome_${n + 1}`,
          label: gettext("Outcome {n}", { n: n + 1 }),
        }),
        hint: gettext("Decisions after the step ask for the value: {example}", {
          example: `${item.result ?? "outcome"} = "${item.outcomes?.[0]?.value ?? "done"}"`,
        }),
        onChange: (outcomes) => set({ outcomes }),
      }),
      fields.text({
        key: "result",
        label: gettext("Kept in the variable"),
        value: item.result ?? "",
        placeholder: "outcome",
        code: true,
        onChange: (result) => set({ result }),
      }),
    ),
    fields.group(
      gettext("Form"),
      fields.rows({
        key: "fields",
        label: gettext("Fields to fill in"),
        value: item.fields ?? [],
        columns: [
          { name: "label", label: gettext("Label") },
          { name: "name", label: gettext("Variable") },
          { name: "type", label: gettext("Kind"), kind: "select", options: fieldKinds(), fallback: "text" },
          { name: "options", label: gettext("Choices, parted by commas") },
          { name: "required", label: gettext("Required"), kind: "check" },
        ],
        add: gettext("Add a field"),
        make: (n) => ({
          $type: "tl:Field",
          name: `field_${n + 1}`,
          label: gettext("Field {n}", { n: n + 1 }),
          type: "string",
        }),
        onChange: (list) => set({ fields: list }),
      }),
    ),
    evidenceGroup(element, changes, catalogue, checkFeel),
  ];
}

function fieldKinds() {
  return [
    { value: "string", label: gettext("One line") },
    { value: "text", label: gettext("Several lines") },
    { value: "number", label: gettext("Number") },
    { value: "date", label: gettext("Date") },
    { value: "boolean", label: gettext("Yes or no") },
    { value: "choice", label: gettext("Choice") },
  ];
}

export function evidenceGroup(element, changes, catalogue, checkFeel) {
  const value = allExtensions(element.businessObject, "tl:Evidence").map(plain);
  return fields.group(
    gettext("Done by itself"),
    fields.rows({
      key: "evidence",
      label: gettext("What proves that it was done"),
      value,
      columns: [
        { name: "event", label: gettext("Event"), kind: "select", options: catalogue.events },
        { name: "where", label: gettext("Only if"), kind: "feel", check: checkFeel },
        { name: "outcome", label: gettext("Then the outcome is") },
      ],
      add: gettext("Add an event"),
      make: () => ({ event: catalogue.events[0]?.value ?? "" }),
      onChange: (list) =>
        changes.setExtensions(
          element,
          "tl:Evidence",
          list.map((row) => changes.record("tl:Evidence", row)),
        ),
    }),
  );
}

export function actionGroups(element, { changes, catalogue, checkFeel }) {
  const action = plain(extension(element.businessObject, "tl:Action"));
  const spec = catalogue.actions.find(({ name }) => name === action.name);
  const set = (data) => changes.setExtension(element, "tl:Action", { ...action, ...data });
  return [
    fields.group(
      gettext("What happens"),
      fields.select({
        key: "action",
        label: gettext("Action"),
        value: action.name ?? "",
        empty: gettext("Choose an action"),
        options: catalogue.actions.map(({ name, title }) => ({ value: name, label: title })),
        hint: spec?.summary,
        onChange: (name) => changes.setExtension(element, "tl:Action", name ? { name } : null),
      }),
      ...(spec?.inputs ?? []).map((parameter) => inputField("action", parameter, action, set, checkFeel)),
      action.name ? outputRows("action", action, set, checkFeel, spec?.outputs ?? []) : null,
    ),
  ];
}

function inputField(key, parameter, holder, set, check) {
  const inputs = holder.inputs ?? [];
  const standing = inputs.find(({ name }) => name === parameter.name);
  return fields.feel({
    key: `${key}.input.${parameter.name}`,
    label: parameter.required
      ? gettext("{name} (needed)", { name: parameter.title ?? parameter.name })
      : (parameter.title ?? parameter.name),
    hint: parameter.summary,
    placeholder: parameter.example,
    check,
    value: standing?.value ?? "",
    onChange: (value) => {
      const others = inputs.filter(({ name }) => name !== parameter.name);
      set({ inputs: value ? [...others, { $type: "tl:Input", name: parameter.name, value }] : others });
    },
  });
}

function outputRows(key, holder, set, check, known) {
  return fields.rows({
    key: `${key}.outputs`,
    label: gettext("Keep from the answer"),
    value: holder.outputs ?? [],
    hint: known.length
      ? gettext("The answer has: {names}", { names: known.map(({ name }) => `result.${name}`).join(", ") })
      : undefined,
    columns: [
      { name: "name", label: gettext("Variable") },
      { name: "value", label: gettext("Expression"), kind: "feel", check },
    ],
    add: gettext("Keep a value"),
    make: (n) => ({
      $type: "tl:Output",
      name: known[n]?.name ?? `value_${n + 1}`,
      value: known[n] ? `result.${known[n].name}` : "result",
    }),
    onChange: (outputs) => set({ outputs }),
  });
}

export function decisionGroups(element, { changes, catalogue, checkFeel, tables, readOnly }) {
  const decision = plain(extension(element.businessObject, "tl:Decision"));
  const set = (data) => changes.setExtension(element, "tl:Decision", { ...decision, ...data });
  const table = catalogue.decisions.find(({ ref }) => ref === decision.ref);
  const button = (name, label, onclick, isLooking) =>
    h(
      "button",
      {
        type: "button",
        class: "btn",
        "data-variant": "outline",
        "data-size": "small",
        dataset: isLooking ? { looks: "" } : {},
        onclick,
      },
      icon(name),
      label,
    );
  const tools = h(
    "div",
    { class: "prop-proposals" },
    table ? button("table", gettext("Show the rules"), () => tables.open(table.ref), true) : null,
    readOnly ? null : button("plus", gettext("New table"), () => tables.make(element)),
  );
  return [
    fields.group(
      gettext("Which decision"),
      fields.select({
        key: "ref",
        label: gettext("Decision table"),
        value: decision.ref ?? "",
        empty: gettext("Choose a table"),
        options: catalogue.decisions.map(({ ref, name }) => ({ value: ref, label: name })),
        onChange: (ref) => {
          const chosen = catalogue.decisions.find((other) => other.ref === ref);
          changes.setExtension(
            element,
            "tl:Decision",
            ref ? { ref, decision: chosen?.decisions[0]?.name, result: decision.result ?? "result" } : null,
          );
        },
      }),
      tools,
      table
        ? fields.select({
            key: "decision",
            label: gettext("Decision"),
            value: decision.decision ?? "",
            options: table.decisions.map(({ name }) => ({ value: name, label: name })),
            onChange: (name) => set({ decision: name }),
          })
        : null,
      fields.text({
        key: "decision.result",
        label: gettext("Answer into the variable"),
        value: decision.result ?? "",
        placeholder: "result",
        code: true,
        onChange: (result) => set({ result }),
      }),
      ...(table?.decisions.find(({ name }) => name === decision.decision)?.inputs ?? []).map((name) =>
        inputField(
          "decision",
          { name, summary: gettext("Empty: the value of that name in the case.") },
          decision,
          set,
          checkFeel,
        ),
      ),
    ),
  ];
}

export function scriptGroups(element, { changes, checkFeel }) {
  const object = element.businessObject;
  return [
    fields.group(
      gettext("Calculation"),
      fields.feel({
        key: "script",
        label: gettext("Expression"),
        value: object.script ?? "",
        check: checkFeel,
        onChange: (script) => changes.set(element, { script: script || undefined, scriptFormat: "feel" }),
      }),
      fields.text({
        key: "script.result",
        label: gettext("Answer into the variable"),
        value: object.get("tl:result") ?? "",
        code: true,
        onChange: (result) => changes.set(element, { "tl:result": result || undefined }),
      }),
    ),
  ];
}
