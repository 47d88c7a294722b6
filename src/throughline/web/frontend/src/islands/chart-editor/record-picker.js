import { ask } from "../../api.js";
import { debounce, h } from "../../dom.js";
import { gettext } from "../../i18n.js";

/**
 * A field that finds a record by words: the newest are offered at first. `onChoose` gets `{ id, title, line }`.
 */
let pickers = 0;

export function recordPicker({ address, record, label, onChoose }) {
  pickers += 1;
  const id = `record-picker-${pickers}`;
  let offered = [];
  let chosen = -1;
  const list = h("ul", {
    class: "feel-list",
    role: "listbox",
    id: `${id}-list`,
    "aria-label": gettext("Suggestions"),
    hidden: true,
  });
  const input = h("input", {
    class: "control",
    id,
    type: "text",
    role: "combobox",
    autocomplete: "off",
    placeholder: gettext("Search by name or number"),
    "aria-autocomplete": "list",
    "aria-controls": `${id}-list`,
    "aria-expanded": "false",
  });

  async function search() {
    const words = input.value.trim();
    const { ok, data } = await ask(`${address}?${new URLSearchParams({ record: record(), q: words })}`);
    if (input.value.trim() !== words || document.activeElement !== input) return;
    offered = ok ? data.records : [];
    chosen = offered.length ? 0 : -1;
    draw();
  }

  function draw() {
    const isOpen = document.activeElement === input;
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    list.replaceChildren(
      ...(offered.length
        ? offered.map(option)
        : [
            h(
              "li",
              { role: "option", "aria-disabled": "true" },
              gettext("No record that you see has these words."),
            ),
          ]),
    );
    if (chosen >= 0) input.setAttribute("aria-activedescendant", `${id}-option-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function option({ title, line }, place) {
    return h(
      "li",
      {
        role: "option",
        id: `${id}-option-${place}`,
        "aria-selected": String(place === chosen),
        onmousedown: (event) => {
          event.preventDefault();
          take(place);
        },
      },
      h("strong", {}, title),
      h("span", {}, line),
    );
  }

  function take(place) {
    const found = offered[place];
    if (!found) return;
    input.value = found.title;
    close();
    onChoose(found);
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  const later = debounce(search, 250);
  input.addEventListener("focus", search);
  input.addEventListener("input", later);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && offered.length) {
      event.preventDefault();
      chosen = (chosen + move + offered.length) % offered.length;
      draw();
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  return h("div", { class: "field record-picker" }, h("label", { for: id }, label), input, list);
}
