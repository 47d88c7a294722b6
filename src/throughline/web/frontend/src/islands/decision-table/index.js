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
import { confirmed } from "../../behaviours/confirm.js";
import { toast } from "../../behaviours/toasts.js";
import { debounce, h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { namesOf } from "./names.js";
import { mountTests } from "./tests.js";
import testCases from "./tests.moddle.json";
import { mountTrial } from "./trial.js";
import { setWidths } from "./widths.js";

const TABLE_MARGIN_PX = 30;

const KEPT_AFTER_MS = 4000;

/** On a page of its own the editor speaks by toasts, leaves when published, and keeps the draft when asked to. */
const OWN_PAGE = {
  tell: (message) => toast(message, "late"),
  kept: () => {},
  published: ({ url }, { published }) => location.assign(url ?? published),
  keepsByItself: false,
};

/**
 * The editor of decision tables, with a trial beside it that asks the server's decision engine.
 *
 * props: `{ xml, revision, readOnly, canPublish, table: { key, name },
 * urls: { check, save, publish, decide, published } }`. `around` is what the surroundings do: see OWN_PAGE.
 * Resolves to `{ save, changed, destroy }`.
 */
export async function mount(element, props, around = OWN_PAGE) {
  const parts = frame(element, props);
  const gone = new AbortController();
  const modeler = new TablesOnly({ container: parts.table, common: {}, moddleExtensions: { tl: testCases } });
  await modeler.importXML(props.xml);
  setWidths(modeler.getDefinitions(), parts.table.clientWidth - TABLE_MARGIN_PX);
  const decisions = modeler.getViews();
  showTabs(parts, modeler, decisions);
  await modeler.open(decisions[0]);

  let revision = props.revision;
  const xmlNow = async () => (await modeler.saveXML({ format: true })).xml;
  let saved = await xmlNow();
  let findings = [];
  const tests = mountTests(parts.tests, modeler, {
    readOnly: props.readOnly,
    changed: () => onChange(),
    run: () => look(),
  });
  const keep = props.readOnly ? null : tests.keep;
  const trial = mountTrial(parts.trial, modeler, { address: props.urls.decide, xmlNow, keep });

  async function look() {
    const xml = await xmlNow();
    const { data } = await ask(props.urls.check, { method: "POST", body: { xml } });
    findings = [
      ...(data.findings ?? [{ severity: "error", message: data.message }]),
      ...failuresElsewhere(data.tests ?? [], decisions),
    ];
    showFindings(parts, findings, { modeler, trial });
    tests.show(data.tests ?? []);
    const isSaved = !(await changed()); // perhaps it was changed while the answer was on its way
    if (!gone.signal.aborted && !props.readOnly) showState(isSaved);
  }
  const check = debounce(() => gone.signal.aborted || look(), 600);

  function showState(isSaved) {
    parts.state.textContent = isSaved ? gettext("Draft saved") : gettext("Not saved yet");
    parts.state.dataset.state = isSaved ? "saved" : "changed";
    const stack = modeler.getActiveViewer()?.get("commandStack", false);
    if (parts.undo) parts.undo.disabled = !stack?.canUndo();
    if (parts.redo) parts.redo.disabled = !stack?.canRedo();
  }

  const changed = async () => !props.readOnly && (await xmlNow()) !== saved;

  let sending = Promise.resolve(true);
  /** One after the other: the second needs the revision that the first one made. */
  function save() {
    sending = sending.then(send, send);
    return sending;
  }

  async function send() {
    const xml = await xmlNow();
    if (xml === saved) return true;
    let answer;
    try {
      answer = await ask(props.urls.save, { method: "POST", body: { xml, revision } });
    } catch {
      around.tell(gettext("The table could not be saved: there is no connection."));
      return false;
    }
    if (!answer.ok) {
      around.tell(answer.data.message);
      return false;
    }
    revision = answer.data.revision;
    saved = xml;
    showState(true);
    around.kept(answer.data);
    return true;
  }
  const keepLater = debounce(async () => {
    if (!gone.signal.aborted && (await changed())) save();
  }, KEPT_AFTER_MS);

  async function publish() {
    if (!(await save())) return;
    await look();
    const failed = tests.failing();
    if (failed) return around.tell(failed);
    const serious = findings.filter(({ severity }) => severity !== "info");
    if (serious.length && !(await confirmed(question(serious), gettext("Publish all the same")))) return;
    const body = { revision, stays: around !== OWN_PAGE };
    const answer = await ask(props.urls.publish, { method: "POST", body });
    if (!answer.ok) return around.tell(answer.data.message);
    revision = answer.data.revision;
    around.published(answer.data, props.urls);
  }

  /** Undo and redo of the rules; the tests below are taken back by hand. */
  function step(name) {
    const stack = modeler.getActiveViewer()?.get("commandStack");
    if (name === "undo" ? stack?.canUndo() : stack?.canRedo()) stack[name]();
  }

  const onChange = () => {
    check();
    if (around.keepsByItself) keepLater();
  };
  parts.save?.addEventListener("click", save);
  parts.publish?.addEventListener("click", publish);
  parts.undo?.addEventListener("click", () => step("undo"));
  parts.redo?.addEventListener("click", () => step("redo"));
  element.addEventListener(
    "keydown",
    (event) => {
      const name = stepOf(event);
      if (!name || props.readOnly || event.target.matches("input, textarea")) return;
      event.preventDefault();
      event.stopPropagation();
      step(name);
    },
    { capture: true, signal: gone.signal },
  );
  modeler.on("viewer.created", ({ viewer }) => viewer.on("elements.changed", onChange));
  modeler.on("views.changed", () => {
    trial.draw();
    tests.draw();
  });
  for (const viewer of Object.values(modeler._viewers ?? {})) viewer.on("elements.changed", onChange);
  addEventListener(
    "beforeunload",
    (event) => {
      if (parts.state.dataset.state === "changed") event.preventDefault();
    },
    { signal: gone.signal },
  );
  trial.draw();
  tests.draw();
  check();
  return {
    save,
    changed,
    destroy: () => {
      gone.abort();
      modeler.destroy();
    },
  };
}

function stepOf(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return "";
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : "";
}

/** Tests of decisions that are no tables have no rows here, but keep the model from being published all the same. */
function failuresElsewhere(tests, views) {
  const shown = new Set(views.map(({ element }) => element.name));
  return tests
    .filter(({ passed, decision }) => !passed && !shown.has(decision))
    .map(({ decision, message }) => ({ severity: "error", decision, message }));
}

function question(findings) {
  const told = findings.slice(0, 3).map(({ message }) => message);
  const more = findings.length > 3 ? [gettext("{n} more.", { n: findings.length - 3 })] : [];
  return [gettext("The table has weak points."), ...told, ...more].join(" ");
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

function frame(element, { readOnly, canPublish, inPlace }) {
  const button = (label, variant, name) =>
    h("button", { type: "button", class: "btn", "data-variant": variant }, name ? icon(name) : null, label);
  const tool = (name, label) =>
    h(
      "button",
      {
        type: "button",
        class: "btn",
        "data-variant": "ghost",
        "data-size": "icon",
        "aria-label": label,
        title: label,
        disabled: true,
      },
      icon(name),
    );
  const parts = {
    tabs: h("div", { class: "switcher", role: "group", "aria-label": gettext("Decisions") }),
    state: h("span", { class: "editor__state", role: "status" }),
    undo: readOnly ? null : tool("undo-2", gettext("Undo in the table")),
    redo: readOnly ? null : tool("redo-2", gettext("Redo in the table")),
    save: readOnly || inPlace ? null : button(gettext("Save draft"), "outline"),
    publish:
      readOnly || !canPublish
        ? null
        : button(
            inPlace ? gettext("Publish the table") : gettext("Publish"),
            inPlace ? "outline" : "primary",
            "rocket",
          ),
    table: h("div", { class: "decision__table", "data-own-keys": true }),
    findings: h("ul", { class: "decision__findings" }),
    tests: h("section", { class: "decision__tests-part", "aria-label": gettext("Tests") }),
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
      ...[parts.undo, parts.redo, parts.save, parts.publish].filter(Boolean),
    ),
    h(
      "div",
      { class: "decision__body" },
      h("div", { class: "decision__main" }, parts.table, h("div", { role: "status" }, parts.findings)),
      parts.trial,
      parts.tests,
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

const SIGNS = { error: "circle-x", warning: "triangle-alert", info: "info" };

/** A finding: `{ kind, severity, message, decision, rules: [ids], example: { name: FEEL } }`. */
function showFindings(parts, findings, { modeler, trial }) {
  parts.findings.replaceChildren(...findings.map((finding) => item(finding, modeler, trial)));
}

function item({ severity, message, decision, rules, example }, modeler, trial) {
  const active = modeler.getActiveView()?.element;
  const isHere = !decision || decision === active?.name;
  const asked = isHere && active ? namesOf(active).map(({ name }) => name) : [];
  const canTry = Object.keys(example ?? {}).some((name) => asked.includes(name));
  return h(
    "li",
    { class: "problem", dataset: { severity } },
    icon(SIGNS[severity] ?? "info"),
    h("span", { class: "problem__text" }, isHere ? message : `${decision}: ${message}`),
    h(
      "span",
      { class: "problem__tools" },
      isHere && rules?.length ? small("eye", gettext("Show the rules"), () => trial.mark(rules)) : null,
      canTry ? small("play", gettext("Try this example"), () => trial.tryOut(example)) : null,
    ),
  );
}

function small(name, label, onclick) {
  return h(
    "button",
    { type: "button", class: "btn", "data-variant": "ghost", "data-size": "small", onclick },
    icon(name),
    label,
  );
}
