"""What the islands ask: checking, keeping and publishing drawings; figures; decisions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from throughline.core.procedures.models import DecisionTable, Procedure, ProcedureVersion
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.procedures.drawings import standing_revision
from throughline.web.procedures.start import first_drawing
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn


def ask(client: Client, path: str, **body: Any) -> Any:
    """Send JSON and return the answer."""
    return client.post(path, body, content_type="application/json")


class TestCreate:
    """A new procedure."""

    @pytest.mark.req("A1")
    def test_it_begins_with_a_drawing_that_passes_the_check(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)

        answer = omar.post("/procedures/new/", {"name": "Lead to deal", "record": "lead"})

        assert answer["Location"] == "/procedures/lead-to-deal/draw/"
        xml = first_drawing("lead-to-deal", "Lead to deal", "lead").decode()
        findings = ask(omar, "/drawings/check/", xml=xml).json()["findings"]
        assert [finding for finding in findings if finding["severity"] == "error"] == []

    def test_a_taken_name_is_said_at_the_field(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post("/procedures/new/", {"name": "Call first", "record": "lead"})

        assert answer.status_code == 422
        assert 'id="f-name-error"' in answer.content.decode()

    @pytest.mark.req("L1")
    def test_sales_may_not(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.maya).post("/procedures/new/", {"name": "Mine", "record": "lead"})

        assert answer.status_code == 403
        assert not Procedure.objects.exists()


class TestCheckDrawing:
    """While one draws."""

    @pytest.mark.req("A10")
    def test_it_names_the_step_and_the_fault(self, cast: Cast, sign_in: SignIn) -> None:
        broken = CALL_FIRST.replace(b"lead.owner", b"lead.nobody")

        findings = ask(sign_in(cast.omar), "/drawings/check/", xml=broken.decode()).json()["findings"]

        assert [(finding["rule"], finding["element"]) for finding in findings] == [("unknown-field", "call")]

    def test_what_is_no_drawing_is_a_finding_not_a_crash(self, cast: Cast, sign_in: SignIn) -> None:
        answer = ask(sign_in(cast.omar), "/drawings/check/", xml="<nonsense>")

        assert answer.status_code == 200
        assert answer.json()["findings"][0]["rule"] == "unreadable"

    def test_a_body_that_is_no_json_is_refused(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.omar).post("/drawings/check/", "[", content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (422, "no_json")


class TestCheckExpression:
    """A text of the properties panel."""

    @pytest.mark.parametrize(
        ("text", "kind", "fits"),
        [
            ('outcome = "reached"', "expression", True),
            ("PT24H", "time", True),
            ("R3/P1D", "time", True),
            ('duration("P1D")', "time", True),
            ("1 +", "expression", False),
            ("PT24H)", "time", False),
        ],
    )
    def test_it_is_read_or_the_place_is_said(
        self, cast: Cast, sign_in: SignIn, text: str, kind: str, fits: bool
    ) -> None:
        answer = ask(sign_in(cast.omar), "/expressions/check/", text=text, kind=kind).json()

        assert answer["ok"] is fits
        assert fits or "column" in answer


class TestDraft:
    """Keeping and publishing."""

    @pytest.mark.req("A5")
    def test_a_draft_is_kept_and_published(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        drawn = CALL_FIRST.replace(b"Make first contact", b"Call the lead").decode()

        kept = ask(omar, "/procedures/call-first/draft/", xml=drawn, revision=standing_revision(procedure)).json()
        published = ask(omar, "/procedures/call-first/publication/", revision=kept["revision"], note="Shorter name")

        assert published.status_code == 200
        assert ProcedureVersion.objects.get(status="published").number == 2

    def test_two_people_never_overwrite_each_other_unseen(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        seen = standing_revision(procedure)
        xml = CALL_FIRST.decode()
        ask(sign_in(cast.omar), "/procedures/call-first/draft/", xml=xml + "<!-- Omar -->", revision=seen)

        answer = ask(sign_in(cast.admin), "/procedures/call-first/draft/", xml=xml, revision=seen)

        assert answer.status_code == 409
        assert b"Omar" in bytes(ProcedureVersion.objects.get(status="draft").bpmn)

    @pytest.mark.req("A10")
    def test_what_cannot_run_is_not_published(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        broken = CALL_FIRST.replace(b"lead.owner", b"lead.nobody").decode()
        kept = ask(omar, "/procedures/call-first/draft/", xml=broken, revision=standing_revision(procedure)).json()

        answer = ask(omar, "/procedures/call-first/publication/", revision=kept["revision"])

        assert (answer.status_code, answer.json()["code"]) == (422, "not_sound")
        assert ProcedureVersion.objects.get(status="published").number == 1

    @pytest.mark.req("L1")
    def test_sales_look_and_do_not_draw(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        maya, seen = sign_in(cast.maya), standing_revision(procedure)

        kept = ask(maya, "/procedures/call-first/draft/", xml=CALL_FIRST.decode(), revision=seen)

        assert kept.status_code == 403
        assert '"readOnly": true' in maya.get("/procedures/call-first/draw/").content.decode()


class TestFigures:
    """The running procedure."""

    @pytest.mark.req("B8")
    def test_they_equal_the_open_tokens_and_are_sent_once(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        first = maya.get("/procedures/call-first/live.json")
        again = maya.get("/procedures/call-first/live.json", headers={"If-None-Match": first["ETag"]})

        assert first.json()["steps"]["call"]["count"] == 1
        assert (again.status_code, again.content) == (304, b"")

    def test_the_same_stands_in_a_table_for_those_who_do_not_see_the_drawing(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        page = sign_in(cast.maya).get("/procedures/call-first/live/").content.decode()

        assert 'href="/procedures/call-first/steps/call/"' in page

    def test_work_is_handed_over_from_a_pile(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        from throughline.core.procedures.models import WorkItem

        item = WorkItem.objects.get()

        sign_in(cast.maya).post("/procedures/call-first/steps/call/", {"item": [item.pk], "to": cast.tom.pk})

        item.refresh_from_db()
        assert item.assignee == cast.tom


class TestDecisions:
    """Decision tables."""

    @pytest.mark.req("B4")
    def test_a_table_is_made_tried_and_published(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        omar.post("/decisions/new/", {"name": "Route lead"})
        xml = _model()

        tried = ask(
            omar,
            "/decisions/trial/",
            xml=xml,
            decision="Route lead",
            inputs={"region": "DACH"},
            types={"region": "string"},
        ).json()
        revision = _revision(omar)
        kept = ask(omar, "/decisions/route-lead/draft/", xml=xml, revision=revision).json()
        published = ask(omar, "/decisions/route-lead/publication/", revision=kept["revision"])

        assert tried["value"] == '"Maya"'
        assert tried["rules"] == ["rule_1"]
        assert published.status_code == 200
        assert DecisionTable.objects.get().versions.get().status == "published"

    def test_nonsense_to_try_is_said_at_its_input(self, cast: Cast, sign_in: SignIn) -> None:
        answer = ask(
            sign_in(cast.omar), "/decisions/trial/", xml=_model(), decision="Route lead",
            inputs={"region": "1 +"}, types={"region": "number"},
        )  # fmt: skip

        assert answer.status_code == 422
        assert answer.json()["message"].startswith("region: ")


def _revision(client: Client) -> str:
    import json
    import re

    page = client.get("/decisions/route-lead/").content.decode()
    found = re.search(r'<script id="decision-props" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    revision: str = json.loads(found[1])["revision"]
    return revision


def _model() -> str:
    from throughline.web.decisions.views import first_table

    text = first_table("route-lead", "Route lead").decode()
    return text.replace("<text>-</text>", '<text>"DACH"</text>').replace('<text>""</text>', '<text>"Maya"</text>')
