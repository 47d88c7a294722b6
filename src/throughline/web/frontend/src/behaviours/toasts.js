import { h, icon } from "../dom.js";
import { gettext } from "../i18n.js";

/**
 * Notes at the lower edge. The place `#toasts` is a live region from the first page on; the server adds
 * `[data-toast]` children to it (also with an Undo form inside). They leave by themselves, but wait while the pointer
 * or the keyboard is on them; notes with something to do stay longer.
 */
const STAY_MS = 6000;
const STAY_WITH_ACTION_MS = 15000;

export function bindToasts(root) {
  const place = root.getElementById("toasts");
  if (!place) return;
  new MutationObserver(() => tend(place)).observe(place, { childList: true });
  tend(place);
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast]").remove();
  });
}

function tend(place) {
  for (const toast of place.querySelectorAll("[data-toast]:not([data-tended])")) {
    toast.dataset.tended = "";
    const stay = toast.querySelector("form") ? STAY_WITH_ACTION_MS : STAY_MS;
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 1500);
      else toast.remove();
    };
    if (toast.dataset.toast !== "stay") setTimeout(leave, stay);
  }
}

/** Say something from an island. `tone`: "good" or "late". */
export function toast(text, tone = "good") {
  document
    .getElementById("toasts")
    ?.append(
      h(
        "div",
        { class: "toast-note", dataset: { toast: tone === "late" ? "stay" : "", tone } },
        icon(tone === "late" ? "circle-alert" : "circle-check"),
        h("span", {}, text),
        h("button", { type: "button", "data-dismiss": true, "aria-label": gettext("Dismiss") }, icon("x")),
      ),
    );
}
