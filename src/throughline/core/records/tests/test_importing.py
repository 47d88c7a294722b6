"""Importing files: understood, all or nothing, and the same again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models import Count

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.records import registry
from throughline.core.records.importing import ImportReport, import_rows
from throughline.core.records.imports.faults import FileRefused
from throughline.core.records.imports.models import Import
from throughline.core.records.mapping import orders_of, parse_instant, read_mapping
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization
from throughline.testing.suites import suites

BY = Actor("import", "1", "leads.csv")


def imported(text: str, at: datetime, mapping: str = "", type_: str = "lead", **more: Any) -> ImportReport:
    """Import a small file."""
    return import_rows(
        spec=registry.get(type_),
        content=text.encode(),
        by=more.pop("by", BY),
        at=at,
        mapping=read_mapping(mapping) if mapping else None,
        file_name="leads.csv",
        **more,
    )


class TestImportRows:
    """Importing leads."""

    @pytest.mark.req("K1")
    def test_known_columns_need_no_mapping(self, cast: Cast, at: datetime) -> None:
        text = 'Full name,E-Mail,Company;Ltd,Lead Source,labels\nAda Byron,ADA@x.org,Looms,web,"vip, new"\n'

        report = imported(text, at)

        lead = Lead.objects.get()
        assert (report.created, report.lines, report.existing) == (1, 1, 0)
        assert lead.contact is not None
        assert (lead.contact.name, lead.contact.email, lead.source) == ("Ada Byron", "ada@x.org", "Web")
        assert lead.tags == ["vip", "new"]
        assert report.notes == ["Left out, because nothing says what they are: Company;Ltd."]

    @pytest.mark.req("K1")
    def test_a_mapping_says_columns_constants_values_and_days(self, cast: Cast, at: datetime) -> None:
        text = "id;d;where;who\n1;03/04/2026;fb;maya@example.com\n"
        mapping = """
        columns: {id: external_id, d: first_contact_on, where: origin, who: owner}
        constants: {source: Ad, region: EU}
        values: {where: {fb: social}}
        dates: {d: MM/DD/YYYY}
        """

        imported(text, at, mapping)

        lead = Lead.objects.get()
        assert (lead.external_id, lead.first_contact_on, lead.origin) == ("1", date(2026, 3, 4), "social")
        assert (lead.source, lead.region, lead.owner_id, lead.team_id) == ("Ad", "EU", cast.maya.pk, cast.north.pk)

    @pytest.mark.req("K1")
    def test_one_wrong_line_refuses_the_whole_file_and_names_every_wrong_line(self, cast: Cast, at: datetime) -> None:
        text = "id,email,employees\n1,a@x.org,5\n2,nonsense,5\n\n3,b@x.org,many\n4,c@x.org\n"

        with pytest.raises(FileRefused) as refused:
            imported(text, at)

        assert [(problem.line, problem.column) for problem in refused.value.problems] == [
            (3, "email"), (5, "employees"), (6, ""),
        ]  # fmt: skip
        assert "Line 3, column email" in refused.value.message
        assert refused.value.message.endswith("Nothing was imported.")
        assert not Lead.objects.exists()
        assert not Contact.objects.exists()
        assert not Entry.objects.filter(event__startswith="lead.").exists()

    def test_line_numbers_count_lines_inside_cells(self, cast: Cast, at: datetime) -> None:
        text = 'id,description,email\n1,"two\nlines",a@x.org\n2,one,wrong\n'

        with pytest.raises(FileRefused) as refused:
            imported(text, at)

        assert refused.value.problems[0].line == 4

    @pytest.mark.req("K1")
    def test_the_same_file_again_changes_nothing(self, cast: Cast, at: datetime) -> None:
        text = "mql_id,origin\na,ad\nb,social\n"
        imported(text, at)

        again = imported(text + "c,web\n", at)

        assert (again.created, again.existing) == (1, 2)
        assert Lead.objects.count() == 3
        assert again.notes[0].startswith("mql_id was taken as the key of the line")

    @pytest.mark.req("K1")
    def test_a_dry_run_counts_and_leaves_nothing(self, cast: Cast, at: datetime) -> None:
        report = imported("id,email\n1,a@x.org\n", at, dry_run=True)

        assert (report.created, report.dry_run) == (1, True)
        assert not Lead.objects.exists()
        assert not Import.objects.exists()

    def test_days_that_may_mean_two_things_are_refused(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(FileRefused, match=r'"01-02-2018" may mean dd-mm-yyyy or mm-dd-yyyy\. Say which'):
            imported("id,first_contact_date\n1,01-02-2018\n2,03-04-2018\n", at)

    def test_one_day_that_is_clear_makes_the_column_clear_and_that_is_said(self, cast: Cast, at: datetime) -> None:
        report = imported("id,first_contact_date\n1,01-02-2018\n2,13-04-2018\n", at)

        assert Lead.objects.get(external_id="1").first_contact_on == date(2018, 2, 1)
        assert "first_contact_date was read as dd-mm-yyyy" in report.notes[1]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "Line 1: The file is empty"),
            ("a,a\n1,2\n", "name of its own"),
            ("id,first_contact_date\n1,yesterday\n", "is no day"),
            ("colour,taste\nred,sweet\n", "None of the columns"),
            ('id,origin\n1,"open\n', "is no CSV"),
            ("id,origin\n1,\0\n", "Line 2: The line holds a zero byte"),
        ],
    )
    def test_a_bad_file_is_refused_with_line_and_reason(self, cast: Cast, at: datetime, text: str, told: str) -> None:
        with pytest.raises(Refusal, match=told):
            imported(text, at)

        assert not Lead.objects.exists()

    def test_a_file_that_is_not_utf8_is_refused_with_its_line(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(FileRefused, match="Line 2: The file is not UTF-8"):
            import_rows(spec=registry.get("lead"), content="id,origin\n1,Zoë\n".encode("latin-1"), by=BY, at=at)

    @pytest.mark.parametrize(
        ("mapping", "told"),
        [
            ("columns: {nothing: origin}", 'names the column "nothing"'),
            ("columns: {id: nothing}", 'names the field "nothing"'),
            ("columns: {id: origin, origin: origin}", "both fill origin"),
            ("colums: {}", "cannot be read"),
            ("constants: {status: Dancing}", "constant for status"),
            ("zone: Mars/Base", "time zone"),
            ("a: [", "cannot be read"),
        ],
    )
    def test_a_mapping_that_makes_no_sense_is_refused(self, cast: Cast, at: datetime, mapping: str, told: str) -> None:
        with pytest.raises(Refusal, match=told):
            imported("id,origin\n1,ad\n", at, mapping)

    @pytest.mark.req("L1")
    def test_who_may_not_import_is_refused(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed, match="import leads"):
            imported("id\n1\n", at, by=Actor.user(cast.maya))

        assert imported("id\n1\n", at, by=Actor.user(cast.alma)).created == 1

    def test_contacts_and_organizations_are_imported_too(self, cast: Cast, at: datetime) -> None:
        imported("account,sector,employees\nFjord Labs,medical,12\n", at, type_="organization")

        imported("id,first name,surname,company\n9,Ada,Byron,fjord labs\n", at, type_="contact")

        contact = Contact.objects.get()
        assert (contact.name, contact.external_id) == ("Ada Byron", "9")
        assert contact.organization == Organization.objects.get(name="Fjord Labs", industry="medical", employees=12)

    def test_the_run_is_kept_with_its_remarks(self, cast: Cast, at: datetime) -> None:
        imported("id,origin\n1,\n2,ad\n3,\n", at)

        run = Import.objects.get()
        assert (run.created, run.warnings) == (3, [{"message": "Lead without origin.", "lines": [2, 4]}])
        assert Entry.objects.get(event="records.imported").data["warnings"] == 2


@pytest.mark.suites
@pytest.mark.req("K1")
class TestMarketingFunnel:
    """Eight thousand real leads."""

    @pytest.mark.usefixtures("nobody_listens")
    def test_all_are_there_once_with_few_queries(
        self, cast: Cast, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        content = (suites() / "data" / "marketing-funnel" / "leads.csv").read_bytes()

        with django_assert_max_num_queries(40):  # two batches of five thousand
            report = import_rows(spec=registry.get("lead"), content=content, by=BY, at=at, file_name="leads.csv")

        assert (report.created, report.existing) == (8000, 0)
        (without_origin,) = report.warnings
        assert len(without_origin.lines) == 60
        by_origin = dict(Lead.objects.values_list("origin").annotate(Count("pk")))
        assert (by_origin["organic_search"], by_origin["paid_search"], by_origin["social"]) == (2296, 1586, 1350)
        again = import_rows(spec=registry.get("lead"), content=content, by=BY, at=at, file_name="leads.csv")
        assert (again.created, again.existing) == (0, 8000)


class TestOrdersOf:
    """In which order day, month and year stand."""

    @pytest.mark.parametrize(
        ("texts", "orders"),
        [
            (["2018-02-01"], ["yyyy-mm-dd"]), (["13/02/2018"], ["dd-mm-yyyy"]), (["02.13.2018"], ["mm-dd-yyyy"]),
            (["01-02-2018"], ["dd-mm-yyyy", "mm-dd-yyyy"]), (["13-02-2018", "02-13-2018"], []), (["soon"], []),
            (["31-02-2018"], []), (["01-02-18"], []),
        ],
    )  # fmt: skip
    def test_only_orders_that_fit_every_value_remain(self, texts: list[str], orders: list[str]) -> None:
        assert orders_of(texts) == orders


class TestParseInstant:
    """Times of day in files."""

    def test_a_zone_in_the_text_wins_over_the_mapping(self) -> None:
        from zoneinfo import ZoneInfo

        berlin = ZoneInfo("Europe/Berlin")
        assert parse_instant("26-02-2018 19:58", "dd-mm-yyyy", berlin) == datetime(2018, 2, 26, 18, 58, tzinfo=UTC)
        assert parse_instant("2018-02-26T19:58:01Z", "yyyy-mm-dd", berlin) == datetime(
            2018, 2, 26, 19, 58, 1, tzinfo=UTC
        )
        assert parse_instant("26-02-2018", "dd-mm-yyyy", berlin) == datetime(2018, 2, 25, 23, 0, tzinfo=UTC)
