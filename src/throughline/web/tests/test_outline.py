"""The list of steps: what it shows, and what its forms do to the drawing."""

from __future__ import annotations

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.procedures.operations import create_procedure, save_draft
from throughline.core.procedures.queries import overview
from throughline.core.tests.cast import Cast, assemble
from throughline.flow import bpmn
from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit import Row
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db, pytest.mark.req("A1")]
PAGE = "/procedures/call-first/outline/"


@pytest.fixture
def company() -> Cast:
    """The cast, and a draft."""
    now, by = moments.now(), Actor.system()
    cast = assemble(at=now)
    create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=now)
    save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=now)
    return cast


@pytest.fixture
def omar(client: Client, company: Cast) -> Client:
    """Somebody who draws."""
    client.force_login(company.omar, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def rows() -> dict[str, Row]:
    """Return the steps of the draft by id."""
    draft = overview.procedure(key="call-first").latest("draft")
    assert draft is not None
    return {row.id: row for row in edit.outline(bpmn.read(overview.drawing(version_id=draft.id)))}


def text(client: Client, address: str = PAGE) -> str:
    """Return a page."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


class TestShow:
    def test_says_who_until_when_what_and_what_next(self, omar: Client) -> None:
        page = text(omar)

        assert "within 24 hours" in page
        assert "Outcomes: Reached, No answer" in page
        assert "Form with 2 fields" in page
        assert "Starts by: Lead captured" in page

    def test_who_may_not_draw_reads(self, client: Client, company: Cast) -> None:
        client.force_login(company.ines, backend="allauth.account.auth_backends.AuthenticationBackend")

        page = text(client, f"{PAGE}?step=call&add=call")

        assert "Make first contact" in page
        assert 'name="after"' not in page
        assert client.post(f"{PAGE}call/removal/", {}).status_code == 403


class TestChange:
    def test_a_step_is_added_and_taken_back(self, omar: Client) -> None:
        omar.post(f"{PAGE}additions/", {"after": "call", "kind": "approve", "name": "Agree with Omar"})
        assert [exit_.target for exit_ in rows()["call"].exits] == ["agree_with_omar"]

        omar.post(f"{PAGE}undo/")

        assert "agree_with_omar" not in rows()

    def test_an_unknown_kind_is_refused_at_its_step(self, omar: Client) -> None:
        answer = omar.post(f"{PAGE}additions/", {"after": "call", "kind": "never"})

        assert answer.status_code == 422

    def test_settings_of_a_work_item_are_kept(self, omar: Client) -> None:
        omar.post(
            f"{PAGE}call/settings/",
            {
                "name": "Ring", "who": "role:manager", "within": "2", "unit": "days", "clock": "business",
                "guidance": "Be kind.", "outcomes": "Reached\nCall again",
                "field.0.name": "note", "field.0.label": "What was said", "field.0.type": "text",
                "field.0.required": "yes", "field.2.label": "Next call on", "field.2.type": "date",
            },
        )  # fmt: skip

        row = rows()["call"]
        work = row.node.extensions.work_item
        assert work is not None
        assert (row.node.name, work.due, work.clock, work.guidance) == (
            "Ring",
            'duration("P2D")',
            "business",
            "Be kind.",
        )
        assert [(each.value, each.label) for each in work.outcomes] == [
            ("reached", "Reached"),
            ("call_again", "Call again"),
        ]
        assert [(each.name, each.type, each.required) for each in work.fields] == [
            ("note", "text", True),
            ("next_call_on", "date", False),
        ]

    def test_a_number_that_is_none_is_refused_at_its_field(self, omar: Client) -> None:
        answer = omar.post(f"{PAGE}call/settings/", {"name": "Ring", "within": "soon", "unit": "days"})

        assert answer.status_code == 422
        assert "Write a whole number, such as 24." in answer.content.decode()

    def test_outcomes_part_the_way(self, omar: Client) -> None:
        omar.post(f"{PAGE}call/ways/", {"question": "Reached?", "way.0.target": "end", "way.1.target": "call"})

        decision = rows()[rows()["call"].exits[0].target]
        assert [(each.label, each.target, each.otherwise) for each in decision.exits] == [
            ("Reached", "end", False),
            ("No answer", "call", True),
        ]

    def test_outcomes_that_lead_to_one_step_need_no_decision(self, omar: Client) -> None:
        omar.post(f"{PAGE}call/ways/", {"way.0.target": "end", "way.1.target": "end"})

        assert [exit_.target for exit_ in rows()["call"].exits] == ["end"]

    def test_of_three_outcomes_two_may_lead_to_one_step(self, omar: Client) -> None:
        omar.post(f"{PAGE}call/settings/", {"outcomes": "Reached\nNo answer\nWrong number"})
        omar.post(f"{PAGE}call/ways/", {"way.0.target": "end", "way.1.target": "call", "way.2.target": "call"})

        decision = rows()[rows()["call"].exits[0].target]
        assert [each.label for each in decision.exits] == ["Reached", "No answer, Wrong number"]

    def test_a_late_step_tells_the_manager(self, omar: Client) -> None:
        omar.post(f"{PAGE}call/lateness/", {"within": "24", "unit": "hours", "step": "action-notify.manager"})

        beside = next(row for row in rows().values() if row.after == "call")
        told = rows()[beside.exits[0].target]
        assert told.node.extensions.action is not None
        assert told.node.extensions.action.inputs[0].value == '"“Make first contact” is late"'

        omar.post(f"{PAGE}call/lateness/", {"remove": "yes"})
        assert not [row for row in rows().values() if row.after]

    def test_texts_for_an_action_need_no_quotes(self, omar: Client) -> None:
        omar.post(f"{PAGE}additions/", {"after": "call", "kind": "action-notify.manager", "name": "Tell"})

        omar.post(
            f"{PAGE}tell/settings/",
            {"action": "notify.manager", "input.title": 'Say "hi"', "input.body": "= lead.name"},
        )

        action = rows()["tell"].node.extensions.action
        assert action is not None
        assert {each.name: each.value for each in action.inputs} == {"title": '"Say \\"hi\\""', "body": "lead.name"}
        assert "Say &quot;hi&quot;" in text(omar, f"{PAGE}?step=tell")

    def test_ways_of_a_decision_are_changed_one_by_one(self, omar: Client) -> None:
        omar.post(f"{PAGE}call/ways/", {"question": "Reached?", "way.0.target": "end", "way.1.target": "call"})
        decision = rows()["call"].exits[0].target

        omar.post(
            f"{PAGE}{decision}/ways/",
            {
                "way.0.label": "Yes", "way.0.condition": 'outcome = "reached"', "way.0.target": "end",
                "way.1.label": "No", "way.1.target": "end:", "otherwise": "1",
                "way.2.label": "Later", "way.2.condition": "lead.score > 3", "way.2.target": "call",
            },
        )  # fmt: skip

        exits = {each.label: each for each in rows()[decision].exits}
        assert isinstance(rows()[exits["No"].target].node, model.EndEvent)
        assert exits["No"].otherwise
        assert exits["Later"].target == "call"

    def test_a_step_moves_and_goes(self, omar: Client) -> None:
        omar.post(f"{PAGE}additions/", {"after": "call", "kind": "task", "name": "Prepare"})
        omar.post(f"{PAGE}prepare/place/", {"after": "captured"})
        assert rows()["captured"].exits[0].target == "prepare"

        omar.post(f"{PAGE}prepare/removal/")

        assert rows()["captured"].exits[0].target == "call"

    def test_of_a_drawing_that_was_changed_meanwhile_is_refused(self, omar: Client) -> None:
        answer = omar.post(f"{PAGE}call/settings/", {"name": "Ring", "seen": "0" * 64})

        assert answer.status_code == 409
        assert rows()["call"].node.name == "Make first contact"
