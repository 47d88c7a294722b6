import { debounce, h } from "../dom.js";
import { gettext } from "../i18n.js";
import { offersAtCaret } from "./offers.js";

/**
 * `input[data-picks=address]`: while one types, the server offers the records that fit, and what one takes is written
 * as its name and number. Whoever types on, or moves on, gets no more offers for what was typed before.
 */
const NUMBER = /^\s*([a-z]+-)?\d+\s*$/i; // says already which one is meant

export function bindPicks(root) {
  const offers = offersAtCaret(root, {
    written: (option) => option.dataset.name,
    taken: (input) => {
      input.value = input.value.slice(0, input.selectionStart);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });

  const load = debounce(async (input) => {
    const asked = input.value;
    const isStale = () => input.value !== asked || document.activeElement !== input;
    if (isStale() || !asked.trim() || NUMBER.test(asked)) return offers.leave();
    const address = new URL(input.dataset.picks, location.href);
    address.searchParams.set("q", asked);
    const response = await fetch(address, { credentials: "same-origin" });
    const options = response.ok ? await response.text() : "";
    if (isStale()) return;
    offers.leave();
    if (!options.trim()) return;
    const list = listOf(input, options);
    input.setSelectionRange(asked.length, asked.length);
    offers.offer(input, 0, list);
  }, 120);

  root.addEventListener("input", (event) => {
    if (event.target.dataset?.picks) load(event.target);
  });
}

/** The list lies above all else below its field, so that neither a table nor a dialog cuts it off. */
function listOf(input, options) {
  const list = h("div", {
    class: "mention-list pick-list",
    role: "listbox",
    popover: "manual",
    id: `${input.id}-picks`,
    "aria-label": gettext("Suggestions"),
  });
  list.innerHTML = options;
  [...list.children].forEach((option, place) => {
    option.id = `${list.id}-${place}`;
  });
  input.after(list);
  list.showPopover();
  const box = input.getBoundingClientRect();
  Object.assign(list.style, {
    left: `${box.left}px`,
    top: `${box.bottom}px`,
    minWidth: `${Math.min(box.width, innerWidth - box.left)}px`,
  });
  return list;
}
