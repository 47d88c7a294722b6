"""Pages of incidents: what stands still and why, and repairing one or many, with taking it back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core.actor import Actor
from throughline.core.procedures import feel, operations, worker
from throughline.core.procedures.models import Case, Incident, Repair
from throughline.core.procedures.operations.repairs import carry_out_repairs
from throughline.core.procedures.queries.incidents import incident_groups
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_leads
from throughline.flow import values
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn
from throughline.web.tests.tables import words

FAILING = CALL_FIRST.replace(b'due="duration(&quot;PT24H&quot;)"', b'due="lead.region"').replace(
    b"due='duration(\"PT24H\")'", b"due='lead.region'"
)
"""A step whose due moment is read from a field that holds none: the case cannot rest there."""


@pytest.fixture
def broken(cast: Cast, at: datetime) -> list[Incident]:
    """Two cases of Maya's and one of Ines's that stand still at the same step."""
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=FAILING, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    owners = {"Ada Byron": cast.maya, "Mei Lin": cast.maya, "Other": cast.ines}
    rows = [{"name": name, "owner": owner.pk, "region": "nowhere"} for name, owner in owners.items()]
    capture_leads(rows, by=Actor.system(), at=at)
    worker.drain(limit=50, at=at)
    found = list(Incident.objects.order_by("pk"))
    assert len(found) == len(rows)
    return found


def carry_out(at: datetime) -> None:
    """Let the moment pass in which a decision can be taken back, and the worker do it."""
    carry_out_repairs(at=at + timedelta(seconds=30))
    worker.drain(limit=50, at=at + timedelta(seconds=31))


@pytest.mark.req("B8")
class TestList:
    """What stands still."""

    def test_alike_ones_are_told_together_and_each_by_itself(
        self, cast: Cast, broken: list[Incident], sign_in: SignIn
    ) -> None:
        page = sign_in(cast.omar).get("/incidents/").content.decode()

        assert "Repair all 3" in page
        assert broken[0].message in words(page).replace("&quot;", '"').replace("&#x27;", "'")
        assert page.count('name="incident"') == 6

    @pytest.mark.req("L1")
    def test_only_those_of_records_that_one_may_see(self, cast: Cast, broken: list[Incident], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/incidents/").content.decode()

        assert "Ada Byron" in page
        assert "Other" not in words(page)
        assert "Repair all 2" in page

    def test_only_types_of_records_that_stand_still_are_asked_about(
        self, cast: Cast, broken: list[Incident], sign_in: SignIn
    ) -> None:
        client = sign_in(cast.maya)

        with CaptureQueriesContext(connection) as asked:
            client.get("/incidents/")

        tables = {table for query in asked for table in re.findall(r'FROM "(\w+)"', query["sql"])}
        assert "leads_lead" in tables
        assert tables.isdisjoint({"activities_activity", "activities_activitylink", "deals_deal", "people_contact"})

    def test_more_groups_take_no_more_queries(self, cast: Cast, broken: list[Incident]) -> None:
        incident_groups(user=cast.omar)  # what the process keeps in memory is there
        with CaptureQueriesContext(connection) as one_group:
            assert [len(group.ids) for group in incident_groups(user=cast.omar)] == [3]
        Incident.objects.filter(pk=broken[0].pk).update(message="Something else.")

        with CaptureQueriesContext(connection) as two_groups:
            found = incident_groups(user=cast.omar)

        assert [group.ids for group in found] == [(broken[1].pk, broken[2].pk), (broken[0].pk,)]
        assert len(two_groups) == len(one_group)

    def test_without_any_it_says_so(self, cast: Cast, sign_in: SignIn) -> None:
        assert "Nothing stands still" in sign_in(cast.maya).get("/incidents/").content.decode()


@pytest.mark.req("B8")
class TestOne:
    """One in full."""

    def test_it_says_what_where_why_and_what_now(self, cast: Cast, broken: list[Incident], sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get(f"/incidents/{broken[0].pk}/").content.decode()

        assert "<h1>Make first contact</h1>" in page
        assert "<svg" in page
        assert "Ada Byron" in page
        for how in ("retry", "correct", "skip", "move", "cancel"):
            assert f'value="{how}"' in page

    @pytest.mark.req("L1")
    def test_that_of_another_team_is_not_there(self, cast: Cast, broken: list[Incident], sign_in: SignIn) -> None:
        assert sign_in(cast.ines).get(f"/incidents/{broken[0].pk}/").status_code == 404


@pytest.mark.req("B9")
class TestRepair:
    """Deciding, for one and for many."""

    def test_nothing_happens_before_it_is_decided(self, cast: Cast, broken: list[Incident], sign_in: SignIn) -> None:
        ids = [incident.pk for incident in broken]

        page = sign_in(cast.omar).post("/incidents/repairs/new/", {"incident": ids, "how": "cancel"}).content.decode()

        assert words(page).count("ends here") == 3
        assert "Do it for 3 cases" in page
        assert not Repair.objects.exists()

    def test_many_are_skipped_and_taken_back_at_once(
        self, cast: Cast, broken: list[Incident], sign_in: SignIn, at: datetime
    ) -> None:
        omar = sign_in(cast.omar)
        sent = {"incident": [incident.pk for incident in broken], "how": "skip", "reason": "Called already."}

        omar.post("/incidents/repairs/", sent)
        repair = Repair.objects.get()
        assert "Take it back" in omar.get("/incidents/").content.decode()
        omar.post(f"/incidents/repairs/{repair.pk}/taking-back/")
        carry_out(at)

        assert set(Case.objects.values_list("status", flat=True)) == {"running"}
        assert Incident.objects.filter(status="open").count() == 3

        omar.post("/incidents/repairs/", sent)
        carry_out(at)

        assert set(Case.objects.values_list("status", flat=True)) == {"finished"}

    def test_corrected_data_is_read_as_expressions(self, cast: Cast, broken: list[Incident], sign_in: SignIn) -> None:
        sent = {
            "incident": [broken[0].pk], "how": "correct", "reason": "It was a word, not a length.",
            "was.tries": "1", "value.tries": "1", "was.until": '"soon"', "value.until": 'duration("PT24H")',
            "new_name": "hot", "new_value": "true",
        }  # fmt: skip

        sign_in(cast.maya).post("/incidents/repairs/", sent)

        repair = Repair.objects.get()
        assert (repair.how, repair.reason) == ("correct", "It was a word, not a length.")
        kept = feel.read(repair.arguments["variables"])
        assert {name: values.feel_text(value) for name, value in kept.items()} == {
            "until": 'duration("P1D")',
            "hot": "true",
        }

    @pytest.mark.parametrize(
        ("sent", "sentence"),
        [
            ({"how": "skip"}, "Say why; the reason is kept"),
            ({"how": "move", "reason": "So."}, "Choose the step to move to."),
            ({"how": "correct", "reason": "So."}, "Give at least one value to correct."),
            (
                {"how": "correct", "reason": "So.", "new_name": "x", "new_value": "1 +"},
                "Texts stand in quotation marks.",
            ),
            ({"how": "dance"}, "Choose one of"),
        ],
    )
    def test_what_is_not_complete_is_said_and_not_done(
        self, cast: Cast, broken: list[Incident], sign_in: SignIn, sent: dict[str, str], sentence: str
    ) -> None:
        answer = sign_in(cast.maya).post("/incidents/repairs/", {"incident": [broken[0].pk]} | sent)

        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not Repair.objects.exists()

    @pytest.mark.req("L1")
    def test_nobody_repairs_what_they_may_not_see(self, cast: Cast, broken: list[Incident], sign_in: SignIn) -> None:
        ids = [incident.pk for incident in broken]

        answer = sign_in(cast.maya).post("/incidents/repairs/", {"incident": ids, "how": "retry"})

        assert answer.status_code == 404
        assert not Repair.objects.exists()

    def test_nothing_chosen_is_refused(self, cast: Cast, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).post("/incidents/repairs/", {"how": "retry"}).status_code == 422


class TestOperation:
    """How the machinery is doing."""

    @pytest.mark.req("N2")
    def test_it_shows_queues_lateness_and_incidents(self, cast: Cast, broken: list[Incident], sign_in: SignIn) -> None:
        page = words(sign_in(cast.omar).get("/operation/").content.decode())

        assert "incidents 3" in page
        assert "commands waiting 0" in page

    @pytest.mark.req("L1")
    def test_sales_do_not_see_it(self, cast: Cast, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).get("/operation/").status_code == 403
