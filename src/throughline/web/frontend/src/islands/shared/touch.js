/**
 * Fingers on a drawing: one moves it, two also zoom it about their middle. bpmn-js itself knows only the mouse. The
 * element must have `touch-action: none`; a tap stays a click.
 */
export function bindTouch(element, canvas) {
  const fingers = new Map();
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, event);
  });
  element.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = grip(fingers);
    fingers.set(event.pointerId, event);
    follow(canvas, before, grip(fingers), element.getBoundingClientRect());
  });
  for (const name of ["pointerup", "pointercancel"])
    element.addEventListener(name, (event) => fingers.delete(event.pointerId));
}

/** Where the fingers are: their middle, and how far they are from it together. */
export function grip(fingers) {
  const all = [...fingers.values()];
  const x = all.reduce((sum, each) => sum + each.clientX, 0) / all.length;
  const y = all.reduce((sum, each) => sum + each.clientY, 0) / all.length;
  const spread = all.reduce((sum, each) => sum + Math.hypot(each.clientX - x, each.clientY - y), 0);
  return { x, y, spread };
}

function follow(canvas, before, after, box) {
  canvas.scroll({ dx: after.x - before.x, dy: after.y - before.y });
  if (!before.spread || !after.spread) return;
  const scale = canvas.zoom() * (after.spread / before.spread);
  canvas.zoom(Math.min(4, Math.max(0.1, scale)), { x: after.x - box.left, y: after.y - box.top });
}
