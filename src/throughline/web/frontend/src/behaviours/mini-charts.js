/**
 * `[data-mini-chart]`: bring the step where the record stands, or the first that departs or differs, into view when the
 * chart is larger than its place.
 */
const WORTH_SEEING = [
  ".has-incident",
  "[data-here], .here, .is-here",
  ".is-added, .is-removed, .is-changed, .is-moved",
];

export function bindMiniCharts(root) {
  for (const chart of root.querySelectorAll("[data-mini-chart]")) {
    const here = WORTH_SEEING.map((each) => chart.querySelector(each)).find(Boolean);
    if (!here) continue;
    const box = here.getBoundingClientRect();
    const frame = chart.getBoundingClientRect();
    chart.scrollLeft += box.left + box.width / 2 - (frame.left + frame.width / 2);
    chart.scrollTop += box.top + box.height / 2 - (frame.top + frame.height / 2);
  }
}
