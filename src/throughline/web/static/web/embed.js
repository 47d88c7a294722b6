// Puts a Throughline form on another site:
//   <script async src="https://crm.example/static/web/embed.js" data-form="https://crm.example/f/contact-us/"></script>
(() => {
  const script = document.currentScript;
  const address = new URL(script.dataset.form);
  address.searchParams.set("embed", "1");
  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = script.dataset.title || "Contact form";
  frame.loading = "lazy";
  frame.style.cssText = "width:100%;border:0;min-height:24rem";
  script.before(frame);
  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== address.origin) return;
    if (event.data?.throughline === "height") frame.style.height = `${event.data.height}px`;
  });
})();
