import { h, isTyping, wordsOf } from "../dom.js";

/**
 * `data-shortcut="g l"` on a link or button: those keys press it; on a field they go there. One or two keys, never with a modifier; they rest
 * while the reader types, while a dialog is open, and when the reader switched them off. `[data-shortcut-list]` is
 * filled with those that there are whenever the dialog around it is opened.
 */
const PATIENCE_MS = 900;

export function bindShortcuts(root) {
  let first = "";
  let timer;
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog]");
    const list =
      opener && document.getElementById(opener.dataset.openDialog)?.querySelector("[data-shortcut-list]");
    if (list) list.replaceChildren(...lines(root));
  });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.documentElement.dataset.shortcuts === "off" || root.querySelector("dialog[open]")) return;
    if (event.target.closest?.("[data-own-keys]")) return;
    const keys = first ? `${first} ${event.key}` : event.key;
    clearTimeout(timer);
    first = "";
    const element = find(root, keys) ?? find(root, event.key);
    if (element) {
      event.preventDefault();
      if (isTyping(element)) element.focus();
      else element.click();
      return;
    }
    if (root.querySelector(`[data-shortcut^="${CSS.escape(event.key)} "]`)) {
      first = event.key;
      timer = setTimeout(() => {
        first = "";
      }, PATIENCE_MS);
    }
  });
}

function find(root, keys) {
  return [...root.querySelectorAll("[data-shortcut]")].find((element) => element.dataset.shortcut === keys);
}

function lines(root) {
  const known = new Map();
  for (const element of root.querySelectorAll("[data-shortcut]")) {
    if (!known.has(element.dataset.shortcut)) known.set(element.dataset.shortcut, wordsOf(element));
  }
  return [...known].map(([keys, words]) => h("div", {}, h("dt", {}, keycaps(keys)), h("dd", {}, words)));
}

function keycaps(keys) {
  return keys.split(" ").flatMap((key, i) => [i ? " " : null, h("kbd", { class: "key" }, key)]);
}
