/**
 * `a[data-bell=address]`: how many messages wait, looked up every so often while the page is in view. What comes new
 * is said once to screen readers by the label of the bell.
 */
const EVERY_MS = 15000;

export function bindBell(root) {
  const bell = root.querySelector("[data-bell]");
  if (!bell) return;

  async function look() {
    if (document.visibilityState !== "visible") return;
    const response = await fetch(bell.dataset.bell, { credentials: "same-origin" }).catch(() => null);
    if (!response?.ok) return; // signed out, or the server is away: the next page will say so
    const { unread, label } = await response.json();
    show(unread, label);
  }

  function show(unread, label) {
    bell.setAttribute("aria-label", label);
    let count = bell.querySelector(".nav__count");
    if (!unread) return count?.remove();
    if (!count) {
      count = document.createElement("span");
      count.className = "nav__count";
      count.dataset.tone = "late";
      count.setAttribute("aria-hidden", "true");
      bell.append(count);
    }
    count.textContent = unread;
  }

  setInterval(look, EVERY_MS);
  root.addEventListener("visibilitychange", look);
}
