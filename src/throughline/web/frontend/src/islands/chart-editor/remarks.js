import { is } from "bpmn-js/lib/util/ModelUtil.js";
import { ask } from "../../api.js";
import { toast } from "../../behaviours/toasts.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { group } from "./properties/fields.js";

/**
 * What colleagues say about steps and arrows, those who try a draft among them: a mark on the drawing, a list below it
 * with a jump to the place, and both in the properties of the step, where one can answer by doing it, or say something.
 */
export function mountRemarks(parts, modeler, { saving, props, goTo, redraw }) {
  const overlays = modeler.get("overlays");
  const registry = modeler.get("elementRegistry");
  const bar = parts.remarksBar;
  const drafts = new Map();
  let said = [];

  async function load() {
    const { ok, data } = await ask(props.urls.remarks);
    if (ok) take(data.remarks);
  }

  function take(remarks) {
    said = remarks;
    draw();
    redraw();
  }

  function draw() {
    overlays.remove({ type: "remarks" });
    for (const [id, count] of counts()) mark(id, count);
    bar.hidden = !said.length;
    bar.querySelector(".editor__counts").textContent = gettext("Open remarks: {n}", { n: said.length });
    parts.remarks.replaceChildren(h("ul", { class: "problems__list" }, said.map(line)));
  }

  function counts() {
    const found = new Map();
    for (const { element } of said)
      if (registry.get(element)) found.set(element, (found.get(element) ?? 0) + 1);
    return found;
  }

  function mark(id, count) {
    const element = registry.get(id);
    const label = gettext("Open remarks on “{name}”: {n}", {
      name: element.businessObject.name ?? id,
      n: count,
    });
    const middle = element.waypoints ? element.waypoints[Math.floor(element.waypoints.length / 2)] : null;
    overlays.add(id, "remarks", {
      position: middle ? { top: 0, left: 0 } : { top: -12, right: 12 },
      html: h(
        "button",
        {
          type: "button",
          class: "remark-mark",
          "aria-label": label,
          title: label,
          onclick: () => {
            bar.open = true;
            goTo(id);
          },
        },
        icon("message-square"),
        h("span", {}, String(count)),
      ),
    });
  }

  function line(remark) {
    const known = registry.get(remark.element);
    return h(
      "li",
      { class: "problem" },
      icon("message-square"),
      known
        ? h(
            "button",
            { type: "button", class: "problem__text", onclick: () => goTo(remark.element) },
            wordsOf(remark),
          )
        : h("span", { class: "problem__text" }, wordsOf(remark)),
      h("span", { class: "problem__place" }, placeOf(remark, known)),
      tools(remark),
    );
  }

  function placeOf({ about, who, when, inTrial }, known) {
    const name = known?.businessObject.name ?? about;
    const words = [name, inTrial ? gettext("{who}, trying it", { who }) : who, when];
    return words.filter(Boolean).join(" · ");
  }

  function tools(remark) {
    const { id, maySettle, element, replies } = remark;
    const more = replies ? gettext("Answers: {n}", { n: replies }) : gettext("Answer");
    return h(
      "span",
      { class: "problem__tools" },
      maySettle ? button("check", gettext("Done"), () => settle(id)) : null,
      h(
        "a",
        {
          class: "btn",
          "data-variant": "ghost",
          "data-size": "small",
          href: `${props.urls.discussion}${element ? `?${new URLSearchParams({ step: element })}` : ""}#remark-${id}`,
          target: "_blank",
          rel: "noopener",
        },
        icon("message-square"),
        more,
      ),
    );
  }

  async function settle(id) {
    const { ok, data } = await ask(props.urls.settled.replace("/0/", `/${id}/`), {
      method: "POST",
      body: {},
    });
    if (!ok) {
      toast(data.message, "late");
      return;
    }
    toast(gettext("Settled. It stays in the discussion."));
    await load();
  }

  async function say(element, words) {
    if (!(await saving.save())) return false;
    const body = { element, words };
    const { ok, data } = await ask(props.urls.remarks, { method: "POST", body });
    if (!ok) {
      toast(data.message, "late");
      return false;
    }
    drafts.delete(element);
    take(data.remarks);
    return true;
  }

  /** The group of the properties panel: what is open about the element, and a field to say something. */
  function groupOf(element) {
    const talked = is(element, "bpmn:FlowNode") || is(element, "bpmn:SequenceFlow");
    if (!talked) return null;
    const words = h("textarea", {
      class: "control",
      id: "prop-remark",
      rows: 2,
      maxlength: 4000,
      "aria-describedby": "prop-remark-hint",
      dataset: { key: "remark", looks: "" },
      value: drafts.get(element.id) ?? "",
      oninput: () => drafts.set(element.id, words.value),
    });
    return group(
      gettext("Discussion"),
      said.filter((remark) => remark.element === element.id).map(card),
      h(
        "div",
        { class: "field" },
        h("label", { for: "prop-remark" }, gettext("Say something about it")),
        words,
        h("p", { class: "hint", id: "prop-remark-hint" }, gettext("@ and a name tells a colleague.")),
      ),
      h(
        "div",
        {},
        button("send", gettext("Say it"), () => say(element.id, words.value), "outline"),
      ),
    );
  }

  function card(remark) {
    return h(
      "div",
      { class: "remark-card" },
      h("p", { class: "quiet small" }, placeOf({ ...remark, about: "" }, null)),
      h("p", {}, wordsOf(remark)),
      tools(remark),
    );
  }

  modeler.on("import.done", draw);
  load();
  return { groupOf };
}

function wordsOf({ words, suggests }) {
  return [words, suggests].filter(Boolean).join(" – ");
}

function button(name, label, onclick, variant = "ghost") {
  return h(
    "button",
    {
      type: "button",
      class: "btn",
      "data-variant": variant,
      "data-size": "small",
      dataset: { looks: "" },
      onclick,
    },
    icon(name),
    label,
  );
}
