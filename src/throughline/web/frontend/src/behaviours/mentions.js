import { debounce, h } from "../dom.js";
import { gettext } from "../i18n.js";
import { offersAtCaret } from "./offers.js";

/**
 * `textarea[data-mentions=address]`: behind an @ the server offers colleagues who may see the record. Bound once, for
 * all of them.
 */
const BEGUN = /(?:^|[\s(])@([^\s@][^@\n]{0,40}|)$/;

export function bindMentions(root) {
  const offers = offersAtCaret(root, { written: (option) => `${option.dataset.name} ` });
  let sent = null; // the area whose words are on their way: they need no more offers

  const load = debounce(async (area) => {
    if (area === sent || !area.isConnected) return offers.leave();
    const begun = BEGUN.exec(area.value.slice(0, area.selectionStart));
    if (!begun) return offers.leave();
    const address = new URL(area.dataset.mentions, location.href);
    address.searchParams.set("q", begun[1]);
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok || document.activeElement !== area) return offers.leave();
    const { people } = await response.json();
    offers.leave();
    if (!people.length) return;
    const list = listOf(area, people);
    area.parentElement.append(list);
    offers.offer(area, area.selectionStart - begun[1].length, list);
  }, 100);

  root.addEventListener("input", (event) => {
    if (!event.target.dataset?.mentions) return;
    sent = null;
    load(event.target);
  });
  root.addEventListener("submit", (event) => {
    sent = event.target.querySelector("textarea[data-mentions]");
    offers.leave();
  });
}

function listOf(area, people) {
  return h(
    "div",
    { class: "mention-list", role: "listbox", id: `${area.id}-people`, "aria-label": gettext("Colleagues") },
    people.map((person, index) =>
      h(
        "div",
        { role: "option", id: `${area.id}-person-${index}`, dataset: { name: person.name } },
        h("strong", {}, person.name),
        person.name === person.email ? null : h("span", { class: "quiet small" }, person.email),
      ),
    ),
  );
}
