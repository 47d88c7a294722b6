import { svg } from "../../dom.js";

/**
 * A token that moves over the drawing: for a walk, and for the counter-example of a finding. A way is a list of ids of
 * nodes and flows in the order in which they were passed; between two nodes without their flow it is looked up.
 */
const PIXELS_A_SECOND = 520;
const LEAST_MS = 160;
const MOST_MS = 700;
const AT_A_NODE_MS = 140;
const RADIUS = 9;

export function makePlayer(modeler) {
  const canvas = modeler.get("canvas");
  const registry = modeler.get("elementRegistry");
  let marked = [];
  let resting = [];
  let playing = 0;

  const layer = () => canvas.getLayer("tl-tokens", 1000);
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const seen = (id) => {
    const element = registry.get(id);
    return element && canvas.findRoot(element) === canvas.getRootElement() ? element : null;
  };

  function clear() {
    playing += 1;
    for (const [id, name] of marked) if (registry.get(id)) canvas.removeMarker(id, name);
    for (const dot of resting) dot.remove();
    marked = [];
    resting = [];
  }

  function mark(id, name) {
    if (!seen(id)) return;
    canvas.addMarker(id, name);
    marked.push([id, name]);
  }

  /**
   * Show a way up to where tokens rest. What was passed before `from` (a number of ids) is only marked; the rest is
   * played. Resolves when the tokens rest, or when something else is shown.
   */
  async function show(way, { here = [], from = 0, tone = "" } = {}) {
    clear();
    const mine = playing;
    for (const id of way.slice(0, from)) mark(id, "tl-walked");
    const dot = token(tone);
    for (const [place, id] of way.entries()) {
      if (place < from) continue;
      await pass(dot, id, () => mine === playing);
      if (mine !== playing) {
        dot.remove();
        return;
      }
      mark(id, "tl-walked");
    }
    dot.remove();
    for (const id of here) rest(id, tone);
    bringIntoView(here.at(-1) ?? way.at(-1));
  }

  /** The way to a fault: nodes one after the other, with the flows between them. */
  function play(trace) {
    const way = joined(trace);
    bringIntoView(way[0]);
    return show(way, { here: trace.slice(-1), tone: "late" });
  }

  function joined(nodes) {
    return nodes.flatMap((id, place) => {
      const flow = place ? flowBetween(nodes[place - 1], id) : null;
      return flow ? [flow.id, id] : [id];
    });
  }

  function flowBetween(source, target) {
    return registry.get(source)?.outgoing?.find((flow) => flow.target.id === target);
  }

  async function pass(dot, id, goesOn) {
    const element = seen(id);
    if (!element) return;
    if (element.waypoints) await slide(dot, element.waypoints, goesOn);
    else {
      moveTo(dot, middle(element));
      await pause(AT_A_NODE_MS);
    }
  }

  function slide(dot, points, goesOn) {
    const legs = legsOf(points);
    const length = legs.reduce((sum, leg) => sum + leg.length, 0);
    if (still() || !length) {
      moveTo(dot, points.at(-1));
      return Promise.resolve();
    }
    const duration = Math.min(MOST_MS, Math.max(LEAST_MS, (1000 * length) / PIXELS_A_SECOND));
    const began = performance.now();
    return new Promise((resolve) => {
      const frame = (now) => {
        const share = Math.min(1, Math.max(0, (now - began) / duration));
        moveTo(dot, along(legs, share * length));
        if (share < 1 && goesOn()) requestAnimationFrame(frame);
        else resolve();
      };
      requestAnimationFrame(frame);
    });
  }

  function pause(milliseconds) {
    return still() ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  function token(tone) {
    const dot = svg("circle", { class: "tl-token", "data-tone": tone, r: RADIUS, cx: -1000, cy: -1000 });
    layer().append(dot);
    return dot;
  }

  function rest(id, tone) {
    const element = seen(id);
    if (!element) return;
    const dot = token(tone);
    dot.classList.add("tl-token--rests");
    moveTo(dot, { x: element.x + element.width, y: element.y });
    resting.push(dot);
    mark(id, "tl-here");
  }

  function bringIntoView(id) {
    const element = id && seen(id);
    if (element) canvas.scrollToElement(element, 80);
  }

  return { show, play, clear };
}

function moveTo(dot, { x, y }) {
  dot.setAttribute("cx", x);
  dot.setAttribute("cy", y);
}

function middle({ x, y, width, height }) {
  return { x: x + width / 2, y: y + height / 2 };
}

export function legsOf(points) {
  return points.slice(1).map((to, place) => ({
    from: points[place],
    to,
    length: Math.hypot(to.x - points[place].x, to.y - points[place].y),
  }));
}

/** The point that lies `distance` along the legs. */
export function along(legs, distance) {
  let left = distance;
  for (const { from, to, length } of legs) {
    if (left <= length && length > 0) {
      const share = left / length;
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    }
    left -= length;
  }
  return legs.at(-1).to;
}
