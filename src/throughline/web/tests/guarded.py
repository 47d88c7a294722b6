"""
What nobody but Maya, her team and those above may know of, in every kind of thing that an address can name.

``SECRET`` stands in all of it and nowhere else, ``AMOUNT`` is what her deal is worth, ``ADDRESS`` where her person
reads mail. A parameter of an address that is not named here is one that nobody has thought of: ``test_leaks`` says so.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from throughline.core import access
from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.files.models import Blob
from throughline.core.handover.operations import hand_over
from throughline.core.identity import keys
from throughline.core.identity.models import User
from throughline.core.notify.models import Notification
from throughline.core.procedures import worker
from throughline.core.procedures.models import Case, WorkItem
from throughline.core.recordref import RecordRef
from throughline.core.records import bulk_edit, registry
from throughline.core.records.custom.operations import Wish, define_field, make_type
from throughline.core.records.imports.operations import stage_file
from throughline.core.records.merging.operations import merge_records
from throughline.core.records.operations import create_record, update_record
from throughline.core.records.spec import FieldType
from throughline.core.records.views import Look, save_view
from throughline.core.teamwork.models import Comment
from throughline.core.teamwork.operations import add_comment, attach_file
from throughline.core.tests.cast import Cast
from throughline.crm.activities.operations import log_activity
from throughline.crm.coaching.operations import write_note
from throughline.crm.contracts.operations import draft_contract
from throughline.crm.deals import operations as deals
from throughline.crm.invoices.operations import draft_invoice
from throughline.crm.leads.capture import capture_lead
from throughline.crm.promises.operations import make_promise
from throughline.crm.quotes.operations import draft_quote
from throughline.insight.dashboards.operations import make_dashboard
from throughline.web.records.present import slug

SECRET = "Quetzalcoatl"
AMOUNT = "7654321"
ADDRESS = "hummingbird.example"

every_outsider = pytest.mark.parametrize("outsider", ["ines", "hana", "intern"], indirect=True)
"""For each of those who must not see it."""

OTHER_PROGRAMS = frozenset({"static", "accounts", "metrics", "healthz", "readyz", "api", "__debug__", "media"})
"""First words of addresses that belong to other programs, show nothing of records, or are asked elsewhere."""

CONSTANTS = {
    "node": "call", "form": "csv", "step": "goals", "name": "name", "kind": "lead", "pipeline": "sales",
    "procedure": "call-first", "key": "call-first",
}  # fmt: skip
"""Parameters that choose a part of the product rather than something of somebody's."""
BY_PLACE = {
    "decisions": "route-lead", "library": "renewal", "insight/figures": "lead-conversion", "pipelines": "sales",
    "insight/dashboards/shipped": "sales", "settings/roles": "sales", "settings/records": "codename",
    "prices/books": "partners", "logs": "1", "operation": "mail",
}  # fmt: skip
"""What ``key`` means where it is not a procedure."""
OF_NOBODY = {
    "drawing_id": "drawings that were brought along hold no records",
    "chart_id": "planned charts hold no records",
    "experiment_id": "simulations hold invented cases",
    "dry_run_id": "past cases of who asked, in test_dry_run",
    "test_id": "test cases hold what was typed into them, split tests numbers",
    "migration_id": "counted and shown as cases are, in test_versions",
    "incident_id": "in test_incidents, with a case that fails",
    "repair_id": "in test_incidents, with a case that fails",
    "territory_id": "all staff read territories, in test_territories",
    "book_id": "all who sell or serve read price books, in test_price_books",
    "approval_id": "in test_approvals, with a gate that asks",
    "queue_id": "everybody reads queues; that what waits in them is counted by its records, in test_queues",
    "remark_id": "remarks on charts, in test_discussion",
    "round_id": "rounds on charts, in test_discussion",
    "link_id": "links to charts, in test_discussion",
    "affiliation_id": "where else somebody belongs, in test_affiliations",
    "report_id": "mails of a dashboard to its owner, in test_reports",
    "rule_id": "validation rules hold no records",
    "team_id": "teams are for who may change roles, in test_people",
    "tile_id": "a part of a dashboard",
    "goal_id": "goals are of a person and hold a number",
    "subscription_id": "in test_keys",
    "secret": "whoever has the link may look, in test_discussion",
    "token": "whoever has the link may look, in test_papers",
}
"""Parameters whose things hold nothing of records, or are looked at by tests of their own, which are named."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """
    What is Maya's: her records by type, and by the parameter of addresses all else.

    ``named``: the value of each parameter that is not the key of a record of the asked type.
    """

    records: dict[str, int]
    named: dict[str, int]


def make(cast: Cast, at: datetime) -> Guarded:
    """
    Give Maya a lead with a case and everything that can hang on a record, each with the secret in it.

    The procedure ``call-first`` runs.
    """
    admin, maya, omar = Actor.user(cast.admin), Actor.user(cast.maya), Actor.user(cast.omar)
    define_field(record_type="lead", wish=Wish(label="Codename", searched=True, in_list=True), by=admin, at=at)
    make_type(key="visit", label="Visit", plural="Visits", number_prefix="VIS", by=admin, at=at)
    goal = Wish(label="To", key="goal", type=FieldType.RECORD, to="lead")
    define_field(record_type="visit", wish=goal, by=admin, at=at)
    deals.ship_pipeline(by=Actor.system(), at=at)
    person = {
        "name": f"Ada {SECRET}", "email": f"ada@{ADDRESS}", "organization_name": SECRET, "codename": SECRET,
        "region": SECRET,
    }  # fmt: skip
    lead = capture_lead(values=person, by=maya, at=at)
    update_record(spec=registry.get("lead"), record_id=lead.pk, values={"interest": SECRET}, by=maya, at=at)
    worker.drain(limit=50, at=at)

    def made(kind: str, **values: Any) -> int:
        return int(create_record(spec=registry.get(kind), values=values, by=maya, at=at).pk)

    records = {"lead": lead.pk, "contact": lead.contact_id or 0}
    records["organization"] = made("organization", name=SECRET)
    of_hers = {"organization": records["organization"], "contact": records["contact"]}
    records["deal"] = made("deal", name=SECRET, amount=AMOUNT, **of_hers)
    records["visit"] = made("visit", name=SECRET, goal=lead.pk)
    about = RecordRef("lead", lead.pk)
    records["activity"] = log_activity(kind="Call", subject=SECRET, body=SECRET, about=[about], by=maya, at=at).pk
    records["promise"] = make_promise(what=SECRET, about=about, due_at=at + timedelta(days=2), by=maya, at=at).pk
    records["quote"] = draft_quote(deal_id=records["deal"], by=maya, at=at).pk
    records["contract"] = draft_contract(deal_id=records["deal"], by=maya, at=at).pk
    won = made("deal", name=f"Won {SECRET}", amount=AMOUNT, organization=records["organization"], stage="sales.won")
    records["invoice"] = draft_invoice(deal_id=won, by=maya, at=at).pk
    return Guarded(records, {**_beside(cast, about, records, at), **_merged(made, omar, at)})


def _beside(cast: Cast, about: RecordRef, records: dict[str, int], at: datetime) -> dict[str, int]:
    """Make what is no record: comments, files, views, runs, imports, notes and their like."""
    maya, omar = Actor.user(cast.maya), Actor.user(cast.omar)
    spec = registry.get("lead")
    wish = bulk_edit.Wish(values={"description": SECRET})
    run = bulk_edit.ask(spec=spec, wish=wish, ids=[about.id], by=maya, user=cast.maya, at=at)
    look = Look(filter={"field": "interest", "op": "is", "value": SECRET})
    picture = io.BytesIO(b"\x89PNG\r\n\x1a\n" + SECRET.encode())
    file = attach_file(record=about, content=picture, name=f"{SECRET}.png", by=maya, at=at)
    sent = stage_file(
        spec=spec, content=f"Name\n{SECRET}\n".encode(), file_name=f"{SECRET}.csv", by=Actor.user(cast.admin), at=at
    )
    key, _ = keys.issue_key(user=cast.maya, name=SECRET, scopes=("read:lead",), by=maya, at=at)
    note = write_note(person_id=cast.maya.pk, body=SECRET, deal_id=records["deal"], by=omar, at=at)
    capture_lead(values={"name": f"Tom’s {SECRET}"}, by=Actor.user(cast.tom), at=at)
    moved = hand_over(person_id=cast.tom.pk, substitute_id=cast.maya.pk, reason="Holiday", by=omar, at=at)
    return {
        "work_item_id": WorkItem.objects.get(record_type="lead", record_id=about.id).pk,
        "case_id": Case.objects.get(record_type="lead", record_id=about.id).pk,
        "comment_id": add_comment(record=about, body=SECRET, by=maya, at=at).pk,
        "file_id": file.pk,
        "view_id": save_view(spec=spec, name=SECRET, user=cast.maya, at=at, look=look).pk,
        "run_id": run.pk,
        "import_id": sent.pk,
        "key_id": key.pk,
        "note_id": note.pk,
        "notification_id": Notification.objects.filter(user=cast.maya).order_by("pk")[0].pk,
        "handover_id": moved.pk,
        "dashboard_id": make_dashboard(name=SECRET, period="this_month", by=maya, at=at).pk,
        "deal_id": records["deal"],
        "activity_id": records["activity"],
        "contact_id": records["contact"],
        "organization_id": records["organization"],
        "promise_id": records["promise"],
        "person_id": cast.maya.pk,
        "user_id": cast.maya.pk,
    }


def _merged(made: Any, by: Actor, at: datetime) -> dict[str, int]:
    """Make four contacts of one name: two that were merged, two that could be."""
    one, other, third, fourth = (
        made("contact", first_name=SECRET, last_name="Twin", email=f"twin{number}@x.org") for number in range(4)
    )
    merge = merge_records(spec=registry.get("contact"), survivor_id=one, absorbed_id=other, by=by, at=at)
    return {"merge_id": merge.pk, "one_id": third, "other_id": fourth}


HIDDEN = frozenset({FieldType.MONEY, FieldType.EMAIL, FieldType.PHONE})


def without_money(cast: Cast, at: datetime) -> User:
    """Let the intern see, find and export what the team has, but neither sums of money nor ways to reach people."""
    fields = {
        spec.type: {each.name: "hidden" for each in spec.by_name.values() if each.type in HIDDEN}
        for spec in registry.everything()
    }
    may = {
        "records": {"*": {"*": "team"}},
        "fields": fields,
        "abilities": ["reports.see", "workload.see", access.SEE_FORECAST, access.COACH],
    }
    save_role(key="intern", name="Clerk", permissions=may, by=Actor.user(cast.admin), at=at)
    access.forget(cast.ivo)
    return cast.ivo


def state_of(secrets: Guarded) -> dict[str, Any]:
    """Return what stands in Maya's records, when they were changed, and what hangs on them."""
    rows: dict[str, Any] = {
        kind: registry.get(kind).model._default_manager.filter(pk=key).values().get()
        for kind, key in secrets.records.items()
    }
    for model in (WorkItem, Blob, Comment):
        rows[model.__name__] = list(model._default_manager.order_by("pk").values())
    return rows


# -- Addresses ---------------------------------------------------------------------------------------------------------


def addresses(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Give every address of the list of addresses, with ``<…>`` where something is chosen."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(each.pattern).lstrip("^")
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, here)
        elif isinstance(each, URLPattern):
            yield here


PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
PAGES = sorted({each for each in addresses() if each.partition("/")[0] not in OTHER_PROGRAMS})
OF_ANY_TYPE = "<records:spec>"
NEEDED = {"<records:spec>/<int:record_id>/timeline/": "?before=~0~~0~0"}
"""What an address must carry besides."""


def parameters(page: str) -> list[str]:
    """Return the names of what is chosen in an address."""
    return [name for _, name in PARAMETER.findall(page)]


def filled(page: str, guarded: Guarded, kind: str) -> str:
    """Return an address with a record type and keys put in: Maya's."""

    def value(match: re.Match[str]) -> str:
        converter, name = match.groups()
        if converter == "records":
            return slug(registry.get(kind))
        if name == "record_id":
            return str(guarded.records[kind if OF_ANY_TYPE in page else _kind_of(page)])
        if name in guarded.named:
            return str(guarded.named[name])
        if name == "name" and kind == "lead":
            return "region"  # what a lead is called is the person's
        if name == "key":
            return next((key for place, key in BY_PLACE.items() if page.startswith(f"{place}/")), CONSTANTS["key"])
        return CONSTANTS.get(name, "1")

    return "/" + PARAMETER.sub(value, page) + NEEDED.get(page, "")


def _kind_of(page: str) -> str:
    """Return the type of an address that is of one type only, by its first word."""
    first = page.partition("/")[0]
    return next((spec.type for spec in registry.everything() if slug(spec) == first), "lead")


def text_of(answer: Any) -> str:
    """Return the text of an answer: of a streamed one, and of a workbook, too. Of a PDF nothing can be read here."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"\n".join(packed.read(name) for name in packed.namelist())
    return body.decode(errors="replace").replace(",", "")
