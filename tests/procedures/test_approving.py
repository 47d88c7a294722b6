"""Four eyes before publishing, the owner's settings, and the day of the review."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actions import ActionRequest
from throughline.core.actor import Actor
from throughline.core.identity.models import RoleMembership
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.procedures import operations
from throughline.core.procedures.models import Procedure, ProcedureVersion, PublishApproval
from throughline.core.procedures.operations.stewardship import months_after, set_reviews, tell_due_reviews
from throughline.core.refusals import NotAllowed, NotFound, Refusal

PLAIN = c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end"))


@pytest.fixture
def guarded(desk: Desk) -> Desk:
    """Give a desk with a procedure of Omar's that two people must agree on, drafted by Omar; Petra may publish, too."""
    omar = Actor.user(desk.cast.omar)
    RoleMembership.objects.create(user=desk.cast.petra, role=desk.cast.omar.role_memberships.get().role)
    operations.create_procedure(
        key="test", name="Test", record_type="lead", owner_id=desk.cast.omar.pk, by=omar, at=desk.now
    )
    operations.save_draft(key="test", drawing=PLAIN, by=omar, at=desk.now)
    operations.set_stewardship(
        key="test", owner_id=desk.cast.omar.pk, review_on=None, needs_approval=True, by=omar, at=desk.now
    )
    return desk


def asked(desk: Desk) -> PublishApproval:
    """Ask for the draft as Omar."""
    return operations.ask_approval(key="test", by=Actor.user(desk.cast.omar), at=desk.now, words="For the fair.")


def answer(desk: Desk, approval: PublishApproval, by: Any, granted: bool = True, reason: str = "") -> PublishApproval:
    """Answer as somebody."""
    return operations.decide_publication(
        key="test", approval_id=approval.pk, granted=granted, reason=reason, by=Actor.user(by), at=desk.now
    )


@pytest.mark.req("A5", "A9")
class TestFourEyes:
    def test_without_another_person_nothing_is_published(self, guarded: Desk) -> None:
        with pytest.raises(Refusal, match="when another person agrees"):
            operations.publish(key="test", by=Actor.user(guarded.cast.omar), at=guarded.now)

        assert ProcedureVersion.objects.get().status == "draft"

    def test_when_another_person_agrees_it_is_published(self, guarded: Desk) -> None:
        answer(guarded, asked(guarded), guarded.cast.petra)

        operations.publish(key="test", by=Actor.user(guarded.cast.omar), at=guarded.now)

        assert ProcedureVersion.objects.get().status == "published"
        assert Entry.objects.get(event="procedure.approval_decided").data["granted"] is True

    def test_who_may_agree_is_told_and_so_is_who_asked(self, guarded: Desk) -> None:
        approval = asked(guarded)
        told = set(Notification.objects.filter(kind="approval").values_list("user__name", flat=True))

        answer(guarded, approval, guarded.cast.petra)

        assert told == {guarded.cast.petra.name, guarded.cast.admin.name}
        assert Notification.objects.filter(user=guarded.cast.omar, kind="approval").exists()

    def test_nobody_agrees_to_what_they_have_asked_or_drawn(self, guarded: Desk) -> None:
        approval = asked(guarded)
        with pytest.raises(NotAllowed, match="Another person"):
            answer(guarded, approval, guarded.cast.omar)

        operations.save_draft(key="test", drawing=PLAIN + b"\n", by=Actor.user(guarded.cast.petra), at=guarded.now)
        with pytest.raises(NotAllowed, match="Another person"):
            answer(guarded, asked(guarded), guarded.cast.petra)

    def test_who_may_not_publish_does_not_agree(self, guarded: Desk) -> None:
        with pytest.raises(NotAllowed):
            answer(guarded, asked(guarded), guarded.cast.maya)

    def test_who_agrees_does_not_publish(self, guarded: Desk) -> None:
        answer(guarded, asked(guarded), guarded.cast.petra)

        with pytest.raises(Refusal, match="Who agrees does not publish"):
            operations.publish(key="test", by=Actor.user(guarded.cast.petra), at=guarded.now)

    def test_a_change_of_the_draft_asks_anew(self, guarded: Desk) -> None:
        answer(guarded, asked(guarded), guarded.cast.petra)
        omar = Actor.user(guarded.cast.omar)
        operations.save_draft(key="test", drawing=PLAIN + b"\n", by=omar, at=guarded.now)

        with pytest.raises(Refusal, match="when another person agrees"):
            operations.publish(key="test", by=omar, at=guarded.now)

    def test_an_answer_to_an_older_state_is_refused(self, guarded: Desk) -> None:
        approval = asked(guarded)
        operations.save_draft(key="test", drawing=PLAIN + b"\n", by=Actor.user(guarded.cast.omar), at=guarded.now)

        with pytest.raises(Refusal, match="has been changed since"):
            answer(guarded, approval, guarded.cast.petra)

    def test_a_refusal_says_why_and_may_be_asked_again(self, guarded: Desk) -> None:
        approval = asked(guarded)
        with pytest.raises(Refusal, match="Say why not"):
            answer(guarded, approval, guarded.cast.petra, granted=False)
        answer(guarded, approval, guarded.cast.petra, granted=False, reason="The deadline is too short.")

        assert asked(guarded).pk != approval.pk
        with pytest.raises(Refusal, match="answered this already"):
            answer(guarded, approval, guarded.cast.petra)

    def test_it_is_asked_once(self, guarded: Desk) -> None:
        asked(guarded)

        with pytest.raises(Refusal, match="asked already"):
            asked(guarded)

    def test_programs_are_bound_by_it_too(self, guarded: Desk) -> None:
        with pytest.raises(Refusal, match="when another person agrees"):
            operations.publish(key="test", by=Actor.system(), at=guarded.now)


@pytest.mark.req("A9")
class TestStewardship:
    def test_only_the_owner_or_an_administrator_lifts_the_demand(self, guarded: Desk) -> None:
        def lift(by: Actor) -> None:
            operations.set_stewardship(
                key="test", owner_id=guarded.cast.omar.pk, review_on=None, needs_approval=False, by=by, at=guarded.now
            )

        with pytest.raises(NotAllowed, match="Omar Haddad"):
            lift(Actor.user(guarded.cast.petra))
        lift(guarded.admin)

        assert Procedure.objects.get().needs_approval is False

    def test_a_new_owner_does_not_lift_it_in_the_same_breath(self, guarded: Desk) -> None:
        with pytest.raises(NotAllowed):
            operations.set_stewardship(
                key="test", owner_id=guarded.cast.petra.pk, review_on=None, needs_approval=False,
                by=Actor.user(guarded.cast.petra), at=guarded.now,
            )  # fmt: skip

    @pytest.mark.parametrize("days", [-1, 400])
    def test_a_day_in_the_past_or_far_ahead_is_refused(self, guarded: Desk, days: int) -> None:
        day = guarded.now.date() + timedelta(days=days)

        with pytest.raises(Refusal, match="Choose a day"):
            operations.set_stewardship(
                key="test", owner_id=None, review_on=day, needs_approval=True, by=guarded.admin, at=guarded.now
            )


@pytest.mark.req("A9")
class TestReview:
    def due(self) -> list[dict[str, Any]]:
        return list(Entry.objects.filter(event="procedure.review_due").order_by("id").values_list("data", flat=True))

    def test_when_the_day_has_come_the_journal_is_told_once(self, guarded: Desk) -> None:
        today = guarded.now.date()
        Procedure.objects.update(review_on=today)

        assert tell_due_reviews(at=guarded.now - timedelta(days=1)) == 0
        assert [tell_due_reviews(at=guarded.now) for _ in range(2)] == [1, 0]

        [told] = self.due()
        assert (told["procedure"], told["owner"]) == ("test", guarded.cast.omar.pk)
        assert told["why"] == "Its review was due on 2 March 2026."

    def test_a_new_day_is_told_anew(self, guarded: Desk) -> None:
        Procedure.objects.update(review_on=guarded.now.date())
        tell_due_reviews(at=guarded.now)
        Procedure.objects.update(review_on=guarded.now.date() + timedelta(days=5))

        assert tell_due_reviews(at=guarded.now + timedelta(days=5)) == 1

    def test_it_can_be_opened_early_for_a_reason(self, guarded: Desk) -> None:
        operations.open_review(key="test", why="Half of the cases are late.", by=guarded.admin, at=guarded.now)

        assert self.due()[0]["why"] == "Half of the cases are late."
        with pytest.raises(Refusal, match="Say why"):
            operations.open_review(key="test", why=" ", by=guarded.admin, at=guarded.now)
        with pytest.raises(NotFound):
            operations.open_review(key="nothing", why="So.", by=guarded.admin, at=guarded.now)

    def request(self, desk: Desk, **inputs: Any) -> ActionRequest:
        return ActionRequest(1, 1, None, {"procedure": "test", **inputs}, Actor("procedure", "1", "Review"), desk.now)

    @pytest.mark.parametrize(
        ("inputs", "day"),
        [({"months": Decimal(4)}, date(2026, 7, 2)), ({"days": Decimal(14)}, date(2026, 3, 16))],
    )
    def test_a_chart_sets_the_next_day(self, guarded: Desk, inputs: dict[str, Any], day: date) -> None:
        [result] = set_reviews([self.request(guarded, **inputs)])

        assert result.failure is None
        assert Procedure.objects.get().review_on == day

    @pytest.mark.parametrize(
        "inputs",
        [
            {},
            {"days": Decimal(1), "months": Decimal(1)},
            {"days": Decimal("1.5")},
            {"days": "soon"},
            {"procedure": "x"},
        ],
    )
    def test_what_makes_no_day_fails_in_words(self, guarded: Desk, inputs: dict[str, Any]) -> None:
        [result] = set_reviews([self.request(guarded, **inputs)])

        assert result.failure is not None
        assert result.failure.startswith("Expected ")

    def test_a_trial_sets_nothing(self, guarded: Desk) -> None:
        [result] = set_reviews([replace(self.request(guarded, days=Decimal(3)), sandbox=True)])

        assert result.failure is None
        assert Procedure.objects.get().review_on is None

    @pytest.mark.parametrize(
        ("day", "months", "then"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2026, 12, 1), 1, date(2027, 1, 1)),
            (date(2026, 8, 31), 6, date(2027, 2, 28)),
        ],
    )
    def test_the_same_day_months_later_or_the_last_of_the_month(self, day: date, months: int, then: date) -> None:
        assert months_after(day, months) == then
