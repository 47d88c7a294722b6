"""Promises and loose ends on the pages."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import Assignment, assign_records
from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import Activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.promises.models import Promise
from throughline.web import moments
from throughline.web.tests.conftest import SignIn


@pytest.mark.req("C6")
class TestPromise:
    """Made of a call, on top of the next contact, in My work."""

    def test_a_call_becomes_a_promise_that_is_kept(
        self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        maya = sign_in(cast.maya)
        maya.post(f"/leads/{lead.pk}/notes/", {"body": "Wants prices", "kind": "Call"})
        call = Activity.objects.get()
        page = maya.get(f"/leads/{lead.pk}/").content.decode()
        form = maya.get(f"/leads/{lead.pk}/promises/new/?activity={call.pk}").content.decode()
        assert f'href="/leads/{lead.pk}/promises/new/?activity={call.pk}"' in page
        assert 'value="Wants prices"' in form

        sent = {"what": "Send prices", "due_at": "2026-03-04T17:00", "activity": call.pk}
        maya.post(f"/leads/{lead.pk}/promises/new/", sent)
        monkeypatch.setattr(moments, "now", lambda: at + timedelta(days=5))
        top = maya.get(f"/leads/{lead.pk}/").content.decode()
        work = maya.get("/").content.decode()

        made = Promise.objects.get()
        assert made.activity == call
        for shown in (top, work):
            assert "Send prices" in shown
            assert "overdue" in shown
        maya.post(f"/promises/{made.pk}/settled/", {"status": "Kept", "from": "work"})
        assert "Send prices" not in maya.get("/").content.decode().split("</main>")[0]

    def test_nonsense_comes_back_with_a_sentence(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post(f"/leads/{lead.pk}/promises/new/", {"what": "x", "due_at": "soon"})

        assert answer.status_code == 422
        assert "Until when?" in answer.content.decode()

    def test_another_team_gets_404(self, cast: Cast, lead: Lead, sign_in: SignIn, at: datetime) -> None:
        sign_in(cast.maya).post(f"/leads/{lead.pk}/promises/new/", {"what": "x", "due_at": "2026-03-04T17:00"})
        made, ines = Promise.objects.get(), sign_in(cast.ines)

        assert ines.get(f"/leads/{lead.pk}/promises/new/").status_code == 404
        assert ines.get(f"/promises/{made.pk}/").status_code == 404
        assert ines.post(f"/promises/{made.pk}/settled/", {"status": "Kept"}).status_code == 404


@pytest.mark.req("C7")
class TestLooseEnds:
    """One list, mended in place."""

    @pytest.fixture
    def loose(self, cast: Cast, at: datetime) -> Lead:
        """Give a lead of Maya's team that nobody has and for which nothing is next."""
        by = Actor.user(cast.maya)
        lead = capture_lead(values={"name": "Ada Byron"}, by=by, at=at)
        wish = Assignment(lead.pk, team_id=cast.north.pk)
        assign_records(spec=registry.get("lead"), assignments=[wish], by=by, at=at)
        return lead

    def test_owner_and_next_step_are_given_where_it_stands(self, cast: Cast, loose: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        page = maya.get("/loose-ends/").content.decode()
        assert "nobody has it" in page
        assert "nothing next" in page

        sent = {"owner": cast.tom.pk, "kind": "Call", "what": "Ask her", "due_at": "2026-03-04T10:00"}
        maya.post(f"/leads/{loose.pk}/loose-end/", sent)

        loose.refresh_from_db()
        assert loose.owner == cast.tom
        assert Activity.objects.get().owner == cast.tom
        assert "No loose ends" in maya.get("/loose-ends/").content.decode()

    @pytest.mark.parametrize(
        "sent", [{}, {"what": "Ask"}, {"due_at": "2026-03-04T10:00"}, {"due_at": "never", "what": "Ask"}]
    )
    def test_half_an_answer_changes_nothing(
        self, cast: Cast, loose: Lead, sign_in: SignIn, sent: dict[str, str]
    ) -> None:
        answer = sign_in(cast.maya).post(f"/leads/{loose.pk}/loose-end/", {**sent, "owner": ""})

        assert answer.status_code == 422
        assert not Activity.objects.exists()

    def test_an_owner_is_not_kept_when_the_step_is_refused(self, cast: Cast, loose: Lead, sign_in: SignIn) -> None:
        sign_in(cast.maya).post(f"/leads/{loose.pk}/loose-end/", {"owner": cast.tom.pk, "what": "Ask"})

        loose.refresh_from_db()
        assert loose.owner is None

    def test_another_team_sees_none_of_it(self, cast: Cast, loose: Lead, sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)

        assert "Ada Byron" not in ines.get("/loose-ends/").content.decode()
        assert ines.post(f"/leads/{loose.pk}/loose-end/", {"owner": cast.ines.pk}).status_code == 404
