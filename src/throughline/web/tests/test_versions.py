"""Pages of versions: what is different, and moving running cases from one to another."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations
from throughline.core.procedures.migration.carry import advance_migrations
from throughline.core.procedures.models import Case, Migration
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import figures, words

RENAMED = CALL_FIRST.replace(b'name="Make first contact"', b'name="Call the lead"')
OTHER = CALL_FIRST.replace(b'"call"', b'"ring"').replace(b">call<", b">ring<")
"""The step “call” has become the step “ring”."""
NEW = "/procedures/call-first/migrations/new/"


@pytest.fixture
def by(cast: Cast) -> Actor:
    """Give who draws."""
    return Actor.user(cast.admin)


def publish(drawing: bytes, by: Actor, at: datetime) -> None:
    operations.save_draft(key="call-first", drawing=drawing, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)


def move_all(at: datetime) -> None:
    while advance_migrations(at=at):
        pass


@pytest.mark.req("A5")
class TestDifference:
    """The table."""

    def test_it_says_in_words_what_is_different(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        publish(RENAMED, by, at)

        page = words(sign_in(cast.maya).get("/procedures/call-first/versions/difference/?from=1&to=2").content.decode())

        assert "From version 1 to version 2" in page
        assert "renamed" in page
        assert "Make first contact Call the lead" in page

    def test_the_same_twice_has_no_difference(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/procedures/call-first/versions/difference/?from=1&to=1").content.decode()

        assert "Nothing that happens is different." in page

    @pytest.mark.parametrize("query", ["", "?from=1&to=7", "?from=x&to=1"])
    def test_what_is_no_version_is_not_found(self, cast: Cast, lead: Lead, sign_in: SignIn, query: str) -> None:
        answer = sign_in(cast.maya).get(f"/procedures/call-first/versions/difference/{query}")

        assert answer.status_code == 404

    def test_whoever_publishes_is_told_what_it_means(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        omar = sign_in(cast.omar)
        before = omar.get("/procedures/call-first/impact/").json()
        operations.save_draft(key="call-first", drawing=OTHER, by=by, at=at)

        after = omar.get("/procedures/call-first/impact/").json()

        assert before["changes"] == []
        assert after["words"].startswith("1 running case stays on version 1 until moved.")
        assert "“Make first contact” (1)" in after["words"]


@pytest.mark.req("A5")
class TestMoving:
    """Moving cases, from the list of versions to taking it back."""

    def test_the_list_offers_it_where_cases_are_on_an_old_version(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        publish(RENAMED, by, at)

        pages = {
            user.name: sign_in(user).get("/procedures/call-first/versions/").content.decode()
            for user in (cast.omar, cast.maya)
        }

        assert f'href="{NEW}?from=1"' in pages["Omar Haddad"]
        assert "migrations/new" not in pages["Maya Lin"]
        assert "1 case under way" in words(pages["Maya Lin"])

    def test_cases_of_a_step_that_stays_move_and_are_taken_back(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        publish(RENAMED, by, at)
        omar = sign_in(cast.omar)
        preview = words(omar.get(f"{NEW}?from=1").content.decode())
        assert "1 case is under way on version 1." in preview
        assert "Move 1 case" in preview

        answer = omar.post(NEW, {"from": "1", "reason": "The new script is better."})
        move_all(at + timedelta(seconds=5))

        assert Case.objects.get().version.number == 2
        page = words(omar.get(answer["Location"]).content.decode())
        assert "1 of 1 had their turn." in page
        assert "Ada Byron moved" in page

        back = omar.post(f"{answer['Location']}taking-back/")
        move_all(at + timedelta(seconds=10))

        assert Case.objects.get().version.number == 1
        assert "Back to version 1" in words(omar.get(back["Location"]).content.decode())
        assert "taken back" in words(omar.get("/procedures/call-first/versions/").content.decode())

    def test_a_step_that_is_gone_asks_for_a_target(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        publish(OTHER, by, at)
        omar = sign_in(cast.omar)
        asked = omar.get(f"{NEW}?from=1").content.decode()
        assert "1 of them would be left where it is." in words(asked)
        assert 'name="step.call"' in asked
        assert 'aria-invalid="true"' in asked

        chosen = omar.get(f"{NEW}?from=1&step.call=ring").content.decode()
        assert 'aria-invalid="true"' not in chosen
        omar.post(NEW, {"from": "1", "step.call": "ring", "reason": "Moved."})
        move_all(at + timedelta(seconds=5))

        assert Case.objects.get().tokens.get().node == "ring"

    def test_a_step_that_only_the_old_version_has_keeps_its_name_on_the_live_page(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        publish(OTHER.replace(b'name="Make first contact"', b'name="Ring"'), by, at)

        page = figures(sign_in(cast.maya).get("/procedures/call-first/live/").content.decode(), "Where the cases stand")

        assert page["Make first contact"][1] == "1"

    def test_without_a_reason_nothing_moves(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        publish(RENAMED, by, at)

        answer = sign_in(cast.omar).post(NEW, {"from": "1", "reason": " "})

        assert answer.status_code == 422
        assert "Say why; the reason is kept" in answer.content.decode()
        assert not Migration.objects.exists()

    @pytest.mark.req("L1")
    def test_who_may_not_publish_may_not_move(
        self, cast: Cast, lead: Lead, by: Actor, sign_in: SignIn, at: datetime
    ) -> None:
        publish(RENAMED, by, at)
        maya = sign_in(cast.maya)

        assert maya.get(f"{NEW}?from=1").status_code == 403
        assert maya.post(NEW, {"from": "1", "reason": "Why not?"}).status_code == 403
        assert not Migration.objects.exists()
