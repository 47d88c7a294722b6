import { ask } from "../../../api.js";
import { h } from "../../../dom.js";
import { gettext } from "../../../i18n.js";
import { kindOf } from "../steps.js";
import { assistFeel } from "./assist.js";
import { groupsFor } from "./groups.js";

/**
 * The properties of the selected element. Drawn anew after every change of it, so that undo shows, too.
 */
export function mountPanel(element, modeler, props, services) {
  const selection = modeler.get("selection");
  const canvas = modeler.get("canvas");
  const about = {
    changes: modeler.get("changes"),
    registry: modeler.get("elementRegistry"),
    catalogue: props.catalogue,
    checkFeel: feelChecker(props.urls.feel),
    urls: props.urls,
    readOnly: props.readOnly,
    ...services,
  };

  function shown() {
    const selected = selection.get();
    if (selected.length > 1) return null;
    const one = selected[0] ?? canvas.getRootElement();
    return one.type === "label" ? one.labelTarget : one;
  }

  function draw() {
    const one = shown();
    if (!one) {
      element.replaceChildren(
        h("p", { class: "quiet" }, gettext("Several elements are selected. Select one to set it up.")),
      );
      return;
    }
    const focus = focusOf(element);
    element.replaceChildren(
      h("p", { class: "prop-kind" }, kindOf(one.businessObject)),
      ...groupsFor(one, about).filter(Boolean),
    );
    if (props.readOnly) {
      for (const control of element.querySelectorAll(
        ":is(input, select, textarea, button):not([data-looks])",
      ))
        control.disabled = true;
    }
    restore(element, focus);
  }

  if (!props.readOnly) assistFeel(element, modeler, props);
  const bus = modeler.get("eventBus");
  bus.on("selection.changed", draw);
  bus.on("import.done", draw);
  bus.on("elements.changed", ({ elements }) => {
    const one = shown();
    // Data inside an element (a timer, a message) reports the element; a process reports its root.
    if (one && (elements.includes(one) || elements.includes(canvas.getRootElement()) || one.label)) draw();
  });
  return { draw, focusFirst: () => element.querySelector("input, textarea, select")?.focus() };
}

function feelChecker(address) {
  const known = new Map();
  return async (text, kind = "expression") => {
    const key = `${kind} ${text}`;
    if (!known.has(key)) {
      const { data } = await ask(address, { method: "POST", body: { text, kind } });
      known.set(key, data);
    }
    return known.get(key);
  };
}

function focusOf(element) {
  const active = document.activeElement;
  if (!element.contains(active) || !active.dataset.key) return null;
  return { key: active.dataset.key, from: active.selectionStart, to: active.selectionEnd };
}

function restore(element, focus) {
  if (!focus) return;
  const again = element.querySelector(`[data-key="${CSS.escape(focus.key)}"]`);
  if (!again) return;
  again.focus();
  if (again.setSelectionRange && typeof focus.from === "number" && again.type !== "checkbox") {
    again.setSelectionRange(focus.from, focus.to);
  }
}
