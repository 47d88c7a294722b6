import { ask } from "../../api.js";
import { toast } from "../../behaviours/toasts.js";
import { debounce } from "../../dom.js";
import { gettext } from "../../i18n.js";

/**
 * Keeping the draft: by itself after a pause and by the button, with the revision that was read, so that two people
 * never overwrite each other unseen. What the server could not take stays in this browser and is offered again.
 */
const PAUSE_MS = 4000;

export function makeSaving(modeler, { urls, revision, procedure }, show) {
  const backup = `throughline:draft:${procedure.key}`;
  let standing = revision;
  let saved = modeler.get("commandStack")._stackIdx;
  let running = null;

  const stack = () => modeler.get("commandStack")._stackIdx;
  const changed = () => stack() !== saved;

  async function save() {
    if (running) await running;
    if (!changed()) {
      show("saved");
      return true;
    }
    running = send();
    try {
      return await running;
    } finally {
      running = null;
    }
  }

  async function send() {
    show("saving");
    const at = stack();
    const { xml } = await modeler.saveXML({ format: true });
    localStorage.setItem(backup, JSON.stringify({ xml, revision: standing }));
    let answer;
    try {
      answer = await ask(urls.save, { method: "POST", body: { xml, revision: standing } });
    } catch {
      show("offline");
      return false;
    }
    if (!answer.ok) {
      show("refused");
      toast(answer.data.message, "late");
      return false;
    }
    standing = answer.data.revision;
    saved = at;
    localStorage.removeItem(backup);
    show(changed() ? "changed" : "saved");
    return true;
  }

  async function publish(note) {
    if (!(await save())) return null;
    return ask(urls.publish, { method: "POST", body: { revision: standing, note } });
  }

  function restorable() {
    const text = localStorage.getItem(backup);
    return text ? JSON.parse(text) : null;
  }

  const later = debounce(save, PAUSE_MS);
  modeler.on("commandStack.changed", () => {
    if (!changed()) return;
    show("changed");
    later();
  });
  addEventListener("beforeunload", (event) => {
    if (changed()) event.preventDefault();
  });
  return {
    save,
    publish,
    restorable,
    forget: () => localStorage.removeItem(backup),
    changed,
    get revision() {
      return standing;
    },
  };
}

export function stateText(state) {
  return {
    saved: gettext("Draft saved"),
    changed: gettext("Not saved yet"),
    saving: gettext("Saving…"),
    offline: gettext("No connection: kept in this browser"),
    refused: gettext("Not saved"),
  }[state];
}
