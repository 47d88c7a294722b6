"""Who may draw, publish and repair: the operations say no themselves, through whatever door one comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from tests.procedures.test_publishing import PLAIN, TABLE
from throughline.core.actions import ActionResult
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case, DecisionTable, Inbox, Procedure, ProcedureVersion
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound
from throughline.packs import shipped

FAILING = c.chart(
    c.captured(),
    c.action("tag", "test.tag", {"what": "lead.region"}),
    c.end(),
    c.flows("captured > tag > end"),
)
MODEL = TABLE.replace("ANSWER", "north").encode()

DRAWING: dict[str, Callable[..., Any]] = {
    "create a procedure": lambda **who: operations.create_procedure(key="new", name="New", **who),
    "save a draft": lambda **who: operations.save_draft(key="test", drawing=PLAIN, **who),
    "create a decision": lambda **who: operations.create_decision(key="new", name="New", **who),
    "save the draft of a decision": lambda **who: operations.save_decision_draft(key="route", model=MODEL, **who),
    "try a draft": lambda **who: operations.start_case(procedure="test", record=None, sandbox=True, **who),
    "install a pack": lambda **who: install_pack(pack=shipped()[0], **who),
}
PUBLISHING: dict[str, Callable[..., Any]] = {
    "publish": lambda **who: operations.publish(key="test", **who),
    "retire": lambda **who: operations.retire(key="test", reason="Enough.", **who),
    "publish a decision": lambda **who: operations.publish_decision(key="route", **who),
}


def doors(person: Any) -> list[Actor]:
    """Return how a person may come: at a page, and with a program that uses their key."""
    return [Actor.user(person), Actor.api(person, "Script")]


@pytest.fixture
def drawn(desk: Desk) -> Desk:
    """Give a desk with a published procedure and decision table, each with a further draft."""
    desk.publish(PLAIN)
    operations.save_draft(key="test", drawing=PLAIN, by=desk.admin, at=desk.now)
    operations.create_decision(key="route", name="Route lead", by=desk.admin, at=desk.now)
    operations.save_decision_draft(key="route", model=MODEL, by=desk.admin, at=desk.now)
    return desk


def left() -> tuple[Any, ...]:
    """Return what a refusal must not change."""
    versions = ProcedureVersion.objects.order_by("pk").values_list("pk", "status", "saved_at")
    tables = DecisionTable.objects.order_by("pk").values_list("pk", "versions__status")
    return Procedure.objects.count(), list(versions), list(tables), Case.objects.count(), Entry.objects.count()


class TestDrawing:
    @pytest.mark.req("L2")
    @pytest.mark.parametrize("name", ["ines", "ivo"])
    @pytest.mark.parametrize("what", DRAWING)
    def test_is_refused_by_every_door_with_who_can(self, drawn: Desk, what: str, name: str) -> None:
        before = left()

        for by in doors(getattr(drawn.cast, name)):
            with pytest.raises(NotAllowed, match=r"Ask Admin Root or Alma Reyes or Omar Haddad\.$"):
                DRAWING[what](by=by, at=drawn.now)

        assert left() == before

    @pytest.mark.parametrize("what", [what for what in DRAWING if what not in ("try a draft", "install a pack")])
    def test_is_for_marketing(self, drawn: Desk, what: str) -> None:
        before = left()

        DRAWING[what](by=Actor.user(drawn.cast.alma), at=drawn.now)

        assert left() != before


class TestPublishing:
    @pytest.mark.req("L2")
    @pytest.mark.parametrize("name", ["ines", "ivo", "alma"])
    @pytest.mark.parametrize("what", PUBLISHING)
    def test_is_refused_by_every_door_with_who_can(self, drawn: Desk, what: str, name: str) -> None:
        before = left()

        for by in doors(getattr(drawn.cast, name)):
            with pytest.raises(NotAllowed, match=r"publish or retire .* Ask Admin Root or Omar Haddad\.$"):
                PUBLISHING[what](by=by, at=drawn.now)

        assert left() == before

    @pytest.mark.parametrize("what", PUBLISHING)
    def test_is_for_a_manager(self, drawn: Desk, what: str) -> None:
        before = left()

        PUBLISHING[what](by=Actor.user(drawn.cast.omar), at=drawn.now)

        assert left() != before

    def test_is_not_for_a_manager_who_has_left(self, drawn: Desk) -> None:
        drawn.cast.omar.is_active = False
        drawn.cast.omar.save(update_fields=["is_active"])

        with pytest.raises(NotAllowed, match=r"Ask Admin Root\.$"):
            operations.publish(key="test", by=Actor.user(drawn.cast.omar), at=drawn.now)

    def test_is_done_by_the_company_itself(self, drawn: Desk) -> None:
        assert operations.publish(key="test", by=Actor.system(), at=drawn.now).version.number == 2


class TestStarting:
    @pytest.mark.req("L2")
    def test_is_for_who_may_change_the_record(self, desk: Desk) -> None:
        desk.publish(c.chart(c.start(), c.work("call"), c.end(), c.flows("start > call > end")))
        (lead,) = desk.capture()
        record = RecordRef("lead", lead.pk)

        with pytest.raises(NotFound):
            operations.start_case(procedure="test", record=record, by=Actor.user(desk.cast.ines), at=desk.now)
        with pytest.raises(NotAllowed, match="Only Sales North"):
            operations.start_case(procedure="test", record=record, by=Actor.user(desk.cast.ivo), at=desk.now)
        assert not Case.objects.exists()

        assert operations.start_case(procedure="test", record=record, by=Actor.user(desk.cast.maya), at=desk.now)


REPAIRING: dict[str, Callable[..., Any]] = {
    "retry": lambda incident, **who: operations.retry_incident(incident_id=incident.pk, **who),
    "retry many": lambda incident, **who: operations.retry_incidents(incident_ids=[incident.pk], **who),
    "skip": lambda incident, **who: operations.skip_step(
        case_id=incident.case_id, token=incident.token, reason="By hand.", **who
    ),
    "move": lambda incident, **who: operations.move_step(
        case_id=incident.case_id, token=incident.token, node="end", reason="By hand.", **who
    ),
    "cancel": lambda incident, **who: operations.cancel_case(case_id=incident.case_id, reason="Enough.", **who),
    "correct": lambda incident, **who: operations.set_variables(
        case_id=incident.case_id, variables={"region": "NO"}, reason="He told us.", **who
    ),
}


class TestRepairing:
    @pytest.fixture
    def stuck(self, desk: Desk, tag: Recorder) -> Desk:
        """Give a desk with a failed step on a lead of Maya's."""
        tag.answer = lambda request: ActionResult.failed("Expected a region, but the lead has none.")
        desk.publish(FAILING)
        desk.capture()
        desk.drain(seconds=1)
        return desk

    @pytest.mark.req("L2")
    @pytest.mark.parametrize(("name", "refused"), [("ines", NotFound), ("ivo", NotAllowed)])
    @pytest.mark.parametrize("what", REPAIRING)
    def test_is_refused_by_every_door(self, stuck: Desk, what: str, name: str, refused: type[Exception]) -> None:
        (incident,) = stuck.incidents()
        before = left()

        for by in doors(getattr(stuck.cast, name)):
            with pytest.raises(refused):
                REPAIRING[what](incident, by=by, at=stuck.now)

        assert left() == before
        assert not Inbox.objects.exists()

    @pytest.mark.parametrize("name", ["maya", "omar"])
    @pytest.mark.parametrize("what", REPAIRING)
    def test_is_for_who_works_on_the_record_and_for_managers(self, stuck: Desk, what: str, name: str) -> None:
        (incident,) = stuck.incidents()

        REPAIRING[what](incident, by=Actor.user(getattr(stuck.cast, name)), at=stuck.now)

        assert Inbox.objects.count() == 1
