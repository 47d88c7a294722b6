"""What a person consented to, on the person's page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.people.consent import Word
from throughline.crm.people.operations import record_consent
from throughline.web.tests.conftest import SignIn

YES = Word(purpose="Newsletter", channel="Email", source="Web", text="Send me <b>news</b>.")


class TestContactPage:
    """The card beside the details, and the timeline."""

    @pytest.mark.req("L3")
    def test_shows_what_stands_and_tells_how_it_came(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        by = Actor.user(cast.maya)
        lead = capture_lead(values={"name": "Ada", "email": "ada@x.org"}, consents=[YES], by=by, at=at)
        assert lead.contact_id is not None
        page = sign_in(cast.maya).get(f"/contacts/{lead.contact_id}/").content.decode()
        assert "Newsletter, Email: Granted" in page
        assert "Send me &lt;b&gt;news&lt;/b&gt;." in page
        assert "Consent given: Newsletter, Email" in page

        gone = Word(purpose="Newsletter", channel="Email", status="Withdrawn")
        record_consent(contact_id=lead.contact_id, word=gone, by=by, at=at)
        page = sign_in(cast.maya).get(f"/contacts/{lead.contact_id}/").content.decode()

        assert "Newsletter, Email: Withdrawn" in page
        assert "Newsletter, Email: Granted" not in page
        assert "Consent withdrawn: Newsletter, Email" in page

    def test_shows_an_expired_one_as_expired(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        old = Word(
            **{field: getattr(YES, field) for field in ("purpose", "channel", "text")},
            captured_at=at - timedelta(days=2),
            expires_at=at - timedelta(days=1),
        )
        lead = capture_lead(values={"email": "ada@x.org"}, consents=[old], by=Actor.user(cast.maya), at=at)

        page = sign_in(cast.maya).get(f"/contacts/{lead.contact_id}/").content.decode()

        assert "Newsletter, Email: Expired" in page
