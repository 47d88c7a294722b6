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
