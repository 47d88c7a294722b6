import { csrfToken } from "../api.js";

/**
 * `[data-nudge]` on the figure of a derived chart: its shapes can be dragged, and stay where they were put.
 * The same can be done with the form below the chart, by keyboard.
 */
const FAR_ENOUGH = 4;

export function bindNudges(root) {
  for (const figure of root.querySelectorAll("[data-nudge]")) {
    const drawing = figure.querySelector("svg");
    if (!drawing || figure.dataset.nudgeBound !== undefined) continue;
    figure.dataset.nudgeBound = "";
    drawing.addEventListener("pointerdown", (event) => {
      const shape = event.target.closest("[data-shape]");
      if (shape && event.button === 0 && event.pointerType === "mouse") drag(figure, drawing, shape, event);
    });
  }
}

function drag(figure, drawing, shape, down) {
  down.preventDefault();
  const scale = drawing.viewBox.baseVal.width / drawing.getBoundingClientRect().width;
  const box = shape.getBBox();
  let moved = null;
  const move = (event) => {
    const by = { x: (event.clientX - down.clientX) * scale, y: (event.clientY - down.clientY) * scale };
    if (!moved && Math.hypot(by.x, by.y) < FAR_ENOUGH) return;
    moved = by;
    shape.setAttribute("transform", `translate(${by.x} ${by.y})`);
  };
  const up = async () => {
    window.removeEventListener("pointermove", move);
    if (!moved) return;
    // A drag is no click on the link that a shape may be.
    shape.addEventListener("click", (event) => event.preventDefault(), { capture: true, once: true });
    await put(figure, shape.dataset.shape, box.x + moved.x, box.y + moved.y);
    window.location.reload();
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", up, { once: true });
}

function put(figure, shape, x, y) {
  const { nudge, chart, kind } = figure.dataset;
  const body = new URLSearchParams({ do: "move", key: chart, kind, shape, x, y, back: "/charts/" });
  return fetch(nudge, {
    method: "POST",
    credentials: "same-origin",
    redirect: "manual",
    headers: { "X-CSRFToken": csrfToken() },
    body,
  });
}
