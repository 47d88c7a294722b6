import Sortable from "sortablejs";

/**
 * `[data-calendar]`: what stands in a day (`[data-movable]`) is dragged to another one. Each carries the form of its
 * own menu (`[data-days]`), which is also the way without a mouse; a drop fills in the day and presses its button.
 */
const bound = new WeakSet();

export function bindCalendars(root) {
  for (const day of root.querySelectorAll("[data-calendar] [data-day]")) {
    if (bound.has(day)) continue;
    bound.add(day);
    Sortable.create(day, {
      group: "calendar",
      draggable: "[data-movable]",
      filter: "button, form",
      preventOnFilter: false,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
      delay: 150,
      delayOnTouchOnly: true,
      sort: false,
      onEnd: ({ item, from, to }) => {
        if (from !== to) drop(item, to.dataset.day);
      },
    });
  }
}

function drop(item, day) {
  const form = item.querySelector("[data-days]");
  form.elements.to.value = day;
  form.requestSubmit(form.querySelector("[data-to-day]"));
}
