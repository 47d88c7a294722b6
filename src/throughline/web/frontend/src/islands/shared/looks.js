/**
 * Colours of the drawing are the page's tokens: bpmn-js writes them as styles, so a change of theme needs no redraw.
 * Colours that a person picked for a shape stay what they are.
 */
export const bpmnRenderer = {
  defaultFillColor: "var(--chart-fill)",
  defaultStrokeColor: "var(--chart-stroke)",
  defaultLabelColor: "var(--chart-label)",
};

export const textRenderer = {
  defaultStyle: { fontFamily: '"Inter Variable", system-ui, sans-serif', fontSize: "12px", lineHeight: 1.25 },
  externalStyle: { fontSize: "10.6px", lineHeight: 1.25 },
};

/** Show the whole drawing with some air around it, never larger than life. */
export function fit(canvas) {
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !outer.width) return;
  const margin = 36;
  const scale = Math.min(
    1,
    outer.width / (inner.width + 2 * margin),
    outer.height / (inner.height + 2 * margin),
  );
  const width = outer.width / scale;
  const height = outer.height / scale;
  canvas.viewbox({
    x: inner.x + inner.width / 2 - width / 2,
    y: inner.y + inner.height / 2 - height / 2,
    width,
    height,
  });
}

/** Below this scale a drawing shown whole cannot be read. */
const READABLE = 0.36;
/** The scale at which a drawing opens when it does not fit. */
const COMFORTABLE = 0.85;

/** Open a drawing: whole when it can be read so, else at a readable size around one of its shapes. */
export function open(canvas, shape) {
  fit(canvas);
  if (shape && canvas.zoom() < READABLE) goTo(canvas, shape);
}

/** Show the surroundings of a shape at a readable size, without going beyond the drawing. */
export function goTo(canvas, shape) {
  const { inner, outer } = canvas.viewbox();
  canvas.viewbox(around(shape, inner, outer, Math.max(COMFORTABLE, Math.min(1, canvas.zoom()))));
}

/** The part of `inner` to show so that `shape` is in the middle, as far as the drawing reaches. */
export function around(shape, inner, outer, scale) {
  const width = outer.width / scale;
  const height = outer.height / scale;
  return {
    x: within(shape.x + shape.width / 2 - width / 2, inner.x, inner.x + inner.width - width),
    y: within(shape.y + shape.height / 2 - height / 2, inner.y, inner.y + inner.height - height),
    width,
    height,
  };
}

const AIR = 24;

/** A start that leaves no empty stretch beyond the drawing; a smaller drawing stands in the middle. */
function within(start, first, last) {
  if (last < first) return (first + last) / 2;
  return Math.min(last + AIR, Math.max(first - AIR, start));
}

/** The shape at which a procedure begins. */
export function startOf(registry) {
  const starts = registry.filter(
    ({ type, parent }) => type === "bpmn:StartEvent" && parent?.type !== "bpmn:SubProcess",
  );
  return starts.sort((one, other) => one.x - other.x || one.y - other.y)[0] ?? null;
}
