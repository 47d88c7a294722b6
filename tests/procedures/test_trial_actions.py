"""
Every action there is, asked by a draft that is tried: nothing real changes, nothing leaves the house.

The test record stands where a trial is most dangerous: it is linked with a real person and a real organization. Each
action is asked about it, and once more with a real record named by hand. Before and after, the whole database is
compared, but for what is marked as a test's. A new action is asked too, with what its parameters want by their type;
where that is not enough to be performed, the test asks for an entry in ``ASKED``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.db import connection

from tests.outside.smtp import MailServer
from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.files.operations import store_file
from throughline.core.notify.models import Notification
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import actions, operations
from throughline.core.procedures.models import Case, Incident, Outbox, Procedure
from throughline.core.procedures.operations.cases import start_case
from throughline.core.procedures.queries.trials import trial_now
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import create_record, update_record
from throughline.core.rows import fetch
from throughline.crm.contracts.operations import draft_contract, send_contract, sign_contract
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import move_deal, ship_pipeline
from throughline.crm.invoices.operations import draft_invoice
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import LifecycleStage
from throughline.crm.quotes.operations import draft_quote, set_quote_lines
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.insight.bands.models import Figure, StepBand
from throughline.insight.dashboards.models import Every, Report

# -- What the cases travel with ----------------------------------------------------------------------------------------


@dataclass
class House:
    """A company with one real record of each kind, and a way to make test records that are linked with real ones."""

    desk: Desk
    known: dict[str, int] = field(default_factory=dict)

    @property
    def maya(self) -> Actor:
        """Who owns everything, and tries."""
        return Actor.user(self.desk.cast.maya)

    def real(self, kind: str) -> int:
        """Return the key of the real record of a kind, which is made when it is first asked for."""
        if kind not in self.known:
            self.known[kind] = self.make(kind, sandbox=False)
        return self.known[kind]

    def make(self, kind: str, *, sandbox: bool) -> int:
        """Make a record, a test's or a real one, and return its key."""
        return MAKERS[kind](self, sandbox)

    def created(self, kind: str, sandbox: bool, **values: Any) -> Any:
        """Make a record in the generic way."""
        given = {"owner": self.desk.cast.maya.pk, **values}
        return create_record(spec=registry.get(kind), values=given, by=self.maya, at=self.desk.now, sandbox=sandbox)


def _organization(house: House, sandbox: bool) -> int:
    return int(house.created("organization", sandbox, name="Weber").pk)


def _contact(house: House, sandbox: bool) -> int:
    return int(house.created("contact", sandbox, first_name="Ada", email="ada@example.com").pk)


def _lead(house: House, sandbox: bool) -> int:
    values = {"email": "ada@example.com", "contact": house.real("contact"), "owner": house.desk.cast.maya.pk}
    values |= {"name": "Ada", "organization_name": "Weber"}
    return capture_lead(values=values, by=house.maya, at=house.desk.now, sandbox=sandbox).pk


def _strange_lead(house: House, sandbox: bool) -> int:
    values = {"name": "Eve", "email": "eve@example.com", "owner": house.desk.cast.maya.pk}
    return capture_lead(values=values, by=house.maya, at=house.desk.now, sandbox=sandbox).pk


def _deal(house: House, sandbox: bool, **more: Any) -> int:
    linked = {"organization": house.real("organization"), "contact": house.real("contact")}
    return int(house.created("deal", sandbox, name="Turbines", amount=Decimal(1000), **linked, **more).pk)


def _won_deal(house: House, sandbox: bool) -> int:
    key = _deal(house, sandbox)
    return move_deal(deal_id=key, stage="sales.won", by=house.maya, at=house.desk.now).pk


def _quote(house: House, sandbox: bool) -> int:
    return draft_quote(deal_id=_deal(house, sandbox), by=house.maya, at=house.desk.now).pk


def _full_quote(house: House, sandbox: bool) -> int:
    key = _quote(house, sandbox)
    lines = [NewLine(description="Turbine", unit_price=Decimal(1000))]
    return set_quote_lines(quote_id=key, lines=lines, by=house.maya, at=house.desk.now).pk


def _invoice(house: House, sandbox: bool) -> int:
    return draft_invoice(deal_id=_won_deal(house, sandbox), by=house.desk.admin, at=house.desk.now).pk


def _contract(house: House, sandbox: bool) -> int:
    made = draft_contract(deal_id=_deal(house, sandbox), by=house.maya, at=house.desk.now)
    terms = {"start_on": "2026-03-01", "auto_renew": True}
    update_record(spec=registry.get("contract"), record_id=made.pk, values=terms, by=house.maya, at=house.desk.now)
    about = RecordRef("contract", made.pk)
    store_file(content=io.BytesIO(b"We agree."), name="contract.pdf", by=house.maya, at=house.desk.now, about=about)
    return made.pk


def _signed_contract(house: House, sandbox: bool) -> int:
    key = _contract(house, sandbox)
    send_contract(contract_id=key, by=house.maya, at=house.desk.now)
    return sign_contract(contract_id=key, name="Ada", by=house.maya, at=house.desk.now).pk


MAKERS: Mapping[str, Callable[[House, bool], int]] = {
    "organization": _organization,
    "contact": _contact,
    "lead": _lead,
    "strange lead": _strange_lead,
    "deal": _deal,
    "won deal": _won_deal,
    "quote": _quote,
    "full quote": _full_quote,
    "invoice": _invoice,
    "contract": _contract,
    "signed contract": _signed_contract,
}


@pytest.fixture
def house(desk: Desk) -> House:
    """Give a company with a pipeline."""
    ship_pipeline(by=Actor.system(), at=desk.now)
    return House(desk)


# -- What is asked -----------------------------------------------------------------------------------------------------

Inputs = Callable[[House], Mapping[str, str]]


@dataclass(frozen=True)
class Asked:
    """How an action is asked in a trial: what the case travels with (nothing: no record), and its inputs in FEEL."""

    about: str
    inputs: Inputs


def _with(**given: str) -> Inputs:
    return lambda house: given


def _report(house: House) -> Mapping[str, str]:
    owner = house.desk.cast.admin
    made = Report.objects.create(
        shipped="sales", owner=owner, every=Every.WEEK, day=1, hour=8, zone="UTC", next_at=house.desk.now
    )
    made.receivers.add(owner)
    return {"report": str(made.pk)}


def _band(house: House) -> Mapping[str, str]:
    procedure = Procedure.objects.create(
        key="banded", name="Banded", record_type="lead", owner=house.desk.cast.omar, created_at=house.desk.now
    )
    band = StepBand.objects.create(
        procedure=procedure, node="call", step="Call", figure=Figure.QUEUE, value=9, low=0, high=2,
        looked_at=house.desk.now,
    )  # fmt: skip
    return {"band": str(band.pk)}


def _notification(house: House) -> Mapping[str, str]:
    notify_many(messages=[Message(house.desk.cast.tom.pk, "approval", "Look")], by=house.desk.admin, at=house.desk.now)
    return {"notification": str(Notification.objects.latest("pk").pk)}


def _digests(house: House) -> Mapping[str, str]:
    _notification(house)
    return {}


def _procedure(house: House) -> Mapping[str, str]:
    house.desk.publish(
        c.chart(
            c.captured('lead.region = "NO"'), c.work("look"), c.end(), c.flows("captured > look > end"), key="kept"
        ),
        key="kept",
    )
    return {"procedure": '"kept"', "days": "30"}


def _review(house: House) -> Mapping[str, str]:
    _procedure(house)
    return {"kind": '"field"', "key": '"lead.region"', "why": '"It is gone."'}


ASKED: Mapping[str, Asked] = {
    "activity.create": Asked("lead", _with(subject='"Call"', kind='"Call"', done="true")),
    "contact.deals": Asked("lead", _with()),
    "contact.stage": Asked("lead", _with(stage=f'"{LifecycleStage.CUSTOMER}"', reason='"Won"')),
    "contract.create": Asked("deal", _with()),
    "contract.end": Asked("signed contract", _with(reason='"Too dear"')),
    "contract.renew": Asked("signed contract", _with()),
    "contract.send": Asked("contract", _with(to='"ada@example.com"')),
    "deal.move": Asked("deal", _with(stage='"sales.won"')),
    "deal.open": Asked("lead", _with(name='"Turbines"')),
    "forecast.keep": Asked("", _with()),
    "hook.call": Asked("lead", _with(target='"erp"', body="{a: 1}")),
    "invoice.create": Asked("won deal", _with()),
    "invoice.issue": Asked("invoice", _with()),
    "lead.close": Asked("lead", _with(outcome='"Lost"', reason='"Price"')),
    "lead.response_due": Asked("lead", _with(due='duration("PT4H")')),
    "mail.send": Asked("lead", _with(to='"ada@example.com"', subject='"Hello"', text='"Hello"')),
    "notification.digests": Asked("", _digests),
    "notification.letter": Asked("", _notification),
    "notify.person": Asked("lead", _with(to='"tom@example.com"', title='"Look"')),
    "procedure.find_reviews": Asked("", _review),
    "procedure.set_review": Asked("", _procedure),
    "quote.create": Asked("deal", _with()),
    "quote.expire": Asked("quote", _with()),
    "quote.review": Asked("full quote", _with(why='"Price"')),
    "quote.send": Asked("quote", _with(to='"ada@example.com"')),
    "record.assign": Asked("lead", _with(owner='"tom@example.com"', reason='"Load"')),
    "record.update": Asked("lead", _with(fields='{region: "SE"}')),
    "report.letters": Asked("", _report),
    "step.tell_owner": Asked("", _band),
}
"""How the actions are asked for which their parameters do not say enough."""

MADE_UP = {
    "string": '"x"', "number": "1", "list": '["x"]', "boolean": "true", "date": 'date("2026-03-10")',
    "date and time": '@"2026-03-10T09:00:00Z"', "days and time duration": 'duration("P1D")', "context": "{a: 1}",
    "Any": '"x"',
}  # fmt: skip
SENT_OUT = {"mail.send", "hook.call", "quote.send", "invoice.issue"}
"""What is caught whatever it is asked about."""
NAMES = sorted(name for name in actions.catalogue() if not name.startswith("test."))


def asked(spec: ActionSpec) -> Asked:
    """Return how to ask an action: as it is said above, or by the types of what it must be given."""
    if spec.name in ASKED:
        return ASKED[spec.name]
    given = {each.name: MADE_UP[each.type] for each in spec.inputs if each.required}
    return Asked("lead", lambda house: given)


def walk(house: House, name: str, about: str, inputs: Mapping[str, str]) -> Case:
    """Send a test record (or none) through a draft whose only step is this action; return its case when it rests."""
    desk = house.desk
    record_type = about.rpartition(" ")[2]
    drawing = c.chart(c.start(), c.action("do", name, inputs), c.end(), c.flows("start > do > end"), record=record_type)
    operations.create_procedure(key="test", name="Test", record_type=record_type, by=desk.admin, at=desk.now)
    operations.save_draft(key="test", drawing=drawing, by=desk.admin, at=desk.now)
    operations.start_trial(key="test", testers=[desk.cast.maya.pk], by=desk.admin, at=desk.now)
    if about:
        house.real(about)
    ref = RecordRef(record_type, house.make(about, sandbox=True)) if about else None
    before = real_rows()
    operations.walk_draft(key="test", record=ref, by=house.maya, at=desk.now)
    for _ in range(3):
        desk.drain(minutes=1)
    assert changes(before, real_rows()) == []
    return Case.objects.get(sandbox=True)


# -- What must stay as it is -------------------------------------------------------------------------------------------

_TABLES = """
SELECT t.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'sandbox')
FROM pg_class t WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace ORDER BY 1
"""
_PARENTS = """
SELECT t.relname, child.attname, parent.relname FROM pg_constraint k
JOIN pg_class parent ON parent.oid = k.confrelid JOIN pg_class t ON t.oid = k.conrelid
JOIN pg_attribute child ON child.attrelid = k.conrelid AND child.attnum = k.conkey[1]
WHERE k.contype = 'f' AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = parent.oid AND a.attname = 'sandbox')
"""
MACHINERY = ("procedures_case_", "procedures_inbox", "procedures_worker", "procedures_timer", "django_")
"""Tables of what runs the cases, which name no record."""


def real_rows() -> set[tuple[str, str]]:
    """Return everything the database holds that is no test's: table and row."""
    return set(fetch(_everything(), []))


@cache
def _everything() -> str:
    parents: dict[str, list[tuple[str, str]]] = {}
    for table, column, parent in fetch(_PARENTS, []):
        parents.setdefault(table, []).append((column, parent))
    tables = [(table, marked) for table, marked in fetch(_TABLES, []) if not table.startswith(MACHINERY)]
    return " UNION ALL ".join(_real(table, parents.get(table, []), marked=marked) for table, marked in tables)


def _real(table: str, parents: Sequence[tuple[str, str]], *, marked: bool) -> str:
    read = f"SELECT '{table}', t::text FROM \"{table}\" t"
    if marked:
        return f"{read} WHERE NOT sandbox"
    if table.startswith("journal_personal"):
        return f"{read} JOIN journal_entry e ON e.id = t.entry_id WHERE NOT e.sandbox"
    of_tests = [
        f'EXISTS (SELECT FROM "{parent}" p WHERE p.id = t."{column}" AND p.sandbox)' for column, parent in parents
    ]
    return f"{read} WHERE NOT ({' OR '.join(of_tests) or 'false'})"


def changes(before: set[tuple[str, str]], after: set[tuple[str, str]]) -> list[str]:
    """Return what was there and is not, and what is there now and was not, a line each."""
    gone = [f"{table}: - {row}" for table, row in before - after]
    return sorted([*gone, *(f"{table}: + {row}" for table, row in after - before)])


def caught() -> list[str]:
    """Return the actions that wait to be shown; none may wait to be performed."""
    assert set(Outbox.objects.values_list("status", flat=True)) <= {"caught"}
    return list(Outbox.objects.order_by("pk").values_list("action", flat=True))


def reasons() -> list[str]:
    """Return why steps failed."""
    return list(Incident.objects.values_list("message", flat=True))


@pytest.mark.req("A13")
@pytest.mark.parametrize("name", NAMES)
class TestEveryAction:
    def test_it_changes_nothing_real_and_sends_nothing(self, house: House, server: MailServer, name: str) -> None:
        wish = asked(actions.catalogue()[name])

        case = walk(house, name, wish.about, wish.inputs(house))

        assert (reasons(), case.end_node) == ([], "end"), f"Say in ASKED how to ask {name} so that it is performed."
        assert server.messages == []
        assert not SENT_OUT & {name} or caught() == [name]

    def test_a_real_record_that_is_named_by_hand_is_left_alone(
        self, house: House, server: MailServer, name: str
    ) -> None:
        wish = asked(actions.catalogue()[name])
        inputs = dict(wish.inputs(house))
        if not wish.about:
            pytest.skip("It is about no record.")
        named = RecordRef(wish.about.rpartition(" ")[2], house.real(wish.about))

        case = walk(house, name, wish.about, {**inputs, "record": f'"{named}"'})

        assert (reasons(), case.end_node) == ([], "end")
        assert server.messages == []
        heeds_it = name in SENT_OUT or name.startswith("notify.")  # of these the record says who is meant, at most
        assert heeds_it or caught() == [name]


@pytest.mark.req("A13")
class TestShowing:
    def test_what_would_have_changed_something_real_is_shown_with_what_leaves_the_house(self, house: House) -> None:
        walk(house, "record.tag", "lead", {"tags": '["hot"]', "record": f'"lead:{house.real("lead")}"'})

        now = trial_now(procedure="test", user=house.desk.cast.maya)

        assert now is not None
        assert [(each.node, each.action, each.inputs["tags"]) for each in now.caught] == [("do", "record.tag", ["hot"])]

    @pytest.mark.parametrize("name", ["notify.person", "notify.manager", "contract.send", "step.tell_owner"])
    def test_what_tells_somebody_is_done_on_the_test_record_and_shown(self, house: House, name: str) -> None:
        wish = asked(actions.catalogue()[name])

        walk(house, name, wish.about, wish.inputs(house))

        assert caught() == [name]
        assert not Notification.objects.filter(kind="procedure", sandbox=False).exists()

    def test_a_test_record_finds_no_real_person(self, house: House) -> None:
        values = {"name": "Ada", "email": "ada@example.com"}

        lead = capture_lead(values=values, by=house.maya, at=house.desk.now, sandbox=True)

        assert lead.contact is not None
        assert lead.contact.sandbox is True

    def test_ending_the_trial_takes_away_what_its_steps_made(self, house: House) -> None:
        real = house.real("deal")
        walk(house, "deal.open", "strange lead", {"name": '"Turbines"'})
        opened = Deal.objects.filter(sandbox=True, deleted_at=None).count()

        operations.end_trial(key="test", by=house.maya, at=house.desk.now)

        assert opened == 1
        assert not Deal.objects.filter(sandbox=True, deleted_at=None).exists()
        assert Deal.objects.get(pk=real).deleted_at is None


@pytest.fixture
def careless(house: House) -> Iterator[None]:
    """Register an action that changes real records past all doors."""

    def perform(requests: Sequence[ActionRequest]) -> Sequence[ActionResult]:
        Lead.objects.filter(sandbox=False).update(region="SE")
        return [ActionResult() for _ in requests]

    actions.register(ActionSpec(name="test.careless", title="", inputs=(Parameter(name="a"),)), perform)
    yield
    actions.forget("test.careless")


class TestThisTest:
    @pytest.mark.usefixtures("careless")
    def test_it_sees_what_goes_past_the_doors(self, house: House) -> None:
        with pytest.raises(AssertionError, match="leads_lead: "):
            walk(house, "test.careless", "lead", {})

    def test_a_live_case_changes_what_a_trial_does_not(self, house: House) -> None:
        drawing = c.chart(
            c.start(), c.action("do", "record.tag", {"tags": '["hot"]'}), c.end(), c.flows("start > do > end")
        )
        house.desk.publish(drawing)
        lead = RecordRef("lead", house.real("lead"))
        house.desk.drain()
        before = real_rows()

        start_case(procedure="test", record=lead, by=house.desk.admin, at=house.desk.now)
        house.desk.drain()

        assert any(line.startswith("leads_lead: +") for line in changes(before, real_rows()))
        assert connection.vendor == "postgresql"
