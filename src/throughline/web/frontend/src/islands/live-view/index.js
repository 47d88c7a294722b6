import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer.js";
import { ask } from "../../api.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import * as looks from "../shared/looks.js";
import throughline from "../shared/throughline.moddle.json";
import { bindTouch } from "../shared/touch.js";
import { heat, pressing, shortLength } from "./figures.js";

/**
 * The running procedure: on each step how many cases stand there, how long the oldest waits, what is overdue or broken.
 * Asks once a second while the page is visible; the server answers 304 as long as nothing moved.
 *
 * props: `{ xml, urls: { live }, selected, figures, ends: { id: { count, url } } }`; the live document, `figures` at
 * first: `{ cases, steps: { id: { count, oldest_at, overdue, incidents, url } } }`.
 */
const PERIOD_MS = 1000;
const SLOW_MS = 10_000;
/** Figures shrink with the drawing, but never below what one can read and press. */
const LEGIBLE = { min: 0.85, max: 1.15 };

export async function mount(element, props) {
  const canvasPlace = h("div", {
    class: "live__canvas chart-canvas",
    "data-own-keys": true,
    role: "group",
    "aria-label": gettext("Drawing with the cases on each step"),
  });
  const state = h("span", { role: "status" });
  let viewer = null;
  let figures = props.figures;
  const zoom = (act) => () => viewer && act(viewer.get("canvas"), viewer.get("zoomScroll"));
  element.classList.add("live");
  element.replaceChildren(
    canvasPlace,
    h(
      "div",
      { class: "live__bar" },
      state,
      h("span", { class: "editor__space" }),
      legend(),
      h(
        "div",
        { role: "group", "aria-label": gettext("Size of the drawing") },
        tool(
          "zoom-out",
          gettext("Smaller"),
          zoom((_canvas, scroll) => scroll.stepZoom(-1)),
        ),
        tool(
          "zoom-in",
          gettext("Larger"),
          zoom((_canvas, scroll) => scroll.stepZoom(1)),
        ),
        tool("maximize", gettext("Show all"), zoom(looks.fit)),
        tool(
          "crosshair",
          gettext("Go where most is to be done"),
          zoom((canvas) => {
            const shape = centre(viewer.get("elementRegistry"), figures.steps, "");
            if (shape) looks.goTo(canvas, shape);
          }),
        ),
      ),
    ),
  );

  viewer = new NavigatedViewer({
    container: canvasPlace,
    bpmnRenderer: looks.bpmnRenderer,
    textRenderer: looks.textRenderer,
    moddleExtensions: { tl: throughline },
  });
  await viewer.importXML(props.xml);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  looks.open(canvas, centre(registry, figures.steps, props.selected));
  bindTouch(canvasPlace, canvas);
  showEnds(viewer, props.ends);
  const marks = new Marks(viewer, props.selected);
  marks.show(figures);
  watch(
    props.urls.live,
    (data) => {
      figures = data;
      marks.show(data);
    },
    (words) => {
      state.textContent = words;
    },
  );
}

/** The shape to look at first: the one asked for, else the most pressing step, else the start. */
function centre(registry, steps, selected) {
  const drawn = Object.entries(steps).filter(([id]) => registry.get(id));
  return registry.get(selected) ?? registry.get(pressing(drawn)) ?? looks.startOf(registry);
}

/** How many cases ended where; these figures are those of the page, they do not run. */
function showEnds(viewer, ends) {
  const registry = viewer.get("elementRegistry");
  for (const [id, { count, url }] of Object.entries(ends)) {
    const shape = registry.get(id);
    if (!shape) continue;
    const words = gettext("{name}: {n} cases ended here", {
      name: shape.businessObject.name ?? id,
      n: count,
    });
    const link = h(
      "a",
      { class: "live-count live-count--end", href: url, "aria-label": words, title: words },
      String(count),
    );
    viewer.get("overlays").add(id, { position: { top: -16, right: 12 }, scale: LEGIBLE, html: link });
  }
}

class Marks {
  constructor(viewer, selected) {
    this.overlays = viewer.get("overlays");
    this.canvas = viewer.get("canvas");
    this.registry = viewer.get("elementRegistry");
    this.shown = new Map();
    this.heats = new Map();
    if (selected && this.registry.get(selected)) {
      this.canvas.addMarker(selected, "tl-played");
    }
  }

  show({ steps }) {
    const busiest = Math.max(1, ...Object.values(steps).map(({ count }) => count));
    for (const id of new Set([...this.shown.keys(), ...Object.keys(steps)])) {
      if (!this.registry.get(id)) continue;
      this.showStep(id, steps[id], busiest);
    }
  }

  showStep(id, step, busiest) {
    const waited = step?.oldest_at ? shortLength((Date.now() - Date.parse(step.oldest_at)) / 1000) : "";
    const said = JSON.stringify([step ?? null, waited]);
    if (this.shown.get(id) === said) return;
    this.shown.set(id, said);
    const focused = document.activeElement?.dataset?.liveStep === id;
    this.overlays.remove({ element: id });
    this.warm(id, step ? heat(step.count, busiest) : 0);
    if (!step?.count && !step?.incidents) return;
    const count = countButton(id, step, this.registry.get(id).businessObject.name ?? id);
    this.overlays.add(id, { position: { top: -14, right: 18 }, scale: LEGIBLE, html: count });
    if (waited)
      this.overlays.add(id, {
        position: { bottom: 10, left: -6 },
        scale: LEGIBLE,
        html: waitLabel(step, waited),
      });
    if (focused) count.focus();
  }

  warm(id, level) {
    const before = this.heats.get(id);
    if (before) this.canvas.removeMarker(id, `tl-heat-${before}`);
    if (level) this.canvas.addMarker(id, `tl-heat-${level}`);
    this.heats.set(id, level);
  }
}

function countButton(id, step, name) {
  const words = [
    gettext("{name}: {n} cases", { name, n: step.count }),
    step.overdue ? gettext("{n} overdue", { n: step.overdue }) : "",
    step.incidents ? gettext("{n} with an incident", { n: step.incidents }) : "",
  ].filter(Boolean);
  return h(
    "button",
    {
      type: "button",
      class: "live-count",
      "aria-label": words.join(", "),
      title: words.join(", "),
      dataset: { liveStep: id, tone: step.incidents || step.overdue ? "late" : "" },
      onclick: () => location.assign(step.url),
    },
    step.incidents ? icon("triangle-alert") : null,
    String(step.count),
  );
}

function waitLabel(step, waited) {
  return h(
    "span",
    { class: "live-wait", "aria-hidden": "true", dataset: { tone: step.overdue ? "late" : "" } },
    icon("clock"),
    waited,
  );
}

function tool(name, label, onclick) {
  return h(
    "button",
    {
      type: "button",
      class: "btn",
      "data-variant": "ghost",
      "data-size": "icon-small",
      "aria-label": label,
      title: label,
      onclick,
    },
    icon(name),
  );
}

function legend() {
  const heat = (level, words) => h("span", {}, h("i", { dataset: { heat: level } }), words);
  return h(
    "div",
    { class: "legend" },
    heat(1, gettext("few cases")),
    heat(2, gettext("more")),
    heat(3, gettext("most")),
    h("span", {}, icon("clock"), gettext("oldest waiting")),
  );
}

function watch(address, show, say) {
  let tag = "";
  let failures = 0;
  let standing = null;
  async function turn() {
    if (!document.hidden) await look();
    setTimeout(turn, failures ? Math.min(SLOW_MS, PERIOD_MS * 2 ** failures) : PERIOD_MS);
  }
  async function look() {
    try {
      const { status, data, headers } = await ask(address, { headers: tag ? { "If-None-Match": tag } : {} });
      if (status >= 400) throw new Error(`Expected the live figures, but the server said ${status}.`);
      failures = 0;
      if (status !== 304) {
        standing = data;
        tag = headers.get("ETag") ?? "";
        say(gettext("{n} cases under way", { n: data.cases }));
      }
      // Also when nothing moved: the waiting times go on.
      show(standing);
    } catch {
      failures += 1;
      say(gettext("No connection to the server. The figures are those of a moment ago."));
    }
  }
  turn();
}
