"""What the chart editor asks besides the drawing: tables in place, walking, remarks, records to try things on."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.discussion.models import Remark
from throughline.core.procedures import operations
from throughline.core.procedures.models import DecisionTable as KeptTable
from throughline.core.procedures.models import KeptTest
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.flow import dmn
from throughline.flow.dmn.model import DecisionTable
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn

WALK = "/procedures/call-first/walk/"
TABLES = "/procedures/call-first/tables/"
REMARKS = "/procedures/call-first/remarks/open/"
RECORDS = "/expressions/records/"


def ask(client: Client, path: str, **body: Any) -> Any:
    """Send JSON and return the answer."""
    return client.post(path, body, content_type="application/json")


class TestTables:
    """Decision tables beside the drawing."""

    @pytest.mark.req("B4")
    def test_a_new_table_asks_for_a_field_of_the_record(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        made = ask(sign_in(cast.omar), TABLES, name="Which team", asks="lead.score").json()

        assert made["entry"] == {
            "ref": "which-team",
            "name": "Which team",
            "decisions": [{"name": "Which team", "inputs": []}],
        }
        model = dmn.read(made["xml"].encode())
        table = next(iter(model.decisions)).expression
        assert isinstance(table, DecisionTable)
        clause = table.inputs[0]
        assert (clause.label, clause.input_expression.text, clause.input_expression.type_ref) == (
            "Score",
            "lead.score",
            "number",
        )

    def test_a_field_that_the_record_does_not_have_is_refused(
        self, cast: Cast, procedure: str, sign_in: SignIn
    ) -> None:
        answer = ask(sign_in(cast.omar), TABLES, name="Which team", asks="deal.amount")

        assert answer.status_code == 422
        assert not KeptTable.objects.exists()

    @pytest.mark.req("L1")
    def test_sales_look_at_a_table_and_make_none(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        ask(sign_in(cast.omar), TABLES, name="Which team", asks="")
        maya = sign_in(cast.maya)

        assert maya.get("/decisions/which-team/model/").json()["readOnly"] is True
        assert ask(maya, TABLES, name="Mine", asks="").status_code == 403

    def test_what_was_kept_comes_back_as_it_can_be_chosen(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        made = ask(omar, TABLES, name="Which team", asks="").json()

        kept = ask(omar, "/decisions/which-team/draft/", xml=made["xml"], revision=made["revision"]).json()
        again = ask(omar, "/decisions/which-team/draft/", xml=made["xml"], revision="0-old")
        published = ask(omar, "/decisions/which-team/publication/", revision=kept["revision"], stays=True).json()

        assert kept["entry"]["decisions"] == [{"name": "Which team", "inputs": []}]
        assert again.status_code == 409
        assert published["said"] == "Version 1 is in use for what is published from now on."


@pytest.mark.req("A1")
class TestWalk:
    """One case goes through the drawing."""

    def test_it_begins_with_what_the_drawing_reads(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        told = ask(sign_in(cast.omar), WALK, act="again").json()

        assert (told["begun"], told["record"], told["problem"]) == (False, "lead", "")
        assert [field["name"] for field in told["fields"]] == ["record.owner"]

    def test_a_real_record_is_walked_and_answered_and_taken_back(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        begun = ask(omar, WALK, act="begin", record=str(lead.pk)).json()
        assert begun["way"] == ["captured", "f1", "call"]
        assert begun["here"] == ["call"]
        assert [(place["title"], len(place["outcomes"])) for place in begun["places"]] == [("Make first contact", 2)]

        sent = {"members": begun["members"], "act": "answer", "stop": "0", "outcome": "reached", "note": "Fine"}
        ended = ask(omar, WALK, **sent).json()
        back = ask(omar, WALK, members=ended["members"], act="back").json()

        assert ended["ended"] is True
        assert ended["way"] == ["captured", "f1", "call", "f2", "end"]
        assert {"label": "note", "text": "Fine"} in ended["variables"]
        assert back["here"] == ["call"]

    def test_a_form_that_is_not_filled_is_said_at_its_field(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        begun = ask(omar, WALK, act="begin", record=str(lead.pk)).json()

        answer = ask(omar, WALK, members=begun["members"], act="answer", stop="0", outcome="reached")

        assert answer.status_code == 422
        assert "note" in answer.json()["fields"]

    @pytest.mark.req("A12")
    def test_what_is_kept_does_not_tell_of_the_person(self, cast: Cast, lead: Lead, sign_in: SignIn, at: Any) -> None:
        urgent = b'assignee="lead.owner" priority="if lead.name = null then 0 else 1"'
        drawing = CALL_FIRST.replace(b'assignee="lead.owner"', urgent)
        operations.save_draft(key="call-first", drawing=drawing, by=Actor.user(cast.omar), at=at)
        omar = sign_in(cast.omar)
        begun = ask(omar, WALK, act="begin", record=str(lead.pk)).json()
        assert "Ada Byron" in begun["members"]

        answer = ask(omar, WALK, members=begun["members"], act="keep", name="Ada’s way", record=str(lead.pk))

        assert answer.status_code == 200
        test = KeptTest.objects.get()
        assert test.members["variables"]["lead"]["name"] == "Person 1"
        assert test.members["expect"]["waiting"] == ["Make first contact"]

    @pytest.mark.req("A12")
    def test_what_the_way_depends_on_is_asked_for_and_kept_deliberately(
        self, cast: Cast, lead: Lead, sign_in: SignIn, at: Any
    ) -> None:
        by_name = b'due="if lead.name = &quot;Ada Byron&quot; then duration(&quot;PT1H&quot;) else null"'
        drawing = CALL_FIRST.replace(b'due="duration(&quot;PT24H&quot;)"', by_name)
        operations.save_draft(key="call-first", drawing=drawing, by=Actor.user(cast.omar), at=at)
        omar = sign_in(cast.omar)
        begun = ask(omar, WALK, act="begin", record=str(lead.pk)).json()
        wish = {"members": begun["members"], "act": "keep", "name": "Ada’s way", "record": str(lead.pk)}

        asked = ask(omar, WALK, **wish).json()
        none_kept = KeptTest.objects.exists()
        kept = ask(omar, WALK, **wish, keep="lead.name")

        assert "goes another way" in asked["elsewhere"]
        assert [(each["path"], each["value"]) for each in asked["told"]] == [("lead.name", "Ada Byron")]
        assert none_kept is False
        assert kept.status_code == 200
        assert KeptTest.objects.get().members["variables"]["lead"]["name"] == "Ada Byron"

    @pytest.mark.req("L1")
    def test_nobody_walks_with_a_record_that_is_not_theirs_to_see(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        assert ask(sign_in(cast.ines), WALK, act="begin", record=str(lead.pk)).status_code == 403
        assert ask(sign_in(cast.omar), WALK, act="begin", record="9999999").status_code == 404
        assert ask(sign_in(cast.omar), WALK, act="begin", record="x").status_code == 422

    def test_a_drawing_that_cannot_run_says_so(self, cast: Cast, procedure: str, sign_in: SignIn, at: Any) -> None:
        broken = CALL_FIRST.replace(b"lead.owner", b"lead.")
        operations.save_draft(key="call-first", drawing=broken, by=Actor.user(cast.omar), at=at)
        omar = sign_in(cast.omar)

        assert "cannot run yet" in ask(omar, WALK, act="again").json()["problem"]
        assert ask(omar, WALK, act="keep", name="x").status_code == 422


@pytest.mark.req("A11")
class TestRemarks:
    """What is said about steps, on the drawing."""

    def test_open_ones_come_with_who_said_them_and_are_settled(
        self, cast: Cast, procedure: str, sign_in: SignIn
    ) -> None:
        omar = sign_in(cast.omar)
        ask(omar, REMARKS, element="call", words="Too early?")

        [told] = omar.get(REMARKS).json()["remarks"]
        assert (told["element"], told["about"], told["words"]) == ("call", "Make first contact", "Too early?")
        assert (told["inTrial"], told["maySettle"]) == (False, True)
        assert ask(omar, f"/remarks/{told['id']}/done/").status_code == 200

        assert omar.get(REMARKS).json()["remarks"] == []
        assert Remark.objects.get().standing == "done"

    @pytest.mark.req("A13")
    def test_those_of_a_trial_are_among_them(self, cast: Cast, procedure: str, sign_in: SignIn, at: Any) -> None:
        drawing = CALL_FIRST.replace(b"Make first contact", b"Write first")
        operations.save_draft(key=procedure, drawing=drawing, by=Actor.user(cast.omar), at=at)
        operations.start_trial(key=procedure, testers=[cast.maya.pk], by=Actor.user(cast.omar), at=at)
        sign_in(cast.maya).post("/procedures/call-first/trial/remarks/", {"node": "call", "words": "Whom?"})

        [told] = sign_in(cast.omar).get(REMARKS).json()["remarks"]

        assert (told["about"], told["words"], told["inTrial"]) == ("Write first", "Whom?", True)

    @pytest.mark.req("L1")
    def test_others_settle_only_what_is_theirs(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        ask(sign_in(cast.omar), REMARKS, element="call", words="Too early?")
        maya = sign_in(cast.maya)

        [told] = maya.get(REMARKS).json()["remarks"]

        assert told["maySettle"] is False
        assert ask(maya, f"/remarks/{told['id']}/done/").status_code == 403


class TestRecords:
    """Records to try an expression on."""

    def test_the_newest_without_words_and_found_with(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        assert maya.get(RECORDS, {"record": "lead"}).json()["records"][0]["title"] == "Ada Byron"
        assert maya.get(RECORDS, {"record": "lead", "q": "byron"}).json()["records"][0]["id"] == lead.pk
        assert maya.get(RECORDS, {"record": "lead", "q": "nobody"}).json()["records"] == []
        assert maya.get(RECORDS, {"record": "unknown"}).json()["records"] == []

    def test_an_expression_is_tried_on_the_one_that_was_chosen(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        told = ask(sign_in(cast.maya), "/expressions/preview/", text="lead.name", record="lead", id=str(lead.pk)).json()

        assert (told["record"], told["value"]) == ("Ada Byron", "Ada Byron")

    @pytest.mark.req("L1")
    def test_what_another_team_must_not_see_is_not_offered_and_not_tried(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        ines = sign_in(cast.ines)

        assert ines.get(RECORDS, {"record": "lead"}).json()["records"] == []
        assert ines.get(RECORDS, {"record": "lead", "q": "byron"}).json()["records"] == []
        answer = ask(ines, "/expressions/preview/", text="lead.name", record="lead", id=str(lead.pk))
        assert answer.status_code == 404
