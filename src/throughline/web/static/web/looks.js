// Runs before the first paint, so it is a plain script of its own: a dark page must not flash white.
window.applyLooks = () => {
  const root = document.documentElement;
  const theme = root.dataset.theme || "system";
  const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.toggle("dark", dark);
};
window.applyLooks();
