import { ask } from "../../api.js";
import { toast } from "../../behaviours/toasts.js";
import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { recordPicker } from "./record-picker.js";

/**
 * Walk it: one case goes through the drawing, step by step, with the kernel that runs real cases, on the server. Nothing
 * real is touched. What people, clocks and messages answer is pressed here; the token stands on the canvas. The draft is
 * kept before every step, so that what is walked is what is drawn.
 */
export function mountWalk(parts, { saving, player, props, goTo, deselect }) {
  const place = parts.walk;
  let state = null;
  let record = null;
  let passed = 0;

  async function begin() {
    if (!(await saving.save())) return;
    record = null;
    const answer = await send({ act: "again" });
    if (!answer) return;
    parts.frame.classList.add("editor--walking");
    place.hidden = false;
    deselect();
    drawBeginning(answer);
    place.querySelector("h2").focus();
  }

  function end() {
    state = null;
    player.clear();
    place.hidden = true;
    place.replaceChildren();
    parts.frame.classList.remove("editor--walking");
    parts.bar.querySelector('[data-tool="route"]').focus();
  }

  async function send(body) {
    const { ok, data } = await ask(props.urls.walk, { method: "POST", body });
    if (ok) return data;
    say(data);
    return null;
  }

  /** A refusal: at its field when it names one, else above everything. */
  function say({ message, fields = {} }) {
    const faults = Object.entries(fields).filter(([name]) =>
      place.querySelector(`[name="${CSS.escape(name)}"]`),
    );
    for (const [name, words] of faults) {
      const field = place.querySelector(`[name="${CSS.escape(name)}"]`);
      field.setAttribute("aria-invalid", "true");
      field.closest(".field").querySelector(".error-text")?.remove();
      field
        .closest(".field")
        .append(h("p", { class: "error-text" }, icon("circle-alert"), h("span", {}, words)));
    }
    if (faults.length) place.querySelector("[aria-invalid]").focus();
    else if (place.hidden) toast(message, "late");
    else place.querySelector(".walk__said")?.replaceChildren(notice("late", message));
  }

  async function act(body) {
    if (!(await saving.save())) return;
    const answer = await send({ members: state?.members ?? "", ...body });
    if (answer) take(answer, body.act === "back");
  }

  function take(answer, isBack) {
    if (!answer.begun) return drawBeginning(answer);
    const from = isBack ? answer.way.length : Math.min(passed, answer.way.length);
    passed = answer.way.length;
    state = answer;
    drawStanding();
    player.show(answer.way, { here: answer.here, from, tone: answer.problem ? "late" : "" });
    place.querySelector("h2").focus();
    return undefined;
  }

  function frame(title, ...children) {
    place.replaceChildren(
      h(
        "div",
        { class: "walk__head" },
        h("h2", { tabindex: "-1" }, title),
        h(
          "button",
          {
            type: "button",
            class: "btn",
            "data-variant": "ghost",
            "data-size": "icon",
            "aria-label": gettext("Stop walking"),
            title: gettext("Stop walking"),
            onclick: end,
          },
          icon("x"),
        ),
      ),
      h("div", { class: "walk__said", role: "alert" }),
      ...children.flat().filter(Boolean),
    );
  }

  // -- Before the first step ------------------------------------------------------------------------------------------

  function drawBeginning({ problem, fields, record: type, label }) {
    state = null;
    passed = 0;
    player.clear();
    const form = h(
      "form",
      {
        class: "form",
        onsubmit: (event) => {
          event.preventDefault();
          record = null;
          act({ act: "begin", ...Object.fromEntries(new FormData(form)) });
        },
      },
      h("h3", {}, type ? gettext("Or say what the record holds") : gettext("Nothing is needed to begin")),
      fields.map((field) => fieldOf(field, "begin")),
      type && !fields.length
        ? h("p", { class: "quiet small" }, gettext("The drawing reads no field of it."))
        : null,
      h("button", { class: "btn", disabled: Boolean(problem) }, icon("play"), gettext("Begin")),
    );
    frame(
      gettext("Walk it"),
      h(
        "p",
        { class: "quiet small" },
        gettext("One case goes through the drawing. Nothing real is touched."),
      ),
      problem ? notice("late", problem) : null,
      type && !problem
        ? recordPicker({
            address: props.urls.records,
            record: () => type,
            label: gettext("With a real record ({label})", { label }),
            onChoose: (found) => {
              record = found;
              act({ act: "begin", record: found.id });
            },
          })
        : null,
      form,
    );
  }

  // -- On the way -----------------------------------------------------------------------------------------------------

  function drawStanding() {
    const { ended, places, problem, after, answers, came, variables } = state;
    frame(
      ended ? gettext("The way has ended") : gettext("The walk"),
      h(
        "p",
        { class: "quiet small" },
        [record ? gettext("With {title}", record) : "", after ? gettext("{span} later", { span: after }) : ""]
          .filter(Boolean)
          .join(" · "),
      ),
      problem ? notice("late", problem) : null,
      places.map(placeOf),
      !ended && !places.length && !problem
        ? h(
            "p",
            {},
            gettext(
              "It waits for something that the record would have to say. Nothing can be answered here.",
            ),
          )
        : null,
      h(
        "div",
        { class: "outcomes" },
        answers.length ? small("undo-2", gettext("One step back"), () => act({ act: "back" })) : null,
        small("rotate-ccw", gettext("Begin anew"), () => begin()),
      ),
      details(
        gettext("The way so far"),
        came.length
          ? [
              h(
                "ol",
                { class: "walk__way" },
                came.map((name) => h("li", {}, name)),
              ),
            ]
          : [],
      ),
      details(gettext("What the case knows"), lines(variables)),
      details(gettext("What was answered"), lines(answers)),
      keepForm(),
    );
  }

  function placeOf(stop) {
    const prefix = `stop-${stop.number}`;
    const form = h(
      "form",
      {
        class: "walk__place form",
        "aria-labelledby": `${prefix}-title`,
        onsubmit: (event) => {
          event.preventDefault();
          const outcome = event.submitter?.value ?? "";
          const filled = Object.fromEntries(new FormData(form));
          act({ act: "answer", ...filled, stop: stop.number, outcome });
        },
      },
      h(
        "h3",
        { id: `${prefix}-title` },
        h("button", { type: "button", class: "problem__text", onclick: () => goTo(stop.node) }, stop.title),
      ),
      h("p", { class: "quiet small" }, stop.words),
      stop.guidance ? h("p", { class: "small" }, stop.guidance) : null,
      stop.fields.map((field) => fieldOf(field, prefix)),
      h("div", { class: "outcomes", role: "group", "aria-label": stop.title }, buttonsOf(stop)),
    );
    return form;
  }

  function buttonsOf({ kind, outcomes }) {
    if (kind === "timer") return [submit(gettext("Let time pass until then"), "", "clock")];
    if (kind === "message" || kind === "signal") return [submit(gettext("It comes"), "", "mail")];
    if (!outcomes.length) return [submit(gettext("Done"), "", "check")];
    return outcomes.map(({ value, label }, place) => submit(label, value, null, place > 0));
  }

  function submit(label, value, name = null, isQuiet = false) {
    return h(
      "button",
      { class: "btn", value, "data-variant": isQuiet ? "outline" : null },
      name ? icon(name) : null,
      label,
    );
  }

  function keepForm() {
    const typed = place.querySelector("#walk-name")?.value ?? ""; // while the answer to a step was on its way
    const name = h("input", {
      class: "control",
      id: "walk-name",
      name: "name",
      maxlength: 200,
      value: typed,
    });
    const wanted = h("div", { role: "group", "aria-label": gettext("What may stay as it is") });
    return h(
      "form",
      {
        class: "form walk__keep",
        onsubmit: async (event) => {
          event.preventDefault();
          const keep = [...wanted.querySelectorAll(":checked")].map((each) => each.value).join(",");
          const body = { act: "keep", members: state.members, name: name.value, record: record?.id, keep };
          const answer = await send(body);
          if (!answer) return;
          wanted.replaceChildren(...(answer.elsewhere ? personal(answer) : []));
          if (answer.elsewhere) {
            wanted.querySelector("input")?.focus();
            return;
          }
          toast(answer.said);
          name.value = "";
        },
      },
      h(
        "div",
        { class: "field" },
        h("label", { for: "walk-name" }, gettext("Was it right? Then give it a name")),
        name,
        record
          ? h("p", { class: "hint" }, gettext("Made-up values take the place of what tells of a person."))
          : null,
      ),
      wanted,
      h(
        "button",
        { class: "btn", "data-variant": "outline" },
        icon("check-check"),
        gettext("Keep as test case"),
      ),
    );
  }

  return { begin, end };
}

/** The values that tell of a person, each to be kept deliberately or not. */
function personal({ elsewhere, told }) {
  return [
    notice("late", elsewhere),
    ...told.map(({ path, label, value, kept }) =>
      h(
        "label",
        { class: "check" },
        h("input", { type: "checkbox", value: path, checked: kept }),
        h("span", {}, gettext("Keep {label}: {value}", { label, value })),
      ),
    ),
  ];
}

function fieldOf({ name, label, kind, required, choices }, prefix) {
  const id = `${prefix}-${name}`;
  if (kind === "boolean") {
    return h(
      "div",
      { class: "field" },
      h(
        "label",
        { class: "check" },
        h("input", { type: "checkbox", id, name, value: "yes" }),
        h("span", {}, label),
      ),
    );
  }
  const types = { date: "date", datetime: "datetime-local" };
  const control =
    kind === "choice"
      ? h(
          "select",
          { class: "control", id, name },
          h("option", { value: "" }, "–"),
          choices.map((choice) => h("option", { value: choice.value }, choice.label)),
        )
      : kind === "text"
        ? h("textarea", { class: "control", id, name, rows: 2 })
        : h("input", {
            class: "control",
            id,
            name,
            type: types[kind] ?? "text",
            inputmode: kind === "number" ? "decimal" : null,
          });
  return h(
    "div",
    { class: "field" },
    h(
      "label",
      { for: id },
      label,
      required ? h("span", { class: "quiet" }, ` ${gettext("(needed)")}`) : null,
    ),
    control,
  );
}

function notice(tone, words) {
  return h("p", { class: "notice", "data-tone": tone }, icon("circle-alert"), h("span", {}, words));
}

function small(name, label, onclick) {
  return h(
    "button",
    { type: "button", class: "btn", "data-variant": "outline", "data-size": "small", onclick },
    icon(name),
    label,
  );
}

function details(title, children) {
  return children.length ? h("details", { class: "more-facts" }, h("summary", {}, title), children) : null;
}

function lines(all) {
  if (!all.length) return [];
  return [
    h(
      "dl",
      { class: "facts" },
      all.map(({ label, text }) => h("div", {}, h("dt", {}, label), h("dd", {}, text || "–"))),
    ),
  ];
}
