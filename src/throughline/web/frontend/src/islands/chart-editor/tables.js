import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { ask } from "../../api.js";
import { toast } from "../../behaviours/toasts.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { extension } from "../shared/extensions.js";
import { plain } from "./changes.js";
import { processOf } from "./properties/groups.js";

/**
 * Decision tables in place: the table of a step opens below the drawing, in the editor that tables have on their own
 * page, with the same saving, check and permissions. Its undo is its own: taking back something in the drawing never
 * touches a table. The draft is kept by itself, and when the drawer is closed.
 */
export function mountTables(parts, modeler, props, redraw) {
  const drawer = parts.drawer;
  let shown = null;
  let locked = false;

  async function open(ref) {
    if (shown?.ref === ref) {
      drawer.querySelector("h2").focus();
      return;
    }
    if (!(await close())) return;
    const { ok, data } = await ask(`${props.urls.decision}${ref}/model/`);
    if (ok) await show(ref, data);
    else toast(data.message, "late");
  }

  async function show(ref, model) {
    const said = h("div", { class: "editor__notice", role: "alert" });
    const body = h("div", {});
    drawer.replaceChildren(head(model), said, body);
    drawer.hidden = false;
    const { mount } = await import("../decision-table/index.js");
    const readOnly = model.readOnly || props.readOnly || locked;
    const table = await mount(body, { ...model, readOnly, inPlace: true }, around(said));
    shown = { ref, model, table };
    keepInView();
    drawer.querySelector("h2").focus();
  }

  /** What happens around the table here: notices stand in the drawer, and the panel follows what is kept. */
  function around(said) {
    return {
      keepsByItself: true,
      tell: (message) =>
        said.replaceChildren(
          h("p", { class: "notice", "data-tone": "late" }, icon("circle-alert"), h("span", {}, message)),
        ),
      kept: ({ entry }) => {
        said.replaceChildren();
        know(entry);
      },
      published: ({ said: words }) => {
        said.replaceChildren();
        toast(words);
      },
    };
  }

  function know(entry) {
    const others = props.catalogue.decisions.filter(({ ref }) => ref !== entry.ref);
    props.catalogue.decisions = [...others, entry].sort((one, other) => one.name.localeCompare(other.name));
    redraw();
  }

  function head({ table, line, urls }) {
    const larger = h(
      "button",
      {
        type: "button",
        class: "btn",
        "data-variant": "ghost",
        "data-size": "icon",
        "aria-label": gettext("The whole height"),
        title: gettext("The whole height"),
        "aria-pressed": "false",
        onclick: () => {
          const on = parts.frame.classList.toggle("editor--table");
          larger.setAttribute("aria-pressed", String(on));
        },
      },
      icon("maximize"),
    );
    return h(
      "header",
      { class: "editor__drawer-head" },
      icon("table"),
      h("h2", { id: "drawer-title", tabindex: "-1" }, table.name),
      h("span", { class: "quiet small" }, line),
      h("span", { class: "editor__space" }),
      h(
        "a",
        { class: "link small", href: urls.published, target: "_blank", rel: "noopener" },
        gettext("In a tab"),
      ),
      larger,
      h(
        "button",
        {
          type: "button",
          class: "btn",
          "data-variant": "ghost",
          "data-size": "icon",
          "aria-label": gettext("Close the table"),
          title: gettext("Close the table (Esc)"),
          onclick: () => close(true),
        },
        icon("x"),
      ),
    );
  }

  /** Keep what was changed and close. False: it could not be kept, so the table stays open and says why. */
  async function close(goesBack = false) {
    if (!shown) return true;
    document.activeElement?.blur();
    const { table } = shown;
    if ((await table.changed()) && !(await table.save())) return false;
    table.destroy();
    shown = null;
    drawer.hidden = true;
    drawer.replaceChildren();
    parts.frame.classList.remove("editor--table");
    if (goesBack) (parts.properties.querySelector("[data-looks]") ?? parts.canvas).focus();
    return true;
  }

  /** The drawing has become lower: the step whose table is shown stays in view. */
  function keepInView() {
    const canvas = modeler.get("canvas");
    canvas.resized();
    const [selected] = modeler.get("selection").get();
    if (selected) canvas.scrollToElement(selected, 40);
  }

  /** Somebody else has taken the pen: what was changed is kept, and the table is looked at from now on. */
  async function lock(on) {
    locked = on;
    if (!shown) return;
    const { ref } = shown;
    if (await close()) await open(ref);
  }

  drawer.addEventListener("keydown", (event) => {
    if (
      event.key === "Escape" &&
      !event.defaultPrevented &&
      !event.target.closest("input, [contenteditable]")
    ) {
      close(true);
    }
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) shown?.table.save();
  });

  const tableOf = (element) =>
    element && is(element, "bpmn:BusinessRuleTask")
      ? props.catalogue.decisions.find(
          ({ ref }) => ref === extension(element.businessObject, "tl:Decision")?.ref,
        )?.ref
      : undefined;

  modeler.get("contextPad").registerProvider(400, {
    getContextPadEntries: (element) => (entries) => {
      const ref = tableOf(element);
      if (!ref) return entries;
      const entry = {
        group: "model",
        className: "tl-pad-table",
        title: gettext("Show the rules (T)"),
        action: { click: () => open(ref) },
      };
      return { ...entries, "show-table": entry };
    },
  });
  modeler.get("keyboard").addListener(({ keyEvent: event }) => {
    if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const ref = tableOf(modeler.get("selection").get()[0]);
    if (!ref) return undefined;
    open(ref);
    return true;
  });

  /** Ask for the name of a new table and what it looks at, make it, let the step ask it, and show it. */
  function make(element) {
    const name = h("input", {
      class: "control",
      id: "table-name",
      value: element.businessObject.name ?? "",
      maxlength: 120,
    });
    const record = recordOf(element, modeler);
    const fields = props.catalogue.fields.filter(({ value }) => value.startsWith(`${record}.`));
    const asks = h(
      "select",
      { class: "control", id: "table-asks" },
      h("option", { value: "" }, gettext("Something that is set in the step")),
      fields.map(({ value, label }) => h("option", { value }, label)),
    );
    const said = h("p", { class: "error-text", role: "alert" });
    const dialog = h(
      "dialog",
      { class: "sheet-dialog", "aria-labelledby": "table-title" },
      h("header", {}, h("h2", { id: "table-title" }, gettext("New decision table"))),
      h(
        "form",
        { class: "body form", method: "dialog", onsubmit: (event) => send(event) },
        h("div", { class: "field" }, h("label", { for: "table-name" }, gettext("Name of the table")), name),
        h("div", { class: "field" }, h("label", { for: "table-asks" }, gettext("It looks at")), asks),
        said,
        h(
          "div",
          { class: "form-foot" },
          h("button", { class: "btn" }, gettext("Make the table")),
          h(
            "button",
            { class: "btn", type: "button", "data-variant": "outline", onclick: () => dialog.close() },
            gettext("Cancel"),
          ),
        ),
      ),
    );
    async function send(event) {
      event.preventDefault();
      const body = { name: name.value, asks: asks.value };
      const { ok, data } = await ask(props.urls.tables, { method: "POST", body });
      if (!ok) {
        said.replaceChildren(icon("circle-alert"), h("span", {}, data.message));
        return;
      }
      dialog.close();
      const decision = plain(extension(element.businessObject, "tl:Decision"));
      modeler.get("changes").setExtension(element, "tl:Decision", {
        ref: data.entry.ref,
        decision: data.entry.decisions[0]?.name,
        result: decision.result ?? "answer",
      });
      know(data.entry);
      if (await close()) await show(data.entry.ref, data);
    }
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  return { open, make, lock };
}

function recordOf(element, modeler) {
  const root = modeler.get("canvas").getRootElement();
  const process = processOf(is(root, "bpmn:Process") ? root : element, modeler.get("elementRegistry"));
  return process ? (extension(process, "tl:Procedure")?.record ?? "") : "";
}
