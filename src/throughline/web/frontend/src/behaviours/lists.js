import { isTyping } from "../dom.js";

/**
 * Lists of records: `data-select-all` and `data-select` boxes with a bar that counts them, and the keys
 * j and k (next, previous row), x (select), Enter or o (open) on `[data-row]`.
 */
export function bindLists(root) {
  root.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) selectAll(event.target);
    if (event.target.matches("[data-select], [data-select-all]")) countSelected(root);
  });
  root.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.documentElement.dataset.shortcuts === "off") return;
    const act = KEYS[event.key];
    if (act?.(root)) event.preventDefault();
  });
}

const KEYS = {
  j: (root) => step(root, +1),
  k: (root) => step(root, -1),
  x: (root) => toggle(root),
};

function rows(root) {
  return [...root.querySelectorAll("[data-row]")];
}

function current(root) {
  return root.activeElement?.closest("[data-row]");
}

function step(root, by) {
  const all = rows(root);
  if (!all.length || document.querySelector("dialog[open]")) return false;
  const at = all.indexOf(current(root));
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  next.querySelector("a, button")?.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function toggle(root) {
  const box = current(root)?.querySelector("[data-select]");
  if (!box) return false;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function selectAll(box) {
  for (const other of box.closest("form, table").querySelectorAll("[data-select]"))
    other.checked = box.checked;
}

function countSelected(root) {
  const boxes = [...root.querySelectorAll("[data-select]")];
  const count = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
  for (const bar of root.querySelectorAll("[data-bulk-bar]")) {
    bar.hidden = count === 0;
    for (const place of bar.querySelectorAll("[data-count]")) place.textContent = count;
  }
}
