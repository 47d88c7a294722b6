import { h } from "../dom.js";
import { gettext } from "../i18n.js";

/**
 * `data-confirm="What will happen?"` on a submit button: asks first, in a dialog. `data-confirm-button` names the
 * deed. Without JavaScript the button simply submits.
 */
export function bindConfirm(root) {
  root.addEventListener(
    "submit",
    (event) => {
      const button = event.submitter;
      if (!button?.dataset.confirm || button.dataset.confirmed !== undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(button);
    },
    true,
  );
}

async function ask(button) {
  if (!(await confirmed(button.dataset.confirm, button.dataset.confirmButton ?? button.textContent.trim())))
    return;
  button.dataset.confirmed = "";
  button.form.requestSubmit(button);
  delete button.dataset.confirmed;
}

/** Resolves to true when the user chose the deed. Escape and the backdrop mean no. */
export function confirmed(question, deed) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "sheet-dialog", "aria-labelledby": "confirm-question", onclose: () => finish() },
      h("header", {}, h("h2", { id: "confirm-question" }, question)),
      h(
        "form",
        { class: "body form-foot", method: "dialog" },
        h("button", { class: "btn", value: "yes" }, deed),
        h("button", { class: "btn", "data-variant": "outline", value: "no" }, gettext("Cancel")),
      ),
    );
    function finish() {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    }
    document.body.append(dialog);
    dialog.showModal();
  });
}
