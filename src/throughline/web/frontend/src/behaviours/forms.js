/**
 * `data-autosubmit` on a form: a changed filter is applied at once.
 * `data-submit-once` on a form: no second request while the first is under way.
 * `data-take="value" data-take-into="id"` puts a value into a field: what somebody else has stored meanwhile.
 * A form that comes back with errors gets the focus on the first field that has one.
 */
export function bindForms(root) {
  root.addEventListener("change", (event) => {
    if (event.target.closest("[data-no-submit]")) return;
    event.target.form?.closest("[data-autosubmit]")?.requestSubmit();
  });
  root.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.dataset.submitOnce === undefined) return;
    for (const button of event.target.querySelectorAll("button:not([type=button])")) {
      // After this turn of the event loop: a disabled button would not be sent.
      setTimeout(() => button.setAttribute("disabled", ""));
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  root.addEventListener("click", (event) => {
    const taker = event.target.closest("[data-take]");
    if (!taker) return;
    const field = document.getElementById(taker.dataset.takeInto);
    field.value = taker.dataset.take;
    field.focus();
  });
  root.addEventListener("htmx:after:swap", () => focusFirstError(document));
  focusFirstError(root);
}

function focusFirstError(root) {
  root.querySelector("[aria-invalid=true]:not([data-seen])")?.focus();
}
