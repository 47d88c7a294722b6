import { h } from "../dom.js";
import { gettext } from "../i18n.js";
import { offersAtCaret } from "./offers.js";

/**
 * `textarea[data-expression=id]`: while one types an expression, what the list of that id holds is offered for the word
 * at the caret.
 */
const WORD = /[\p{L}_][\p{L}\d_.]*$/u;
const SHOWN = 8;

export function bindExpressions(root) {
  const offers = offersAtCaret(root, {
    written: (option) => option.dataset.name,
    taken: (area) => area.dispatchEvent(new Event("input", { bubbles: true })),
  });

  function offer(area) {
    offers.leave();
    const before = area.value.slice(0, area.selectionStart);
    const word = WORD.exec(before)?.[0] ?? "";
    const found = word ? matching(area, word) : [];
    if (!found.length) return;
    const list = listOf(area, found);
    area.after(list);
    offers.offer(area, before.length - word.length, list);
  }

  root.addEventListener("input", (event) => {
    if (event.target.dataset?.expression) offer(event.target);
  });
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

function listOf(area, found) {
  return h(
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
}
