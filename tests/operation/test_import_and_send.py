"""
A whole funnel from its files: leads imported, routed by origin, and won by messages, through the commands' own code.

Told twice: with the files of the sample company (docs/howto/import-and-send.md), and with the public marketing funnel
of 8,000 leads where it lies.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from throughline import sample
from throughline.cli import main
from throughline.sample.load import found_company
from throughline.testing.suites import ROOT, suites
from throughline.web.tests.tables import figures, number

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from throughline.core.identity.models import User
    from throughline.core.procedures.queries.live import Live
    from throughline.core.procedures.queries.outcomes import OutcomeCount

pytestmark = pytest.mark.django_db

SAMPLE = Path(sample.__file__).parent
TEAM = {
    "organic_search": "north", "direct_traffic": "north", "referral": "north", "unknown": "north", "other": "north",
    "": "north", "paid_search": "south", "display": "south", "other_publicities": "south", "social": "south",
    "email": "south",
}  # fmt: skip
"""Which team the shipped table gives a lead of which nothing but the origin is known."""


@dataclass(frozen=True)
class Files:
    """A funnel on disk: its files, the columns that matter here, and how days are written."""

    leads: Path
    deals: Path
    mapping: Path
    key: str
    day: str
    order: str

    def lead_rows(self) -> dict[str, dict[str, str]]:
        """The leads by key."""
        with self.leads.open(newline="", encoding="utf-8") as file:
            return {row[self.key]: row for row in csv.DictReader(file)}

    def deal_rows(self) -> list[dict[str, str]]:
        """The deals in the order of the file."""
        with self.deals.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def day_of(self, text: str) -> date:
        """The day that a cell means."""
        return datetime.strptime(text[:10], self.order).date()


def sample_files() -> Files:
    return Files(SAMPLE / "leads.csv", SAMPLE / "closed_deals.csv", SAMPLE / "leads.yaml", "enquiry", "day", "%d.%m.%Y")


def public_files() -> Files:
    folder = suites() / "data" / "marketing-funnel"
    mapping = ROOT / "docs" / "howto" / "marketing-funnel.yaml"
    return Files(folder / "leads.csv", folder / "closed_deals.csv", mapping, "mql_id", "first_contact_date", "%d-%m-%Y")


@dataclass
class Story:
    """
    What the commands said, and what the pages would have shown at each moment.

    ``imported`` and ``sent`` hold the reports of the first and the second time. ``live``, ``ended`` and ``pages`` (the
    Live page) are taken when everybody waits for the first contact, and when the deals are won.
    """

    files: Files
    people: Mapping[str, User]
    imported: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    live: list[Live] = field(default_factory=list)
    ended: list[list[OutcomeCount]] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Ask the live queries as the administrator, and open the Live page."""
        from django.test import Client

        from throughline.core.procedures.queries.live import live
        from throughline.core.procedures.queries.outcomes import outcomes

        ada = self.people["ada"]
        self.live.append(live(procedure="lead-to-deal", user=ada, at=datetime.now(UTC)))
        self.ended.append(outcomes(procedure="lead-to-deal", user=ada, part_by="origin"))
        browser = Client()
        browser.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
        self.pages.append(browser.get("/procedures/lead-to-deal/live/?by=origin").content.decode())

    def happen(self) -> None:
        """Import twice, let the worker work, send twice, let it work again."""
        from throughline.core.procedures import worker

        files = self.files
        importing = ["import", "lead", str(files.leads), "--mapping", str(files.mapping), "--json"]
        sending = ["send", "deal won", str(files.deals), "--key", files.key, "--json"]
        self.imported += [_say(importing), _say(importing)]
        worker.drain(at=datetime.now(UTC), outside=False)
        _take_statistics()
        self.look()
        self.sent += [_say(sending), _say(sending)]
        worker.drain(at=datetime.now(UTC), outside=False)
        self.look()


def _take_statistics() -> None:
    """Let the planner know how many rows there are, as the database does by itself outside of a long transaction."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _say(words: list[str]) -> dict[str, Any]:
    """Run a command in this process and return its JSON."""
    out = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(out, "utf-8")) as text:
        assert main(words) == 0
        text.flush()
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


@pytest.fixture(
    scope="module",
    params=[sample_files, pytest.param(public_files, marks=pytest.mark.suites)],
    ids=["sample", "public"],
)
def story(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Story]:
    """The story, told once; all tests look at what is left of it, and then it is taken back."""
    files = request.param()
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        for command in ("import_records", "send"):
            patch.setattr(
                f"throughline.cli.{command}.product", nullcontext
            )  # Django is set up, and this is its database
        told = Story(files, found_company(password="only here", at=datetime.now(UTC)))
        told.happen()
        yield told
        transaction.set_rollback(True)


def _won(counts: list[OutcomeCount]) -> Counter[str]:
    return Counter({each.value: each.count for each in counts if each.end_node == "won"})


@pytest.mark.req("B1", "C1", "C2", "K1")
class TestImport:
    def test_every_line_becomes_a_lead_and_the_second_time_none(self, story: Story) -> None:
        count = len(story.files.lead_rows())

        first, second = story.imported

        assert (first["lines"], first["created"], first["existing"]) == (count, count, 0)
        assert (second["lines"], second["created"], second["existing"]) == (count, 0, count)

    def test_lines_without_an_origin_are_reported_by_number(self, story: Story) -> None:
        lines = [number for number, row in enumerate(story.files.lead_rows().values(), 2) if not row["origin"]]

        (remark,) = story.imported[0]["warnings"]

        assert remark == {"message": "Lead without origin.", "lines": lines}

    def test_what_stands_in_the_file_stands_in_the_leads(self, story: Story) -> None:
        from throughline.crm.leads.models import Lead

        rows = story.files.lead_rows()

        leads = {lead.external_id: lead for lead in Lead.objects.all()}

        assert leads.keys() == rows.keys()
        for key, row in rows.items():
            assert leads[key].origin == row["origin"]
            assert leads[key].first_contact_on == story.files.day_of(row[story.files.day])

    def test_each_lead_starts_one_case_that_waits_for_the_first_contact(self, story: Story) -> None:
        from throughline.core.procedures.models import Case, WorkItem

        count = len(story.files.lead_rows())

        live = story.live[0]

        assert live.running == count
        assert (live.by_node["first_contact"].count, live.by_node["first_contact"].incidents) == (count, 0)
        assert Case.objects.values("record_id").distinct().count() == Case.objects.count() == count
        assert WorkItem.objects.filter(node="first_contact").values("case").distinct().count() == count
        assert WorkItem.objects.count() == count

    def test_each_lead_is_routed_by_its_origin_and_says_why(self, story: Story) -> None:
        from throughline.crm.leads.models import Lead

        leads = Lead.objects.select_related("team", "owner")

        assert {(lead.origin, lead.team.key) for lead in leads if lead.team} == {
            (origin, TEAM[origin]) for origin in {row["origin"] for row in story.files.lead_rows().values()}
        }
        assert all(lead.owner is not None and "fewest open leads" in lead.assigned_reason for lead in leads)

    def test_the_sellers_of_a_team_get_equally_many(self, story: Story) -> None:
        from throughline.crm.leads.models import Lead

        shares = Counter(Lead.objects.values_list("team__key", "owner__email"))

        for team, members in (("north", 2), ("south", 3)):
            of_team = [count for (key, _), count in shares.items() if key == team]
            assert len(of_team) == members
            assert max(of_team) - min(of_team) <= 1

    def test_leads_are_tagged_by_origin(self, story: Story) -> None:
        from throughline.crm.leads.models import Lead

        tags = Counter(tag for tags in Lead.objects.values_list("tags", flat=True) for tag in tags)

        assert tags == Counter(row["origin"] or "no-origin" for row in story.files.lead_rows().values())


@pytest.mark.req("B1", "B7", "B8")
class TestSend:
    def test_every_deal_of_a_known_lead_is_delivered_and_the_second_time_none(self, story: Story) -> None:
        leads, deals = story.files.lead_rows(), story.files.deal_rows()
        known = sum(deal[story.files.key] in leads for deal in deals)

        first, second = story.sent

        assert first["counts"] == +Counter({"delivered": known, "buffered": len(deals) - known})
        assert second["counts"] == {"duplicate": len(deals)}

    def test_a_deal_won_before_the_first_contact_is_reported(self, story: Story) -> None:
        leads, files = story.files.lead_rows(), story.files
        early = [
            deal[files.key]
            for deal in files.deal_rows()
            if (lead := leads.get(deal[files.key])) and files.day_of(deal["won_date"]) < files.day_of(lead[files.day])
        ]

        reported = [each for each in story.sent[0]["deliveries"] if each["implausible"]]

        assert [each["key"] for each in reported] == early
        assert len(early) == 1
        assert reported[0]["implausible"] == ["The deal was won before the lead's first contact."]

    def test_the_won_cases_end_and_the_others_wait_on(self, story: Story) -> None:
        leads = story.files.lead_rows()
        won = Counter(
            leads[deal[story.files.key]]["origin"] for deal in story.files.deal_rows() if deal[story.files.key] in leads
        )

        live, ended = story.live[1], story.ended[1]

        assert live.running == live.by_node["first_contact"].count == len(leads) - won.total()
        assert _won(ended) == won
        assert sum(each.count for each in ended) == len(leads)
        assert _won(story.ended[0]) == Counter()

    @pytest.mark.req("B8", "I1")
    def test_the_live_page_tells_the_same(self, story: Story) -> None:
        leads = story.files.lead_rows()
        origins = Counter(row["origin"] or "No origin" for row in leads.values())
        won = +_won(story.ended[1])

        ends, parted = (figures(story.pages[1], title) for title in ("How the cases ended", "Cases by Origin"))

        assert number(ends["All"][0]) == len(leads)
        assert number(ends["Open"][0]) == len(leads) - won.total()
        assert number(ends["Won"][0]) == won.total()
        columns, lines = parted.pop("Origin"), parted
        assert columns == ["All", "Open", "Won"]
        assert {origin: number(line[0]) for origin, line in lines.items()} == origins
        assert {origin: number(line[2]) for origin, line in lines.items() if number(line[2])} == {
            origin or "No origin": count for origin, count in won.items()
        }

    def test_nobody_is_asked_to_call_a_won_lead(self, story: Story) -> None:
        from throughline.core.procedures.models import WorkItem
        from throughline.crm.leads.models import Lead

        won = Lead.objects.filter(outcome="Won").values_list("pk", flat=True)

        items = WorkItem.objects.filter(record_type="lead", record_id__in=won)

        assert set(items.values_list("status", flat=True)) == {"withdrawn"}
        assert items.count() == len(won)

    def test_nothing_went_wrong(self, story: Story) -> None:
        from throughline.core.procedures.models import Incident

        assert list(Incident.objects.values_list("message", flat=True)) == []


@pytest.mark.suites
@pytest.mark.parametrize("story", [public_files], indirect=True, ids=["public"])
class TestPublicFunnel:
    """The figures that others have published of these files."""

    def test_the_leads_and_the_won_ones_per_origin(self, story: Story) -> None:
        leads: Counter[str] = Counter()
        for each in story.ended[1]:
            leads[each.value] += each.count
        won = _won(story.ended[1])

        assert (leads.total(), won.total()) == (8000, 842)
        assert (leads["organic_search"], won["organic_search"]) == (2296, 271)
        assert (leads["paid_search"], won["paid_search"]) == (1586, 195)
        assert (leads["social"], won["social"]) == (1350, 75)

    def test_the_live_page_says_842_won_and_271_of_them_by_organic_search(self, story: Story) -> None:
        ends, parted = (figures(story.pages[1], title) for title in ("How the cases ended", "Cases by Origin"))

        assert (ends["All"], ends["Won"], ends["Open"]) == (["8,000", ""], ["842", "10.5%"], ["7,158", "89.5%"])
        assert parted["organic_search"] == ["2,296", "2,025 88.2%", "271 11.8%"]
        assert parted["paid_search"] == ["1,586", "1,391 87.7%", "195 12.3%"]
        assert parted["No origin"][0] == "60"

    def test_sixty_leads_have_no_origin(self, story: Story) -> None:
        assert len(story.imported[0]["warnings"][0]["lines"]) == 60
