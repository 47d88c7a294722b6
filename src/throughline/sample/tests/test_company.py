"""The sample company: made small, kept, loaded, lived on with, and taken away."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client

from throughline.core.access.operations import ship_roles
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, User
from throughline.core.identity.operations import create_user
from throughline.core.journal.models import Entry, PersonalValues
from throughline.core.journal.writing import personal_digest
from throughline.core.procedures.models import Case, Timer, Token, WorkItem
from throughline.core.queues.models import Queue
from throughline.core.records.models import SearchWord
from throughline.core.records.search import search
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.territories.models import Territory
from throughline.crm.activities.models import Activity
from throughline.crm.deals.models import Deal, DealSum
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.sample import company, kept
from throughline.sample.making import Size, make_company
from throughline.web import moments

pytestmark = pytest.mark.django_db

ENDS_AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
TINY = Size(weeks=2, customers=16, contacts=30, leads_a_day=3.0, deals_a_day=1.0)
BY = Actor.system("Tests")


def counts() -> dict[str, int]:
    """Return how many rows the tables have that have some."""
    found = {}
    with connection.cursor() as cursor:
        for table in kept.tables():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            if (rows := cursor.fetchone()[0]) > 0:
                found[table] = rows
    return found


@pytest.fixture
def boss() -> User:
    """An administrator of an installation in which nobody has begun to work."""
    kept.number_from(1)
    ship_roles(by=BY, at=ENDS_AT)
    ship_pipeline(by=BY, at=ENDS_AT)
    roles = list(Role.objects.filter(key="administrator"))
    return create_user(email="boss@own.example", name="Own Boss", roles=roles, by=BY, at=ENDS_AT)


class TestMaking:
    @pytest.mark.req("M2")
    def test_a_small_company_is_kept_and_loaded_a_year_later_by_weeks_and_goes_on(self) -> None:
        make_company(size=TINY, password=None, at=ENDS_AT)
        made, first = counts(), Lead.objects.order_by("pk").values_list("created_at", flat=True)[0]
        file = io.BytesIO()
        label = kept.write(file, begins_at=ENDS_AT - timedelta(weeks=TINY.weeks), ends_at=ENDS_AT)
        company._leave_only({})
        assert counts() == {}

        now = ENDS_AT + timedelta(weeks=52, days=3)
        loaded = company.load_company(by=BY, at=now, source=file.getvalue())

        assert loaded.ends_at == ENDS_AT + timedelta(weeks=52)
        assert Lead.objects.order_by("pk").values_list("created_at", flat=True)[0] == first + timedelta(weeks=52)
        grown = counts()
        fewer = {table for table in made if grown.get(table, 0) < made[table]}
        assert fewer <= {"files_blob", "files_chunk", "procedures_timer"}, "documents are left out, timers fell due"
        assert grown["leads_lead"] > made["leads_lead"], "the days since were lived through"
        assert label.rows > 1_000
        assert not Timer.objects.filter(due_at__lt=now).exists(), "nothing that was due is left undone"
        shipped = {role.key: role.permissions for role in Role.objects.all()}
        assert "people.coach" in str(shipped["manager"]), "roles are those of this version, not those of the file"
        self._hangs_together()

    def _hangs_together(self) -> None:
        running = set(Token.objects.values_list("case_id", flat=True))
        assert running <= set(Case.objects.values_list("pk", flat=True))
        for item in WorkItem.objects.filter(status="open").select_related("case"):
            assert Token.objects.filter(case=item.case, token=item.token).exists()
        digests = {entry.pk: bytes(entry.digest or b"") for entry in Entry.objects.exclude(digest=None)}
        for values in PersonalValues.objects.all():
            assert personal_digest(bytes(values.salt), values.values) == digests[values.entry_id]
        assert all(quote.document for quote in Quote.objects.filter(status=QuoteStatus.SENT))

    def test_the_same_seed_makes_the_same_firms_and_no_name_twice_in_one(self) -> None:
        from throughline.sample.world import World, chance_of

        one, other = World(), World()
        firms = [one.firm(chance_of("a")) for _ in range(1)], [other.firm(chance_of("a")) for _ in range(1)]
        chance = chance_of("people")
        people = [one.person(chance, culture="germany", domain="firm.example") for _ in range(300)]

        assert firms[0] == firms[1]
        assert len({(each.first_name, each.last_name) for each in people}) == 300
        assert len({each.phone for each in people if each.phone}) == len([each for each in people if each.phone])
        assert all(each.email.endswith(".example") for each in people)


class TestAtTrueSize:
    @pytest.mark.req("M2")
    def test_comes_and_goes_in_one_click_and_leaves_what_was_there(
        self, boss: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = ENDS_AT + timedelta(weeks=3, hours=14)
        monkeypatch.setattr(moments, "now", lambda: now)
        before = counts()
        browser = Client()
        browser.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert b"/sample-company/" in browser.get("/").content

        try:
            answer = browser.post("/sample-company/")
        except kept.Outdated as outdated:  # say what to do, in the words of whoever changed a table
            pytest.fail(str(outdated))

        assert "maya@brightwater.example" in answer.content.decode()
        self._is_a_company(now)
        browser.post("/sample-company/end/")
        after = counts()
        assert {**after, "journal_entry": 0} == {**before, "journal_entry": 0}
        assert after["journal_entry"] == before["journal_entry"] + 1, "the removal itself is told"
        assert User.objects.get() == boss
        assert not SearchWord.objects.exists()
        assert browser.get("/sample-company/").status_code == 200

    def _is_a_company(self, now: datetime) -> None:
        assert User.objects.filter(email__endswith="@brightwater.example").count() == 25
        wanted: dict[Any, int] = {Lead: 1_500, Contact: 3_500, Organization: 1_000, Deal: 1_400, Activity: 7_000}
        sizes = {model.__name__: (model._default_manager.count(), least) for model, least in wanted.items()}
        assert {name: size for name, size in sizes.items() if size[0] < size[1]} == {}
        won = Deal.objects.filter(stage__key="sales.won").count()
        share = won / Deal.objects.exclude(closed_at=None).count()
        assert 0.2 <= share <= 0.35
        standing = Deal.objects.filter(deleted_at=None, sandbox=False).count()
        assert DealSum.objects.filter(on_day=None).aggregate(all=Sum("number"))["all"] == standing
        maya = WorkItem.objects.filter(status="open", assignee__email="maya@brightwater.example")
        assert maya.filter(due_at__gt=now).exists()
        assert maya.count() >= 5
        queues = {queue.key: queue for queue in Queue.objects.all()}
        assert queues["sales"].owner is not None
        assert queues["sales"].description
        waiting = WorkItem.objects.filter(status="open", assignee=None)
        assert set(waiting.values_list("queue", flat=True)) <= queues.keys()
        assert waiting.count() >= 5
        assert Lead.objects.latest("created_at").created_at <= now
        opened = dict(Territory.objects.values_list("name", "rule__members__email"))
        assert opened["Iberia"].endswith("@brightwater.example")
        assert Territory.objects.get(name="Iberia").parent == Territory.objects.get(name="Southern Europe")
        assert search(user=User.objects.get(email="maya@brightwater.example"), text="logistk"), "slips are forgiven"

    def test_is_for_administrators_and_for_empty_installations(self, boss: User) -> None:
        seller = create_user(
            email="seller@own.example",
            name="Own Seller",
            roles=list(Role.objects.filter(key="sales")),
            by=BY,
            at=ENDS_AT,
        )

        with pytest.raises(NotAllowed):
            company.load_company(by=Actor.user(seller), at=ENDS_AT)
        Organization.objects.create(
            name="Mine", sort_name="mine", created_at=ENDS_AT, created_by="x", updated_at=ENDS_AT, updated_by="x"
        )
        with pytest.raises(Refusal, match="Work has begun here"):
            company.load_company(by=Actor.user(boss), at=ENDS_AT)

    def test_comes_to_no_installation_that_has_been_in_use_for_long(self, boss: User) -> None:
        kept.number_from(kept.FIRST_ID)
        create_user(email="late@own.example", name="Late Comer", roles=[], by=BY, at=ENDS_AT)

        with pytest.raises(Refusal, match="another data folder") as refused:
            company.load_company(by=BY, at=ENDS_AT)

        assert refused.value.code == "long_in_use"
        assert not Lead.objects.exists()


class TestKeptFile:
    def test_a_column_that_is_gone_is_refused_with_what_to_do(self) -> None:
        loading = kept._Loading(lambda text: text)
        table = kept.KeptTable("people_organization", 1, [kept.KeptColumn("shoe_size", "text", 2)])

        with pytest.raises(kept.Outdated, match="throughline sample make"):
            loading._filled(table)

    def test_a_column_that_the_file_lacks_takes_its_default(self) -> None:
        loading = kept._Loading(lambda text: text)

        assert loading._default("deals_deal", "currency") == b"EUR"
        assert loading._default("deals_deal", "custom") == b"{}"
        assert loading._default("deals_deal", "competitors") == b"{}"
        assert loading._default("people_contact", "do_not_call") == b"f"

    def test_days_move_by_whole_weeks_and_numbers_that_look_like_days_stay(self) -> None:
        moved = kept._mover(7)

        assert moved(b"2026-02-25 10:00:00+00\t2026-02-30\t12026-01-01x") == (
            b"2026-03-04 10:00:00+00\t2026-02-30\t12026-01-01x"
        )

    def test_whole_numbers_and_json_come_back_as_they_were(self) -> None:
        loading = kept._Loading(lambda text: text)
        cells: Any = ([b"1001", b"1004", b"1002"], [b"\\\\x7b7d", b"\\N"])

        for kind, values in zip(("bigint", "bytea"), cells, strict=True):
            coding, blob = kept._encode(kind, values)
            assert coding != "text"
            assert loading._decoded(kept.KeptColumn("any", coding, len(blob)), kind, blob) == values
