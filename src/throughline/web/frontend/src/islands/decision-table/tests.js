import { h, icon } from "../../dom.js";
import { gettext } from "../../i18n.js";
import { asFeel, namesOf } from "./names.js";

/**
 * The tests that are kept with a decision: rows of values with what is expected of them. They stand in the file of the
 * table, and the server runs them with every check and before the table is published.
 */
export function mountTests(element, modeler, { readOnly, changed, run }) {
  let results = [];

  function decision() {
    return modeler.getActiveView()?.element;
  }

  function draw() {
    const active = decision();
    if (!active) return;
    const cases = casesOf(active);
    const columns = columnsOf(active, cases);
    const parts = [
      h("h2", {}, gettext("Tests")),
      h(
        "p",
        { class: "quiet small" },
        gettext(
          "Values with what is expected of them. All must pass before the table is published. An empty cell is nothing.",
        ),
      ),
      cases.length ? table(active, cases, columns) : null,
      h(
        "div",
        { class: "form-foot" },
        readOnly
          ? null
          : button("plus", gettext("Add a test"), () =>
              add(active, gettext("Test {n}", { n: cases.length + 1 })),
            ),
        cases.length ? button("play", gettext("Run all"), run) : null,
        h("span", { role: "status", class: "decision__verdict" }, verdict(active)),
      ),
    ];
    element.replaceChildren(...parts.filter(Boolean));
  }

  function table(active, cases, columns) {
    const head = [
      gettext("Test"),
      ...columns.map(({ name }) => name),
      gettext("Expected"),
      gettext("Result"),
    ];
    return h(
      "div",
      { class: "scroll-x", tabindex: "0", role: "group", "aria-label": gettext("Tests") },
      h(
        "table",
        { class: "grid-table decision__tests" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            head.map((text) => h("th", { scope: "col" }, text)),
            readOnly ? null : h("td", {}),
          ),
        ),
        h(
          "tbody",
          {},
          cases.flatMap((test, place) => [
            row(active, test, place, columns),
            difference(active, test, place, columns),
          ]),
        ),
      ),
    );
  }

  function row(active, test, place, columns) {
    const outcome = outcomeOf(active, place);
    const label = (column) => gettext("{column} of test {n}", { column, n: place + 1 });
    return h(
      "tr",
      { dataset: { passed: outcome ? String(outcome.passed) : "" } },
      h(
        "th",
        { scope: "row" },
        cell(label(gettext("Name")), test.name, (text) =>
          set(() => {
            test.name = text;
          }),
        ),
      ),
      columns.map(({ name, type }) =>
        h(
          "td",
          {},
          cell(label(name), givenOf(test, name)?.value ?? "", (text) =>
            set(() => give(test, name, asFeel(text, type))),
          ),
        ),
      ),
      h(
        "td",
        { class: "decision__expected" },
        cell(label(gettext("Expected")), test.expect?.value ?? "", (text) =>
          set(() => expect(test, asFeel(text, outputType(active)))),
        ),
      ),
      h("td", {}, mark(outcome)),
      readOnly
        ? null
        : h(
            "td",
            { class: "tight" },
            button(
              "trash-2",
              gettext("Remove test {n}", { n: place + 1 }),
              () => set(() => remove(active, test), true),
              true,
            ),
          ),
    );
  }

  function cell(label, value, take) {
    return h("input", {
      class: "control",
      type: "text",
      "aria-label": label,
      value,
      readonly: readOnly,
      onchange: ({ target }) => take(target.value),
    });
  }

  function mark(outcome) {
    if (!outcome) return h("span", { class: "quiet" }, "…");
    return outcome.passed
      ? h("span", { class: "pill", dataset: { tone: "good" } }, icon("circle-check"), gettext("passes"))
      : h("span", { class: "pill", dataset: { tone: "late" } }, icon("circle-x"), gettext("fails"));
  }

  /** Under a test that fails: what came out instead. */
  function difference(active, test, place, columns) {
    const outcome = outcomeOf(active, place);
    if (!outcome || outcome.passed) return null;
    const accept = outcome.found && !readOnly;
    return h(
      "tr",
      { class: "decision__difference" },
      h(
        "td",
        { colspan: String(columns.length + 4) },
        h(
          "span",
          { class: "decision__outcome" },
          gettext("Found:"),
          h("code", {}, outcome.found || outcome.message),
          accept
            ? button("check", gettext("Expect this"), () => set(() => expect(test, outcome.found), true))
            : null,
        ),
      ),
    );
  }

  function button(name, label, onclick, iconOnly = false) {
    return h(
      "button",
      {
        type: "button",
        class: "btn",
        "data-variant": iconOnly ? "ghost" : "outline",
        "data-size": iconOnly ? "icon-small" : "small",
        "aria-label": iconOnly ? label : null,
        title: iconOnly ? label : null,
        onclick,
      },
      icon(name),
      iconOnly ? null : label,
    );
  }

  /** Change the tests; the rows are drawn anew when there are other ones. */
  function set(change, redraw = false) {
    change();
    if (redraw) draw();
    changed();
  }

  function add(active, name, given = {}, expected = "null") {
    const test = make(active, "tl:TestCase", { name, given: [] });
    for (const [key, text] of Object.entries(given)) give(test, key, text);
    expect(test, expected);
    extensionsOf(active).values.push(test);
    test.$parent = active.extensionElements;
    set(() => {}, true);
    element.querySelector("tbody tr:last-child input")?.focus();
  }

  function outcomeOf(active, place) {
    return results.filter(({ decision: name }) => name === active.name)[place];
  }

  function verdict(active) {
    const ours = results.filter(({ decision: name }) => name === active.name);
    if (!ours.length) return "";
    const failed = ours.filter(({ passed }) => !passed).length;
    return failed
      ? gettext("{n} of {all} tests fail.", { n: failed, all: ours.length })
      : gettext("All {n} tests pass.", { n: ours.length });
  }

  /** What came out, as the server says it. The cell that somebody is typing in is left alone. */
  function show(told) {
    results = told;
    const typing = element.contains(document.activeElement) && document.activeElement.matches("input");
    const place = typing ? [...element.querySelectorAll("input")].indexOf(document.activeElement) : -1;
    draw();
    if (place >= 0) element.querySelectorAll("input")[place]?.focus();
  }

  /** Why the table cannot be published, if tests fail; the server refuses it as well. */
  function failing() {
    const failed = results.filter(({ passed }) => !passed);
    if (!failed.length) return "";
    return gettext(
      "{n} of {all} tests fail, so nothing was published. {first} Correct the table or the test.",
      {
        n: failed.length,
        all: results.length,
        first: failed[0].message,
      },
    );
  }

  return {
    draw,
    show,
    failing,
    keep: (given, expected) =>
      add(decision(), gettext("Test {n}", { n: casesOf(decision()).length + 1 }), given, expected),
  };
}

// -- The elements of the file ----------------------------------------------------------------------------------------

function extensionsOf(decision) {
  if (!decision.extensionElements) {
    const made = decision.$model.create("dmn:ExtensionElements", { values: [] });
    made.$parent = decision;
    decision.extensionElements = made;
  }
  decision.extensionElements.values ??= [];
  return decision.extensionElements;
}

function casesOf(decision) {
  return (decision.extensionElements?.values ?? []).filter(({ $type }) => $type === "tl:TestCase");
}

function remove(decision, test) {
  const extensions = decision.extensionElements;
  extensions.values = extensions.values.filter((other) => other !== test);
  if (!extensions.values.length) decision.extensionElements = undefined;
}

function make(near, type, properties) {
  return near.$model.create(type, properties);
}

function givenOf(test, name) {
  return (test.given ?? []).find((each) => each.name === name);
}

function give(test, name, value) {
  const others = (test.given ?? []).filter((each) => each.name !== name);
  const given = value ? [make(test, "tl:Given", { name, value })] : [];
  for (const each of given) each.$parent = test;
  test.given = [...others, ...given];
}

function expect(test, value) {
  test.expect = make(test, "tl:Expect", { value: value || "null" });
  test.expect.$parent = test;
}

/** What the decision asks for, and what tests give beside it. */
function columnsOf(decision, cases) {
  const asked = namesOf(decision);
  const known = new Set(asked.map(({ name }) => name));
  const others = new Set(cases.flatMap(({ given }) => (given ?? []).map(({ name }) => name)));
  return [...asked, ...[...others].filter((name) => !known.has(name)).map((name) => ({ name }))];
}

/** The type of the one output; several outputs make a context, which is written as one. */
function outputType(decision) {
  const outputs = decision.decisionLogic?.output ?? [];
  return outputs.length === 1 ? outputs[0].typeRef : "context";
}
