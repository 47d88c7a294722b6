/**
 * A list of suggestions at the caret of a text, for whoever types: the text keeps the focus; the arrows move through
 * the list, Enter or Tab takes, Escape leaves. `written` says what an option puts into the text, `taken` is called with
 * the text before the list goes.
 */
export function offersAtCaret(root, { written, taken = () => {} }) {
  let open = null; // { area, list, start }

  /** Show a listbox, which is in the page already, for the text from `start` to the caret. */
  function offer(area, start, list) {
    leave();
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
    area.setRangeText(written(option), start, area.selectionStart, "end");
    taken(area);
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

  return { offer, leave };
}
