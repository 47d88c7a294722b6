"""Doing steps of procedures."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from throughline.core.procedures import worker
from throughline.core.procedures.models import Case, WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


class TestTheLeadPage:
    """What next, who, until when, and the place on the drawing."""

    @pytest.mark.req("B2", "B5", "B8")
    def test_it_answers_what_next(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(f"/leads/{lead.pk}/").content.decode()

        assert "Make first contact" in page
        assert "Ask who decides." in page
        assert "Tue 3 Mar 2026, 09:00" in page
        assert "elapsed time" in page
        assert re.search(r'data-node="call"[^>]*data-here', page) or re.search(r'data-here[^>]*data-node="call"', page)
        assert 'value="reached"' in page

    def test_the_drawing_brings_no_style_that_the_policy_refuses(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(f"/leads/{lead.pk}/").content.decode()

        assert " style=" not in page
        assert "<style" not in page


class TestComplete:
    """An outcome button is pressed."""

    @pytest.mark.req("B2")
    def test_the_case_goes_on(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        item = WorkItem.objects.get()
        sent = {"outcome": "reached", "note": "Wants a demo", "record": f"lead:{lead.pk}"}

        answer = sign_in(cast.maya).post(f"/work/{item.pk}/completion/", sent, headers=HTMX)
        worker.drain(limit=50, at=at)

        assert answer.status_code == 200
        assert Case.objects.get().status == Case.Status.FINISHED

    def test_a_missing_answer_comes_back_at_its_field_and_keeps_the_rest(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        item = WorkItem.objects.get()
        sent = {"outcome": "reached", "note": "", "budget": "lots", "record": f"lead:{lead.pk}"}

        answer = sign_in(cast.maya).post(f"/work/{item.pk}/completion/", sent, headers=HTMX)

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Fill in What was said." in page
        assert "Enter a number for Budget." in page
        assert 'value="lots"' in page
        item.refresh_from_db()
        assert item.status == WorkItem.Status.OPEN

    def test_a_step_is_done_once(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        item, maya = WorkItem.objects.get(), sign_in(cast.maya)
        sent = {"outcome": "reached", "note": "x", "record": f"lead:{lead.pk}"}
        maya.post(f"/work/{item.pk}/completion/", sent)

        answer = maya.post(f"/work/{item.pk}/completion/", sent, headers=HTMX)

        assert answer.status_code == 404

    @pytest.mark.req("L1")
    def test_a_stranger_to_the_lead_cannot(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        item = WorkItem.objects.get()

        answer = sign_in(cast.ines).post(f"/work/{item.pk}/completion/", {"outcome": "reached", "note": "x"})

        assert answer.status_code == 404
        item.refresh_from_db()
        assert item.status == WorkItem.Status.OPEN


class TestMyWork:
    """The list of what waits."""

    def test_it_is_parted_by_when_it_is_due(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/").content.decode()

        assert "Tomorrow" in page
        assert "Ada Byron" in page

    def test_nothing_to_do_teaches_what_will_stand_there(self, cast: Cast, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/").content.decode()

        assert "All done" in page
