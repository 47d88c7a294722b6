/** Rows of ways and steps that are wider than a phone: what is current is scrolled to, once. */
export function bindHere(root) {
  for (const row of root.querySelectorAll(".switcher, .guide-path")) {
    const current = row.querySelector("[aria-current]");
    if (!current || row.dataset.scrolled !== undefined) continue;
    row.dataset.scrolled = "";
    const past = current.getBoundingClientRect().right - row.getBoundingClientRect().right;
    if (past > 0) row.scrollLeft += past + 8;
  }
}
