import { ask } from "../../api.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";

/**
 * Who else is at this drawing. One person holds the pen; the others look on, and can take it over. Whoever loses it
 * keeps what was drawn: it is saved first, and stays in the browser when it cannot be.
 */
const SIGN_MS = 15_000;

export async function mountPresence(parts, modeler, saving, props, onLock) {
  const place = parts.bar.querySelector(".editor__others");
  let locked = false;

  modeler.get("eventBus").on("commandStack.canExecute", 20_000, () => (locked ? false : undefined));

  async function sign(takesOver = false) {
    let answer;
    try {
      answer = await ask(props.urls.attendance, {
        method: "POST",
        body: { draws: !props.readOnly, takesOver },
      });
    } catch {
      return null; // no connection: saving says so
    }
    if (answer.ok) show(answer.data);
    return answer.ok ? answer.data : null;
  }

  function show({ others, drawing, mine, revision }) {
    place.replaceChildren(
      ...(others.length
        ? [icon("users"), h("span", {}, gettext("Also here: {names}", { names: others.join(", ") }))]
        : []),
    );
    if (props.readOnly) return;
    if (!mine && !locked && saving.changed()) saving.save();
    const before = locked;
    locked = !mine && drawing !== "";
    if (locked !== before) onLock(locked);
    // Rules keep the canvas; the list of steps and the panel change the drawing without asking them.
    parts.palette.inert = locked;
    parts.properties.inert = locked;
    const newer = revision !== saving.revision && !saving.changed();
    if (locked)
      tell(gettext("{name} is drawing. You look on.", { name: drawing }), gettext("Take the pen"), take);
    else if (newer)
      tell(gettext("There is a newer state of this drawing."), gettext("Show it"), () => location.reload());
    else if (parts.notice.querySelector("[data-presence]")) parts.notice.replaceChildren();
  }

  async function take() {
    const now = await sign(true);
    if (now?.mine && now.revision !== saving.revision && !saving.changed()) location.reload();
  }

  function tell(words, label, act) {
    parts.notice.replaceChildren(
      h(
        "div",
        { class: "notice", "data-tone": "wait", dataset: { presence: "" } },
        icon("users"),
        h("span", {}, words),
        h("button", { type: "button", class: "btn", "data-size": "small", onclick: act }, label),
      ),
    );
  }

  await sign();
  setInterval(() => {
    if (!document.hidden) sign();
  }, SIGN_MS);
}
