import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-font/css/dmn.css";
import DecisionTableEditor from "dmn-js-decision-table/lib/Editor.js";
import LiteralExpressionEditor from "dmn-js-literal-expression/lib/Editor.js";
import EditingManager from "dmn-js-shared/lib/base/EditingManager.js";
import { ask } from "../../api.js";
import { toast } from "../../behaviours/toasts.js";
import { debounce, h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { mountTrial } from "./trial.js";

/**
 * The editor of decision tables, with a trial beside it that asks the server's decision engine.
 *
 * props: `{ xml, revision, readOnly, table: { key, name }, urls: { check, save, publish, decide, published } }`.
 */
export async function mount(element, props) {
  const parts = frame(element, props);
  const modeler = new TablesOnly({ container: parts.table, common: {} });
  await modeler.importXML(props.xml);
  const decisions = modeler.getViews();
  showTabs(parts, modeler, decisions);
  await modeler.open(decisions[0]);

  let revision = props.revision;
  const xmlNow = async () => (await modeler.saveXML({ format: true })).xml;
  let saved = await xmlNow();
  const trial = mountTrial(parts.trial, modeler, props.urls.decide, xmlNow);

  const check = debounce(async () => {
    const xml = await xmlNow();
    const { data } = await ask(props.urls.check, { method: "POST", body: { xml } });
    showFindings(parts, data.findings ?? [{ severity: "error", message: data.message }]);
    if (!props.readOnly)
      parts.state.textContent = xml === saved ? gettext("Draft saved") : gettext("Not saved yet");
  }, 600);

  async function save() {
    const xml = await xmlNow();
    const answer = await ask(props.urls.save, { method: "POST", body: { xml, revision } });
    if (!answer.ok) {
      toast(answer.data.message, "late");
      return false;
    }
    revision = answer.data.revision;
    saved = xml;
    parts.state.textContent = gettext("Draft saved");
    return true;
  }

  async function publish() {
    if (!(await save())) return;
    const answer = await ask(props.urls.publish, { method: "POST", body: { revision } });
    if (answer.ok) location.assign(answer.data.url ?? props.urls.published);
    else toast(answer.data.message, "late");
  }

  parts.save?.addEventListener("click", save);
  parts.publish?.addEventListener("click", publish);
  modeler.on("viewer.created", ({ viewer }) => viewer.on("elements.changed", check));
  modeler.on("views.changed", () => trial.draw());
  for (const viewer of Object.values(modeler._viewers ?? {})) viewer.on("elements.changed", check);
  addEventListener("beforeunload", (event) => {
    if (parts.state.textContent === gettext("Not saved yet")) event.preventDefault();
  });
  trial.draw();
  check();
}

/** The decision requirement graph is drawn elsewhere: here only tables and single expressions are edited. */
class TablesOnly extends EditingManager {
  _getViewProviders() {
    const logic = (type) => (element) =>
      element.$instanceOf("dmn:Decision") && element.decisionLogic?.$type === type;
    return [
      { id: "decisionTable", constructor: DecisionTableEditor, opens: logic("dmn:DecisionTable") },
      {
        id: "literalExpression",
        constructor: LiteralExpressionEditor,
        opens: logic("dmn:LiteralExpression"),
      },
    ];
  }
}

function frame(element, { readOnly }) {
  const button = (label, variant, name) =>
    h("button", { type: "button", class: "btn", "data-variant": variant }, name ? icon(name) : null, label);
  const parts = {
    tabs: h("div", { class: "switcher", role: "group", "aria-label": gettext("Decisions") }),
    state: h("span", { class: "editor__state", role: "status" }),
    save: readOnly ? null : button(gettext("Save draft"), "outline"),
    publish: readOnly ? null : button(gettext("Publish"), "primary", "rocket"),
    table: h("div", { class: "decision__table", "data-own-keys": true }),
    findings: h("ul", { class: "decision__findings" }),
    trial: h("aside", { class: "decision__trial", "aria-label": gettext("Try it") }),
  };
  element.classList.add("decision");
  element.replaceChildren(
    h(
      "div",
      { class: "editor__bar" },
      parts.tabs,
      h("span", { class: "editor__space" }),
      parts.state,
      ...[parts.save, parts.publish].filter(Boolean),
    ),
    h(
      "div",
      { class: "decision__body" },
      h("div", { class: "decision__main" }, parts.table, h("div", { role: "status" }, parts.findings)),
      parts.trial,
    ),
  );
  return parts;
}

function showTabs(parts, modeler, decisions) {
  parts.tabs.hidden = decisions.length < 2;
  parts.tabs.replaceChildren(
    ...decisions.map((view, index) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(index === 0),
          onclick: async (event) => {
            await modeler.open(view);
            for (const other of parts.tabs.children) {
              other.setAttribute("aria-pressed", String(other === event.currentTarget));
            }
          },
        },
        view.element.name || view.element.id,
      ),
    ),
  );
}

function showFindings(parts, findings) {
  parts.findings.replaceChildren(
    ...findings.map(({ severity, message }) =>
      h(
        "li",
        { class: "problem", dataset: { severity } },
        icon(severity === "error" ? "circle-x" : "triangle-alert"),
        h("span", {}, message),
      ),
    ),
  );
}
