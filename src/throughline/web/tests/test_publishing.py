"""The pages of publishing: what stands against a draft, a second person, retiring, and the difference as a drawing."""

from __future__ import annotations

from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import RoleMembership
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations
from throughline.core.procedures.models import Procedure, ProcedureVersion
from throughline.core.tests.cast import Cast
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

URL = "/procedures/call-first/publishing/"


@pytest.fixture
def draft(cast: Cast, procedure: str, at: Any) -> ProcedureVersion:
    """Give a draft of Omar's in which the first step is called otherwise and due later."""
    drawing = CALL_FIRST.replace(b"Make first contact", b"Write first").replace(b"PT24H", b"PT48H")
    return operations.save_draft(key=procedure, drawing=drawing, by=Actor.user(cast.omar), at=at)


@pytest.fixture
def failing(cast: Cast, draft: ProcedureVersion, at: Any) -> None:
    """Keep a test case that the draft departs from."""
    members = {"auto": "tasks", "hold": ["call"], "expect": {"waiting": ["Make first contact"]}}
    operations.keep_test(procedure="call-first", name="Waits", members=members, by=Actor.user(cast.admin), at=at)


def state(number: int) -> str:
    """Return the status of a version."""
    return ProcedureVersion.objects.get(number=number).status


@pytest.mark.req("A5", "A12")
class TestPublishing:
    """One page with everything that stands against a draft."""

    def test_it_tells_the_impact_and_publishes(self, cast: Cast, draft: ProcedureVersion, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        page = words_of(omar.get(URL))
        assert "Publish version 2" in page
        assert "None fails." in page
        assert URL in words_of(omar.get("/procedures/call-first/versions/"))

        answer = omar.post(URL, {"note": "Two days, and in writing."})

        assert answer["Location"] == "/procedures/call-first/live/"
        assert (state(2), ProcedureVersion.objects.get(number=2).note) == ("published", "Two days, and in writing.")

    def test_failing_test_cases_block_it_until_somebody_says_why_not(
        self, cast: Cast, draft: ProcedureVersion, failing: None, sign_in: SignIn
    ) -> None:
        omar = sign_in(cast.omar)
        assert "They block publishing." in words_of(omar.get(URL))

        refused = omar.post(URL, {"note": ""})
        assert refused.status_code == 422
        assert state(2) == "draft"

        omar.post(URL, {"note": "", "despite": "The step is only called otherwise."})
        assert state(2) == "published"
        assert Entry.objects.get(event="procedure.tests_overridden").data["failing"] == ["Waits"]

    def test_without_a_draft_it_says_what_to_do(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        assert "Nothing to publish" in words_of(sign_in(cast.omar).get(URL))

    @pytest.mark.req("L1")
    def test_sales_look_but_do_not_publish(self, cast: Cast, draft: ProcedureVersion, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        assert "What is new, for those" not in words_of(maya.get(URL))
        assert maya.post(URL, {"note": ""}).status_code == 403
        assert state(2) == "draft"


@pytest.mark.req("A5", "A9")
class TestSecondPerson:
    """Four eyes, on the page."""

    @pytest.fixture(autouse=True)
    def guarded(self, cast: Cast, draft: ProcedureVersion) -> None:
        Procedure.objects.update(needs_approval=True)
        RoleMembership.objects.create(user=cast.petra, role=cast.omar.role_memberships.get().role)

    def test_one_asks_another_agrees_the_first_publishes(self, cast: Cast, sign_in: SignIn) -> None:
        omar, petra = sign_in(cast.omar), sign_in(cast.petra)
        assert omar.post(URL, {"note": ""}).status_code == 422

        omar.post("/procedures/call-first/approvals/", {"words": "For the fair."})
        page = words_of(petra.get(URL))
        assert "For the fair." in page
        assert "I agree" in page
        assert "I agree" not in words_of(omar.get(URL))
        [approval] = ProcedureVersion.objects.get(number=2).approvals.all()
        petra.post(f"/procedures/call-first/approvals/{approval.pk}/", {"granted": "yes"})
        omar.post(URL, {"note": ""})

        assert state(2) == "published"

    def test_who_does_not_agree_says_why(self, cast: Cast, sign_in: SignIn) -> None:
        omar, petra = sign_in(cast.omar), sign_in(cast.petra)
        omar.post("/procedures/call-first/approvals/", {"words": ""})
        [approval] = ProcedureVersion.objects.get(number=2).approvals.all()
        url = f"/procedures/call-first/approvals/{approval.pk}/"

        assert petra.post(url, {"granted": "no", "reason": ""}).status_code == 422
        petra.post(url, {"granted": "no", "reason": "Two days are too long."})

        assert "Two days are too long." in words_of(omar.get(URL))


@pytest.mark.req("A9")
class TestCare:
    """Owner, day of review, second person."""

    def test_it_is_set_and_shown_with_the_versions(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)

        omar.post(
            "/procedures/call-first/care/",
            {"owner": str(cast.omar.pk), "review_on": "2026-07-01", "needs_approval": "yes"},
        )

        page = words_of(omar.get("/procedures/call-first/versions/"))
        assert "looked at again on 1 July 2026" in page
        assert "another person agrees first" in page

    @pytest.mark.parametrize("day", ["tomorrow", "2020-01-01"])
    def test_a_day_that_is_none_is_said_at_the_field(
        self, cast: Cast, procedure: str, sign_in: SignIn, day: str
    ) -> None:
        answer = sign_in(cast.omar).post("/procedures/call-first/care/", {"owner": "", "review_on": day})

        assert answer.status_code == 422
        assert 'id="f-review_on-error"' in words_of(answer)

    def test_a_review_is_opened_early(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        sign_in(cast.omar).post("/procedures/call-first/reviews/", {"why": "Half are late."})

        assert Entry.objects.get(event="procedure.review_due").data["why"] == "Half are late."

    @pytest.mark.req("L1")
    def test_sales_may_not(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        assert maya.post("/procedures/call-first/care/", {"owner": ""}).status_code == 403
        assert maya.post("/procedures/call-first/reviews/", {"why": "So."}).status_code == 403
        assert maya.post("/procedures/call-first/retirement/", {"reason": "So."}).status_code == 403


@pytest.mark.req("A5")
class TestRetire:
    """No new cases; those under way go on."""

    def test_it_is_retired_with_a_reason(self, cast: Cast, lead: Any, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        assert omar.post("/procedures/call-first/retirement/", {"reason": " "}).status_code == 422

        omar.post("/procedures/call-first/retirement/", {"reason": "Replaced by another."})

        assert state(1) == "retired"
        assert Entry.objects.get(event="procedure.retired").data["staying"] == 1


@pytest.mark.req("A5")
class TestDifference:
    """What is different, on the drawing."""

    @pytest.mark.parametrize(("look", "pictures"), [("one", 1), ("two", 2)])
    def test_it_is_drawn_in_one_or_beside_each_other(
        self, cast: Cast, draft: ProcedureVersion, sign_in: SignIn, look: str, pictures: int
    ) -> None:
        page = words_of(sign_in(cast.omar).get(f"/procedures/call-first/versions/difference/?from=1&to=2&look={look}"))

        assert page.count("<figure") == pictures
        assert "changed, renamed, until when" in page
        assert "done otherwise" in page
