import { debounce } from "../dom.js";

/**
 * `dialog[data-palette]`: search and commands. A combobox: the text stays in the box, the arrows move through the
 * listbox, Enter follows the chosen option. The server renders the options, so that what may be seen is decided there.
 */
export function bindPalette(root) {
  const palette = root.querySelector("dialog[data-palette]");
  if (!palette) return;
  const box = palette.querySelector("input");
  const list = palette.querySelector("[role=listbox]");

  const load = debounce(async () => {
    const address = new URL(palette.dataset.palette, location.href);
    address.searchParams.set("q", box.value);
    const response = await fetch(address, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (!response.ok) return;
    list.innerHTML = await response.text();
    choose(0);
  }, 120);

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
    if (option.dataset.click) root.querySelector(option.dataset.click)?.click();
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
