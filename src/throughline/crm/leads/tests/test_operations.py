"""What happens to leads after capture."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import facts
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads import operations
from throughline.crm.leads.capture import capture_lead, capture_leads
from throughline.crm.leads.models import Lead
from throughline.crm.leads.operations import AlreadyClosed, Closing, Score, Wish
from throughline.flow.values import from_python


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(cast.maya), at=at)


def told(event: str) -> list[dict[str, Any]]:
    """Return what the journal tells under a name."""
    return list(Entry.objects.filter(event=event).order_by("id").values_list("data", flat=True))


class TestScoreLeads:
    """Scores with reasons."""

    @pytest.mark.req("C3")
    def test_score_rating_and_reasons_are_kept_and_told_once(self, cast: Cast, lead: Lead, at: datetime) -> None:
        score = Score(Wish(lead.pk), 80, ("Opened three mails", "Fits the region"), "Hot")
        operations.score_leads(scores=[score], by=Actor.system(), at=at)

        operations.score_leads(scores=[score], by=Actor.system(), at=at)

        lead.refresh_from_db()
        assert (lead.score, lead.rating) == (80, "Hot")
        assert lead.score_reasons == ["Opened three mails", "Fits the region"]
        assert [fact["score"] for fact in told("lead.scored")] == [80]

    @pytest.mark.req("C3")
    def test_a_person_may_overrule_with_a_reason_only(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        with pytest.raises(Refusal, match="Say why"):
            operations.overrule_score(lead_id=lead.pk, score=10, reason=" ", by=by, at=at)

        operations.overrule_score(lead_id=lead.pk, score=10, reason="A student", by=by, at=at)

        lead.refresh_from_db()
        assert (lead.score, lead.score_reasons) == (10, ["Maya Lin: A student"])
        assert told("lead.scored")[0]["overruled"] is True

    @pytest.mark.parametrize("score", [-1, 101])
    def test_there_is_no_score_out_of_range(self, score: int) -> None:
        with pytest.raises(Refusal, match="between 0 and 100"):
            Score(Wish(1), score)


class TestFirstContact:
    """The promise to answer in time."""

    @pytest.mark.req("C2")
    def test_contact_in_time_is_kept_and_is_not_flagged_later(self, cast: Cast, lead: Lead, at: datetime) -> None:
        operations.set_response_due(dues=[(Wish(lead.pk), at + timedelta(hours=24))], by=Actor.system(), at=at)
        operations.mark_contacted(wishes=[Wish(lead.pk)], by=Actor.user(cast.maya), at=at + timedelta(hours=2))

        operations.flag_missed_contact(wishes=[Wish(lead.pk)], by=Actor.system(), at=at + timedelta(hours=25))

        lead.refresh_from_db()
        assert (lead.status, lead.first_responded_at, lead.flagged) == ("Contacted", at + timedelta(hours=2), False)
        assert told("lead.contacted") == [{"waited_seconds": 7200, "in_time": True}]

    @pytest.mark.req("C2")
    def test_a_missed_contact_is_flagged_once_and_stays_flagged(self, cast: Cast, lead: Lead, at: datetime) -> None:
        due = at + timedelta(hours=24)
        operations.set_response_due(dues=[(Wish(lead.pk), due)], by=Actor.system(), at=at)
        operations.flag_missed_contact(wishes=[Wish(lead.pk)], by=Actor.system(), at=due)

        operations.flag_missed_contact(wishes=[Wish(lead.pk)], by=Actor.system(), at=due + timedelta(hours=1))
        operations.mark_contacted(wishes=[Wish(lead.pk)], by=Actor.user(cast.maya), at=due + timedelta(hours=2))

        lead.refresh_from_db()
        assert (lead.flagged_at, lead.flagged) == (due, True)
        assert len(told("lead.first_contact_missed")) == 1
        assert told("lead.contacted")[0]["in_time"] is False

    @pytest.mark.usefixtures("nobody_listens")
    def test_a_thousand_are_flagged_with_as_many_queries_as_one(
        self, cast: Cast, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        ids = capture_leads([{"origin": str(n)} for n in range(1000)], by=Actor.system(), at=at).ids
        wishes = [Wish(key) for key in ids if key is not None]

        with django_assert_max_num_queries(7):
            operations.flag_missed_contact(wishes=wishes, by=Actor.system(), at=at)

        assert Lead.objects.exclude(flagged_at=None).count() == 1000


class TestQualifyLead:
    """The verdict."""

    def test_a_second_verdict_is_refused(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.qualify_lead(lead_id=lead.pk, qualified=True, by=by, at=at)

        with pytest.raises(Refusal, match="qualified already"):
            operations.qualify_lead(lead_id=lead.pk, qualified=True, by=by, at=at)

        lead.refresh_from_db()
        assert (lead.status, lead.qualified_at) == ("Qualified", at)

    def test_a_no_needs_a_reason_and_closes_the_lead(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        with pytest.raises(Refusal, match="Say why"):
            operations.qualify_lead(lead_id=lead.pk, qualified=False, by=by, at=at)

        operations.qualify_lead(lead_id=lead.pk, qualified=False, reason="No budget", by=by, at=at)

        lead.refresh_from_db()
        assert (lead.status, lead.lost_reason, lead.is_open) == ("Unqualified", "No budget", False)

    @pytest.mark.req("L1")
    def test_another_team_finds_no_such_lead(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(NotFound):
            operations.qualify_lead(lead_id=lead.pk, qualified=True, by=Actor.user(cast.ines), at=at)


class TestCloseLeads:
    """The end of an enquiry."""

    def test_a_won_lead_is_converted_at_the_moment_that_came_with_the_data(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        won_at = at - timedelta(days=3)

        operations.close_leads(closings=[Closing(Wish(lead.pk), "Won", won_at)], by=Actor.system(), at=at)

        lead.refresh_from_db()
        assert (lead.status, lead.outcome, lead.converted_at, lead.closed_at) == ("Converted", "Won", won_at, won_at)

    def test_the_same_end_twice_is_one_and_another_end_is_refused(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.close_lead(lead_id=lead.pk, outcome="Lost", reason="Too dear", by=by, at=at)
        operations.close_lead(lead_id=lead.pk, outcome="Lost", reason="Too dear", by=by, at=at)

        with pytest.raises(AlreadyClosed, match="was closed as lost"):
            operations.close_lead(lead_id=lead.pk, outcome="Won", by=by, at=at)

        assert told("lead.closed") == [{"outcome": "Lost", "reason": "Too dear"}]

    def test_one_that_cannot_be_closed_leaves_all_open(self, cast: Cast, lead: Lead, at: datetime) -> None:
        other = capture_lead(values={"name": "Bob"}, by=Actor.user(cast.maya), at=at)
        operations.close_lead(lead_id=other.pk, outcome="Won", by=Actor.system(), at=at)
        closings = [Closing(Wish(lead.pk, "x"), "Lost"), Closing(Wish(other.pk, "x"), "Lost")]

        with pytest.raises(AlreadyClosed):
            operations.close_leads(closings=closings, by=Actor.system(), at=at)

        lead.refresh_from_db()
        assert lead.is_open

    @pytest.mark.parametrize(("outcome", "reason", "said"), [("Lost", "", "Say why"), ("Vanished", "x", "no outcome")])
    def test_what_is_missing_or_unknown_is_refused(
        self, cast: Cast, lead: Lead, at: datetime, outcome: str, reason: str, said: str
    ) -> None:
        with pytest.raises(Refusal, match=said):
            operations.close_lead(lead_id=lead.pk, outcome=outcome, reason=reason, by=Actor.system(), at=at)

    def test_a_closed_lead_is_opened_again(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.close_lead(lead_id=lead.pk, outcome="Lost", reason="Silence", by=by, at=at)

        operations.reopen_lead(lead_id=lead.pk, by=by, at=at, reason="Called back")

        lead.refresh_from_db()
        assert (lead.status, lead.outcome, lead.lost_reason, lead.closed_at) == ("Working", "", "", None)
        with pytest.raises(Refusal, match="open already"):
            operations.reopen_lead(lead_id=lead.pk, by=by, at=at)


class TestFacts:
    """What charts read of a lead."""

    def test_the_context_holds_fields_links_and_the_other_names(self, cast: Cast, lead: Lead, at: datetime) -> None:
        context = facts(RecordRef("lead", lead.pk))

        assert context["owner"] == from_python(cast.maya.pk)
        assert (context["owner_name"], context["team"], context["team_name"]) == ("Maya Lin", "north", "Sales North")
        assert (context["email"], context["status"], context["origin"], context["score"]) == (
            "ada@x.org", "Assigned", None, None,
        )  # fmt: skip
        assert context["created_at"] == from_python(at)
        assert (context["open"], context["flagged"], context["number"]) == (True, False, lead.number)

    def test_many_are_read_with_one_query(self, cast: Cast, at: datetime, django_assert_num_queries: Any) -> None:
        ids = capture_leads([{"name": f"P{n}", "owner": cast.maya.pk} for n in range(50)], by=Actor.system(), at=at).ids
        refs = [RecordRef("lead", key) for key in ids if key is not None]

        with django_assert_num_queries(1):
            contexts = facts(refs)

        assert [contexts[ref]["name"] for ref in refs] == [f"P{n}" for n in range(50)]

    def test_a_record_that_is_not_there_is_said_so(self, db: None) -> None:
        with pytest.raises(LookupError, match="lead:1"):
            facts(RecordRef("lead", 1))
        assert facts([RecordRef("lead", 1)]) == {}
