import { debounce, h } from "../dom.js";
import { gettext } from "../i18n.js";

/**
 * `textarea[data-mentions=address]`: behind an @ the server offers colleagues who may see the record. The text keeps
 * the focus; the arrows move through the list, Enter or Tab takes, Escape leaves. Bound once, for all of them.
 */
const BEGUN = /(?:^|[\s(])@([^\s@][^@\n]{0,40}|)$/;

export function bindMentions(root) {
  let open = null; // { area, list, start }
  let sent = null; // the area whose words are on their way: they need no more offers

  const load = debounce(async (area) => {
    if (area === sent || !area.isConnected) return leave();
    const begun = BEGUN.exec(area.value.slice(0, area.selectionStart));
    if (!begun) return leave();
    const address = new URL(area.dataset.mentions, location.href);
    address.searchParams.set("q", begun[1]);
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok || document.activeElement !== area) return leave();
    const { people } = await response.json();
    if (people.length) offer(area, area.selectionStart - begun[1].length, people);
    else leave();
  }, 100);

  function offer(area, start, people) {
    leave();
    const list = h(
      "div",
      {
        class: "mention-list",
        role: "listbox",
        id: `${area.id}-people`,
        "aria-label": gettext("Colleagues"),
      },
      people.map((person, index) =>
        h(
          "div",
          { role: "option", id: `${area.id}-person-${index}`, dataset: { name: person.name } },
          h("strong", {}, person.name),
          person.name === person.email ? null : h("span", { class: "quiet small" }, person.email),
        ),
      ),
    );
    area.parentElement.append(list);
    area.setAttribute("aria-controls", list.id);
    area.setAttribute("aria-autocomplete", "list");
    open = { area, list, start };
    choose(0);
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
    all[at].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    const { area, start } = open;
    const written = `${option.dataset.name} `;
    area.setRangeText(written, start, area.selectionStart, "end");
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
    if (!event.target.dataset?.mentions) return;
    sent = null;
    load(event.target);
  });
  root.addEventListener("submit", (event) => {
    sent = event.target.querySelector("textarea[data-mentions]");
    leave();
  });
  root.addEventListener("keydown", (event) => {
    if (event.target !== open?.area || !keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  root.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.(".mention-list [role=option]");
    if (!option) return;
    event.preventDefault(); // the text keeps the focus
    take(option);
  });
  root.addEventListener("focusout", (event) => {
    if (event.target === open?.area) leave();
  });
}
