/**
 * `<time data-relative datetime="…">`: the server writes the text; while the page stays open the words follow the
 * clock ("in 3 hours", "2 days ago"). The exact moment stays in `title`.
 */
const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const REFRESH_MS = 30_000;
let ticking = false;

export function bindTimes(root) {
  if (ticking) return;
  ticking = true;
  setInterval(() => refresh(root), REFRESH_MS);
}

function refresh(root) {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
  const now = Date.now();
  for (const element of root.querySelectorAll("time[data-relative]")) {
    element.textContent = relative(words, (Date.parse(element.dateTime) - now) / 1000);
  }
}

/** `seconds` from now; negative is past. */
export function relative(words, seconds) {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return words.format(Math.trunc(seconds / size), unit);
}
