import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { h } from "../../../dom.js";
import { gettext } from "../../../i18n.js";
import { extension } from "../../shared/extensions.js";
import { plain } from "../changes.js";
import * as fields from "./fields.js";

const DECIDES = ["bpmn:ExclusiveGateway", "bpmn:InclusiveGateway", "bpmn:Activity"];

/** The condition of an arrow that leaves a decision (or a step with several ways out). */
export function flowGroups(element, { changes, checkFeel }) {
  const { source, businessObject: flow } = element;
  if (!source || !DECIDES.some((type) => is(source, type))) return [];
  const isDefault = source.businessObject.default === flow;
  return [
    fields.group(
      gettext("When it is taken"),
      fields.check({
        key: "default",
        label: gettext("Otherwise: when no other arrow fits"),
        value: isDefault,
        onChange: (on) =>
          changes.together(
            () => changes.set(source, { default: on ? flow : undefined }),
            () => on && changes.set(element, { conditionExpression: undefined }),
          ),
      }),
      isDefault
        ? null
        : fields.feel({
            key: "condition",
            label: gettext("Condition"),
            placeholder: 'outcome = "reached"',
            check: checkFeel,
            value: flow.conditionExpression?.body ?? "",
            onChange: (body) => changes.set(element, { conditionExpression: changes.expression(body, flow) }),
          }),
      isDefault ? null : proposals(element, changes),
    ),
  ];
}

/** Outcomes of the step before the decision, as conditions to click. */
function proposals(element, changes) {
  const outcomes = stepsBefore(element.source).flatMap((step) => {
    const item = plain(extension(step.businessObject, "tl:WorkItem"));
    return (item.outcomes ?? []).map((outcome) => ({
      label: outcome.label ?? outcome.value,
      condition: `${item.result ?? "outcome"} = "${outcome.value}"`,
    }));
  });
  if (!outcomes.length) return null;
  return h(
    "div",
    { class: "prop-proposals", role: "group", "aria-label": gettext("Outcomes of the step before") },
    h("p", { class: "hint" }, gettext("Outcomes of the step before:")),
    outcomes.map(({ label, condition }) =>
      h(
        "button",
        {
          type: "button",
          class: "btn",
          "data-variant": "soft",
          "data-size": "small",
          onclick: () =>
            changes.set(element, {
              conditionExpression: changes.expression(condition, element.businessObject),
              name: element.businessObject.name || label,
            }),
        },
        label,
      ),
    ),
  );
}

function stepsBefore(source) {
  if (is(source, "bpmn:Activity")) return [source];
  return (source.incoming ?? [])
    .map((flow) => flow.source)
    .filter((step) => step && is(step, "bpmn:UserTask"));
}
