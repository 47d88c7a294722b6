"""Figures out of the database: against what was counted by hand and by plain SQL, and for whom they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from throughline.core.actor import Actor
from throughline.core.identity import operations as identity
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations as deals
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import StagePlan
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact
from throughline.insight.kpis.definitions import BY_KEY, KPIS, markdown
from throughline.insight.kpis.measuring import (
    Figure,
    Question,
    Window,
    available,
    behind,
    dimensions,
    find,
    is_young,
    measure,
    parted,
    trend,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("I1")]

DAY = timedelta(days=1)
STAGES = (
    StagePlan(name="Open", probability=50),
    StagePlan(name="Won", kind="won", probability=100),
    StagePlan(name="Lost", kind="lost"),
)


@dataclass
class Company:
    """People, and what they sold: made by operations, dated by what a test says."""

    cast: Cast
    at: datetime

    def lead(self, who: User, day: int = 0, **values: Any) -> Lead:
        """Return a lead captured some days after the beginning; columns that only procedures set are set here."""
        number = Lead.objects.count()
        given = {"name": f"Person {number}", "email": f"p{number}@x.org"}
        made = capture_lead(
            values={**given, "region": values.pop("region", "DACH")}, by=Actor.user(who), at=self.at + day * DAY
        )
        team = who.teams.first()
        Lead.objects.filter(pk=made.pk).update(owner=who, team=team, **values)
        made.refresh_from_db()
        return made

    def deal(self, who: User, stage: str, day: int = 0, days: int = 0, **values: Any) -> Deal:
        """Return a deal opened some days after the beginning and closed ``days`` later."""
        made = create_record(
            spec=registry.get("deal"),
            values={"name": f"Deal {Deal.objects.count()}", "pipeline": "sales", "amount": values.pop("amount", None)},
            by=Actor.user(who),
            at=self.at + day * DAY,
        )
        closed = None if stage == "open" else self.at + (day + days) * DAY
        Deal.objects.filter(pk=made.pk).update(stage_id=f"sales.{stage}", closed_at=closed, **values)
        made.refresh_from_db()
        return made  # type: ignore[no-any-return]


@pytest.fixture
def company(cast: Cast, at: datetime) -> Company:
    """Give the cast with a pipeline."""
    deals.save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)
    return Company(cast, at)


def window(at: datetime, days: int = 31) -> Window:
    zone = Window.named("today", user=User.objects.first(), at=at).zone  # type: ignore[arg-type]
    first = at.astimezone(zone).date()
    return Window.of_days(first, first + (days - 1) * DAY, zone)


def ask(key: str, user: User, at: datetime, days: int = 31, **where: str) -> Question:
    return Question(BY_KEY[key], user, window(at, days), where)


def value(key: str, user: User, at: datetime, days: int = 31, **where: str) -> Figure:
    return measure(ask(key, user, at, days, **where))


class TestDefinitions:
    @pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.key)
    def test_each_says_what_it_is(self, kpi: Any) -> None:
        assert all((kpi.population, kpi.period, kpi.numerator, kpi.denominator, kpi.sources))
        assert kpi.measure is not None or kpi.waits_for

    def test_are_documented_as_they_are(self) -> None:
        page = Path(__file__).parents[5] / "docs/kpis.md"

        assert page.read_text("utf-8") == markdown(), "run `make documents`"

    def test_none_is_called_win_rate_alone(self) -> None:
        assert "Win rate" not in {kpi.name for kpi in KPIS}


class TestShares:
    def test_created_and_closed_win_rate_of_a_hundred_deals(self, company: Company) -> None:
        maya = company.cast.maya
        for number in range(100):
            company.deal(maya, "won" if number < 3 else "lost" if number < 10 else "open", days=5)

        created, closed = (value(key, maya, company.at) for key in ("created-win-rate", "closed-win-rate"))

        assert (created.value, created.denominator, created.still_open) == (0.03, 100, 90)
        assert (closed.value, closed.denominator) == (0.3, 10)

    def test_a_cohort_counts_what_became_of_it_later(self, company: Company) -> None:
        maya = company.cast.maya
        for day in (0, 1, 2):
            company.lead(maya, day)
        company.lead(maya, 3, converted_at=company.at + 60 * DAY)
        company.lead(maya, 40, converted_at=company.at + 45 * DAY)  # of another cohort

        found = value("lead-conversion", maya, company.at)

        assert (found.numerator, found.denominator, found.still_open) == (1, 4, 3)

    def test_merged_leads_count_once(self, company: Company) -> None:
        maya = company.cast.maya
        kept = company.lead(maya)
        company.lead(maya, duplicate_of=kept)

        assert value("lead-to-customer", maya, company.at).denominator == 1

    def test_a_lead_with_two_won_deals_is_one_customer(self, company: Company) -> None:
        maya = company.cast.maya
        lead = company.lead(maya)
        company.lead(maya, 1)
        for _ in range(2):
            company.deal(maya, "won", days=3, lead=lead)

        found = value("lead-to-customer", maya, company.at)

        assert (found.numerator, found.denominator) == (1, 2)

    def test_nothing_is_unknown_and_not_zero(self, company: Company) -> None:
        found = value("closed-win-rate", company.cast.maya, company.at)

        assert found.value is None

    def test_a_contact_at_the_last_instant_is_in_time(self, company: Company) -> None:
        maya, due = company.cast.maya, company.at + DAY
        company.lead(maya, first_response_due_at=due, first_responded_at=due)
        company.lead(maya, first_response_due_at=due, first_responded_at=due + timedelta(microseconds=1))
        company.lead(maya, first_response_due_at=due)
        company.lead(maya)  # without a deadline

        found = value("contacted-in-time", maya, company.at)

        assert (found.numerator, found.denominator, found.still_open) == (1, 3, 1)

    def test_the_end_of_a_period_belongs_to_the_next_one(self, company: Company) -> None:
        maya = company.cast.maya
        identity.change_user(user=maya, changes={"time_zone": "Europe/Berlin"}, by=Actor.system(), at=company.at)
        day = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # midnight of March 2nd in Berlin
        for instant in (day - timedelta(microseconds=1), day):
            lead = company.lead(maya)
            Lead.objects.filter(pk=lead.pk).update(created_at=instant)

        found = measure(Question(BY_KEY["lead-conversion"], maya, Window.named("today", user=maya, at=company.at)))

        assert found.denominator == 1


class TestMeans:
    def test_velocity_of_the_definition(self, company: Company) -> None:
        maya = company.cast.maya
        for number in range(40):
            if number < 5:
                company.deal(maya, "won", days=90, amount=25_000)
            else:
                company.deal(maya, "lost" if number < 20 else "open", days=90)

        found = value("sales-velocity", maya, company.at, days=120)

        assert found.value is not None
        assert round(Decimal(str(found.value)), 2) == Decimal("2777.78")  # 40 × 25,000 × 0.25 ÷ 90

    def test_mean_and_sum_of_won_deals(self, company: Company) -> None:
        maya = company.cast.maya
        company.deal(maya, "won", days=2, amount=1000)
        company.deal(maya, "won", days=4, amount=3000)
        company.deal(maya, "won", days=9)
        company.deal(maya, "lost", days=1, amount=99_000)

        assert value("average-deal-size", maya, company.at).value == 2000
        assert value("revenue-won", maya, company.at).value == 4000
        assert value("sales-cycle", maya, company.at).value == 5 * 86_400

    def test_money_of_other_currencies_is_left_out_and_said(self, company: Company) -> None:
        maya = company.cast.maya
        for currency in ("EUR", "EUR", "USD"):
            company.deal(maya, "won", amount=100, currency=currency)

        found = value("revenue-won", maya, company.at)

        assert found.value == 200
        assert "1 in other currencies" in found.note

    def test_revenue_per_customer_counts_an_organization_once(self, company: Company) -> None:
        maya = company.cast.maya
        people = [contact(company, name) for name in ("A", "B")]
        for who, amount in ((people[0], 100), (people[0], 300), (people[1], 200)):
            company.deal(maya, "won", amount=amount, contact=who)

        found = value("revenue-per-customer", maya, company.at)

        assert (found.value, found.denominator) == (300, 2)


def contact(company: Company, name: str) -> Contact:
    made: Contact = create_record(
        spec=registry.get("contact"), values={"last_name": name}, by=Actor.user(company.cast.maya), at=company.at
    )
    return made


class TestSpans:
    def test_median_and_90th_percentile_with_the_unanswered_beside(self, company: Company) -> None:
        maya = company.cast.maya
        for minutes in (10, 20, 30, 40, 100):
            company.lead(maya, first_responded_at=company.at + timedelta(minutes=minutes))
        company.lead(maya)

        found = value("first-response", maya, company.at)

        assert (found.value, found.denominator, found.still_open) == (30 * 60, 5, 1)
        assert found.p90 == 76 * 60  # between 40 and 100: 40 + 0.6 × 60

    def test_business_time_survives_the_change_of_clocks(self, company: Company) -> None:
        maya = company.cast.maya
        identity.save_calendar(
            key="default", name="Office", zone="Europe/Berlin",
            hours={day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}, holidays=[],
            by=Actor.user(company.cast.admin), at=company.at,
        )  # fmt: skip
        friday = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)  # 16:00 in Berlin, before the clocks change
        monday = datetime(2026, 3, 30, 8, 0, tzinfo=UTC)  # 10:00 in Berlin, after it
        lead = company.lead(maya)
        Lead.objects.filter(pk=lead.pk).update(created_at=friday, first_responded_at=monday)

        found = value("first-response-business", maya, company.at)

        assert found.value == 2 * 3600

    def test_without_a_calendar_it_is_unknown(self, company: Company) -> None:
        company.lead(company.cast.maya, first_responded_at=company.at + DAY)

        found = value("first-response-business", company.cast.maya, company.at)

        assert found.value is None
        assert "no business calendar" in found.note


class TestCustomers:
    def test_churn_and_retention_leave_new_customers_out(self, company: Company) -> None:
        maya = company.cast.maya
        old, loyal, new = (contact(company, name) for name in ("Old", "Loyal", "New"))
        company.deal(maya, "won", day=-360, contact=old)
        company.deal(maya, "won", day=-360, contact=loyal)
        company.deal(maya, "won", day=2, contact=loyal)
        company.deal(maya, "won", day=3, contact=new)

        churned, kept = (value(key, maya, company.at) for key in ("customer-churn", "customer-retention"))

        assert (churned.value, churned.denominator) == (0.5, 2)
        assert (kept.value, kept.denominator) == (0.5, 2)

    def test_lifetime_value_is_of_margin(self, company: Company) -> None:
        cast, maya = company.cast, company.cast.maya
        values = {"name": "Turbine", "price": Decimal(100), "cost": Decimal(40)}
        product = create_record(spec=registry.get("product"), values=values, by=Actor.user(cast.admin), at=company.at)
        people = [contact(company, name) for name in "ABCDE"]
        for who in people:
            company.deal(maya, "won", day=-400, contact=who, amount=1000, product=product)
        for who in people[:4]:
            company.deal(maya, "won", day=0, contact=who, amount=1000, product=product)

        found = value("lifetime-value", cast.admin, company.at, days=10)

        assert found.value == 3000  # 600 of margin a year ÷ a fifth that left

    def test_lifetime_value_waits_for_costs(self, company: Company) -> None:
        company.deal(company.cast.maya, "won", amount=1000, contact=contact(company, "A"))

        assert value("lifetime-value", company.cast.admin, company.at).value is None

    def test_promoter_score_of_the_vector(self, company: Company) -> None:
        who = contact(company, "A")
        rows = [
            Contact(name=f"P{n}", sort_name=f"p{n}", nps_last=10 if n < 50 else 0 if n < 70 else 8, owner=who.owner,
                    team=who.team, created_at=company.at, updated_at=company.at)
            for n in range(100)
        ]  # fmt: skip
        Contact.objects.bulk_create(rows)

        found = value("net-promoter-score", company.cast.maya, company.at)

        assert found.value == pytest.approx(30)
        assert found.denominator == 100

    def test_scores_wait_for_answers(self, company: Company) -> None:
        assert value("net-promoter-score", company.cast.maya, company.at).value is None
        assert value("customer-satisfaction", company.cast.admin, company.at).value is None


SQL: Mapping[str, str] = {
    "lead-conversion": """
        SELECT count(*) FILTER (WHERE converted_at IS NOT NULL OR outcome = 'Won')::float / count(*)
        FROM leads_lead WHERE created_at >= %s AND created_at < %s AND deleted_at IS NULL AND duplicate_of_id IS NULL
    """,
    "lead-to-customer": """
        SELECT count(*) FILTER (WHERE outcome = 'Won' OR id IN (
            SELECT d.lead_id FROM deals_deal d JOIN deals_stage s ON s.key = d.stage_id WHERE s.kind = 'won'
        ))::float / count(*)
        FROM leads_lead WHERE created_at >= %s AND created_at < %s AND deleted_at IS NULL AND duplicate_of_id IS NULL
    """,
    "closed-win-rate": """
        SELECT count(*) FILTER (WHERE s.kind = 'won')::float / count(*)
        FROM deals_deal d JOIN deals_stage s ON s.key = d.stage_id WHERE closed_at >= %s AND closed_at < %s
    """,
    "average-deal-size": """
        SELECT avg(amount)::float FROM deals_deal d JOIN deals_stage s ON s.key = d.stage_id
        WHERE closed_at >= %s AND closed_at < %s AND s.kind = 'won'
    """,
    "sales-cycle": """
        SELECT extract(epoch FROM avg(closed_at - created_at))::float
        FROM deals_deal d JOIN deals_stage s ON s.key = d.stage_id
        WHERE closed_at >= %s AND closed_at < %s AND s.kind = 'won'
    """,
    "first-response": """
        SELECT extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY first_responded_at - created_at))::float
        FROM leads_lead WHERE created_at >= %s AND created_at < %s AND first_responded_at IS NOT NULL
    """,
}


class TestAgainstSql:
    @pytest.mark.parametrize("key", SQL)
    def test_is_what_plain_sql_counts(self, company: Company, key: str) -> None:
        busy(company)
        period = window(company.at, 40)

        found = measure(Question(BY_KEY[key], company.cast.admin, period))

        with connection.cursor() as cursor:
            cursor.execute(SQL[key], [period.since, period.until])
            [expected] = cursor.fetchone()
        assert found.value is not None
        assert float(found.value) == pytest.approx(expected)


def busy(company: Company) -> None:
    """Let 60 leads and 40 deals of two teams come to different ends."""
    people = (company.cast.maya, company.cast.tom, company.cast.ines)
    for number in range(60):
        who, day = people[number % 3], number % 50
        region = ("DACH", "Nordics", "")[number % 3 if number % 2 else 0]
        came = company.at + day * DAY
        lead = company.lead(
            who,
            day,
            region=region,
            first_responded_at=came + timedelta(hours=number) if number % 4 else None,
            converted_at=came + 5 * DAY if number % 5 == 0 else None,
        )
        if number < 40:
            stage = ("won", "lost", "open")[number // 3 % 3]
            company.deal(who, stage, day, number % 9, amount=100 * number, lead=lead)


class TestParts:
    def test_add_up_to_the_whole(self, company: Company) -> None:
        busy(company)
        asked = ask("lead-conversion", company.cast.admin, company.at, 60)

        whole = measure(asked)

        for by in dimensions(asked.kpi, company.cast.admin):
            parts = [figure for _, _, figure in parted(asked, by)]
            assert sum(figure.denominator for figure in parts) == whole.denominator == 60
            assert sum(figure.numerator for figure in parts) == whole.numerator  # type: ignore[misc]

    def test_each_is_what_asking_for_it_alone_gives(self, company: Company) -> None:
        busy(company)
        asked = ask("closed-win-rate", company.cast.admin, company.at, 60)

        for by in ("region", "owner", "team", "pipeline"):
            for _label, word, figure in parted(asked, by):
                assert measure(asked.only(by, word)).numerator == figure.numerator

    def test_refuses_what_it_cannot_be_parted_by(self, company: Company) -> None:
        with pytest.raises(Refusal, match="cannot be parted"):
            parted(ask("lead-conversion", company.cast.maya, company.at), "pipeline")


class TestTrend:
    @pytest.mark.parametrize("step", ["day", "week", "month", "quarter"])
    @pytest.mark.parametrize("key", ["lead-conversion", "first-response", "revenue-won", "sales-velocity"])
    def test_each_point_is_the_figure_of_its_part(self, company: Company, key: str, step: str) -> None:
        busy(company)
        asked = ask(key, company.cast.admin, company.at, 50)

        found = trend(asked, step)

        parts = list(asked.window.parts(step))
        assert [day for day, _ in found] == [part.days[0] for part in parts]
        for part, (_, figure) in zip(parts[:8], found, strict=False):
            assert figure.value == measure(asked.during(part)).value

    def test_refuses_too_many_points(self, company: Company) -> None:
        with pytest.raises(Refusal, match="too many points"):
            trend(ask("lead-conversion", company.cast.maya, company.at, 401), "day")


class TestIsYoung:
    @pytest.mark.parametrize(("closed", "is_it"), [(17, True), (18, False), (20, False)])
    def test_is_a_share_of_which_more_than_one_in_ten_is_open(self, company: Company, closed: int, is_it: bool) -> None:
        for number in range(20):
            company.lead(company.cast.maya, closed_at=company.at if number < closed else None)
        asked = ask("lead-conversion", company.cast.maya, company.at)

        assert is_young(asked.kpi, measure(asked)) is is_it

    @pytest.mark.parametrize("key", ["contacted-in-time", "first-response", "closed-win-rate", "revenue-won"])
    def test_is_nothing_that_does_not_ripen(self, company: Company, key: str) -> None:
        for number in range(3):
            company.lead(company.cast.maya, number, first_response_due_at=company.at)
            company.deal(company.cast.maya, "open", number)
        asked = ask(key, company.cast.admin, company.at)

        assert is_young(asked.kpi, measure(asked)) is False


class TestBehind:
    def test_lists_the_records_of_each_part(self, company: Company) -> None:
        maya = company.cast.maya
        won = company.lead(maya, 0, converted_at=company.at)
        lost = company.lead(maya, 1, closed_at=company.at + DAY)
        still = company.lead(maya, 2)
        asked = ask("lead-conversion", maya, company.at)

        found = {part: [row.id for row in behind(asked, part=part)[0]] for part in ("all", "counted", "not", "open")}

        assert found == {
            "all": [still.pk, lost.pk, won.pk], "counted": [won.pk], "not": [still.pk, lost.pk], "open": [still.pk],
        }  # fmt: skip

    def test_is_as_many_as_the_figure_says(self, company: Company) -> None:
        busy(company)
        for key in ("lead-conversion", "closed-win-rate", "first-response", "revenue-won"):
            asked = ask(key, company.cast.tom, company.at, 60)
            figure = measure(asked)

            part = "counted" if key == "first-response" else "all"
            assert behind(asked, part=part)[1] == figure.denominator or key == "revenue-won"


@pytest.mark.req("L1")
class TestWhoCounts:
    def test_what_another_team_must_not_see_it_cannot_count(self, company: Company) -> None:
        busy(company)
        cast = company.cast

        for key in ("lead-conversion", "closed-win-rate", "revenue-won"):
            mine = value(key, cast.ines, company.at, 60)
            everything = value(key, cast.admin, company.at, 60)
            by_owner = parted(ask(key, cast.ines, company.at, 60), "owner")
            assert [label for label, _, _ in by_owner] == ["Ines Duarte"]
            assert 0 < mine.denominator < everything.denominator
            of_north = ask(key, cast.ines, company.at, 60, team=str(cast.north.pk))
            assert measure(of_north).denominator == 0
            assert behind(of_north)[1] == 0

    def test_hr_and_interns_see_no_money_of_deals(self, company: Company) -> None:
        cast = company.cast

        for who in (cast.hana, cast.ivo):
            assert available(who) == []
            with pytest.raises(NotAllowed):
                find("revenue-won", who)

    def test_a_hidden_field_hides_the_figure(self, company: Company) -> None:
        role = identity.create_role(
            key="reporter", name="Reporter",
            permissions={"records": {"*": {"view": "all"}}, "fields": {"deal": {"amount": "hidden"}},
                         "abilities": ["reports.see"]},
            by=Actor.system(), at=company.at,
        )  # fmt: skip
        who = identity.create_user(
            email="rita@example.com", name="Rita", teams=[], roles=[role], by=Actor.system(), at=company.at
        )

        keys = {kpi.key for kpi in available(who)}

        assert "closed-win-rate" in keys
        assert not keys & {"revenue-won", "average-deal-size", "sales-velocity", "lifetime-value"}
        with pytest.raises(NotFound):
            find("revenue-won", who)

    def test_service_counts_only_own_leads(self, company: Company) -> None:
        busy(company)

        assert value("lead-conversion", company.cast.petra, company.at, 60).denominator == 0
