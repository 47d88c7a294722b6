import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { ask } from "../../../api.js";
import { debounce, h } from "../../../dom.js";
import { gettext } from "../../../i18n.js";
import { allExtensions, extension } from "../../shared/extensions.js";
import { recordPicker } from "../record-picker.js";

/**
 * Help with expressions: the fields of the record, the variables of the drawing and common functions are offered while
 * one types, and what the expression gives on a record is shown below: on the newest one, until another one is chosen.
 */
const SHOWN = 8;
const FUNCTIONS = [
  "now()",
  "today()",
  "count(",
  "contains(",
  "lower case(",
  "sum(",
  "string(",
  "date(",
  'duration("P1D")',
  "list contains(",
];

export function assistFeel(panel, modeler, props) {
  const list = h("ul", {
    class: "feel-list",
    role: "listbox",
    id: "feel-list",
    "aria-label": gettext("Suggestions"),
    hidden: true,
  });
  let field = null;
  let found = [];
  let chosen = 0;
  let example = null;

  const record = () => {
    const process = modeler
      .get("elementRegistry")
      .filter((one) => is(one, "bpmn:Process") || is(one, "bpmn:Participant"))
      .map((one) => one.businessObject.processRef ?? one.businessObject)
      .find((one) => one && extension(one, "tl:Procedure"));
    return process ? (extension(process, "tl:Procedure").record ?? "") : "";
  };

  function candidates() {
    const type = record();
    const own = props.catalogue.fields.filter(({ value }) => value.startsWith(`${type}.`));
    return [
      ...variables(modeler).map((value) => ({ value, label: gettext("variable of the case") })),
      ...own,
      ...FUNCTIONS.map((value) => ({ value, label: gettext("function") })),
    ];
  }

  function suggest() {
    const before = field.value.slice(0, field.selectionStart);
    const word = /[\p{L}_][\p{L}\d_.]*$/u.exec(before)?.[0] ?? "";
    found = word.length
      ? candidates()
          .filter(
            ({ value, label }) =>
              value !== word &&
              (value.toLowerCase().includes(word.toLowerCase()) ||
                label.toLowerCase().includes(word.toLowerCase())),
          )
          .slice(0, SHOWN)
      : [];
    chosen = 0;
    draw(word);
  }

  function draw(word) {
    list.hidden = !found.length;
    list.replaceChildren(
      ...found.map(({ value, label }, index) =>
        h(
          "li",
          {
            role: "option",
            id: `feel-option-${index}`,
            "aria-selected": String(index === chosen),
            onmousedown: (event) => {
              event.preventDefault();
              chosen = index;
              take(word);
            },
          },
          h("code", {}, value),
          h("span", {}, label),
        ),
      ),
    );
    if (found.length) field.setAttribute("aria-activedescendant", `feel-option-${chosen}`);
    else field?.removeAttribute("aria-activedescendant");
    list.dataset.word = word;
  }

  function take(word) {
    const at = field.selectionStart;
    const start = at - word.length;
    field.setRangeText(found[chosen].value, start, at, "end");
    found = [];
    draw("");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const show = debounce(async (input) => {
    if (!input.isConnected) return;
    const out = lineBelow(input);
    if (!input.value.trim() || !record()) {
      out.hidden = true;
      return;
    }
    const { ok, data } = await ask(props.urls.preview, {
      method: "POST",
      body: { text: input.value, record: record(), id: example ? String(example.id) : "" },
    });
    if (!ok && example) {
      example = null; // it is gone, or not theirs to see any more: the newest one serves
      show(input);
      return;
    }
    out.hidden = !(ok && data.known);
    if (!out.hidden) out.querySelector("p").textContent = gettext("{record}: {value}", data);
  }, 400);

  /** The line below an expression: what it gives, and a way to try it on another record. */
  function lineBelow(input) {
    const found = input.parentElement.querySelector(".feel-value");
    if (found) return found;
    const other = h(
      "button",
      {
        type: "button",
        class: "link small",
        onmousedown: (event) => event.preventDefault(), // leaving the field draws the panel anew
        onclick: () => pick(input),
      },
      gettext("On another record"),
    );
    const out = h("div", { class: "hint feel-value", hidden: true }, h("p", { role: "status" }), other);
    input.after(out);
    return out;
  }

  /** Keep what was typed, which draws the panel anew, then ask for a record below the field. */
  function pick(typed) {
    typed.dispatchEvent(new Event("change"));
    const input = panel.querySelector(`[data-key="${CSS.escape(typed.dataset.key)}"]`);
    const out = lineBelow(input);
    const other = out.querySelector("button");
    const picker = recordPicker({
      address: props.urls.records,
      record,
      label: gettext("Try it on"),
      onChoose: (chosen) => {
        example = chosen;
        picker.remove();
        other.hidden = false;
        input.focus();
        show(input);
      },
    });
    out.hidden = false;
    other.hidden = true;
    out.append(picker);
    picker.querySelector("input").focus();
  }

  panel.addEventListener("input", (event) => {
    if (event.target.dataset.feel === undefined) return;
    field = event.target;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", "feel-list");
    if (!list.isConnected || list.previousElementSibling !== field) field.after(list);
    suggest();
    show(field);
  });
  panel.addEventListener("focusin", (event) => {
    if (event.target.dataset.feel !== undefined && event.target.value.trim()) show(event.target);
  });
  panel.addEventListener("focusout", () => {
    found = [];
    list.hidden = true;
  });
  panel.addEventListener(
    "keydown",
    (event) => {
      if (list.hidden || event.target !== field || !found.length) return;
      const word = list.dataset.word;
      const choose = (by) => {
        chosen = (chosen + by + found.length) % found.length;
        draw(word);
      };
      const close = () => {
        found = [];
        draw("");
      };
      const keys = {
        ArrowDown: () => choose(1),
        ArrowUp: () => choose(-1),
        Enter: () => take(word),
        Tab: () => take(word),
        Escape: close,
      };
      if (!keys[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
    },
    true,
  );
}

/** The names that steps of the drawing give to the case. */
function variables(modeler) {
  const names = modeler
    .get("elementRegistry")
    .filter((one) => is(one, "bpmn:FlowNode"))
    .flatMap(({ businessObject: object }) => {
      const work = extension(object, "tl:WorkItem");
      const action = extension(object, "tl:Action");
      return [
        ...(work?.get("outcomes")?.length ? [work.get("result") ?? "outcome"] : []),
        ...(work?.get("fields") ?? []).map(({ name }) => name),
        ...(action?.get("outputs") ?? []).map(({ name }) => name),
        ...allExtensions(object, "tl:Output").map(({ name }) => name),
        extension(object, "tl:Decision")?.result,
        object.get("tl:result"),
      ];
    });
  return [...new Set(names.filter(Boolean))];
}
