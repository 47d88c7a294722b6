/** `data-print` on a button: print the page, as the browser does it. */
export function bindPrinting(root) {
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
}
