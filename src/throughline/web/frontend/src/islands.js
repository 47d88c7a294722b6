/**
 * Islands: parts of a page that live in JavaScript. An element names its island and the JSON script
 * element that carries its properties:
 *
 *     <script type="application/json" id="editor-props">…</script>
 *     <div data-island="chart-editor" data-props="editor-props">…</div>
 *
 * Each island module exports `mount(element, props)`.
 */
import { h, icon } from "./dom.js";
import { gettext } from "./i18n.js";

const ISLANDS = {
  "chart-editor": () => import("./islands/chart-editor/index.js"),
  "live-view": () => import("./islands/live-view/index.js"),
  "flow-replay": () => import("./islands/flow-replay/index.js"),
  "decision-table": () => import("./islands/decision-table/index.js"),
  plot: () => import("./islands/plot/index.js"),
  tiles: () => import("./islands/tiles/index.js"),
};

export function mountIslands(root) {
  for (const element of root.querySelectorAll("[data-island]:not([data-mounted])")) {
    element.dataset.mounted = "";
    mountIsland(element);
  }
}

async function mountIsland(element) {
  const load = ISLANDS[element.dataset.island];
  if (!load)
    throw new Error(`Expected an island named in islands.js, but found "${element.dataset.island}".`);
  const props = JSON.parse(document.getElementById(element.dataset.props).textContent);
  try {
    const { mount } = await load();
    await mount(element, props);
  } catch (problem) {
    element.before(sorry(problem));
    throw problem;
  }
  element.dataset.mounted = "ready";
}

function sorry({ message }) {
  const words = gettext(
    "What belongs here could not be shown ({message}). Load the page again; if that does not help, ask who runs this system.",
    { message },
  );
  return h(
    "p",
    { class: "notice", "data-tone": "late", role: "alert" },
    icon("circle-alert"),
    h("span", {}, words),
  );
}
