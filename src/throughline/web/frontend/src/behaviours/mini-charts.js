/** `[data-mini-chart]`: bring the step where the record stands into view when the chart is wider than its place. */
export function bindMiniCharts(root) {
  for (const chart of root.querySelectorAll("[data-mini-chart]")) {
    const here = chart.querySelector("[data-here], .here, .is-here");
    if (!here) continue;
    const box = here.getBoundingClientRect();
    const frame = chart.getBoundingClientRect();
    chart.scrollLeft += box.left + box.width / 2 - (frame.left + frame.width / 2);
  }
}
