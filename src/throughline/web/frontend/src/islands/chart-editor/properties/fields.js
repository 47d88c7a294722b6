import { debounce, h, icon } from "../../../dom.js";
import { gettext } from "../../../i18n.js";

/**
 * Fields of the properties panel. A field is written when it is left or on Enter, and Escape puts the old text back;
 * so one edit is one command. `key` names the field within the panel: the focus survives a redraw by it.
 */

export function group(title, ...children) {
  const present = children.flat().filter(Boolean);
  return present.length ? h("section", { class: "prop-group" }, h("h3", {}, title), present) : null;
}

export function text({ key, label, value = "", hint, multiline, placeholder, code, onChange }) {
  const input = h(multiline ? "textarea" : "input", {
    class: `control${code ? " control--code" : ""}`,
    id: idOf(key),
    value,
    placeholder,
    rows: multiline ? 3 : undefined,
    type: multiline ? undefined : "text",
    autocomplete: "off",
    spellcheck: code ? "false" : undefined,
    dataset: { key },
  });
  commitOn(input, value, onChange);
  return field(key, label, input, hint);
}

/** An expression; `check` asks the server and resolves to `{ ok, message }`. */
export function feel({ key, label, value = "", hint, placeholder, check, onChange, multiline = true }) {
  const input = h("textarea", {
    class: "control control--code",
    id: idOf(key),
    value,
    placeholder,
    rows: multiline ? Math.min(6, 1 + value.split("\n").length) : Math.min(4, value.split("\n").length),
    spellcheck: "false",
    "aria-describedby": `${idOf(key)}-said`,
    dataset: { key, feel: "" },
  });
  const said = h("p", { class: "error-text", id: `${idOf(key)}-said`, role: "status" });
  const examine = async () => {
    const { ok, message } = input.value.trim() ? await check(input.value) : { ok: true };
    input.setAttribute("aria-invalid", String(!ok));
    said.replaceChildren(...(ok ? [] : [icon("circle-alert"), h("span", {}, message)]));
  };
  input.addEventListener("input", debounce(examine, 400));
  if (value.trim()) examine();
  commitOn(input, value, onChange);
  return field(key, label, input, hint, said);
}

export function select({ key, label, value = "", options, hint, empty, onChange }) {
  const known = options.some((option) => option.value === value) || value === "";
  const input = h(
    "select",
    { class: "control", id: idOf(key), dataset: { key }, onchange: () => onChange(input.value) },
    empty === undefined ? null : h("option", { value: "" }, empty),
    known ? null : h("option", { value }, gettext("{name} (unknown)", { name: value })),
    options.map((option) => h("option", { value: option.value }, option.label)),
  );
  input.value = value;
  return field(key, label, input, hint);
}

export function check({ key, label, value, hint, onChange }) {
  const input = h("input", { type: "checkbox", id: idOf(key), dataset: { key }, checked: value });
  input.addEventListener("change", () => onChange(input.checked));
  return h(
    "div",
    { class: "field" },
    h("label", { class: "check" }, input, h("span", {}, label)),
    hint ? h("p", { class: "hint" }, hint) : null,
  );
}

/**
 * A list of small records, such as outcomes. `columns`: `{ name, label, kind: "text"|"feel"|"select"|"check", options, fallback }`.
 * `onChange` gets the whole new list.
 */
export function rows({ key, label, value = [], columns, make, add, hint, onChange }) {
  const change = (index, name, text) =>
    onChange(value.map((row, i) => (i === index ? { ...row, [name]: text } : row)));
  const move = (index, by) => {
    const next = [...value];
    next.splice(index + by, 0, ...next.splice(index, 1));
    onChange(next);
  };
  return h(
    "div",
    { class: "prop-rows", role: "group", "aria-label": label },
    h("p", { class: "prop-rows__title" }, label),
    hint ? h("p", { class: "hint" }, hint) : null,
    value.map((row, index) =>
      h(
        "div",
        { class: "prop-row" },
        h(
          "div",
          { class: "prop-row__cells" },
          columns.map((column) =>
            cell(`${key}.${index}`, column, row, (text) => change(index, column.name, text)),
          ),
        ),
        h(
          "div",
          { class: "prop-row__tools" },
          tool("chevron-up", gettext("Up"), index > 0, () => move(index, -1)),
          tool("x", gettext("Remove"), true, () => onChange(value.filter((_, i) => i !== index))),
        ),
      ),
    ),
    h(
      "button",
      {
        type: "button",
        class: "btn",
        "data-variant": "ghost",
        "data-size": "small",
        dataset: { key: `${key}.add` },
        onclick: () => onChange([...value, make(value.length)]),
      },
      icon("plus"),
      add,
    ),
  );
}

function cell(key, column, row, change) {
  const value = row[column.name] ?? column.fallback ?? "";
  const name = `${key}.${column.name}`;
  const common = { key: name, label: column.label, value, onChange: change };
  if (column.kind === "select") return select({ ...common, options: column.options });
  if (column.kind === "check") {
    return check({ ...common, value: value === "true", onChange: (on) => change(on ? "true" : "") });
  }
  if (column.kind === "feel") return feel({ ...common, check: column.check, multiline: false });
  return text({ ...common, placeholder: column.placeholder });
}

function tool(name, label, enabled, onclick) {
  return h(
    "button",
    {
      type: "button",
      class: "btn",
      "data-variant": "ghost",
      "data-size": "icon-small",
      "aria-label": label,
      disabled: !enabled,
      onclick,
    },
    icon(name),
  );
}

function field(key, label, input, hint, said = null) {
  return h(
    "div",
    { class: "field" },
    h("label", { for: idOf(key) }, label),
    input,
    said,
    hint ? h("p", { class: "hint" }, hint) : null,
  );
}

function idOf(key) {
  return `prop-${key.replace(/[^\w-]/g, "-")}`;
}

function commitOn(input, old, onChange) {
  input.addEventListener("change", () => {
    if (input.value !== old) onChange(input.value);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      input.value = old;
      input.blur();
    }
    if (event.key === "Enter" && input.nodeName === "INPUT") input.blur();
  });
}
