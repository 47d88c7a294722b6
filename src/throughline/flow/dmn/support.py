"""What of DMN is built, as data: section, module, tests. ``docs/dmn.md`` is made from it."""

from __future__ import annotations

from typing import NamedTuple

from throughline.flow import suites


class Support(NamedTuple):
    """One element: its section in DMN 1.5, the modules that do it (under ``flow/dmn``), and its tests."""

    element: str
    section: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


BUILT: tuple[Support, ...] = (
    Support(
        "Files of 1.1, 1.2, 1.3, 1.4 and 1.5; diagram and foreign extensions kept",
        "6.3, 13",
        ("read", "write", "schema"),
        ("test_read_write",),
    ),
    Support("Decision, input data, knowledge model, decision service", "6.3", ("graph", "link"), ("test_graph",)),
    Support(
        "Imports, with a name and without; inputs of one name told apart by namespace",
        "6.3.3",
        ("link",),
        ("test_graph",),
    ),
    Support(
        "Item definitions: components, collections, allowed values, type constraints, functions, recursion",
        "7.3.3",
        ("types",),
        ("test_graph",),
    ),
    Support(
        "Implicit conversions; what does not fit is null with a warning", "10.3.2.9.4", ("types",), ("test_graph",)
    ),
    Support("Literal expression", "7.3.5", ("logic/literal",), ("test_boxed",)),
    Support(
        "Context, list, relation", "10.2.1.4–6", ("logic/context", "logic/lists", "logic/relation"), ("test_boxed",)
    ),
    Support(
        "Function definition, invocation", "10.2.1.7, 7.3.6", ("logic/function", "logic/invocation"), ("test_boxed",)
    ),
    Support(
        "Conditional, filter, for, every, some",
        "10.2.1.8–10",
        ("logic/conditional", "logic/iteration"),
        ("test_boxed",),
    ),
    Support(
        "Decision table: U, A, P, F, R, O, C, C+, C<, C>, C#; defaults, input and output values, annotations",
        "8",
        ("logic/table", "hit_policies", "index"),
        ("test_hit_policies", "test_index"),
    ),
)
"""What is built."""

NOT_RUN: tuple[tuple[str, str, str], ...] = (
    ("Knowledge sources, business context, annotations, groups", "6.3", "kept, without effect on a decision"),
    ("Functions in Java or PMML", "10.3.2.13.3", "a problem of the model; null when called"),
    ("Imported values, other expression languages", "7.3.5", "a problem of the model; null when asked"),
)
"""What has no effect on a decision or is not built: section, and what becomes of it."""

INTRODUCTION = """\
# Decisions: what of DMN is built

Decision models of DMN 1.1 to 1.5 are read, written, decided, explained and analysed by `throughline.flow.dmn`, a pure
library.
Sections are those of DMN 1.5; tests lie in `src/throughline/flow/dmn/tests/`. Made from
`src/throughline/flow/dmn/support.py` by `make documents`; a test compares the two.
"""

CHOICES = """
## Where the standard leaves a choice

- A table without a match is null whatever its hit policy, unless it has a default (10.3.2.10).
- An empty cell means the same as `-`. A cell that is no FEEL lets nothing pass.
- A dash lets every value of its column pass, null too (10.3.2.10 asks for any but null); where the column has
  input values, only those, with a warning.
- Entries of a boxed context are evaluated in the order in which they need each other. A name outside the box comes
  before an entry below.
- The condition of a boxed conditional or filter that is no truth gives null for the whole.
- A context from outside that lacks an entry of its type gets null there, with a warning.
- Beyond the standard: a name that logic reads and nothing in the model declares is an input of that name. A table can
  thus be
  drawn without a requirement graph.
- A model is never refused because a part of it is wrong. What is wrong is listed (`DecisionModel.problems`), and
  publishing asks for none.

## What the types say before anything is asked

`dmn.check_types(model)` follows item definitions through expressions, tables, contexts and functions, and tells what
will be null whatever the inputs are: a sum of text and number, a component that does not exist, a cell that compares
with another type, a result of another type than declared. A name without a type may be anything, so nothing is guessed.

## What is found in a table without running it

`dmn.analyse(table, model)` tells, each in words and most with an example input:

| Kind | What | Severity |
|---|---|---|
| `gap` | an input that no rule matches, and there is no default | warning; info where the result is a list |
| `overlap` | two rules of a *unique* table match one input | error |
| `conflict` | two rules of an *any* table match one input and say different things | error |
| `shadowed` | a rule of a *first* or *priority* table never comes to its turn | warning |
| `never` | a condition that no value passes | warning |
| `type` | a condition compares with another type than its column is declared to have | error |
| `name` | a condition is a word that nothing declares: a text without its quotes | error |
| `output` | an output is none of the output values | warning |
| `unanalysed` | rules whose conditions read other values, or a table too large to look everywhere | info |

## Test cases kept with a table

They stand in the extension elements of the decision or of its table, so that table and tests are one file:

```xml
<tl:testCase xmlns:tl="urn:throughline:bpmn:1" name="Hot lead from Europe">
  <tl:given name="region" value='"EU"'/>
  <tl:given name="lead.score" value="80"/>
  <tl:expect value='"Sales Europe"'/>
</tl:testCase>
```

Values are FEEL. `dmn.run_test_cases(model)` runs them and says for each what came, and by which rules.

## Speed

`python bench/dmn_table.py` measures a table of 1,000 rules with three columns against trying its rules in sequence.
The cells of a
column are laid out on the axis of their values; a binary search gives the rules that can match as a bit set, the bit
sets of the
columns are intersected, and only conditions that read other values are evaluated, on the rules that are left.
"""


def markdown(scores: suites.Scores) -> str:
    """Return the page of documentation, with the last scores of the public suites."""
    lines = [INTRODUCTION, "| Element | Section | Module | Test |", "|---|---|---|---|"]
    lines += [f"| {each.element} | {each.section} | {_files(each.modules)} | {_files(each.tests)} |" for each in BUILT]
    lines += ["", "| What is not run | Section | What becomes of it |", "|---|---|---|"]
    lines += [f"| {element} | {section} | {remark} |" for element, section, remark in NOT_RUN]
    return "\n".join(lines) + "\n" + suites.chapter("dmn", scores) + CHOICES


def _files(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}.py`" for name in names)
