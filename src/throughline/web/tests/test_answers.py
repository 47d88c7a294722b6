"""Who may ask, and what a refusal looks like."""

from __future__ import annotations

import pytest
from django.test import Client

from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of

PAGES = (
    "/",
    "/?show=queue",
    "/leads/",
    "/leads/board/",
    "/leads/new/",
    "/contacts/",
    "/contacts/board/",
    "/organizations/",
    "/organizations/board/",
    "/activities/",
    "/search/?q=ada",
    "/notifications/",
    "/procedures/",
    "/procedures/call-first/draw/",
    "/procedures/call-first/live/",
    "/procedures/call-first/live.json",
    "/procedures/call-first/steps/call/",
    "/procedures/call-first/versions/",
    "/decisions/",
    "/lead-form/",
)


class TestSignedIn:
    """Pages for people who are signed in."""

    @pytest.mark.parametrize("path", [path for path in PAGES if not path.endswith(".json")])
    def test_strangers_are_sent_to_the_sign_in_page_and_back(self, db: None, path: str) -> None:
        answer = Client().get(path)

        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=/")

    @pytest.mark.usefixtures("db")
    def test_a_part_sends_a_stranger_with_the_whole_page(self) -> None:
        answer = Client().get("/leads/", headers={"HX-Request": "true"})

        assert answer["HX-Redirect"] == "/accounts/login/"

    @pytest.mark.parametrize("path", PAGES)
    def test_every_page_opens_for_an_administrator(self, cast: Cast, lead: Lead, sign_in: SignIn, path: str) -> None:
        answer = sign_in(cast.admin).get(path)

        assert answer.status_code == 200

    @pytest.mark.parametrize("path", ["/leads/?q=a%00b", "/search/?q=%00", "/organizations/?f=%00"])
    def test_what_no_text_holds_is_refused_in_a_sentence(self, cast: Cast, sign_in: SignIn, path: str) -> None:
        answer = sign_in(cast.admin).get(path)

        assert answer.status_code == 422
        assert "found the character NUL" in words_of(answer)

    @pytest.mark.parametrize("path", ["/nothing/", "/leads/999999/", "/leads/999999/edit/", "/procedures/none/live/"])
    def test_what_is_not_there_is_a_page_with_one_sentence(self, cast: Cast, sign_in: SignIn, path: str) -> None:
        answer = sign_in(cast.admin).get(path)

        assert answer.status_code == 404
        assert "<h1>Not found</h1>" in answer.content.decode()

    @pytest.mark.req("L1")
    def test_another_teams_lead_is_not_found_and_not_named(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        ines = sign_in(cast.ines)

        assert ines.get(f"/leads/{lead.pk}/").status_code == 404
        assert "Ada" not in words_of(ines.get("/leads/"))
        assert "Ada" not in words_of(ines.get("/leads/board/"))
        assert "Ada" not in words_of(ines.get("/search/?q=ada", headers={"HX-Request": "true"}))
        assert ines.get("/procedures/call-first/live.json").json()["steps"] == {}

    @pytest.mark.req("L1")
    def test_an_intern_may_not_bin_a_lead(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        ivo = sign_in(cast.ivo)

        answer = ivo.post(f"/leads/{lead.pk}/bin/")

        assert answer.status_code == 403
        lead.refresh_from_db()
        assert lead.deleted_at is None

    @pytest.mark.parametrize(
        "query", ["sort=nonsense", "after=%00x", "score=lots", "status=Nope", "created_at=someday"]
    )
    def test_a_nonsense_address_is_refused_in_words(self, cast: Cast, sign_in: SignIn, query: str) -> None:
        answer = sign_in(cast.maya).get(f"/leads/?{query}")

        assert answer.status_code == 422
        assert "Traceback" not in answer.content.decode()
