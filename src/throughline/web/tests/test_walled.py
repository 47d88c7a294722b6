"""What is mailed, and what leaves the house as a file, when the first wall is made wrong on purpose."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q
from openpyxl import load_workbook  # type: ignore[import-untyped]

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.notify.letters import letter_of, take_digests
from throughline.core.notify.models import Notification
from throughline.core.notify.operations import Message, choose_ways, notify_many
from throughline.core.procedures import worker
from throughline.core.recordref import RecordRef
from throughline.core.records import registry, walls
from throughline.core.records.exporting import export
from throughline.core.records.operations import create_record, update_record
from throughline.core.records.queries import ListQuery
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import save_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact
from throughline.insight.dashboards.answers import answer, walled_answer
from throughline.insight.dashboards.models import Report
from throughline.insight.dashboards.paper import printed
from throughline.insight.dashboards.tiles import Kind, Tile
from throughline.insight.kpis import goals
from throughline.insight.kpis.definitions import DIMENSIONS, KPIS
from throughline.insight.kpis.measuring import Window
from throughline.insight.kpis.tests.test_measuring import STAGES, Company
from throughline.insight.mined import scope
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.req("I1", "L1")]

DAY = timedelta(days=1)
NUMBERS = [Tile(id=1, kind=Kind.FUNNEL), *(Tile(id=2, kind=Kind.NUMBER, kpi=kpi.key) for kpi in KPIS)]
OTHERS = [Tile(id=3, kind=kind, kpi=kpi.key) for kpi in KPIS for kind in (Kind.TREND, Kind.TABLE)]
OTHERS += [Tile(id=4, kind=Kind.BARS, kpi=kpi.key, by=by) for kpi in KPIS for by in DIMENSIONS[kpi.record]]


def fall(patched: pytest.MonkeyPatch) -> None:
    """Let the first wall pass everything to everybody."""
    assert walls.is_possible()
    patched.setattr(access, "visible", lambda *_args, **_named: Q())
    patched.setattr(scope, "seen_by", lambda *_args, **_named: Q())


@pytest.fixture
def company(cast: Cast, at: datetime) -> Company:
    """Give Maya and Ines each leads, deals, customers who answered and what comes back every month."""
    save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)
    made = Company(cast, at)
    for who, often in ((cast.maya, 1), (cast.ines, 3)):
        for number in range(often):
            made.lead(who, number, first_responded_at=at + DAY, converted_at=at + 2 * DAY)
            made.deal(who, "won", days=5, amount=Decimal(1_000))
            _customer(who, at)
    return made


def _customer(who: User, at: datetime) -> None:
    by = Actor.user(who)
    customer = create_record(spec=registry.get("organization"), values={"name": f"Of {who.name}"}, by=by, at=at)
    contact = create_record(spec=registry.get("contact"), values={"last_name": f"Of {who.name}"}, by=by, at=at)
    Contact.objects.filter(pk=contact.pk).update(nps_last=9)
    values = {"name": "Care", "organization": customer.pk, "amount": 100, "start_on": "2025-01-01"}
    made = create_record(spec=registry.get("subscription"), values=values, by=by, at=at)
    spec, cheaper = registry.get("subscription"), {"amount": 90}
    update_record(spec=spec, record_id=made.pk, values=cheaper, by=by, at=at + 3 * DAY)


def window(user: User, at: datetime) -> Window:
    """Return the month of all that happens."""
    zone = Window.named("today", user=user, at=at).zone
    return Window.of_days(at.date(), at.date() + 30 * DAY, zone)


class TestMailed:
    """Tiles as they are mailed."""

    def test_show_what_the_page_shows_and_no_more_when_the_first_wall_falls(
        self, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        maya, ines, omar = company.cast.maya, company.cast.ines, company.cast.omar
        tiles = [(user, tile) for user in (maya, ines, omar) for tile in NUMBERS] + [(ines, tile) for tile in OTHERS]
        asked: list[tuple[Tile, dict[str, Any]]] = [
            (tile, {"user": user, "window": window(user, company.at)}) for user, tile in tiles
        ]
        wanted = [answer(tile, **named) for tile, named in asked]

        fall(monkeypatch)
        fallen = [answer(tile, **named) for tile, named in asked]
        held = [walled_answer(tile, **named) for tile, named in asked]

        assert held == wanted
        assert sum(one != other for one, other in zip(fallen, wanted, strict=True)) > 50, "the wall really fell"
        revenue = [each.value for (tile, _), each in zip(asked, held, strict=True) if tile.kpi == "revenue-won"]
        assert "1,000" in revenue[0]

    def test_a_heat_counts_the_cases_that_are_seen(
        self, cast: Cast, at: datetime, lead: Lead, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tile = Tile(id=2, kind=Kind.HEAT, procedure="call-first")
        for number in range(2):
            capture_lead(values={"name": f"Ines's {number}"}, by=Actor.user(cast.ines), at=at)
        worker.drain(limit=50, at=at)

        def pictures(of: Any) -> list[str]:
            return [of(tile, user=user, window=window(user, at)).picture for user in (cast.maya, cast.ines, cast.omar)]

        wanted = pictures(answer)
        fall(monkeypatch)

        assert pictures(walled_answer) == wanted
        assert pictures(answer) != wanted
        assert len(set(wanted)) == 3

    def test_the_paper_is_made_of_them(self, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[Any] = []

        def typeset(_package: str, _template: str, data: Any) -> bytes:
            told.append(data)
            return b""

        monkeypatch.setattr("throughline.insight.dashboards.paper.typeset", typeset)
        fall(monkeypatch)

        for user in (company.cast.maya, company.cast.ines):
            printed(Report(shipped="sales"), user=user, at=company.at + 20 * DAY)

        values = [[tile["value"] for tile in each["tiles"] if tile["title"] == "Revenue won"] for each in told]
        assert [["1,000" in value for value in each] for each in values] == [[True], [False]]


class TestGoals:
    def test_are_watched_behind_the_second_wall(self, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        at, by = company.at, Actor.user(company.cast.maya)
        goals.save_goal(
            kpi="revenue-won", period="this_month", owner_id=company.cast.maya.pk, high=Decimal(500), by=by, at=at
        )
        fall(monkeypatch)

        assert goals.watch_goals(at=at + 6 * DAY) == 1

        [told] = Notification.objects.filter(kind="goal.left_band")
        assert "1,000" in told.title


class TestExports:
    """Files that leave the house."""

    def test_of_records_hold_no_row_that_is_not_seen(self, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        def rows(form: str) -> int:
            omar = company.cast.omar
            parts = export(
                spec=registry.get("lead"), user=omar, query=ListQuery(), columns=["name"], form=form,
                by=Actor.user(omar), at=company.at,
            )  # fmt: skip
            content = b"".join(parts)
            if form == "csv":
                return len(content.decode().splitlines()) - 1
            return int(load_workbook(io.BytesIO(content)).worksheets[0].max_row) - 1

        company.lead(company.cast.petra)
        fall(monkeypatch)

        assert [rows("csv"), rows("xlsx")] == [4, 4]
        assert Lead.objects.filter(access.visible(registry.get("lead"), company.cast.omar)).count() == 5
        assert [entry.data["records"] for entry in Entry.objects.filter(event="records.exported")] == [4, 4]

    def test_of_cases_hold_none_whose_record_is_not_seen(
        self, cast: Cast, at: datetime, lead: Lead, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        by_form = capture_lead(values={"name": "Petra's"}, by=Actor.user(cast.petra), at=at)
        worker.drain(limit=50, at=at)
        Lead.objects.filter(pk=by_form.pk).update(owner=cast.petra, team=cast.care)
        fall(monkeypatch)

        answer: Any = sign_in(cast.omar).get("/procedures/call-first/mined/export/?form=csv")

        assert b"".join(answer).count(b"Lead captured") == 1
        assert Entry.objects.get(event="log.exported").data["cases"] == 1


class TestDigests:
    """Mails of messages."""

    @pytest.fixture
    def told(self, company: Company) -> list[Message]:
        """Tell Ines of a lead of hers, of one that she does not see, and of a goal."""
        leads = {lead.owner_id: lead.pk for lead in Lead.objects.all()}
        about = {
            "own": RecordRef("lead", leads[company.cast.ines.pk]),
            "hidden": RecordRef("lead", leads[company.cast.maya.pk]),
            "goal": RecordRef("goal", 1),
        }
        messages = [
            Message(company.cast.ines.pk, "mention", f"The {name} one", "All of it.", about=ref, key=name)
            for name, ref in about.items()
        ]
        notify_many(messages=messages, by=Actor.system(), at=company.at)
        return messages

    def test_say_nothing_of_records_that_are_not_seen_any_more(self, company: Company, told: list[Message]) -> None:
        choose_ways(mailed=[], digest_hour=0, by=Actor.user(company.cast.ines), at=company.at)

        [letter] = take_digests(at=company.at + DAY)

        assert letter.subject == "3 messages wait for you"
        assert ("The own one" in letter.text, "The goal one" in letter.text) == (True, True)
        assert "The hidden one" not in letter.text
        assert "… and 1 more." in letter.text

    def test_nor_does_the_mail_of_one_message(self, company: Company, told: list[Message]) -> None:
        letters = {
            message.title: letter_of(notification_id=message.pk) for message in Notification.objects.order_by("pk")
        }

        assert {title: letter.subject for title, letter in letters.items() if letter} == {
            "The own one": "The own one", "The hidden one": "A message waits for you", "The goal one": "The goal one"
        }  # fmt: skip
        hidden = letters["The hidden one"]
        assert hidden is not None
        assert "All of it." not in hidden.text
        assert "It is about a record that you do not see any more." in hidden.text
