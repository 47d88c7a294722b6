"""What became of fields, in the timeline of a record: values as the page shows them, links by name."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record, update_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.crm.people.models import Contact
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("C4")


@pytest.fixture
def ada(cast: Cast, at: datetime) -> Contact:
    """Give a contact of Maya's."""
    values = {"first_name": "Ada", "last_name": "Byron", "owner": cast.maya.pk}
    made: Contact = create_record(spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at)
    return made


def changed(contact: Contact, cast: Cast, at: datetime, **values: object) -> None:
    update_record(spec=registry.get("contact"), record_id=contact.pk, values=values, by=Actor.user(cast.omar), at=at)


class TestChanges:
    def test_are_told_as_the_page_shows_values(self, cast: Cast, ada: Contact, sign_in: SignIn, at: datetime) -> None:
        firm = create_record(
            spec=registry.get("organization"), values={"name": "Acme"}, by=Actor.user(cast.omar), at=at
        )
        changed(ada, cast, at, organization=firm.pk)
        changed(ada, cast, at, do_not_call=True)
        changed(ada, cast, at, birthday_on="1990-12-10")

        page = words_of(sign_in(cast.omar).get(f"/contacts/{ada.pk}/"))

        for line in ("Organization: – → Acme", "Do not call: No → Yes", "Birthday: – → 10 Dec 1990"):
            assert line in page, line

    def test_name_links_the_reader_may_know_and_number_the_others(
        self, cast: Cast, sign_in: SignIn, at: datetime
    ) -> None:
        ship_pipeline(by=Actor.system(), at=at)
        spec, by = registry.get("deal"), Actor.user(cast.omar)
        deal = create_record(spec=spec, values={"name": "Turbines", "owner": cast.maya.pk}, by=by, at=at)
        lead = capture_lead(values={"name": "Secret Person", "owner": cast.ines.pk}, by=by, at=at)
        update_record(spec=spec, record_id=deal.pk, values={"lead": lead.pk}, by=by, at=at)

        mine = words_of(sign_in(cast.maya).get(f"/deals/{deal.pk}/"))
        all_seeing = words_of(sign_in(cast.omar).get(f"/deals/{deal.pk}/"))

        assert f"From lead: – → {lead.number}" in mine
        assert "→ Secret Person" not in mine
        assert "From lead: – → Secret Person" in all_seeing

    def test_name_people_who_have_left(self, cast: Cast, ada: Contact, sign_in: SignIn, at: datetime) -> None:
        spec = registry.get("organization")
        firm = create_record(spec=spec, values={"name": "Acme"}, by=Actor.user(cast.omar), at=at)
        update_record(spec=spec, record_id=firm.pk, values={"owner": cast.maya.pk}, by=Actor.user(cast.omar), at=at)
        cast.maya.is_active = False
        cast.maya.save()

        page = words_of(sign_in(cast.omar).get(f"/organizations/{firm.pk}/"))

        assert "Maya" in page
        assert f"→ {cast.maya.pk}" not in page

    def test_ask_for_names_once_however_many_there_are(
        self, cast: Cast, ada: Contact, sign_in: SignIn, at: datetime
    ) -> None:
        by, spec = Actor.user(cast.omar), registry.get("organization")
        firms = [create_record(spec=spec, values={"name": f"Firm {n}"}, by=by, at=at) for n in range(6)]
        client, path = sign_in(cast.omar), f"/contacts/{ada.pk}/"
        counts = []
        for some in (firms[:2], firms[2:]):
            for firm in some:
                changed(ada, cast, at, organization=firm.pk)
            client.get(path)
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            counts.append(len(asked))

        assert counts[0] == counts[1]
