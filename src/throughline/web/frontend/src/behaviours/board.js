import Sortable from "sortablejs";

/**
 * `[data-board]`: cards move between columns by dragging. Each card carries the form of its own stage menu
 * (`[data-move]`, with the stages as submit buttons), which is also the way without a mouse; a drop presses the
 * button of the column it lands in, so both ways are one request and one answer.
 */
const bound = new WeakSet();

// SortableJS leaves style attributes behind; htmx would copy them as attributes, which the policy of the page refuses.
document.addEventListener("htmx:before:swap", () => {
  for (const moved of document.querySelectorAll("[data-board] [style]")) moved.removeAttribute("style");
});

export function bindBoards(root) {
  for (const board of root.querySelectorAll("[data-board]")) {
    board.dataset.boardReady = "";
    for (const column of board.querySelectorAll("[data-column]")) {
      // A morph keeps the elements of the columns, and with them what was bound.
      if (!bound.has(column)) makeSortable(column);
    }
  }
}

function makeSortable(column) {
  bound.add(column);
  Sortable.create(column, {
    group: "board",
    draggable: "[data-card]",
    filter: "button, a, form",
    preventOnFilter: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    delay: 150,
    delayOnTouchOnly: true,
    sort: false,
    onEnd: ({ item, from, to }) => {
      if (from !== to) press(item, to.dataset.column);
    },
  });
}

function press(card, stage) {
  const button = [...card.querySelectorAll("[data-move] button[value]")].find(({ value }) => value === stage);
  if (!button) throw new Error(`Expected the stage menu of the card to offer "${stage}".`);
  button.form.requestSubmit(button);
}
