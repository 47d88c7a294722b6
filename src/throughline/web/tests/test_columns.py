"""Values of lists are drawn as those of a record's page, whichever way they were read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from throughline.core.records import RecordSpec, registry
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.queries import record_page
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web import marks
from throughline.web.records.columns import drawn, ways_to
from throughline.web.records.present import cell_of_shown, url_of


def told_by_the_record(spec: RecordSpec) -> RecordSpec:
    """Return the type with a title that does not say what it reads, as capabilities may declare it."""
    return replace(spec, title=lambda record: str(spec.title(record)))


@pytest.fixture
def full(lead: Lead, at: datetime) -> Lead:
    """Give a lead with a value of every kind, some of them hostile."""
    Lead.objects.filter(pk=lead.pk).update(
        tags=["a<b", "hot"], description="two\nlines <i>", annual_revenue="12345.5", employees=4200, rating="Hot",
        landing_page="x.example/?a=1&b=2", first_contact_on=at.date(), score=7, source="not listed", outcome="",
        score_reasons=["big", "near"], organization_name='"Quote" & Co',
    )  # fmt: skip
    lead.refresh_from_db()
    return lead


class TestDrawn:
    """A field of a row, drawn."""

    def test_every_field_looks_as_on_the_page_of_the_record(self, cast: Cast, full: Lead, at: datetime) -> None:
        spec = registry.get("lead")
        page = record_page(spec=spec, user=cast.admin, record_id=full.pk)
        on_page = {shown.spec.name: shown for _, fields in page.sections for shown in fields}
        glimpse = Glimpse(spec)
        columns = {name: drawn(shown.spec, glimpse, now=at) for name, shown in on_page.items()}

        (row,) = glimpse.rows(Lead.objects.filter(pk=full.pk))

        assert {name: draw(row) for name, draw in columns.items()} == {
            name: marks.cell(cell_of_shown(shown), now=at) for name, shown in on_page.items()
        }
        assert "&lt;b" in columns["tags"](row)


class TestGlimpse:
    """Reading a little of a record."""

    @pytest.mark.parametrize("whole", [False, True])
    def test_titles_are_the_same_out_of_columns_and_out_of_records(self, full: Lead, whole: bool) -> None:
        spec = registry.get("lead")
        glimpse = Glimpse(told_by_the_record(spec) if whole else spec)
        title, name, missing = glimpse.of(glimpse.spec.title), glimpse.at("owner__name"), glimpse.at("team__manager_id")

        (row,) = glimpse.rows(Lead.objects.filter(pk=full.pk))

        assert (title(row), name(row), missing(row)) == ("Ada Byron", "Maya Lin", full.team.manager_id)  # type: ignore[union-attr]

    def test_a_link_is_titled_or_empty(self, full: Lead) -> None:
        people = registry.get("contact")
        for to in (people, told_by_the_record(people)):
            glimpse = Glimpse(registry.get("lead"))
            title = glimpse.of(to.title, link="contact")

            (row,) = glimpse.rows(Lead.objects.filter(pk=full.pk))

            assert title(row) == "Ada Byron"


class TestWaysTo:
    """Addresses of many records."""

    def test_they_are_those_that_the_routes_give(self) -> None:
        spec = registry.get("lead")

        assert ways_to(spec)(17) == url_of(spec, 17)
        assert ways_to(spec, "record_move")(17) == "/leads/17/column/"
