"""Decision tables: the list, the editor, and what it asks: check, try, keep, publish."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.operations import create_decision, publish_decision, save_decision_draft
from throughline.core.procedures.queries import overview as queries
from throughline.core.refusals import Conflict, Refusal
from throughline.flow import dmn, feel, values
from throughline.flow.dmn import model as dmn_model
from throughline.web.answers import (
    Asked,
    body_of,
    done,
    parameters,
    signed_in,
    signed_in_json,
    text_of,
    with_inline_styles,
)
from throughline.web.parts import FormField, FormSection
from throughline.web.procedures.catalogue import decision_entry
from throughline.web.procedures.drawings import DESIGN, PUBLISH, revision_of
from throughline.web.procedures.keys import key_of, named


@signed_in
def show_list(request: Asked) -> HttpResponse:
    """Show all decision tables."""
    context = {
        "decisions": [_line(table) for table in queries.decisions()],
        "new_url": reverse("web:decision_new") if access.allows(request.user, DESIGN) else "",
    }
    return render(request, "decisions/list.html", context)


def _line(table: queries.Drawn) -> dict[str, Any]:
    published = table.latest("published")
    return {
        "url": reverse("web:decision", args=[table.key]),
        "name": table.name,
        "summary": table.summary,
        "published": published.number if published else 0,
        "has_draft": table.latest("draft") is not None,
    }


@with_inline_styles
@signed_in
def edit(request: Asked, key: str) -> HttpResponse:
    """Show a decision table to be changed and tried."""
    props = props_of(request, queries.decision(key=key))
    decision = {"name": props["table"]["name"], "line": props["line"]}
    return render(request, "decisions/edit.html", {"decision": decision, "props": props})


def props_of(request: Asked, table: queries.Drawn) -> dict[str, Any]:
    """Return what the table editor takes, on its own page or beside a drawing."""
    key = table.key
    version, published = table.latest("draft") or table.latest("published"), table.latest("published")
    xml = queries.decision_models(version_ids=[version.id])[version.id] if version else first_table(key, table.name)
    return {
        "xml": xml.decode(),
        "revision": _standing_revision(table),
        "readOnly": not access.allows(request.user, DESIGN),
        "canPublish": access.allows(request.user, PUBLISH),
        "table": {"key": key, "name": table.name},
        "line": _("Version %(n)d in use") % {"n": published.number} if published else _("Not published"),
        "urls": {
            "check": reverse("web:decision_check"),
            "decide": reverse("web:decision_trial"),
            "save": reverse("web:decision_draft", args=[key]),
            "publish": reverse("web:decision_publication", args=[key]),
            "published": reverse("web:decision", args=[key]),
        },
    }


@signed_in
def create(request: Asked) -> HttpResponse:
    """Show the form of a new decision table, or make it with a first table."""
    require_design(request)
    if request.method != "POST":
        return _new_page(request, {}, None)
    try:
        name = named(request.POST.get("name", ""), otherwise=_("Give the table a name, such as “Route lead”."))
        key = made(request, name, summary=request.POST.get("summary", "").strip())
    except Refusal as refusal:
        return _new_page(request, parameters(request.POST), refusal)
    return redirect(reverse("web:decision", args=[key]))


@transaction.atomic
def made(request: Asked, name: str, *, summary: str = "", asks: Clause | None = None) -> str:
    """
    Make a table with a first rule, and return its key.

    Raises:
        NotAllowed: the asker may not change decision tables.
        Refusal: the name makes no key, or another table has it.
    """
    key = key_of(name)
    create_decision(key=key, name=name, summary=summary, owner_id=request.user.pk, by=request.by, at=request.at)
    save_decision_draft(key=key, model=first_table(key, name, asks), by=request.by, at=request.at)
    return key


def _new_page(request: Asked, given: Mapping[str, Any], refusal: Refusal | None) -> HttpResponse:
    errors = dict(refusal.fields) if refusal else {}
    error = errors.get("name") or errors.get("key", "")
    fields = (
        FormField("name", _("Name"), "string", given.get("name", ""), required=True, error=error, max_length=120),
        FormField("summary", _("What it decides"), "text", given.get("summary", ""), wide=True),
    )
    form = {
        "title": _("New decision table"),
        "plural": _("Decisions"),
        "list_url": reverse("web:decisions"),
        "action": reverse("web:decision_new"),
        "cancel_url": reverse("web:decisions"),
        "button": _("Create and fill in"),
        "sections": [FormSection(_("Decision table"), fields)],
        "error": refusal.message if refusal and not error else "",
    }
    return render(request, "components/new_thing.html", {"form": form}, status=refusal.status if refusal else 200)


@dataclass(frozen=True, slots=True)
class Clause:
    """What a table asks: how people call it, the FEEL expression, and the FEEL type (empty: any)."""

    label: str
    expression: str
    type: str = ""


def first_table(key: str, name: str, asks: Clause | None = None) -> bytes:
    """
    Return the DMN file that a new table begins with: one input, one output, one rule.

    In the namespace of DMN 1.3, the only one that the editor reads (dmn-js 17).
    """
    clause = asks or Clause(_("Region"), "region", "string")
    of_type = f" typeRef={quoteattr(clause.type)}" if clause.type else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id={quoteattr(key)} name={quoteattr(name)}
    namespace="urn:throughline:decisions">
  <decision id="decision" name={quoteattr(name)}>
    <variable id="variable" name={quoteattr(name)}/>
    <decisionTable id="table" hitPolicy="FIRST">
      <input id="input" label={quoteattr(clause.label)}>
        <inputExpression id="input_expression"{of_type}><text>{escape(clause.expression)}</text></inputExpression>
      </input>
      <output id="output" name="answer" typeRef="string"/>
      <rule id="rule_1">
        <inputEntry id="entry_1"><text>-</text></inputEntry>
        <outputEntry id="answer_1"><text>""</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
""".encode()


# -- What the editor asks ----------------------------------------------------------------------------------------------


@require_POST
@signed_in_json
def check(request: Asked) -> HttpResponse:
    """
    Say what is wrong with a model (what cannot be read or compiled, gaps, overlaps, rules that are never used) and how
    the test cases kept with it come out.
    """
    xml = text_of(body_of(request), "xml").encode()
    try:
        model = dmn.read(xml)
        compiled = dmn.compile_model(model)
    except (dmn.Unreadable, ValueError) as problem:
        return JsonResponse({"findings": [{"severity": "error", "message": str(problem)}], "tests": []})
    findings = [{"severity": "error", "message": str(problem)} for problem in compiled.problems]
    for name, table in _tables(model):
        findings += [_finding(name, found) for found in dmn.analyse(table, model)]
    tests = [_test(result) for result in dmn.run_test_cases(model, now=request.at)]
    return JsonResponse({"findings": findings, "tests": tests})


def _finding(decision: str, found: dmn.Finding) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "severity": found.severity,
        "message": found.message,
        "decision": decision,
        "rules": [rule for rule in found.rule_ids if rule],
        "example": {name: values.feel_text(value) for name, value in found.example.items()},
    }


def _test(result: dmn.CaseResult) -> dict[str, Any]:
    return {
        "decision": result.decision,
        "name": result.case.name,
        "passed": result.passed,
        "found": values.feel_text(result.got) if result.explanation is not None else "",
        "message": result.message,
        "rules": [rule.id for rule in result.explanation.rules if rule.id] if result.explanation else [],
    }


def _tables(model: dmn.Definitions) -> list[tuple[str, dmn_model.DecisionTable]]:
    logics = [(decision.name, decision.expression) for decision in model.decisions]
    return [(name, logic) for name, logic in logics if isinstance(logic, dmn_model.DecisionTable)]


@require_POST
@signed_in_json
def decide(request: Asked) -> HttpResponse:
    """Take a decision with values to try, and say which rules matched."""
    body = body_of(request)
    given, types = body.get("inputs"), body.get("types")
    if not isinstance(given, dict) or not isinstance(types, dict):
        raise Refusal("no_inputs", _("Expected the values to try by name. Fill in the form."))
    try:
        model = dmn.compile_model(dmn.read(text_of(body, "xml").encode()))
        name = text_of(body, "decision")
        inputs = {str(key): _value(str(key), str(text), str(types.get(key, ""))) for key, text in given.items()}
        told = model.explain(name, _nested(inputs), now=request.at)
    except (dmn.Unreadable, dmn.NoSuchDecision, ValueError) as problem:
        raise Refusal("not_decided", str(problem)) from problem
    return JsonResponse(
        {
            "value": values.feel_text(told.value),
            "rules": [rule.id for rule in told.rules if rule.id],
            "warnings": list(told.warnings),
        }
    )


PLAIN_WORDS = re.compile(r"(?!(?:true|false|null)$)[^\W\d][\w -]*")
"""What is taken for a text where the table does not say what an input is."""


def _value(name: str, text: str, kind: str) -> Any:
    """Read a value to try: texts need no quotation marks, everything else is an expression."""
    if not text.strip():
        return None
    if (kind == "string" and not text.lstrip().startswith('"')) or (not kind and PLAIN_WORDS.fullmatch(text.strip())):
        return text
    try:
        return feel.compile_expression(text).evaluate({})
    except feel.FeelSyntaxError as problem:
        sentence = _("%(name)s: %(problem)s") % {"name": name, "problem": problem}
        raise Refusal("unreadable_value", sentence, name) from problem


def _nested(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"lead.region": 1}`` as ``{"lead": {"region": 1}}``: an input clause may read a member."""
    nested: dict[str, Any] = {}
    for path, value in inputs.items():
        *steps, last = path.split(".")
        place = nested
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value
    return nested


@require_POST
@signed_in_json
def keep_draft(request: Asked, key: str) -> HttpResponse:
    """Keep the draft of a table, when nobody has kept another one since it was read."""
    require_design(request)
    body = body_of(request)
    _require_revision(key, text_of(body, "revision"))
    xml = text_of(body, "xml").encode()
    draft = save_decision_draft(key=key, model=xml, by=request.by, at=request.at)
    entry = decision_entry(key, draft.table.name, xml)
    return JsonResponse({"revision": revision_of(draft.number, draft.digest), "entry": entry})


@require_POST
@signed_in_json
def publish_draft(request: Asked, key: str) -> HttpResponse:
    """Publish the draft of a table."""
    access.require_ability(
        request.user, PUBLISH, otherwise=_("Your roles do not let you publish decisions. Ask a manager.")
    )
    body = body_of(request)
    _require_revision(key, text_of(body, "revision"))
    published = publish_decision(key=key, note=text_of(body, "note"), by=request.by, at=request.at)
    url = reverse("web:decision", args=[key])
    said = _("Version %(n)d is in use for what is published from now on.") % {"n": published.number}
    if not body.get("stays"):
        done(request, url, said)
    return JsonResponse({"url": url, "said": said, "revision": revision_of(published.number, published.digest)})


def require_design(request: Asked) -> None:
    """Go on only for whoever may change decision tables."""
    access.require_ability(
        request.user, DESIGN, otherwise=_("Your roles do not let you change decisions. Ask a manager.")
    )


def _require_revision(key: str, seen: str) -> None:
    if seen != _standing_revision(queries.decision(key=key)):
        raise Conflict(_("Somebody else has changed this table meanwhile. Open it in a second window and compare."))


def _standing_revision(table: queries.Drawn) -> str:
    version = table.latest("draft") or table.latest("published")
    return revision_of(version.number, version.digest) if version else ""
