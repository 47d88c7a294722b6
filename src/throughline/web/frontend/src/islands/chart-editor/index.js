import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "diagram-js-minimap/assets/diagram-js-minimap.css";
import BpmnModeler from "bpmn-js/lib/Modeler.js";
import GridModule from "diagram-js-grid";
import MinimapModule from "diagram-js-minimap";
import { ask } from "../../api.js";
import { toast } from "../../behaviours/toasts.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import * as looks from "../shared/looks.js";
import throughline from "../shared/throughline.moddle.json";
import { bindTouch } from "../shared/touch.js";
import Changes from "./changes.js";
import { mountPalette } from "./palette.js";
import { makePlayer } from "./player.js";
import { mountPresence } from "./presence.js";
import { mountProblems } from "./problems.js";
import { mountPanel } from "./properties/panel.js";
import { mountRemarks } from "./remarks.js";
import { makeSaving, stateText } from "./saving.js";
import StepFacts from "./step-facts.js";
import StepMenus from "./step-menus.js";
import Steps from "./steps.js";
import { mountTables } from "./tables.js";
import { mountWalk } from "./walk.js";

/**
 * The chart editor.
 *
 * props: `{ xml, revision, readOnly, procedure: { key, name }, urls: { check, save, publish, feel, published, decision, tables … },
 * catalogue: { groups, actions, events, fields, records, roles, calendars, decisions, procedures } }`.
 */
export async function mount(element, props) {
  const parts = frame(element, props);
  const modeler = new BpmnModeler({
    container: parts.canvas,
    bpmnRenderer: looks.bpmnRenderer,
    textRenderer: looks.textRenderer,
    moddleExtensions: { tl: throughline },
    catalogue: props.catalogue,
    additionalModules: [GridModule, MinimapModule, OurModule],
  });
  if (new URLSearchParams(location.search).has("expose")) window.throughlineEditor = modeler;

  await modeler.importXML(props.xml);
  looks.open(modeler.get("canvas"), looks.startOf(modeler.get("elementRegistry")));
  bindTouch(parts.canvas, modeler.get("canvas"));
  if (props.readOnly) refuseChanges(modeler);
  // Whoever points at the drawing means it with the next key, wherever the focus was.
  parts.canvas.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof SVGElement && target.closest("svg > .viewport")) modeler.get("canvas").focus();
  });

  if (!props.readOnly) mountPalette(parts.palette, modeler);
  const tables = mountTables(parts, modeler, props, () => panel.draw());
  const saving = makeSaving(modeler, props, (state) => showState(parts, state));
  const remarks = mountRemarks(parts, modeler, {
    saving,
    props,
    goTo: (id) => goTo(modeler, id),
    redraw: () => panel.draw(),
  });
  const panel = mountPanel(parts.properties, modeler, props, { tables, remarks });
  panel.draw();
  const player = makePlayer(modeler);
  const problems = mountProblems(parts.problems, modeler, {
    address: props.urls.check,
    player,
    goTo: (id) => goTo(modeler, id),
    report: (counts) => showCounts(parts, counts),
  });
  const walk = mountWalk(parts, {
    saving,
    player,
    props,
    goTo: (id) => goTo(modeler, id),
    deselect: () => modeler.get("selection").select(null),
  });
  bindTools(parts, modeler, { saving, props, walk });
  offerBackup(parts, modeler, saving, props);
  problems.check();
  await mountPresence(parts, modeler, saving, props, (locked) => tables.lock(locked));
}

const OurModule = {
  __init__: ["steps", "changes", "stepMenus", "stepFacts"],
  steps: ["type", Steps],
  changes: ["type", Changes],
  stepMenus: ["type", StepMenus],
  stepFacts: ["type", StepFacts],
  // The list of CRM steps at the left takes the place of the icons of bpmn-js.
  paletteProvider: ["value", null],
};

function frame(element, { procedure, readOnly, canPublish }) {
  const tool = (name, label, key, tone) =>
    h(
      "button",
      {
        type: "button",
        class: "btn",
        "data-variant": tone ?? "ghost",
        "data-size": "icon",
        "aria-label": label,
        title: key ? `${label} (${key})` : label,
        dataset: { tool: name },
      },
      icon(name),
    );
  const parts = {
    frame: element,
    bar: h(
      "div",
      { class: "editor__bar", role: "toolbar", "aria-label": gettext("Drawing") },
      tool("undo-2", gettext("Undo"), "Ctrl Z"),
      tool("redo-2", gettext("Redo"), "Ctrl Y"),
      h("span", { class: "editor__rule" }),
      tool("hand", gettext("Move the view"), "H"),
      tool("scan", gettext("Select an area"), "L"),
      tool("move", gettext("Make room"), "S"),
      tool("link", gettext("Connect"), "C"),
      h("span", { class: "editor__rule" }),
      tool("zoom-out", gettext("Smaller"), "Ctrl −"),
      tool("zoom-in", gettext("Larger"), "Ctrl +"),
      tool("maximize", gettext("Show all"), "Ctrl 0"),
      h("span", { class: "editor__rule" }),
      tool("search", gettext("Find in the drawing"), "Ctrl F"),
      tool("route", gettext("Walk it")),
      h("span", { class: "editor__space" }),
      h("span", { class: "editor__others", role: "status" }),
      h("span", { class: "editor__state", role: "status" }),
      h(
        "button",
        { type: "button", class: "btn", "data-variant": "outline", dataset: { tool: "save" } },
        gettext("Save draft"),
      ),
      h(
        "button",
        { type: "button", class: "btn", dataset: { tool: "publish" } },
        icon("rocket"),
        gettext("Publish"),
      ),
    ),
    palette: h("aside", { class: "editor__palette", "aria-label": gettext("Steps to add") }),
    canvas: h("div", {
      class: "editor__canvas chart-canvas",
      "data-own-keys": true,
      role: "application",
      "aria-label": gettext("Drawing of {name}. The page Steps shows the same without a mouse.", procedure),
    }),
    drawer: h("section", { class: "editor__drawer", hidden: true, "aria-labelledby": "drawer-title" }),
    properties: h("aside", { class: "editor__properties", "aria-label": gettext("Properties") }),
    walk: h("aside", { class: "editor__walk", hidden: true, "aria-label": gettext("Walk it") }),
    problemsBar: h(
      "details",
      { class: "editor__problems" },
      h(
        "summary",
        {},
        icon("list-checks"),
        h("span", { class: "editor__counts", role: "status" }, gettext("Checking…")),
      ),
    ),
    problems: h("div", { class: "problems" }),
    remarksBar: h(
      "details",
      { class: "editor__said", hidden: true },
      h("summary", {}, icon("message-square"), h("span", { class: "editor__counts", role: "status" })),
    ),
    remarks: h("div", { class: "problems" }),
    notice: h("div", { class: "editor__notice" }),
  };
  parts.problemsBar.append(parts.problems);
  parts.remarksBar.append(parts.remarks);
  const changing = ["undo-2", "redo-2", "scan", "move", "link", "route", "save", "publish"];
  if (readOnly) for (const name of changing) parts.bar.querySelector(`[data-tool="${name}"]`).remove();
  else if (!canPublish) parts.bar.querySelector('[data-tool="publish"]').remove();
  element.classList.add("editor");
  element.classList.toggle("editor--looking", readOnly);
  element.replaceChildren(
    parts.bar,
    parts.notice,
    parts.palette,
    parts.canvas,
    parts.drawer,
    parts.properties,
    parts.walk,
    h("div", { class: "editor__foot" }, parts.problemsBar, parts.remarksBar),
  );
  return parts;
}

function bindTools(parts, modeler, { saving, props, walk }) {
  const actions = modeler.get("editorActions");
  const canvas = modeler.get("canvas");
  const acts = {
    "undo-2": () => actions.trigger("undo"),
    "redo-2": () => actions.trigger("redo"),
    hand: (event) => modeler.get("handTool").activateHand(event),
    scan: (event) => modeler.get("lassoTool").activateSelection(event),
    move: (event) => modeler.get("spaceTool").activateSelection(event),
    link: (event) => modeler.get("globalConnect").start(event),
    "zoom-in": () => actions.trigger("stepZoom", { value: 1 }),
    "zoom-out": () => actions.trigger("stepZoom", { value: -1 }),
    maximize: () => looks.fit(canvas),
    search: () => actions.trigger("find"),
    route: () => walk.begin(),
    save: () => saving.save(),
    publish: () => openPublish(saving, props),
  };
  parts.bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (button) acts[button.dataset.tool]?.(event);
  });
  const stack = modeler.get("commandStack");
  const able = () => {
    if (props.readOnly) return;
    parts.bar.querySelector('[data-tool="undo-2"]').disabled = !stack.canUndo();
    parts.bar.querySelector('[data-tool="redo-2"]').disabled = !stack.canRedo();
  };
  modeler.on("commandStack.changed", able);
  able();
  // The other ways to look at the procedure show what is kept: so keep it before going there.
  document.querySelector(".page-head")?.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || props.readOnly || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (await saving.save()) location.assign(link.href);
  });
  // Ctrl+S belongs to the draft, wherever the focus is.
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    document.activeElement?.blur();
    saving.save();
  });
}

function showState(parts, state) {
  const place = parts.bar.querySelector(".editor__state");
  place.textContent = stateText(state);
  place.dataset.state = state;
}

function showCounts(parts, { errors, warnings, message }) {
  const words = [
    errors ? gettext("Errors: {n}", { n: errors }) : "",
    warnings ? gettext("Remarks: {n}", { n: warnings }) : "",
  ].filter(Boolean);
  parts.problemsBar.dataset.tone = errors ? "late" : warnings ? "wait" : "good";
  parts.problemsBar.querySelector(".editor__counts").textContent =
    message ?? (words.length ? words.join(" · ") : gettext("Checked: nothing to point out"));
}

function goTo(modeler, id) {
  const element = modeler.get("elementRegistry").get(id);
  if (!element) return;
  modeler.get("canvas").scrollToElement(element, 120);
  modeler.get("selection").select(element);
}

function openPublish(saving, props) {
  const note = h("textarea", { class: "control", id: "publish-note", rows: 3 });
  const said = h("p", { class: "error-text", role: "alert" });
  const impact = h("div", { class: "publish-impact", role: "status" });
  const dialog = h(
    "dialog",
    { class: "sheet-dialog", "aria-labelledby": "publish-title" },
    h("header", {}, h("h2", { id: "publish-title" }, gettext("Publish “{name}”", props.procedure))),
    h(
      "form",
      { class: "body form", method: "dialog" },
      h(
        "p",
        { class: "quiet" },
        gettext("New cases start on this version. Cases under way finish on theirs."),
      ),
      impact,
      h(
        "div",
        { class: "field" },
        h("label", { for: "publish-note" }, gettext("What has changed, for your colleagues")),
        note,
      ),
      said,
      h(
        "div",
        { class: "form-foot" },
        h("button", { class: "btn", type: "button", onclick: () => publish() }, gettext("Publish")),
        h("button", { class: "btn", "data-variant": "outline" }, gettext("Cancel")),
      ),
    ),
  );
  async function publish() {
    const answer = await saving.publish(note.value);
    if (!answer) said.replaceChildren(gettext("The draft could not be saved, so nothing was published."));
    else if (answer.ok) location.assign(answer.data.url ?? props.urls.published);
    else said.replaceChildren(icon("circle-alert"), h("span", {}, answer.data.message));
  }
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  tellImpact(impact, saving, props);
}

/** What publishing means for the cases under way, and what is different: told once the draft is kept. */
async function tellImpact(element, saving, { urls }) {
  if (!urls.impact || !(await saving.save())) return;
  const { ok, data } = await ask(urls.impact);
  if (!ok) return;
  element.replaceChildren(
    h("p", {}, data.words),
    ...(data.changes.length
      ? [
          h(
            "details",
            {},
            h("summary", {}, gettext("{n} changes", { n: data.changes.length })),
            h(
              "ul",
              { class: "prose" },
              data.changes.map((words) => h("li", {}, words)),
            ),
          ),
        ]
      : []),
  );
}

function offerBackup(parts, modeler, saving, props) {
  const backup = saving.restorable();
  if (!backup || backup.xml === props.xml) return;
  const restore = async () => {
    await modeler.importXML(backup.xml);
    saving.forget();
    parts.notice.replaceChildren();
    toast(gettext("Your unsaved drawing is back. Change something or save it to keep it."));
  };
  parts.notice.replaceChildren(
    h(
      "div",
      { class: "notice", "data-tone": "wait" },
      icon("history"),
      h("span", {}, gettext("This browser holds changes that never reached the server.")),
      h(
        "button",
        { type: "button", class: "btn", "data-size": "small", onclick: restore },
        gettext("Bring them back"),
      ),
      h(
        "button",
        {
          type: "button",
          class: "btn",
          "data-variant": "ghost",
          "data-size": "small",
          onclick: () => {
            saving.forget();
            parts.notice.replaceChildren();
          },
        },
        gettext("Forget them"),
      ),
    ),
  );
}

/** A published version is looked at, not changed: every rule says no. */
function refuseChanges(modeler) {
  modeler.get("eventBus").on("commandStack.canExecute", 10_000, () => false);
  for (const name of [
    "directEditing.activate",
    "shape.move.start",
    "create.start",
    "connect.start",
    "resize.start",
  ]) {
    modeler.get("eventBus").on(name, 10_000, () => false);
  }
}
