import htmx from "htmx.org/dist/htmx.esm.js";

/**
 * The tools of a list. `data-tool="Title"` on a link opens its page in the dialog `#list-tool`; without JavaScript the
 * link simply leads there. `data-refresh` on a select of the filter builder draws the form anew. `details[data-fold]`
 * asks for its rows when it is opened first. `data-join="by"` on a form sends its `by0`, `by1` as one `by`.
 */
export function bindTools(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-tool]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("[popover]")?.hidePopover();
    openTool(link);
  });
  bindRefreshing(root);
  root.addEventListener("toggle", (event) => unfold(event.target), true);
  root.addEventListener("submit", (event) => join(event.target), true);
}

/** Who goes through the choices of a select by keys is not done before they leave it or press Enter. */
function bindRefreshing(root) {
  let byKeys = null; // the select whose choice keys have changed last
  let isChanged = false;
  const refresh = (select) => {
    isChanged = false;
    select.form.querySelector('button[value="refresh"]').click();
  };
  root.addEventListener("pointerdown", () => {
    byKeys = null;
  });
  root.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("select[data-refresh]")) return;
    byKeys = event.target;
    if (!isChanged || (event.key !== "Tab" && event.key !== "Enter")) return;
    event.preventDefault(); // what comes next in the form is there in a moment
    refresh(event.target);
  });
  root.addEventListener("change", (event) => {
    if (!event.target.matches("[data-refresh]")) return;
    if (event.target === byKeys) isChanged = true;
    else refresh(event.target);
  });
  root.addEventListener("focusout", (event) => {
    if (isChanged && event.target === byKeys) refresh(event.target);
  });
}

async function openTool(link) {
  const dialog = document.getElementById("list-tool");
  dialog.querySelector("h2").textContent = link.dataset.tool;
  await htmx.ajax("GET", link.href, { target: "#list-tool-body", swap: "innerHTML" });
  dialog.showModal();
}

function unfold(details) {
  if (!details.matches?.("details[data-fold]") || !details.open) return;
  details.querySelector("[hx-get]")?.dispatchEvent(new CustomEvent("unfold"));
}

function join(form) {
  const name = form.dataset?.join;
  const parts = name ? [...form.querySelectorAll(`select[name^="${name}"]`)] : [];
  if (parts.length < 2) return;
  const whole = document.createElement("input");
  whole.type = "hidden";
  whole.name = name;
  whole.value = parts.map((part) => part.value).join(",");
  for (const part of parts) part.removeAttribute("name");
  form.append(whole);
}
