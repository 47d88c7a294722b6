import { ask } from "../../api.js";
import { debounce, h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";

/**
 * What the server finds wrong while one draws: a list with a way to each place, marks on the drawing, and the
 * counter-example of a finding played step by step.
 *
 * A finding: `{ rule, severity: "error"|"warning"|"hint", element, message, trace: [element ids] }`.
 */
const WAIT_MS = 700;
const SEVERITIES = {
  error: { icon: "circle-x", marker: "tl-has-error" },
  warning: { icon: "triangle-alert", marker: "tl-has-warning" },
  hint: { icon: "info", marker: "tl-has-hint" },
};

export function mountProblems(element, modeler, { address, player, goTo, report }) {
  const canvas = modeler.get("canvas");
  const registry = modeler.get("elementRegistry");
  let marked = [];
  let under = null;

  const check = async () => {
    under?.abort();
    under = new AbortController();
    const { xml } = await modeler.saveXML();
    try {
      const { ok, data } = await ask(address, { method: "POST", body: { xml }, signal: under.signal });
      if (ok) show(data.findings);
      else report({ errors: 1, warnings: 0, message: data.message });
    } catch (error) {
      if (error.name !== "AbortError")
        report({ errors: 0, warnings: 0, message: gettext("The check did not answer.") });
    }
  };

  function show(findings) {
    mark(findings);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const warnings = findings.length - errors;
    report({ errors, warnings });
    element.replaceChildren(
      findings.length
        ? h("ul", { class: "problems__list" }, findings.map(item))
        : h("p", { class: "problems__none" }, icon("circle-check"), gettext("Nothing to point out.")),
    );
  }

  function item(finding) {
    const { icon: name } = SEVERITIES[finding.severity] ?? SEVERITIES.hint;
    const known = registry.get(finding.element);
    return h(
      "li",
      { class: "problem", dataset: { severity: finding.severity } },
      icon(name),
      h("span", { class: "sr-only" }, finding.severity),
      known
        ? h(
            "button",
            { type: "button", class: "problem__text", onclick: () => goTo(finding.element) },
            finding.message,
          )
        : h("span", { class: "problem__text" }, finding.message),
      h("span", { class: "problem__place" }, known?.businessObject.name ?? ""),
      finding.trace?.length > 1
        ? h(
            "button",
            {
              type: "button",
              class: "btn",
              "data-variant": "ghost",
              "data-size": "small",
              onclick: () => player.play(finding.trace),
            },
            icon("circle-play"),
            gettext("Play the way there"),
          )
        : null,
    );
  }

  function mark(findings) {
    for (const [id, marker] of marked) if (registry.get(id)) canvas.removeMarker(id, marker);
    marked = findings
      .filter((finding) => registry.get(finding.element))
      .map(({ element: id, severity }) => [id, (SEVERITIES[severity] ?? SEVERITIES.hint).marker]);
    for (const [id, marker] of marked) canvas.addMarker(id, marker);
  }

  modeler.on("commandStack.changed", debounce(check, WAIT_MS));
  return { check };
}
