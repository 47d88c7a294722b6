"""The public lead form."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import signing
from django.test import Client, override_settings

from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Consent
from throughline.web.forms.views import CONSENT, SALT
from throughline.web.tests.conftest import SignIn

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
    @pytest.mark.parametrize(
        ("sites", "ancestors"),
        [([], "frame-ancestors 'self';"), (["https://x.org"], "frame-ancestors 'self' https://x.org;")],
        ids=["none named", "one named"],
    )
    def test_it_may_stand_in_a_frame_of_the_sites_that_are_named(self, sites: list[str], ancestors: str) -> None:
        with override_settings(FORM_SITES=sites):
            form = Client().get("/f/enquiry/?embed=1")

        assert ancestors in form["Content-Security-Policy"] + ";"
        assert "X-Frame-Options" not in form

    @pytest.mark.req("C1", "L2")
    @pytest.mark.parametrize("path", ["/f/enquiry/", "/accounts/login/"])
    def test_no_other_page_may_stand_in_any_frame(self, path: str) -> None:
        with override_settings(FORM_SITES=["https://x.org"]):
            page = Client().get(path)

        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"

    @pytest.mark.req("C1")
    def test_it_is_taken_in_from_a_frame_too(self, at: datetime) -> None:
        answer = Client().post("/f/enquiry/?embed=1", {**SENT, "seal": seal(at - timedelta(minutes=1))})

        assert (answer.status_code, Lead.objects.count()) == (200, 1)
        assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]

    def test_it_sets_no_cookie(self) -> None:
        assert not Client().get("/f/enquiry/").cookies


class TestShowPage:
    """Where the form is, and who may show it."""

    @pytest.mark.parametrize(
        ("sites", "words"),
        [
            ([], "No other site may show it yet"),
            (["https://x.org", "https://y.org"], "by https://x.org, https://y.org."),
        ],
        ids=["none named", "two named"],
    )
    def test_it_says_which_sites_may_show_the_form(
        self, cast: Cast, sign_in: SignIn, sites: list[str], words: str
    ) -> None:
        with override_settings(FORM_SITES=sites):
            page = sign_in(cast.alma).get("/lead-form/").content.decode()

        assert words in page
