/** `<input type="range" data-slides="id">`: moves together with the field of that id, which is the one that is sent. */
export function bindSliders(root) {
  for (const slider of root.querySelectorAll("[data-slides]")) {
    const field = document.getElementById(slider.dataset.slides);
    if (!field || slider.dataset.bound !== undefined) continue;
    slider.dataset.bound = "";
    slider.addEventListener("input", () => {
      field.value = slider.value;
    });
    field.addEventListener("input", () => {
      slider.value = field.value;
    });
  }
}
