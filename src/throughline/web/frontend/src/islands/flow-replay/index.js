/**
 * Cases of a log travelling over a drawing as tokens: play, pause, speed, and a slider over the time.
 *
 * The drawing is on the page already; its arcs carry `data-flow`. What moves is fetched when somebody first plays. With
 * reduced motion nothing glides: playing goes on in steps, one a second, and the slider shows any instant.
 */
import { svg } from "../../dom.js";
import { advanced, underWay } from "./timing.js";

const TOKENS = 400;
const STEPS = 40;

export function mount(element, props) {
  new Replay(element, props);
}

class Replay {
  constructor(element, { url, drawing, words }) {
    this.url = url;
    this.words = words;
    this.svg = document.querySelector(drawing);
    this.button = element.querySelector("[data-play]");
    this.slider = element.querySelector("input[type=range]");
    this.speed = element.querySelector("select");
    this.clock = element.querySelector("output");
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.tokens = [];
    this.button.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    this.slider.addEventListener("input", () => this.seek());
  }

  async load() {
    if (this.log) return true;
    this.button.disabled = true;
    const answer = await fetch(this.url, { headers: { Accept: "application/json" } });
    this.button.disabled = false;
    if (!answer.ok) {
      this.clock.textContent = this.words.failed;
      return false;
    }
    this.log = await answer.json();
    this.paths = this.log.flows.map((flow) => this.path(flow));
    this.layer = svg("g", { "aria-hidden": "true" });
    this.svg.append(this.layer);
    this.at = this.log.begin;
    return this.log.moves.length > 0;
  }

  /** The line of an arc: the element itself, or the first line inside it. */
  path(flow) {
    const found = this.svg.querySelector(`[data-flow="${CSS.escape(String(flow))}"]`);
    if (!found) return null;
    const line = found instanceof SVGGeometryElement ? found : found.querySelector("path");
    return line ? { line, length: line.getTotalLength() } : null;
  }

  async play() {
    if (!(await this.load())) return;
    if (this.at >= this.log.end) this.at = this.log.begin;
    this.playing = true;
    this.tell();
    this.before = performance.now();
    this.next();
  }

  pause() {
    this.playing = false;
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.tell();
  }

  tell() {
    this.button.setAttribute("aria-pressed", String(Boolean(this.playing)));
    this.button.querySelector("span").textContent = this.playing ? this.words.pause : this.words.play;
  }

  next() {
    if (this.still) this.timer = setTimeout(() => this.step(1000), 1000);
    else this.frame = requestAnimationFrame((now) => this.step(now - this.before, now));
  }

  step(milliseconds, now = 0) {
    if (!this.svg.isConnected) return; // the drawing was replaced by another one
    this.before = now;
    const { begin, end } = this.log;
    this.at = this.still
      ? Math.min(end, this.at + (end - begin) / STEPS)
      : advanced(this.at, milliseconds, { begin, end, speed: Number(this.speed.value) });
    this.show();
    if (this.at >= end) this.pause();
    else if (this.playing) this.next();
  }

  async seek() {
    if (!(await this.load())) return;
    const { begin, end } = this.log;
    this.at = begin + ((end - begin) * Number(this.slider.value)) / 1000;
    this.show();
  }

  show() {
    const { begin, end, moves } = this.log;
    const shown = underWay(moves, this.at, TOKENS);
    shown.forEach(({ flow, part }, place) => {
      this.place(this.token(place), this.paths[flow], part);
    });
    for (const token of this.tokens.slice(shown.length)) token.setAttribute("r", "0");
    this.slider.value = String(Math.round((1000 * (this.at - begin)) / (end - begin || 1)));
    this.clock.textContent = new Date(this.at * 1000).toLocaleString(document.documentElement.lang, {
      dateStyle: "medium",
      timeStyle: "short",
    });
  }

  token(place) {
    while (this.tokens.length <= place) {
      const token = svg("circle", { class: "flow-token" });
      this.layer.append(token);
      this.tokens.push(token);
    }
    return this.tokens[place];
  }

  place(token, path, part) {
    if (!path) {
      token.setAttribute("r", "0");
      return;
    }
    const point = path.line.getPointAtLength(path.length * part);
    token.setAttribute("cx", point.x);
    token.setAttribute("cy", point.y);
    token.setAttribute("r", "5");
  }
}
