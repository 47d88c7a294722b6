import { ask } from "../../api.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";

/** Values in, answer out: the rules that matched are marked in the table. */
export function mountTrial(element, modeler, address, xmlNow) {
  const answer = h("div", { class: "decision__answer", role: "status" });
  const values = new Map();

  function active() {
    return modeler.getActiveView()?.element;
  }

  function draw() {
    const decision = active();
    if (!decision) return;
    element.replaceChildren(
      h("h2", {}, gettext("Try it")),
      h("p", { class: "quiet small" }, gettext("Nothing is saved or started by a trial.")),
      h(
        "form",
        {
          class: "form",
          onsubmit: (event) => {
            event.preventDefault();
            decide(decision, event.target);
          },
        },
        names(decision).map(({ name, type }) => field(name, type)),
        h("div", { class: "form-foot" }, h("button", { class: "btn" }, icon("play"), gettext("Decide"))),
      ),
      answer,
    );
  }

  function field(name, type) {
    const id = `trial-${name.replace(/\W/g, "-")}`;
    return h(
      "div",
      { class: "field" },
      h("label", { for: id }, name),
      h("input", {
        class: "control",
        id,
        name,
        type: "text",
        value: values.get(name) ?? "",
        placeholder: type ?? "",
        oninput: ({ target }) => values.set(name, target.value),
      }),
    );
  }

  async function decide(decision, form) {
    const inputs = Object.fromEntries(new FormData(form));
    const types = Object.fromEntries(names(decision).map(({ name, type }) => [name, type ?? ""]));
    const { ok, data } = await ask(address, {
      method: "POST",
      body: { xml: await xmlNow(), decision: decision.name || decision.id, inputs, types },
    });
    mark(ok ? data.rules : []);
    answer.replaceChildren(
      ok
        ? h("p", {}, h("strong", {}, gettext("Answer: ")), h("code", {}, data.value))
        : h("p", { class: "error-text" }, icon("circle-alert"), h("span", {}, data.message)),
      ...(ok && data.rules.length === 0
        ? [h("p", { class: "quiet small" }, gettext("No rule matched."))]
        : []),
      ...(ok ? data.warnings : []).map((warning) => h("p", { class: "quiet small" }, warning)),
    );
  }

  function mark(rules) {
    for (const cell of document.querySelectorAll(".decision__table tr.is-matched"))
      cell.classList.remove("is-matched");
    for (const rule of rules) {
      document
        .querySelector(`.decision__table [data-row-id="${CSS.escape(rule)}"]`)
        ?.closest("tr")
        ?.classList.add("is-matched");
    }
  }

  return { draw };
}

const PATH = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*(?![\p{L}\p{N}_.]|\s*\()/gu;
const TEXT = /"[^"]*"/g;
const WORDS = new Set(
  "and between else every external false for function if in instance not null of or return satisfies some then true".split(
    " ",
  ),
);

/**
 * What the decision asks for: its table's inputs, or the names its expression may read. An input that is a calculation
 * (`lead.interest != null`) asks for what it reads.
 */
function names(decision) {
  const logic = decision.decisionLogic;
  if (logic.$type !== "dmn:DecisionTable") {
    return (decision.informationRequirement ?? [])
      .map(({ requiredInput }) => requiredInput?.href?.replace("#", ""))
      .filter(Boolean)
      .map((name) => ({ name }));
  }
  const found = new Map();
  for (const { inputExpression } of logic.input ?? []) {
    const text = inputExpression?.text?.trim() ?? "";
    const paths = pathsIn(text);
    if (paths.length === 1 && paths[0] === text) found.set(text, inputExpression.typeRef);
    else for (const path of paths) if (!found.has(path)) found.set(path, undefined);
  }
  return [...found].map(([name, type]) => ({ name, type }));
}

export function pathsIn(text) {
  return [...new Set(text.replace(TEXT, " ").match(PATH) ?? [])].filter((path) => !WORDS.has(path));
}
