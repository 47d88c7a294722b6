"""The public lead form."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import signing
from django.test import Client

from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Consent
from throughline.web.forms.views import CONSENT, SALT

SENT = {"name": "Nora Public", "email": "nora@x.org", "consent": "yes", "description": "Prices, please."}


def seal(opened: datetime) -> str:
    """Return what the form carries when it was opened at that instant."""
    return signing.dumps(str(opened.timestamp()), salt=SALT)


@pytest.mark.usefixtures("db")
class TestEnquiry:
    """Anybody may send it; robots reach nothing."""

    @pytest.mark.req("C1")
    def test_it_becomes_a_lead_at_once(self, at: datetime) -> None:
        answer = Client().post("/f/enquiry/?utm_source=ad", {**SENT, "seal": seal(at - timedelta(minutes=1))})

        lead = Lead.objects.get()
        assert (answer.status_code, lead.source, lead.utm_source) == (200, "Web", "ad")
        assert "Thank you" in answer.content.decode()

    @pytest.mark.req("C1", "L3")
    def test_what_was_consented_to_is_kept_as_it_was_shown(self, at: datetime) -> None:
        Client().post(
            "/f/enquiry/", {**SENT, "seal": seal(at - timedelta(minutes=1))}, headers={"Referer": "https://x.org/help"}
        )

        lead, kept = Lead.objects.get(), Consent.objects.order_by("channel")
        assert [(word.purpose, word.channel, word.status) for word in kept] == [
            ("Enquiry", "Email", "Granted"),
            ("Enquiry", "Phone", "Granted"),
        ]
        assert {word.contact_id for word in kept} == {lead.contact_id}
        assert {word.text for word in kept} == {str(CONSENT)}
        assert kept[0].proof == {
            "form": "/f/enquiry/",
            "page": "https://x.org/help",
            "language": "en",
            "lead": lead.number,
        }

    @pytest.mark.parametrize("missing", ["name", "email", "consent"])
    def test_what_is_missing_is_said_at_its_field(self, at: datetime, missing: str) -> None:
        sent = {key: value for key, value in SENT.items() if key != missing}

        answer = Client().post("/f/enquiry/", {**sent, "seal": seal(at - timedelta(minutes=1))})

        assert answer.status_code == 422
        assert f'id="f-{missing}-error"' in answer.content.decode()
        assert not Lead.objects.exists()
        assert not Consent.objects.exists()

    def test_consent_is_never_ticked_beforehand(self) -> None:
        page = Client().get("/f/enquiry/").content.decode()

        assert 'name="consent" value="yes">' in page

    @pytest.mark.parametrize(
        ("homepage", "seconds", "forged"),
        [("http://spam.example", 60, False), ("", 0, False), ("", 2 * 86_400, False), ("", 60, True)],
        ids=["fills what people do not see", "sends at once", "sends days later", "makes the seal up"],
    )
    def test_robots_are_thanked_and_reach_nothing(
        self, at: datetime, homepage: str, seconds: int, forged: bool
    ) -> None:
        mark = "made-up" if forged else seal(at - timedelta(seconds=seconds))

        answer = Client().post("/f/enquiry/", {**SENT, "homepage": homepage, "seal": mark})

        assert answer.status_code == 200
        assert not Lead.objects.exists()

    @pytest.mark.req("C1", "L2")
    def test_only_this_page_may_stand_in_a_frame_of_another_site(self) -> None:
        form, other = Client().get("/f/enquiry/?embed=1"), Client().get("/accounts/login/")

        assert "frame-ancestors *" in form["Content-Security-Policy"]
        assert "X-Frame-Options" not in form
        assert "frame-ancestors 'none'" in other["Content-Security-Policy"]
        assert other["X-Frame-Options"] == "DENY"

    def test_it_sets_no_cookie(self) -> None:
        assert not Client().get("/f/enquiry/").cookies
