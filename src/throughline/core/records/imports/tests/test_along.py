"""What an import made beside its records, taken back with it a day later, after people have worked on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures.undoing import undo_import
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.imports.along import brought_along
from throughline.core.records.imports.models import Import
from throughline.core.records.imports.tests.test_imports import run
from throughline.core.records.operations import update_record
from throughline.core.teamwork.operations import add_comment
from throughline.core.tests.cast import Cast
from throughline.crm.activities.operations import log_activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization

DAY = timedelta(days=1)
ENQUIRIES = "Name,E-Mail,Interest\nAda Byron,ada@x.org,Engines\nMei Lin,mei@y.org,Maps\nBo Diaz,bo@z.org,Ships\n"


@pytest.fixture
def made(cast: Cast, at: datetime) -> Import:
    """Import three enquiries, one of a person who is known."""
    capture_lead(values={"name": "Bo Diaz", "email": "bo@z.org"}, by=Actor.user(cast.alma), at=at - DAY)
    return run(ENQUIRIES, cast.alma, at, type_="lead")


def there() -> set[str]:
    """Return the people who are not in the bin."""
    return set(Contact.objects.filter(deleted_at=None).values_list("name", flat=True))


@pytest.mark.req("M2")
class TestPersonsOfEnquiries:
    """Made with the enquiries of a file."""

    def test_go_with_them_but_not_who_was_known(self, cast: Cast, made: Import, at: datetime) -> None:
        by = Actor.user(cast.alma)
        assert len(brought_along(made, by)) == 2

        undo_import(import_id=made.pk, by=by, at=at + DAY, along=True)

        assert there() == {"Bo Diaz"}
        assert Lead.objects.filter(deleted_at=None).count() == 1
        assert Entry.objects.get(event="records.import_undone").data["binned"] == 5

    def test_stay_unless_that_is_asked_for(self, cast: Cast, made: Import, at: datetime) -> None:
        undo_import(import_id=made.pk, by=Actor.user(cast.alma), at=at + DAY)

        assert there() == {"Ada Byron", "Mei Lin", "Bo Diaz"}

    def test_who_was_changed_or_talked_about_since_stays(self, cast: Cast, made: Import, at: datetime) -> None:
        by, ada, mei = Actor.user(cast.alma), Contact.objects.get(name="Ada Byron"), Contact.objects.get(name="Mei Lin")
        update_record(spec=registry.get("contact"), record_id=ada.pk, values={"city": "Rome"}, by=by, at=at + DAY / 2)
        add_comment(record=RecordRef("contact", mei.pk), body="Knows our rival.", by=by, at=at + DAY / 2)

        undo_import(import_id=made.pk, by=by, at=at + DAY, along=True)

        assert there() == {"Ada Byron", "Mei Lin", "Bo Diaz"}
        assert Lead.objects.filter(deleted_at=None).count() == 1

    def test_who_is_needed_elsewhere_stays(self, cast: Cast, made: Import, at: datetime) -> None:
        by, mei = Actor.user(cast.alma), Contact.objects.get(name="Mei Lin")
        capture_lead(values={"email": "ada@x.org", "interest": "More"}, by=Actor("form", "1", "Form"), at=at + DAY / 2)
        log_activity(kind="Call", subject="Hello", about=[RecordRef("contact", mei.pk)], by=by, at=at + DAY / 2)

        undo_import(import_id=made.pk, by=by, at=at + DAY, along=True)

        assert there() == {"Ada Byron", "Mei Lin", "Bo Diaz"}

    def test_who_of_a_changed_enquiry_stays_with_it(self, cast: Cast, made: Import, at: datetime) -> None:
        by, lead = Actor.user(cast.alma), Lead.objects.get(contact__name="Ada Byron")
        update_record(spec=registry.get("lead"), record_id=lead.pk, values={"region": "EU"}, by=by, at=at + DAY / 2)

        undone = undo_import(import_id=made.pk, by=by, at=at + DAY, along=True)

        assert [each["record_id"] for each in undone.left] == [lead.pk]
        assert there() == {"Ada Byron", "Bo Diaz"}


@pytest.mark.req("M2")
class TestOrganizationsOfPeople:
    """Made because a file named them."""

    def test_go_with_them_unless_somebody_else_is_there(self, cast: Cast, at: datetime) -> None:
        text = "Last name,E-Mail,Also at\nByron,ada@x.org,Beta Ltd (Advisor)\nLin,mei@y.org,Gamma AG\n"
        made = run(text, cast.alma, at, columns={"Last name": "last_name", "E-Mail": "email", "Also at": "also_at"})
        by, gamma = Actor.user(cast.alma), Organization.objects.get(name="Gamma AG")
        capture_lead(values={"name": "Zoe"}, by=by, at=at)
        zoe = Contact.objects.get(name="Zoe")
        update_record(
            spec=registry.get("contact"), record_id=zoe.pk, values={"organization": gamma.pk}, by=by, at=at + DAY / 2
        )

        undo_import(import_id=made.pk, by=by, at=at + DAY, along=True)

        assert there() == {"Zoe"}
        assert list(Organization.objects.filter(deleted_at=None)) == [gamma]
