/** Inside a frame of another site: tell the page around how tall the form is, so that it needs no scroll bar. */
export function announceHeight(window) {
  if (window.parent === window) return;
  const tell = () =>
    window.parent.postMessage(
      { throughline: "height", height: window.document.documentElement.scrollHeight },
      "*",
    );
  new ResizeObserver(tell).observe(window.document.body);
  tell();
}
