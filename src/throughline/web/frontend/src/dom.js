/**
 * Build an element: `h("button", { class: "btn", onclick: save, dataset: { key } }, "Save")`.
 * Functions become listeners, booleans become present or absent attributes, null children are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(
    ...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "value" && "value" in element) element.value = value;
  else if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : value);
}

const SVG = "http://www.w3.org/2000/svg";

/** Build an SVG element with these attributes. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An icon of the sprite whose address the page names in `data-icons` of its body. */
export function icon(name) {
  const use = svg("use", { href: `${document.body.dataset.icons}#${name}` });
  return svg("svg", { class: "icon", "aria-hidden": "true" }, use);
}

/** Call `run` once things have been quiet for `wait` milliseconds. */
export function debounce(run, wait) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), wait);
  };
}

export function isTyping(target) {
  return (
    target instanceof Element && target.closest("input, textarea, select, [contenteditable=true]") !== null
  );
}

/** What an element is called: its label, or the words in it, without the keys that are shown beside them. */
export function wordsOf(element) {
  const named = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent;
  if (named) return named.trim();
  const copy = element.cloneNode(true);
  for (const aside of copy.querySelectorAll("kbd, .nav__count")) aside.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}
