"""Setting up one's own company: steps that write at once, are left out, and taken up again."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.company.models import Company
from throughline.core.company.operations import describe_company
from throughline.core.company.queries import base_currency, letterhead
from throughline.core.company.queries import logo as logo_of
from throughline.core.identity.models import BusinessCalendar, Team, User
from throughline.core.journal.models import Entry
from throughline.core.library.models import InstalledPack
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("M2", "A7")]

ACME = {"name": "Acme Ltd", "address": "1 High Street\nSpringfield\n", "currency": "usd"}
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def admin(cast: Cast, sign_in: SignIn) -> Client:
    """The administrator's browser."""
    return sign_in(cast.admin)


class TestSteps:
    """One step after the other."""

    def test_it_begins_with_the_company_and_goes_on_where_it_was_left(self, admin: Client) -> None:
        assert admin.get("/setup/")["Location"] == "/setup/company/"

        answer = admin.post("/setup/company/", ACME)

        assert answer["Location"] == "/setup/hours/"
        assert admin.get("/setup/")["Location"] == "/setup/hours/"
        assert letterhead() == ["Acme Ltd", "1 High Street", "Springfield"]
        assert base_currency() == "USD"
        assert Entry.objects.filter(event="company.described").count() == 1

    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(self, admin: Client) -> None:
        for given, said in (
            ({**ACME, "name": " "}, "Say what your company is called."),
            ({**ACME, "currency": "Dollars"}, "by its three letters"),
            ({**ACME, "logo": SimpleUploadedFile("logo.svg", b"<svg/>")}, "A logo is a PNG or JPEG picture."),
            ({**ACME, "logo": SimpleUploadedFile("logo.png", PNG + b"0" * 310_000)}, "larger than 300 KB"),
        ):
            answer = admin.post("/setup/company/", given)
            assert answer.status_code == 422
            assert said in words_of(answer)

        assert not Company.objects.exists()

    def test_a_logo_is_shown_replaced_and_taken_away(self, admin: Client) -> None:
        admin.post("/setup/company/", {**ACME, "logo": SimpleUploadedFile("logo.png", PNG)})
        assert admin.get("/setup/logo/").content == PNG

        admin.post("/setup/company/", {**ACME, "logo": SimpleUploadedFile("logo.png", PNG + b"2")})
        assert logo_of() == PNG + b"2"
        admin.post("/setup/company/", ACME)
        assert logo_of() == PNG + b"2"
        admin.post("/setup/company/", {**ACME, "without_logo": "yes"})

        assert admin.get("/setup/logo/").status_code == 404

    def test_working_hours_become_the_calendar_of_charts_and_the_zone_ones_own(self, admin: Client, cast: Cast) -> None:
        BusinessCalendar.objects.filter(key="default").delete()
        given = {"zone": "Europe/Vienna", "days": ["mon", "fri"], "from": "08:30", "until": "16:00"}

        answer = admin.post("/setup/hours/", given)

        assert answer.status_code == 302
        calendar = BusinessCalendar.objects.get(key="default")
        assert (calendar.zone, calendar.hours) == (
            "Europe/Vienna", {"mon": [["08:30", "16:00"]], "fri": [["08:30", "16:00"]]},
        )  # fmt: skip
        assert User.objects.get(pk=cast.admin.pk).time_zone == "Europe/Vienna"
        assert admin.post("/setup/hours/", {**given, "days": []}).status_code == 422
        assert admin.post("/setup/hours/", {**given, "from": "late"}).status_code == 422

    def test_a_pack_is_chosen_bound_on_its_page_and_leads_back(self, admin: Client) -> None:
        page = words_of(admin.get("/setup/pack/"))
        for name in ("SaaS", "Online shop", "Local shop", "Consulting", "B2B accounts"):
            assert name in page
        assert admin.post("/setup/pack/", {}).status_code == 422

        to = admin.post("/setup/pack/", {"pack": "consulting"})["Location"]
        assert to == "/library/consulting/installation/?from=setup"
        form = admin.get(to).content.decode()
        given = dict(re.findall(r'name="(owner)"[\s\S]*?<option value="(\d+)" selected', form))
        answer = admin.post(to, {**given, "go_live": "yes"})

        assert answer["Location"] == "/setup/"
        assert InstalledPack.objects.filter(key="consulting").exists()
        assert "Installed" in words_of(admin.get("/setup/pack/"))

    def test_a_company_without_teams_gets_its_first_one_with_the_pack(self, admin: Client, cast: Cast) -> None:
        Team.objects.update(parent=None)
        Team.objects.all().delete()
        to = "/library/consulting/installation/?from=setup"
        assert "There is no team yet" in words_of(admin.get(to))

        answer = admin.post(to, {"owner": str(cast.admin.pk), "go_live": "yes", "new_team": "Bureau"})

        assert answer["Location"] == "/setup/"
        team = Team.objects.get()
        assert (team.name, list(team.members.all())) == ("Bureau", [cast.admin])
        assert InstalledPack.objects.get(key="lead-capture").binding["answers"]["team"] == team.key
        admin.post("/setup/people/", {"do": "invite", "name": "Eva", "email": "eva@acme.example", "role": "sales",
                                      "team": str(team.pk)})  # fmt: skip
        assert list(User.objects.get(email="eva@acme.example").teams.all()) == [team]

    def test_people_get_accounts_with_a_link(self, admin: Client) -> None:
        answer = admin.post(
            "/setup/people/", {"do": "invite", "name": "Eva Graz", "email": "eva@acme.example", "role": "sales"}
        )

        page = answer.content.decode()
        assert "Eva Graz has an account." in words_of(answer)
        assert re.search(r"https?://[^<]+/accounts/password/reset/key/[^<]+", page)
        eva = User.objects.get(email="eva@acme.example")
        assert [role.key for role in eva.roles.all()] == ["sales"]
        assert not eva.has_usable_password()

    def test_names_that_were_typed_are_not_lost_by_going_on(self, admin: Client) -> None:
        answer = admin.post("/setup/people/", {"name": "Eva", "email": "eva", "role": "sales"})

        assert answer.status_code == 422
        assert "such as maya@example.com" in words_of(answer)

    def test_a_step_is_left_out_and_still_open_to_be_done(self, admin: Client) -> None:
        answer = admin.post("/setup/company/", {"do": "skip"})

        assert answer["Location"] != "/setup/company/"
        assert base_currency() == "EUR"
        assert letterhead() == ["Your company"]
        assert "left out" in admin.get("/setup/data/").content.decode()
        admin.post("/setup/company/", ACME)
        assert letterhead()[0] == "Acme Ltd"

    def test_it_ends_when_somebody_says_so_and_is_offered_no_more(self, admin: Client) -> None:
        for step in ("company", "hours", "pack", "people", "data"):
            admin.post(f"/setup/{step}/", {"do": "skip"})
        assert "/setup/" in admin.get("/").content.decode()
        assert "is set up" in words_of(admin.get("/setup/"))

        answer = admin.post("/setup/end/")

        assert answer["Location"] == "/"
        assert "Set up your company" not in words_of(admin.get("/"))
        assert Entry.objects.get(event="company.set_up").data["skipped"] == [
            "company", "hours", "pack", "people", "data",
        ]  # fmt: skip

    def test_there_is_no_other_step(self, admin: Client) -> None:
        assert admin.get("/setup/coffee/").status_code == 404


class TestWho:
    """Administrators only."""

    @pytest.mark.req("L1")
    def test_others_neither_see_nor_change_it(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        for person in (cast.maya, cast.ines):
            client = sign_in(person)
            assert client.get("/setup/").status_code == 403
            assert client.post("/setup/company/", ACME).status_code == 403
            assert client.post("/setup/end/").status_code == 403
            assert "Set up" not in words_of(client.get("/"))
        with pytest.raises(NotAllowed):
            describe_company(name="X", address="", currency="EUR", by=Actor.user(cast.maya), at=at)

        assert not Company.objects.exists()


class TestCurrency:
    """What sums are told in."""

    def test_stays_once_there_are_deals(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.admin)
        ship_pipeline(by=Actor.system(), at=at)
        describe_company(name="Acme", address="", currency="EUR", by=by, at=at)
        values = {"name": "Turbine", "amount": Decimal(10), "owner": cast.maya.pk}
        create_record(spec=registry.get("deal"), values=values, by=by, at=at)

        with pytest.raises(Refusal, match="Sums are told in EUR already"):
            describe_company(name="Acme", address="", currency="USD", by=by, at=at)

        assert describe_company(name="Acme 2", address="", currency="EUR", by=by, at=at).name == "Acme 2"
