import { debounce, h, icon, wordsOf } from "../dom.js";

/** What can be done on the page that is open: what its head offers, menus too. */
const HERE = "main .page-head__actions :is(a[href], button:not([popovertarget]))";

/**
 * `dialog[data-palette]`: search and commands. A combobox: the text stays in the box, the arrows move through the
 * listbox, Enter follows the chosen option. The server renders the options, so that what may be seen is decided there;
 * what the open page offers is added from the page itself, where it has been decided already.
 */
export function bindPalette(root) {
  const palette = root.querySelector("dialog[data-palette]");
  if (!palette) return;
  const box = palette.querySelector("input");
  const list = palette.querySelector("[role=listbox]");

  const load = debounce(async () => {
    const address = new URL(palette.dataset.palette, location.href);
    const asked = box.value;
    address.searchParams.set("q", asked);
    const response = await fetch(address, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (!response.ok || box.value !== asked) return; // whoever typed on is answered next
    list.innerHTML = await response.text();
    addHere(box.value.toLowerCase().split(/\s+/));
    choose(0);
  }, 120);

  const pressed = new WeakMap();

  function addHere(words) {
    const found = [...root.querySelectorAll(HERE)]
      .map((element) => [wordsOf(element), element])
      .filter(([title]) => title && words.every((word) => title.toLowerCase().includes(word)));
    if (!found.length) return;
    if (list.querySelector("[aria-disabled=true]")) list.replaceChildren();
    const title = palette.dataset.onPage;
    const group = h("div", { role: "group", "aria-label": title });
    group.append(h("p", { class: "palette__group", "aria-hidden": "true" }, title));
    for (const [words, element] of found) {
      const option = h("div", { class: "palette__item", role: "option", "aria-selected": "false" });
      option.append(icon("arrow-right"), h("span", {}, words));
      pressed.set(option, element);
      group.append(option);
    }
    list[box.value ? "append" : "prepend"](group);
  }

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

  function choose(index) {
    const all = options();
    if (!all.length) {
      box.removeAttribute("aria-activedescendant");
      return;
    }
    const at = (index + all.length) % all.length;
    all.forEach((option, i) => {
      option.id ||= `palette-option-${i}`;
      option.setAttribute("aria-selected", String(i === at));
    });
    box.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  function follow(option) {
    palette.close();
    if (pressed.has(option)) pressed.get(option).click();
    else if (option.dataset.click) root.querySelector(option.dataset.click)?.click();
    else location.assign(option.dataset.href);
  }

  const keys = {
    ArrowDown: () => choose(chosen() + 1),
    ArrowUp: () => choose(chosen() - 1),
    Enter: () => options()[chosen()] && follow(options()[chosen()]),
  };

  box.addEventListener("input", load);
  box.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) follow(option);
  });
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-palette]");
    if (!opener) return;
    event.preventDefault();
    opener.closest("dialog")?.close();
    openPalette();
  });

  function openPalette() {
    palette.showModal();
    box.select();
    load();
  }
  root.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!palette.open) openPalette();
  });
}
