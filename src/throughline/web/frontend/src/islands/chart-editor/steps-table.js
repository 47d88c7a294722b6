import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { canContinue, canFollow, kindOf } from "./steps.js";

/**
 * The same chart as a table, for whoever draws without a mouse: every step with its role and what follows, and the ways
 * to rename, continue, connect and remove it. Everything goes through the same commands as the drawing.
 */
export function mountStepsTable(element, modeler, { openProperties }) {
  const registry = modeler.get("elementRegistry");
  const modeling = modeler.get("modeling");
  const steps = modeler.get("steps");
  const selection = modeler.get("selection");

  function nodes() {
    const all = registry.filter((one) => is(one, "bpmn:FlowNode") && one.type !== "label");
    return inOrder(all);
  }

  function draw() {
    if (element.hidden) return;
    const all = nodes();
    element.replaceChildren(
      h(
        "table",
        { class: "grid-table" },
        h("caption", { class: "sr-only" }, gettext("Steps of the procedure")),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            [gettext("Step"), gettext("Kind"), gettext("Role"), gettext("Then"), gettext("Change")].map(
              (title) => h("th", { scope: "col" }, title),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          all.map((node) => row(node, all)),
        ),
      ),
      h(
        "div",
        { class: "form-foot" },
        chooser(gettext("Add a step anywhere"), steps.all, (step) => steps.place(step)),
      ),
    );
  }

  function row(node, all) {
    const object = node.businessObject;
    const name = object.name || kindOf(object);
    const chosen = selection.isSelected(node);
    return h(
      "tr",
      { "aria-selected": String(chosen) },
      h(
        "th",
        { scope: "row" },
        h(
          "button",
          {
            type: "button",
            class: "grid-table__main",
            onclick: () => {
              selection.select(node);
              openProperties();
            },
          },
          name,
        ),
      ),
      h("td", {}, kindOf(object)),
      h("td", {}, object.lanes?.[0]?.name ?? ""),
      h(
        "td",
        {},
        h(
          "ul",
          {},
          (node.outgoing ?? []).filter((flow) => is(flow, "bpmn:SequenceFlow")).map((flow) => way(flow)),
        ),
      ),
      h(
        "td",
        { class: "tight" },
        canContinue(node)
          ? [
              chooser(gettext("Add after “{name}”", { name }), steps.all.filter(canFollow), (step) =>
                steps.append(node, step),
              ),
              connector(node, name, all),
            ]
          : null,
        h(
          "button",
          {
            type: "button",
            class: "btn",
            "data-variant": "ghost",
            "data-size": "icon-small",
            "aria-label": gettext("Remove “{name}”", { name }),
            onclick: () => modeling.removeElements([node]),
          },
          icon("trash-2"),
        ),
      ),
    );
  }

  function way(flow) {
    const label = flow.businessObject.name ? `${flow.businessObject.name} → ` : "→ ";
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "link",
          onclick: () => {
            selection.select(flow);
            openProperties();
          },
        },
        label + (flow.target.businessObject.name || kindOf(flow.target.businessObject)),
      ),
    );
  }

  function connector(node, name, all) {
    const targets = all.filter((other) => other !== node && !is(other, "bpmn:StartEvent"));
    return menu(
      gettext("Connect “{name}” with", { name }),
      gettext("Connect"),
      targets.map((other) => ({
        value: other.id,
        label: other.businessObject.name || kindOf(other.businessObject),
      })),
      (id) => modeling.connect(node, registry.get(id)),
    );
  }

  function chooser(label, choices, act) {
    return menu(
      label,
      gettext("Add"),
      choices.map(({ key, title }) => ({ value: key, label: title })),
      (key) => act(choices.find((step) => step.key === key)),
    );
  }

  function menu(label, first, options, act) {
    const input = h(
      "select",
      {
        class: "control control--inline",
        "aria-label": label,
        onchange: () => {
          if (input.value) act(input.value);
        },
      },
      h("option", { value: "" }, `${first}…`),
      options.map((option) => h("option", { value: option.value }, option.label)),
    );
    return input;
  }

  modeler.on(["commandStack.changed", "selection.changed", "import.done"], draw);
  return { draw };
}

/** Breadth first from the starts, then what nothing leads to. */
function inOrder(all) {
  const starts = all.filter((node) => !(node.incoming ?? []).length);
  const seen = new Set(starts);
  const queue = [...starts];
  for (const node of queue) {
    const next = [...(node.outgoing ?? []).map((flow) => flow.target), ...(node.attachers ?? [])];
    for (const other of next) {
      if (!other || seen.has(other) || !all.includes(other)) continue;
      seen.add(other);
      queue.push(other);
    }
  }
  return [...queue, ...all.filter((node) => !seen.has(node))];
}
