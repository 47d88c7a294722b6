"""Making decision tables and publishing their versions."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits
from throughline.core.procedures.events import DecisionCreated, DecisionDraftSaved, DecisionPublished
from throughline.core.procedures.models import DecisionTable, DecisionVersion
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import dmn


@transaction.atomic
def create_decision(
    *, key: str, name: str, by: Actor, at: datetime, owner_id: int | None = None, summary: str = ""
) -> DecisionTable:
    """
    Make a decision table, without a version yet.

    Raises:
        NotAllowed: the person behind the actor may not change decision tables; the sentence names who can.
        Refusal: the key is taken.
    """
    permits.require_design(by)
    if DecisionTable.objects.filter(key=key).exists():
        raise Refusal("key_taken", f"There is a decision table “{key}” already. Choose another key.", "key")
    table = DecisionTable.objects.create(key=key, name=name, summary=summary, owner_id=owner_id, created_at=at)
    journal.record(DecisionCreated(key=key, name=name), by=by, at=at, about=RecordRef("decision", table.pk))
    return table


@transaction.atomic
def save_decision_draft(*, key: str, model: bytes, by: Actor, at: datetime, note: str = "") -> DecisionVersion:
    """
    Replace the draft of a decision table, or begin one.

    Raises:
        NotAllowed: the person behind the actor may not change decision tables; the sentence names who can.
        NotFound: there is no such table.
        Refusal: ``model`` is not a DMN file that can be read.
    """
    permits.require_design(by)
    table = _table(key)
    _read(model)
    digest = hashlib.sha256(model).hexdigest()
    draft = table.versions.filter(status="draft").first() or DecisionVersion(table=table, number=_next_number(table))
    draft.dmn, draft.digest, draft.note = model, digest, note
    draft.saved_at, draft.saved_by_label = at, by.label
    draft.save()
    saved = DecisionDraftSaved(number=draft.number, digest=digest, note=note)
    journal.record(saved, by=by, at=at, about=RecordRef("decision", table.pk))
    return draft


@transaction.atomic
def publish_decision(*, key: str, by: Actor, at: datetime, note: str = "") -> DecisionVersion:
    """
    Publish the draft of a decision table; procedures published from now on use it.

    Versions of procedures that are published already keep the version of the table they were published with.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such table.
        Refusal: there is no draft, it cannot be compiled, or a test case kept with it fails.
    """
    permits.require_publish(by)
    table = _table(key)
    draft = table.versions.filter(status="draft").first()
    if draft is None:
        raise Refusal("no_draft", f"“{table.name}” has no draft. Change the table first, then publish.")
    _require_sound(bytes(draft.dmn))
    _require_passed(bytes(draft.dmn), at)
    table.versions.filter(status="published").update(status="retired")
    draft.status, draft.note = "published", note or draft.note
    draft.published_at, draft.published_by_label = at, by.label
    draft.save()
    published = DecisionPublished(number=draft.number, digest=draft.digest, note=draft.note)
    journal.record(published, by=by, at=at, about=RecordRef("decision", table.pk))
    return draft


def _table(key: str) -> DecisionTable:
    table = DecisionTable.objects.select_for_update().filter(key=key).first()
    if table is None:
        raise NotFound(f"There is no decision table “{key}”. Create it first.")
    return table


def _next_number(table: DecisionTable) -> int:
    last = table.versions.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _read(model: bytes) -> dmn.Definitions:
    try:
        return dmn.read(model)
    except dmn.Unreadable as problem:
        raise Refusal("unreadable", f"The file is not a decision table that can be read: {problem}", "model") from None


def _require_sound(model: bytes) -> None:
    problems = dmn.compile_model(_read(model)).problems
    if problems:
        told = " ".join(problem.message for problem in problems[:3])
        raise Refusal("not_sound", f"The decision table cannot be published: {told}", "model")


def _require_passed(model: bytes, at: datetime) -> None:
    """Go on only when every test case that is kept with the model passes."""
    failed = [result for result in dmn.run_test_cases(_read(model), now=at) if not result.passed]
    if failed:
        count = "A test fails" if len(failed) == 1 else f"{len(failed)} tests fail"
        told = " ".join(result.message for result in failed[:3])
        sentence = f"{count}, so nothing was published. {told} Correct the table or the test."
        raise Refusal("test_failed", sentence, "model")
