/** `data-open-dialog="id"` opens a dialog of the page, `data-close-dialog` closes the one around it. */
export function bindDialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.openDialog).showModal();
      return;
    }
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
    // A click on the backdrop lands on the dialog itself, outside its box.
    if (event.target.nodeName === "DIALOG" && outside(event)) event.target.close();
  });
}

function outside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
