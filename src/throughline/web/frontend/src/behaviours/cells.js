/**
 * Cells of a list, changed in place: `td[data-cell="field"]` in a row with `data-cells` (where its cells are changed)
 * and `data-version` (the version that is shown). A double click or Enter opens a cell, Enter saves, Escape leaves it as
 * it was, Tab saves and opens the next. The arrows left and right go from cell to cell of the row that has the focus.
 */
export function bindCells(root) {
  root.addEventListener("dblclick", (event) => {
    const cell = event.target.closest("td[data-cell]");
    if (cell && !event.target.closest("a, button, input, select, textarea")) open(cell);
  });
  root.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-cell-form]");
    if (form) return inForm(event, form);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.matches?.("td[data-cell]")) {
      event.preventDefault();
      open(event.target);
    }
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") walk(event);
  });
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-cell-form]")) return;
    event.preventDefault();
    save(event.target);
  });
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-cell-cancel]")) leave(event.target.closest("td"));
  });
}

const PLACES = "[data-row] td[data-cell], [data-row] th a";

function walk(event) {
  const place = event.target.closest?.(PLACES);
  if (!place) return;
  const places = [...place.closest("[data-row]").querySelectorAll("td[data-cell], th a")];
  const next = places[places.indexOf(place) + (event.key === "ArrowRight" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function inForm(event, form) {
  if (event.key === "Escape") {
    event.preventDefault();
    leave(form.closest("td"));
  } else if (event.key === "Enter" && event.target.matches("input, select")) {
    event.preventDefault();
    save(form);
  } else if (event.key === "Tab" && !event.shiftKey && event.target.matches("input, select, textarea")) {
    event.preventDefault();
    const cell = form.closest("td");
    save(form).then((saved) => saved && next(cell));
  }
}

function next(cell) {
  const cells = [...cell.closest("[data-row]").querySelectorAll("td[data-cell]")];
  const following = cells[cells.indexOf(cell) + 1];
  if (following) open(following);
}

const address = (cell) => `${cell.closest("[data-row]").dataset.cells}${cell.dataset.cell}/`;

async function open(cell) {
  const row = cell.closest("[data-row]");
  if (!row.dataset.cells || cell.querySelector("form")) return;
  const answer = await fetch(`${address(cell)}?version=${row.dataset.version}`, {
    headers: { "HX-Request": "true" },
  });
  put(cell, await answer.text());
  cell.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

async function save(form) {
  const cell = form.closest("td");
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { "HX-Request": "true", "X-CSRFToken": document.body.dataset.csrf },
  });
  const drawn = await answer.text();
  const isForm = answer.ok || drawn.includes("data-cell-form");
  if (!isForm) {
    put(cell, drawn);
    cell.focus();
    return false;
  }
  settle(cell, drawn);
  return answer.ok;
}

async function leave(cell) {
  const answer = await fetch(`${address(cell)}?as=text`, { headers: { "HX-Request": "true" } });
  settle(cell, await answer.text());
}

function settle(cell, drawn) {
  put(cell, drawn);
  const kept = cell.querySelector("[data-version]");
  if (kept) {
    cell.closest("[data-row]").dataset.version = kept.dataset.version;
    kept.remove();
    cell.toggleAttribute("data-empty", cell.textContent.trim() === "");
    cell.focus();
  } else {
    cell.querySelector("[aria-invalid=true], input:not([type=hidden]), select, textarea")?.focus();
  }
}

function put(cell, drawn) {
  // The answer is the server's own markup, escaped there like every other part that is swapped in.
  cell.innerHTML = drawn;
  cell.removeAttribute("data-empty");
}
