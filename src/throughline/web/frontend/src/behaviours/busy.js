/** A thin bar at the top while an answer of the server is under way. */
export function watchBusy(root) {
  let open = 0;
  const mark = (change) => {
    open = Math.max(0, open + change);
    document.body.toggleAttribute("data-busy", open > 0);
  };
  root.addEventListener("htmx:before:request", () => mark(+1));
  root.addEventListener("htmx:finally:request", () => mark(-1));
}
