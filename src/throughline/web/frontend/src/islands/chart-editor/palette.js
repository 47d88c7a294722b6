import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";

/**
 * The list of CRM steps at the left: type to find, drag onto the canvas, or press Enter to put the step behind the
 * selected one.
 */
export function mountPalette(element, modeler) {
  const steps = modeler.get("steps");
  const found = h("div", { class: "steps-list__groups" });
  const search = h("input", {
    class: "control",
    type: "search",
    placeholder: gettext("Find a step"),
    "aria-label": gettext("Find a step"),
    oninput: () => show(),
  });
  element.append(h("div", { class: "steps-list__search" }, search), found);

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (step) => {
      const text = `${step.title} ${step.summary ?? ""} ${step.words ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const groups = steps.groups
      .map((group) => ({ ...group, steps: group.steps.filter(matches) }))
      .filter((group) => group.steps.length);
    found.replaceChildren(
      ...groups.map((group) => groupOf(group)),
      ...(groups.length
        ? []
        : [h("p", { class: "quiet small" }, gettext("No step has that word. Try “mail” or “wait”."))]),
    );
  }

  function groupOf(group) {
    return h(
      "section",
      {},
      h("h3", { class: "steps-list__title" }, group.title),
      h(
        "ul",
        {},
        group.steps.map((step) => h("li", {}, entry(step))),
      ),
    );
  }

  function entry(step) {
    const button = h(
      "button",
      {
        type: "button",
        class: "steps-list__step",
        draggable: "true",
        title: step.summary ?? "",
        dataset: { step: step.key },
        onclick: () => {
          steps.place(step);
          modeler.get("canvas").focus?.();
        },
        ondragstart: (event) => {
          event.preventDefault();
          steps.drag(event, step);
        },
      },
      icon(step.icon ?? "square-pen"),
      h("span", {}, step.title),
    );
    return button;
  }

  show();
}
