/** `[data-walk]`: a step of the drawing that waits leads to the form in which one answers it. */
export function bindWalks(root) {
  root.addEventListener("click", (event) => {
    const node = event.target.closest?.("[data-walk] [data-node]");
    const place = node && document.getElementById(`at-${node.dataset.node}`);
    if (!place) return;
    place.scrollIntoView({ block: "nearest" });
    (place.querySelector("input:not([type=hidden]), select, textarea, button") ?? place).focus();
  });
}
