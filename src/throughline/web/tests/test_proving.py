"""The pages of test cases: walking a way, keeping it, recording a real case, what departs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import Case, KeptTest, WorkItem
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

WALK = "/procedures/call-first/tests/walk/"


def members_of(page: str) -> str:
    """Return what the form of a walk carries along."""
    found = re.search(r'name="members" value="([^"]+)"', page)
    assert found is not None
    return found[1].replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&")


def step(client: Client, page: str, **sent: Any) -> str:
    """Take one step of a walk and return the page."""
    return words_of(client.post(WALK, {"members": members_of(page), **sent}))


@pytest.mark.req("A12")
class TestWalk:
    """Clicking a test case together."""

    def test_a_way_is_walked_answered_and_kept(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        page = words_of(omar.post(WALK, {"act": "begin", "record.owner": "1"}))
        assert "Make first contact" in page

        page = step(omar, page, act="answer", stop="0", outcome="reached", note="All well")
        answer = omar.post(WALK, {"members": members_of(page), "act": "keep", "name": "Reached at once"})

        test = KeptTest.objects.get()
        assert answer["Location"] == f"/procedures/call-first/tests/{test.pk}/"
        assert test.members["expect"]["status"] == "completed"
        assert test.members["answers"] == [
            {"complete": "call", "variables": {"note": "All well", "budget": None, "outcome": "reached"}}
        ]
        assert "goes the expected way" in words_of(omar.get(answer["Location"]))

    def test_a_form_that_is_not_filled_is_said_and_the_walk_stays(
        self, cast: Cast, procedure: str, sign_in: SignIn
    ) -> None:
        omar = sign_in(cast.omar)
        page = words_of(omar.post(WALK, {"act": "begin"}))

        answer = omar.post(WALK, {"members": members_of(page), "act": "answer", "stop": "0", "outcome": ""})

        assert answer.status_code == 422
        assert "Choose how the step ended." in words_of(answer)
        assert json.loads(members_of(words_of(answer)))["answers"] == []

    def test_a_step_is_taken_back(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        page = words_of(omar.post(WALK, {"act": "begin"}))
        page = step(omar, page, act="answer", stop="0", outcome="reached", note="All well")

        page = step(omar, page, act="back")

        assert json.loads(members_of(page))["answers"] == []

    def test_one_without_a_name_is_not_kept(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        page = words_of(omar.post(WALK, {"act": "begin"}))

        answer = omar.post(WALK, {"members": members_of(page), "act": "keep", "name": " "})

        assert answer.status_code == 422
        assert not KeptTest.objects.exists()

    @pytest.mark.parametrize("members", ["[", "[]", '{"answers": 3}', '{"variables": [1]}'])
    def test_what_is_no_walk_is_no_crash(self, cast: Cast, procedure: str, sign_in: SignIn, members: str) -> None:
        answer = sign_in(cast.omar).post(WALK, {"members": members, "act": "answer", "stop": "0"})

        assert answer.status_code in (200, 422)

    @pytest.mark.req("L1")
    def test_sales_may_not(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).get(WALK).status_code == 403


@pytest.fixture
def kept(cast: Cast, procedure: str, at: Any) -> KeptTest:
    """Keep a test case that the procedure passes."""
    members = {
        "auto": "tasks",
        "hold": ["call"],
        "answers": [{"complete": "call", "variables": {"outcome": "reached"}}],
        "expect": {"status": "completed"},
    }
    by = Actor.user(cast.admin)
    return operations.keep_test(procedure=procedure, name="Reached", members=members, by=by, at=at)


@pytest.mark.req("A12")
class TestTests:
    """All test cases of a procedure, and one."""

    def test_without_any_the_page_teaches_what_they_are(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        assert "No test case yet" in words_of(sign_in(cast.omar).get("/procedures/call-first/tests/"))

    def test_they_run_by_button_and_say_what_came(self, cast: Cast, kept: KeptTest, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)

        omar.post("/procedures/call-first/tests/run/")

        page = words_of(omar.get("/procedures/call-first/tests/"))
        assert "passes" in page
        assert "version 1" in page

    def test_the_failing_one_shows_on_the_drawing_where_it_departs(
        self, cast: Cast, kept: KeptTest, sign_in: SignIn
    ) -> None:
        kept.members = {**kept.members, "expect": {"waiting": ["Make first contact"]}}
        kept.save()

        page = words_of(sign_in(cast.omar).get(f"/procedures/call-first/tests/{kept.pk}/"))

        assert "departs from it" in page
        assert "It should wait at Make first contact, but it waits at nothing." in page
        assert re.search(r'<g [^>]*has-incident[^>]*data-node="call"|<g [^>]*data-node="call"[^>]*has-incident', page)

    def test_what_comes_now_can_be_accepted_and_a_test_removed(
        self, cast: Cast, kept: KeptTest, sign_in: SignIn
    ) -> None:
        kept.members = {**kept.members, "expect": {"waiting": ["Make first contact"]}}
        kept.save()
        omar = sign_in(cast.omar)

        omar.post(f"/procedures/call-first/tests/{kept.pk}/acceptance/")
        assert "goes the expected way" in words_of(omar.get(f"/procedures/call-first/tests/{kept.pk}/"))
        omar.post(f"/procedures/call-first/tests/{kept.pk}/removal/")

        assert not KeptTest.objects.exists()

    @pytest.mark.req("L1")
    def test_sales_may_look_and_not_change(self, cast: Cast, kept: KeptTest, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        assert maya.get(f"/procedures/call-first/tests/{kept.pk}/").status_code == 200
        assert maya.post(f"/procedures/call-first/tests/{kept.pk}/removal/").status_code == 403
        assert KeptTest.objects.exists()


@pytest.mark.req("A12")
class TestRecording:
    """A real case as a test case."""

    def done(self, cast: Cast, lead: Lead, at: Any) -> Case:
        """Let the lead's case end."""
        item = WorkItem.objects.get(record_id=lead.pk, status="open")
        operations.complete_work_item(
            work_item_id=item.pk, outcome="reached", answers={"note": "Ada rang back"}, by=Actor.user(cast.maya), at=at
        )
        worker.drain(at=at)
        return Case.objects.get(record_id=lead.pk)

    def test_it_is_kept_with_one_click(self, cast: Cast, lead: Lead, at: Any, sign_in: SignIn) -> None:
        case = self.done(cast, lead, at)
        omar = sign_in(cast.omar)
        url = f"/procedures/call-first/cases/{case.pk}/test/"
        assert "Repeated, it goes the way it went." in words_of(omar.get(url))
        assert url in words_of(omar.get("/procedures/call-first/cases/"))

        omar.post(url, {"name": "As it was"})

        assert KeptTest.objects.get().case == case.pk

    @pytest.mark.req("L1")
    def test_whoever_may_not_see_the_record_records_nothing(
        self, cast: Cast, lead: Lead, at: Any, sign_in: SignIn
    ) -> None:
        case = self.done(cast, lead, at)
        ines = cast.ines
        role = ines.role_memberships.get().role
        role.permissions = {**role.permissions, "abilities": ["procedures.design"]}
        role.save()

        assert sign_in(ines).get(f"/procedures/call-first/cases/{case.pk}/test/").status_code == 404
        assert sign_in(ines).get("/procedures/call-first/cases/1000000/test/").status_code == 404


def test_a_draft_that_departs_is_not_published_by_the_editor(
    cast: Cast, kept: KeptTest, at: Any, sign_in: SignIn
) -> None:
    """The editor's button says why, with the step it shows at."""
    by = Actor.user(cast.admin)
    kept.members = {**kept.members, "expect": {"waiting": ["Make first contact"]}}
    kept.save()
    draft = operations.save_draft(key="call-first", drawing=CALL_FIRST + b"\n", by=by, at=at)
    sent = {"revision": f"{draft.number}-{draft.digest[:16]}", "note": ""}

    answer = sign_in(cast.omar).post("/procedures/call-first/publication/", sent, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["code"] == "tests_failed"
    assert "call" in answer.json()["fields"]
