"""Pages of records: made from the declaration of the type, the same for all."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import Activity
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact
from throughline.web.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


class TestCreate:
    """A new record by hand."""

    def test_a_lead_is_made_with_its_person(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post("/leads/new/", {"name": "Mei Lin", "email": "MEI@x.org", "interest": "Cards"})

        lead = Lead.objects.get()
        assert answer["Location"] == f"/leads/{lead.pk}/"
        assert (lead.contact.email, lead.owner) == ("mei@x.org", cast.maya)  # type: ignore[union-attr]

    def test_nonsense_comes_back_with_a_sentence_at_its_field(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post("/leads/new/", {"name": "Mei Lin", "employees": "many"})

        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'id="f-employees-error"' in page
        assert "takes a number" in page
        assert 'value="Mei Lin"' in page

    def test_what_people_typed_is_never_taken_for_markup(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        maya.post("/leads/new/", {"name": "<script>x</script>", "landing_page": "javascript:x()"})
        lead = Lead.objects.get()

        page = maya.get(f"/leads/{lead.pk}/").content.decode()

        assert "<script>x" not in page
        assert 'href="javascript:' not in page


class TestEditField:
    """One field, changed in place."""

    def test_it_is_changed_and_shown_again(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        sent = {"region": "Nordics", "version": lead.version}
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/fields/region/", sent, headers=HTMX)

        lead.refresh_from_db()
        assert (answer.status_code, lead.region) == (200, "Nordics")
        assert "Nordics" in answer.content.decode()

    def test_a_change_over_somebody_elses_is_a_conflict(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        path, sent = f"/leads/{lead.pk}/fields/region/", {"version": lead.version}
        sign_in(cast.tom).post(path, {**sent, "region": "Alps"}, headers=HTMX)

        answer = sign_in(cast.maya).post(path, {**sent, "region": "Nordics"}, headers=HTMX)

        assert answer.status_code == 409
        assert "Tom Berg changed Region" in answer.content.decode()

    def test_a_field_that_is_written_by_operations_only_is_refused(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/fields/score/", {"score": "99"})

        assert answer.status_code == 403


class TestMove:
    """The column of a board, by dragging or by the menu of a card."""

    def test_a_card_goes_to_its_column_and_the_board_comes_back(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(
            f"/leads/{lead.pk}/column/", {"to": "Working", "version": lead.version}, headers=HTMX
        )

        lead.refresh_from_db()
        assert (answer.status_code, lead.status) == (200, "Working")
        assert 'id="board"' in answer.content.decode()

    def test_a_refused_card_is_back_in_its_old_column(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/column/", {"to": "Nowhere"}, headers=HTMX)

        page = answer.content.decode()
        assert answer.status_code == 422
        assert page.index('data-column="Assigned"') < page.index(f'id="card-{lead.pk}"')
        assert "not &quot;Nowhere&quot;" in page


class TestBin:
    """Putting away and bringing back."""

    @pytest.mark.req("M2")
    def test_the_note_that_says_so_can_undo_it(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        page = maya.post(f"/leads/{lead.pk}/bin/", follow=True).content.decode()
        assert f'action="/leads/{lead.pk}/restoration/"' in page
        assert maya.get(f"/leads/{lead.pk}/").status_code == 404

        maya.post(f"/leads/{lead.pk}/restoration/")
        assert maya.get(f"/leads/{lead.pk}/").status_code == 200


class TestNote:
    """What happened, told on the record's page."""

    def test_it_is_logged_and_stands_in_the_timeline(
        self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime
    ) -> None:
        maya = sign_in(cast.maya)

        maya.post(f"/leads/{lead.pk}/notes/", {"body": "Called twice.\nWants prices.", "kind": "Call"})

        activity = Activity.objects.get()
        assert (activity.kind, activity.subject, activity.done_at) == ("Call", "Called twice.", at)
        assert "Wants prices." in maya.get(f"/leads/{lead.pk}/").content.decode()

    def test_an_empty_one_is_refused(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/notes/", {"body": "  "}, headers=HTMX)

        assert answer.status_code == 422
        assert not Activity.objects.exists()


class TestVerbs:
    """What a capability lets one do with a record."""

    @pytest.mark.parametrize(
        ("verb", "sent", "status"),
        [
            ("lead.qualify", {}, "Qualified"),
            ("lead.disqualify", {"reason": "No budget"}, "Unqualified"),
            ("lead.nurture", {}, "Nurturing"),
            ("lead.contacted", {}, "Contacted"),
            ("lead.close", {"choice": "Lost", "reason": "Price"}, "Unqualified"),
        ],
    )
    def test_they_stand_in_the_menu_and_are_done(
        self, cast: Cast, lead: Lead, sign_in: SignIn, verb: str, sent: dict[str, str], status: str
    ) -> None:
        maya, path = sign_in(cast.maya), f"/leads/{lead.pk}/deeds/{verb}/"
        assert f'action="{path}"' in maya.get(f"/leads/{lead.pk}/").content.decode()

        maya.post(path, sent)

        lead.refresh_from_db()
        assert lead.status == status

    def test_a_lead_is_handed_over_with_a_reason(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        sent = {"choice": cast.tom.pk, "reason": "Knows the region"}

        sign_in(cast.maya).post(f"/leads/{lead.pk}/deeds/lead.assign/", sent)

        lead.refresh_from_db()
        assert (lead.owner, lead.assigned_reason) == (cast.tom, "Knows the region")

    def test_a_missing_reason_is_said_and_changes_nothing(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/deeds/lead.disqualify/", {"reason": " "})

        lead.refresh_from_db()
        assert (answer.status_code, lead.status) == (422, "Assigned")
        assert "Say why the lead is not worth pursuing." in answer.content.decode()

    def test_an_unknown_verb_is_not_found(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).post(f"/leads/{lead.pk}/deeds/lead.sell/").status_code == 404


class TestRelated:
    """What points at a record."""

    def test_a_contact_shows_its_leads_and_only_those_one_may_see(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        contact = Contact.objects.get()

        page = sign_in(cast.maya).get(f"/contacts/{contact.pk}/").content.decode()

        assert f'href="/leads/{lead.pk}/"' in page
        assert sign_in(cast.ines).get(f"/contacts/{contact.pk}/").status_code == 404


class TestChangeMany:
    """Selected rows."""

    def test_all_get_the_tag(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        contact = Contact.objects.get()

        sign_in(cast.maya).post("/contacts/bulk/", {"record": [contact.pk], "tag": "vip", "do": "tag"})

        contact.refresh_from_db()
        assert contact.tags == ["vip"]

    def test_nothing_selected_is_said(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post("/leads/bulk/", {"tag": "vip", "do": "tag"}, headers=HTMX)

        assert answer.status_code == 422
        assert "Select at least one row first." in answer.content.decode()
