import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { h } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { allExtensions, extension } from "../shared/extensions.js";

/**
 * What a step needs to be understood without opening it: until when, how many fields, which action. Written small beside
 * the symbol of each step. A service of the editor (`stepFacts`).
 */
const READABLE = 0.6;

export default class StepFacts {
  static $inject = ["eventBus", "overlays", "elementRegistry", "config.catalogue"];

  constructor(eventBus, overlays, elementRegistry, catalogue) {
    this.overlays = overlays;
    this.registry = elementRegistry;
    this.catalogue = catalogue;
    eventBus.on("import.done", () => this.drawAll());
    eventBus.on("elements.changed", ({ elements }) => {
      for (const element of elements) this.draw(element);
    });
  }

  drawAll() {
    this.registry.forEach((element) => {
      this.draw(element);
    });
  }

  draw(element) {
    if (!is(element, "bpmn:Task") || element.type === "label" || !this.registry.get(element.id)) return;
    this.overlays.remove({ element: element.id, type: "step-facts" });
    const { role, tool, inputs, outputs, short } = factsOf(element.businessObject, this.catalogue);
    if (!short) return;
    const title = [
      role && gettext("Role: {words}", { words: role }),
      tool && gettext("Tool: {words}", { words: tool }),
      inputs.length && gettext("Inputs: {words}", { words: inputs.join(", ") }),
      outputs.length && gettext("Outputs: {words}", { words: outputs.join(", ") }),
    ]
      .filter(Boolean)
      .join("\n");
    this.overlays.add(element.id, "step-facts", {
      position: { top: 4, left: 26 },
      show: { minZoom: READABLE },
      html: h("span", { class: "step-facts", title }, short),
    });
  }
}

/** Role, tool, inputs and outputs of a step in words, and the few that fit onto it. */
export function factsOf(object, catalogue) {
  const work = extension(object, "tl:WorkItem");
  const action = extension(object, "tl:Action");
  const decision = extension(object, "tl:Decision");
  const titles = (type) =>
    allExtensions(object, type).map(
      ({ field }) => catalogue.fields.find(({ value }) => value === field)?.label ?? field,
    );
  const form = work?.get("fields") ?? [];
  const tool =
    catalogue.actions.find(({ name }) => name === action?.name)?.title ??
    catalogue.decisions.find(({ ref }) => ref === decision?.ref)?.name ??
    (work ? gettext("Work list") : "");
  return {
    role: object.lanes?.[0]?.name ?? "",
    tool,
    inputs: [...titles("tl:Reads"), ...(action?.get("inputs") ?? []).map(({ name }) => name)],
    outputs: [
      ...titles("tl:Writes"),
      ...form.map(({ label, name }) => label || name),
      ...((work?.get("outcomes") ?? []).length ? [work.get("result") ?? "outcome"] : []),
      ...(action?.get("outputs") ?? []).map(({ name }) => name),
      ...(decision?.result ? [decision.result] : []),
    ],
    short: [
      span(work?.due),
      form.length ? (form.length === 1 ? gettext("1 field") : gettext("{n} fields", { n: form.length })) : "",
      action ? tool : "",
    ]
      .filter(Boolean)
      .join(" · "),
  };
}

/** `duration("PT24H")` as `24 h`; anything else says too little in so little room. */
function span(due) {
  const found = /P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?(?="|$)/.exec(due ?? "");
  if (!found) return "";
  const [, days, hours, minutes] = found;
  return [days && `${days} d`, hours && `${hours} h`, minutes && `${minutes} min`].filter(Boolean).join(" ");
}
