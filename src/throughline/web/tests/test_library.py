"""The pages of the library: the shelf, one pack, bringing, installing, pulling, removing."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from throughline.core.actor import Actor
from throughline.core.identity.operations import save_calendar
from throughline.core.library.models import BroughtPack, InstalledPack
from throughline.core.procedures import operations
from throughline.core.procedures.models import KeptTest, Procedure, ProcedureVersion
from throughline.core.records.custom.operations import Wish, define_field
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline
from throughline.insight.dashboards.operations import make_dashboard
from throughline.insight.dashboards.tiles import Kind, Tile
from throughline.packs import get_pack, library
from throughline.packs.archive import pack_bytes, pack_from
from throughline.packs.checking import complaints
from throughline.packs.reading import MANIFEST, read_pack
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

KEY = "demo-to-proposal"


def later_version() -> bytes:
    """Return the file of a later version, in which a step has another name."""
    pack = get_pack(KEY)
    manifest = {**yaml.safe_load(pack.files[MANIFEST]), "version": "1.1"}
    files = {path: content for path, content in pack.files.items() if not path.startswith("scenarios/")}
    chart = files[f"{KEY}.bpmn"].replace(b'name="Tell the manager"', b'name="Alert the manager"')
    return pack_bytes(read_pack({**files, f"{KEY}.bpmn": chart, MANIFEST: yaml.safe_dump(manifest).encode()}))


def sent(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("pack.zip", content, content_type="application/zip")


@pytest.fixture(autouse=True)
def _office(cast: Cast, at: datetime) -> None:
    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    by = Actor.user(cast.admin)
    save_calendar(key="default", name="Office", zone="UTC", hours=hours, holidays=[], by=by, at=at)


@pytest.mark.req("A7")
class TestShelf:
    """What lies there."""

    def test_every_pack_stands_there_with_what_it_waits_for(self, cast: Cast, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get("/library/"))

        assert [pack.name for pack in library() if pack.name.replace("'", "&#x27;") not in page] == []
        assert "waits for shop carts" in page
        assert "Bring a pack" not in page, "only who may draw brings packs"

    def test_a_pack_shows_its_drawing_steps_mails_and_what_it_brings(self, cast: Cast, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get("/library/lead-capture/"))

        assert "Make first contact" in page
        assert "Listen; do not sell yet." in page
        assert "Thank you for writing to us" in page
        assert "Route a new lead" in page

    def test_a_picture_and_the_file_can_be_fetched(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)

        assert omar.get("/library/saas/pictures/qualification.svg")["Content-Type"] == "image/svg+xml"
        assert omar.get("/library/renewal/pictures/none.svg").status_code == 404
        assert pack_from(omar.get("/library/renewal/file/").content) == get_pack("renewal")

    def test_a_pack_that_is_not_there_is_said_so(self, cast: Cast, sign_in: SignIn) -> None:
        assert sign_in(cast.omar).get("/library/nothing/").status_code == 404


@pytest.mark.req("A7")
class TestInstalling:
    """Making it one's own."""

    def test_the_guesses_are_filled_in_and_installing_goes_live(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        form = words_of(omar.get("/library/lead-capture/installation/"))
        assert re.search(r'<option value="sales" selected>Sales</option>', form)

        answer = omar.post(
            "/library/lead-capture/installation/",
            {"role:sales": "sales", "role:manager": "manager", "calendar:default": "default", "answer:team": "north",
             "answer:signature": "Omar", "owner": str(cast.omar.pk), "go_live": "yes"},
        )  # fmt: skip

        assert answer["Location"] == "/library/lead-capture/"
        version = ProcedureVersion.objects.get(procedure__key="lead-capture", status="published")
        assert b"\nOmar" in bytes(version.bpmn).replace(b"&#10;", b"\n")
        assert b'"north"' in bytes(version.bpmn).replace(b"&quot;", b'"')
        assert "Version 1.0 installed" in words_of(omar.get("/library/lead-capture/"))

    def test_a_starter_pack_asks_what_the_packs_it_brings_ask(self, cast: Cast, sign_in: SignIn) -> None:
        form = words_of(sign_in(cast.omar).get("/library/consulting/installation/"))

        assert 'name="role:sales"' in form
        assert 'name="answer:team"' in form
        assert 'name="answer:signature"' in form
        assert "Mails leave as" in form

    def test_what_is_not_here_is_said_at_the_field(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post(f"/library/{KEY}/installation/", {"role:sales": "ghosts", "go_live": "yes"})

        assert answer.status_code == 422
        assert "Choose which role “sales” is here" in words_of(answer)
        assert not Procedure.objects.exists()

    def test_who_may_not_publish_sees_no_button_and_is_refused(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        assert "/installation/" not in words_of(maya.get(f"/library/{KEY}/"))
        assert maya.post(f"/library/{KEY}/installation/", {"go_live": "yes"}).status_code == 403
        assert not InstalledPack.objects.exists()


@pytest.mark.req("A7")
class TestBringingAndPulling:
    """A later version."""

    def test_a_later_version_is_brought_looked_at_and_pulled(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        omar.post(f"/library/{KEY}/installation/", {"owner": str(cast.omar.pk), "go_live": "yes"})
        KeptTest.objects.all().delete()

        brought = omar.post("/library/brought/", {"file": sent(later_version())})
        assert brought["Location"] == f"/library/{KEY}/"
        assert "Pull changes" in words_of(omar.get(f"/library/{KEY}/"))
        page = words_of(omar.get(f"/library/{KEY}/pull/"))
        assert "Changed where it comes from" in page
        assert "Alert the manager" in page
        omar.post(f"/library/{KEY}/pull/", {})

        draft = ProcedureVersion.objects.get(procedure__key=KEY, status="draft")
        assert b"Alert the manager" in bytes(draft.bpmn)
        assert omar.get(f"/library/{KEY}/pull/").status_code == 422, "there is nothing to pull any more"

        assert "Take the last pull back" in words_of(omar.get(f"/library/{KEY}/"))
        omar.post(f"/library/{KEY}/pull/taking-back/")
        assert not ProcedureVersion.objects.filter(procedure__key=KEY, status="draft").exists()
        assert "Take the last pull back" not in words_of(omar.get(f"/library/{KEY}/"))

    def test_what_is_no_pack_is_refused_in_one_sentence(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post("/library/brought/", {"file": sent(b"nothing")})

        assert answer.status_code == 422
        assert "The file is no pack" in words_of(answer)
        assert not BroughtPack.objects.exists()

    def test_a_pack_is_removed_and_its_file_taken_off_the_shelf(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        omar.post(f"/library/{KEY}/installation/", {"owner": str(cast.omar.pk), "go_live": "yes"})
        omar.post("/library/brought/", {"file": sent(later_version())})

        omar.post(f"/library/{KEY}/removal/")
        omar.post(f"/library/{KEY}/discarding/")

        assert not InstalledPack.objects.exists()
        assert not BroughtPack.objects.exists()
        assert not ProcedureVersion.objects.filter(status="published").exists()


@pytest.mark.req("A7")
class TestExportingOwn:
    """Another office gets what was drawn here."""

    def test_a_pack_of_own_procedures_can_be_brought_elsewhere(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        omar.post("/library/renewal/installation/", {"owner": str(cast.omar.pk), "go_live": "yes"})

        assert "Make a pack of your own procedures" in words_of(omar.get("/library/"))
        answer = omar.post("/library/own/", {"name": "Our renewals", "procedure": ["renewal"]})

        pack = pack_from(answer.content)
        assert (pack.key, [each.key for each in pack.procedures]) == ("our-renewals", ["renewal"])
        assert [each.key for each in pack.decisions] == ["renewal-offer"]
        assert len(pack.scenarios) == 4
        assert complaints(pack) == []

    def test_pipelines_dashboards_and_fields_go_along(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        by = Actor.user(cast.admin)
        ship_pipeline(by=Actor.system(), at=at)
        tiles = [Tile(id=1, kind=Kind.NUMBER, kpi="closed-win-rate")]
        board = make_dashboard(name="Ours", period="last_90_days", tiles=tiles, by=Actor.user(cast.omar), at=at)
        hidden = make_dashboard(name="Private", period="last_90_days", tiles=tiles, by=by, at=at)
        define_field(record_type="lead", wish=Wish(label="Budget", key="budget"), by=by, at=at)
        operations.create_procedure(key="budgets", name="Budgets", record_type="lead", by=by, at=at)
        drawing = CALL_FIRST.replace(b'key="call-first"', b'key="budgets"').replace(
            b'assignee="lead.owner"', b'assignee="if lead.budget = null then null else lead.owner"'
        )
        operations.save_draft(key="budgets", drawing=drawing, by=by, at=at)
        operations.publish(key="budgets", by=by, at=at)

        chosen = {"name": "All", "procedure": ["budgets"], "pipeline": ["sales"], "dashboard": [board.pk, hidden.pk]}
        pack = pack_from(sign_in(cast.omar).post("/library/own/", chosen).content)

        assert [each["name"] for each in pack.listed["dashboards"]] == ["Ours"]
        assert [each["key"] for each in pack.listed["pipelines"]] == ["sales"]
        assert [each["key"] for each in pack.listed["fields"]] == ["budget"]

    def test_nothing_chosen_is_said(self, cast: Cast, sign_in: SignIn) -> None:
        assert sign_in(cast.omar).post("/library/own/", {"name": "Empty"}).status_code == 422

    def test_who_may_not_draw_exports_nothing(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post("/library/own/", {"name": "Ours", "procedure": ["renewal"]})

        assert answer.status_code == 403
