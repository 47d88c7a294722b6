import { svg } from "../dom.js";

/**
 * `[data-backdrop]` on the editor: the picture of that address lies behind the drawing and moves and grows with it.
 * `[data-backdrop-strength]` is a slider that says how strong it shows. It is no part of the drawing and is never saved.
 */
export function bindBackdrops(root) {
  for (const editor of root.querySelectorAll("[data-backdrop]:not([data-backdrop=''])")) {
    if (editor.dataset.backdropLaid !== undefined) continue;
    editor.dataset.backdropLaid = "";
    const watch = new MutationObserver(() => lay(editor));
    watch.observe(editor, { childList: true, subtree: true });
    lay(editor);
  }
  for (const slider of root.querySelectorAll("[data-backdrop-strength]"))
    slider.addEventListener("input", () => fade(document, slider.value / 100));
}

function lay(editor) {
  const viewport = editor.querySelector(".djs-container svg .viewport");
  if (!viewport || viewport.querySelector(":scope > .backdrop")) return;
  const { backdrop: href, backdropWidth: width } = editor.dataset;
  const look = { class: "backdrop", opacity: "0.45", "pointer-events": "none" };
  viewport.prepend(svg("image", { href, width, x: "0", y: "0", ...look }));
}

function fade(root, strength) {
  for (const picture of root.querySelectorAll(".backdrop")) picture.setAttribute("opacity", String(strength));
}
