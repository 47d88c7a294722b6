import { h } from "../dom.js";
import { gettext } from "../i18n.js";

/**
 * `textarea[data-expression=id]`: while one types an expression, what the list of that id holds is offered for the word
 * at the caret. The text keeps the focus; the arrows move through the list, Enter or Tab takes, Escape leaves.
 */
const WORD = /[\p{L}_][\p{L}\d_.]*$/u;
const SHOWN = 8;

export function bindExpressions(root) {
  let open = null; // { area, list, start }

  function offer(area) {
    leave();
    const before = area.value.slice(0, area.selectionStart);
    const word = WORD.exec(before)?.[0] ?? "";
    const found = word ? matching(area, word) : [];
    if (!found.length) return;
    const list = h(
      "ul",
      { class: "feel-list", role: "listbox", id: `${area.id}-offers`, "aria-label": gettext("Suggestions") },
      found.map((option, index) =>
        h(
          "li",
          { role: "option", id: `${area.id}-offer-${index}`, dataset: { name: option.value } },
          h("code", {}, option.value),
          h("span", {}, option.textContent),
        ),
      ),
    );
    area.after(list);
    area.setAttribute("aria-controls", list.id);
    area.setAttribute("aria-autocomplete", "list");
    open = { area, list, start: before.length - word.length };
    choose(0);
  }

  function matching(area, word) {
    const wanted = word.toLowerCase();
    return [...(document.getElementById(area.dataset.expression)?.options ?? [])]
      .filter(
        ({ value, textContent }) =>
          value !== word &&
          (value.toLowerCase().includes(wanted) || textContent.toLowerCase().includes(wanted)),
      )
      .slice(0, SHOWN);
  }

  function leave() {
    open?.list.remove();
    open?.area.removeAttribute("aria-activedescendant");
    open?.area.removeAttribute("aria-controls");
    open = null;
  }

  const options = () => [...open.list.children];
  const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

  function choose(index) {
    const all = options();
    const at = (index + all.length) % all.length;
    all.forEach((option, i) => {
      option.setAttribute("aria-selected", String(i === at));
    });
    open.area.setAttribute("aria-activedescendant", all[at].id);
  }

  function take(option) {
    const { area, start } = open;
    area.setRangeText(option.dataset.name, start, area.selectionStart, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    leave();
    area.focus();
  }

  const keys = {
    ArrowDown: () => choose(chosen() + 1),
    ArrowUp: () => choose(chosen() - 1),
    Enter: () => take(options()[chosen()]),
    Tab: () => take(options()[chosen()]),
    Escape: leave,
  };

  root.addEventListener("input", (event) => {
    if (event.target.dataset?.expression) offer(event.target);
  });
  root.addEventListener("keydown", (event) => {
    if (event.target !== open?.area || !keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  root.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.("[role=option]");
    if (!option || option.parentElement !== open?.list) return;
    event.preventDefault(); // the text keeps the focus
    take(option);
  });
  root.addEventListener("focusout", (event) => {
    if (event.target === open?.area) leave();
  });
}
