import { gettext } from "../../i18n.js";
import { canContinue, canFollow } from "./steps.js";

/**
 * The searchable menu "What comes next?": on the context pad of a step, and with the key `a`; the same list opens with
 * `n` to place a step anywhere. Both offer the step catalogue.
 */
export default class StepMenus {
  static $inject = ["steps", "contextPad", "popupMenu", "canvas", "selection", "eventBus", "keyboard"];

  constructor(steps, contextPad, popupMenu, canvas, selection, eventBus, keyboard) {
    this.steps = steps;
    this.popupMenu = popupMenu;
    this.canvas = canvas;
    this.selection = selection;
    this.contextPad = contextPad;
    contextPad.registerProvider(500, this);
    popupMenu.registerProvider("append-step", new Entries(steps, true));
    popupMenu.registerProvider("place-step", new Entries(steps, false));
    eventBus.once("import.done", () => keyboard.addListener((context) => this.onKey(context.keyEvent)));
  }

  getContextPadEntries(element) {
    if (!canContinue(element)) return (entries) => entries;
    const append = {
      group: "model",
      className: "tl-pad-append",
      title: gettext("What comes next? (A)"),
      action: { click: (event) => this.openAppend(element, event) },
    };
    return (entries) => ({ "append-step": append, ...entries });
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const [selected] = this.selection.get();
    if (event.key === "a" && selected && canContinue(selected)) return this.openAppend(selected);
    if (event.key === "n") return this.openPlace();
    return undefined;
  }

  openAppend(element, event) {
    this.popupMenu.open(element, "append-step", this.positionAt(element, event), {
      title: gettext("What comes next?"),
      width: 320,
      search: true,
    });
    return true;
  }

  openPlace() {
    const { left, top, width, height } = this.canvas.getContainer().getBoundingClientRect();
    this.popupMenu.open(
      this.canvas.getRootElement(),
      "place-step",
      {
        x: left + width / 2 - 160,
        y: top + height / 5,
        cursor: { x: left + width / 2, y: top + height / 2 },
      },
      { title: gettext("Add a step"), width: 320, search: true },
    );
    return true;
  }

  positionAt(element, event) {
    const box = this.canvas.getAbsoluteBBox(element);
    const frame = this.canvas.getContainer().getBoundingClientRect();
    return {
      x: frame.left + box.x + box.width + 12,
      y: frame.top + box.y,
      cursor: { x: event?.clientX ?? frame.left + box.x, y: event?.clientY ?? frame.top + box.y },
    };
  }
}

class Entries {
  constructor(steps, appending) {
    this.steps = steps;
    this.appending = appending;
  }

  getPopupMenuEntries(element) {
    const entries = {};
    for (const step of this.steps.all.filter((step) => !this.appending || canFollow(step))) {
      entries[step.key] = {
        label: step.title,
        description: step.summary,
        search: `${step.title} ${step.summary ?? ""} ${step.group} ${step.words ?? ""}`,
        className: "tl-menu-step",
        group: { id: step.group, name: step.group },
        action: {
          click: () => (this.appending ? this.steps.append(element, step) : this.steps.place(step)),
          dragstart: (event) => this.steps.drag(event, step, this.appending ? element : undefined),
        },
      };
    }
    return entries;
  }
}
