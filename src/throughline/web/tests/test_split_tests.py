"""Pages of split tests: planning, beginning, looking, promoting."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case, ProcedureVersion
from throughline.core.recordref import RecordRef
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.insight.split_tests.models import SplitTest, Status
from throughline.insight.split_tests.operations import watch_tests
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("I6")]

PAGE = "/procedures/call-first/split-tests/"


@pytest.fixture
def twice(cast: Cast, at: datetime, procedure: str) -> str:
    """Publish the procedure a second time."""
    by = Actor.user(cast.admin)
    operations.save_draft(key=procedure, drawing=CALL_FIRST, by=by, at=at, note="Shorter")
    operations.publish(key=procedure, by=by, at=at)
    return procedure


def given(cast: Cast, **values: str) -> dict[str, str]:
    return {
        "hypothesis": "A shorter way brings more.", "other": "1", "percent": "50", "measure": "converted",
        "horizon_days": "7", "difference": "10", "expected": "30", "alpha": "5", "power": "80",
        "owner": str(cast.admin.pk), **values,
    }  # fmt: skip


def planned(cast: Cast, sign_in: SignIn) -> SplitTest:
    answer = sign_in(cast.admin).post(f"{PAGE}new/", given(cast))
    test = SplitTest.objects.get()
    assert answer["Location"] == f"{PAGE}{test.pk}/"
    return test


class TestList:
    def test_is_found_from_the_page_of_before_and_after(self, cast: Cast, twice: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.admin).get("/procedures/call-first/effect/"))

        assert f'href="{PAGE}"' in page

    def test_says_what_is_needed_first(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.admin).get(PAGE))

        assert "There are no two versions to share cases yet" in page
        assert "/split-tests/new/" not in page

    def test_shows_what_was_planned(self, cast: Cast, twice: str, sign_in: SignIn) -> None:
        planned(cast, sign_in)

        page = words_of(sign_in(cast.maya).get(PAGE))

        assert "A shorter way brings more." in page
        assert "2 against 1" in page
        assert "/split-tests/new/" not in page


class TestNew:
    def test_says_at_the_field_what_is_missing(self, cast: Cast, twice: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.admin).post(f"{PAGE}new/", given(cast, expected=""))

        assert answer.status_code == 422
        assert "Only 0 past cases tell what is usual" in words_of(answer)
        assert "A shorter way brings more." in words_of(answer)

    @pytest.mark.parametrize("name", ["percent", "difference", "alpha", "horizon_days", "owner"])
    def test_takes_numbers_only(self, cast: Cast, twice: str, sign_in: SignIn, name: str) -> None:
        answer = sign_in(cast.admin).post(f"{PAGE}new/", given(cast, **{name: "many"}))

        assert answer.status_code == 422
        assert not SplitTest.objects.exists()

    def test_time_is_told_in_hours(self, cast: Cast, twice: str, sign_in: SignIn) -> None:
        sign_in(cast.admin).post(f"{PAGE}new/", given(cast, measure="time", difference="42"))

        assert SplitTest.objects.get().difference == pytest.approx(0.25)

    @pytest.mark.req("L1")
    def test_is_for_who_may_publish(self, cast: Cast, twice: str, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).post(f"{PAGE}new/", given(cast)).status_code == 403


class TestOne:
    def test_begins_finds_and_promotes(self, cast: Cast, at: datetime, twice: str, sign_in: SignIn) -> None:
        client, test = sign_in(cast.admin), planned(cast, sign_in)
        assert f"{test.cases:,}" in words_of(client.get(f"{PAGE}{test.pk}/"))

        client.post(f"{PAGE}{test.pk}/beginning/")
        capture_lead(values={"name": "Ada", "email": "ada@x.org"}, by=Actor.system(), at=at)
        page = words_of(client.get(f"{PAGE}{test.pk}/"))
        client.post(f"{PAGE}{test.pk}/end/", {"keep": "1", "reason": "Version 1 is shorter."})

        test.refresh_from_db()
        assert "Started so far" in page
        assert (test.status, test.kept) == (Status.ENDED, 1)
        assert ProcedureVersion.objects.get(status="published").number == 1
        assert Case.objects.get().split_id == test.split_id
        assert "Version 1 is shorter." in words_of(client.get(f"{PAGE}{test.pk}/"))

    def test_shows_the_difference_with_its_interval(
        self, cast: Cast, at: datetime, twice: str, sign_in: SignIn
    ) -> None:
        client, test = sign_in(cast.admin), planned(cast, sign_in)
        client.post(f"{PAGE}{test.pk}/beginning/")
        for number in range(8):
            capture_lead(values={"name": f"Ada {number}", "email": f"a{number}@x.org"}, by=Actor.system(), at=at)
        watch_tests(at=at.replace(day=28))

        page = words_of(client.get(f"{PAGE}{test.pk}/"))

        assert "with 95.0% confidence from" in page
        assert f"of {test.cases} planned" in page

    @pytest.mark.req("L1")
    def test_shows_no_figures_to_who_sees_only_some_cases(
        self, cast: Cast, at: datetime, twice: str, sign_in: SignIn
    ) -> None:
        test = planned(cast, sign_in)
        sign_in(cast.admin).post(f"{PAGE}{test.pk}/beginning/")
        capture_lead(values={"name": "Ada", "email": "ada@x.org"}, by=Actor.system(), at=at)
        watch_tests(at=at.replace(day=28))

        page = words_of(sign_in(cast.ines).get(f"{PAGE}{test.pk}/"))

        assert "shown to those who see all cases" in page
        assert "Started so far" not in page
        assert "confidence from" not in page

    def test_an_end_without_a_reason_says_so(self, cast: Cast, twice: str, sign_in: SignIn) -> None:
        test = planned(cast, sign_in)

        answer = sign_in(cast.admin).post(f"{PAGE}{test.pk}/end/", {"keep": "2", "reason": ""})

        assert answer.status_code == 422
        assert "Say why" in words_of(answer)

    def test_its_message_leads_to_it(self, cast: Cast, at: datetime, twice: str, sign_in: SignIn) -> None:
        test = planned(cast, sign_in)
        about = RecordRef("split_test", test.pk)
        message = Message(cast.admin.pk, "split_test.settled", "Settled", about=about, place="call-first")
        notify_many(messages=[message], by=Actor.system(), at=at)

        answer = sign_in(cast.admin).get(f"/notifications/{Notification.objects.get().pk}/")

        assert answer["Location"] == f"{PAGE}{test.pk}/"
