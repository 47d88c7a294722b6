import Sortable from "sortablejs";
import { ask } from "../../api.js";
import { h } from "../../dom.js";
import { gettext } from "../../i18n.js";

/**
 * Arranging tiles with the mouse: drag a tile by its head, pull its corner. What the buttons on each tile do by keyboard
 * is the same; the server keeps order and size, and says what came of it.
 *
 * props: `{ url, version, widths, heights }`.
 */
export async function mount(element, props) {
  let version = props.version;
  const keep = async (change) => {
    const answer = await ask(props.url, { method: "POST", body: { version, ...change } });
    version = answer.version;
    for (const { id, wide, high } of answer.tiles) {
      const tile = element.querySelector(`[data-tile="${id}"]`);
      Object.assign(tile.dataset, { wide, high });
    }
  };
  Sortable.create(element, {
    handle: ".panel__head",
    draggable: "[data-tile]",
    animation: 120,
    onEnd: ({ item, oldDraggableIndex, newDraggableIndex }) => {
      if (oldDraggableIndex !== newDraggableIndex)
        keep({ tile: Number(item.dataset.tile), place: newDraggableIndex });
    },
  });
  for (const tile of element.querySelectorAll("[data-tile]")) addCorner(tile, element, props, keep);
}

function addCorner(tile, grid, props, keep) {
  const corner = h("span", {
    class: "tile__corner",
    "aria-hidden": "true",
    title: gettext("Pull to resize"),
  });
  tile.append(corner);
  corner.addEventListener("pointerdown", (begun) => {
    begun.preventDefault();
    corner.setPointerCapture(begun.pointerId);
    const box = tile.getBoundingClientRect();
    const column = grid.clientWidth / 12;
    const row =
      Number.parseFloat(getComputedStyle(grid).gridAutoRows) +
      Number.parseFloat(getComputedStyle(grid).rowGap);
    const sizeAt = ({ clientX, clientY }) => ({
      wide: nearest(props.widths, (clientX - box.left) / column),
      high: nearest(props.heights, (clientY - box.top) / row),
    });
    const pull = (event) => Object.assign(tile.dataset, sizeAt(event));
    corner.addEventListener("pointermove", pull);
    corner.addEventListener(
      "pointerup",
      (event) => {
        corner.removeEventListener("pointermove", pull);
        keep({ tile: Number(tile.dataset.tile), ...sizeAt(event) });
      },
      { once: true },
    );
  });
}

function nearest(sizes, wanted) {
  return sizes.reduce((best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best));
}
