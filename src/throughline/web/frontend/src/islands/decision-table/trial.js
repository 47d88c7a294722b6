import { ask } from "../../api.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { asFeel, namesOf } from "./names.js";

/** Values in, answer out: the rules that matched are marked in the table. */
export function mountTrial(element, modeler, { address, xmlNow, keep }) {
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
        namesOf(decision).map(({ name, type }) => field(name, type)),
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
    const types = Object.fromEntries(namesOf(decision).map(({ name, type }) => [name, type ?? ""]));
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
      ...(ok && keep ? [keepButton(decision, data.value)] : []),
    );
  }

  function keepButton(decision, value) {
    const given = namesOf(decision).map(({ name, type }) => [name, asFeel(values.get(name) ?? "", type)]);
    const filled = Object.fromEntries(given.filter(([, text]) => text));
    return h(
      "button",
      {
        type: "button",
        class: "btn",
        "data-variant": "outline",
        "data-size": "small",
        onclick: () => keep(filled, value),
      },
      icon("list-checks"),
      gettext("Keep as a test"),
    );
  }

  /** Fill the form with an example and decide it; what the table does not ask for by itself is left out. */
  function tryOut(example) {
    const asked = namesOf(active());
    values.clear();
    for (const { name } of asked) values.set(name, example[name] ?? "");
    draw();
    element.querySelector("form").requestSubmit();
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

  return { draw, mark, tryOut };
}
