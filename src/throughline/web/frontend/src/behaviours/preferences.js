/**
 * Looks that belong to the reader and the machine, kept in a cookie so that the server renders the first page right:
 * theme (light, dark, system), density (roomy, compact) and single-key shortcuts (on, off; WCAG 2.1.4).
 */
const YEAR_IN_SECONDS = 31_536_000;

export function bindPreferences(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-prefer]");
    if (!button) return;
    const [name, value] = button.dataset.prefer.split("=");
    prefer(name, value);
    showPreferences(root);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => window.applyLooks());
  showPreferences(root);
}

export function prefer(name, value) {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in two of the three browsers.
  document.cookie = `tl_${name}=${value}; path=/; max-age=${YEAR_IN_SECONDS}; samesite=lax`;
  document.documentElement.dataset[name] = value;
  window.applyLooks();
}

function showPreferences(root) {
  for (const button of root.querySelectorAll("[data-prefer]")) {
    const [name, value] = button.dataset.prefer.split("=");
    const standing =
      document.documentElement.dataset[name] || button.closest("[data-default]")?.dataset.default;
    button.setAttribute("aria-pressed", String(standing === value));
  }
}
