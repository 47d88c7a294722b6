from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.drafting.operations import attend, change_draft, redo_change, undo_change
from throughline.core.drafting.queries import undoable
from throughline.core.procedures.operations import create_procedure, save_draft
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Conflict, NotAllowed, Refusal
from throughline.core.tests.cast import Cast, assemble
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.flow.bpmn.model import Definitions
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "call-first"


@pytest.fixture
def company() -> Cast:
    """The cast, and a draft."""
    cast = assemble(at=NOON)
    create_procedure(key=KEY, name="Call first", record_type="lead", by=Actor.system(), at=NOON)
    save_draft(key=KEY, drawing=CALL_FIRST, by=Actor.system(), at=NOON)
    return cast


def ring(chart: Definitions) -> Definitions:
    """Rename the step."""
    return edit.rename(chart, element="call", name="Ring")


def named() -> str:
    """Return what the step is called now."""
    draft = overview.procedure(key=KEY).latest("draft")
    assert draft is not None
    chart = bpmn.read(overview.drawing(version_id=draft.id))
    return next(row.node.name for row in edit.outline(chart) if row.id == "call")


def digest() -> str:
    """Return the digest of the draft."""
    draft = overview.procedure(key=KEY).latest("draft")
    assert draft is not None
    return draft.digest


@pytest.mark.req("A1")
class TestChangeDraft:
    def test_can_be_taken_back_and_made_again(self, company: Cast) -> None:
        by = Actor.user(company.omar)
        change_draft(key=KEY, edit=ring, what="Renamed", by=by, at=NOON)
        assert (named(), undoable(key=KEY, digest=digest()).undo) == ("Ring", "Renamed")

        assert undo_change(key=KEY, by=by, at=NOON) == "Renamed"
        assert (named(), undoable(key=KEY, digest=digest()).redo) == ("Make first contact", "Renamed")

        redo_change(key=KEY, by=by, at=NOON)
        assert named() == "Ring"

    def test_what_was_drawn_meanwhile_is_not_taken_back(self, company: Cast) -> None:
        by = Actor.user(company.omar)
        change_draft(key=KEY, edit=ring, what="Renamed", by=by, at=NOON)
        save_draft(key=KEY, drawing=CALL_FIRST + b"<!-- -->", by=by, at=NOON)

        assert undoable(key=KEY, digest=digest()).undo == ""
        with pytest.raises(Refusal, match="nothing to take back"):
            undo_change(key=KEY, by=by, at=NOON)

    def test_of_a_drawing_that_was_not_seen_is_refused(self, company: Cast) -> None:
        with pytest.raises(Conflict):
            change_draft(key=KEY, edit=ring, what="", seen="0" * 64, by=Actor.user(company.omar), at=NOON)

    def test_that_cannot_be_done_says_why(self, company: Cast) -> None:
        with pytest.raises(Refusal, match="only start"):
            change_draft(
                key=KEY, edit=lambda chart: edit.delete(chart, node="captured"), what="", by=Actor.user(company.omar),
                at=NOON,
            )  # fmt: skip

    def test_is_for_those_who_draw(self, company: Cast) -> None:
        with pytest.raises(NotAllowed):
            change_draft(key=KEY, edit=ring, what="", by=Actor.user(company.ines), at=NOON)


@pytest.mark.req("A1")
class TestAttend:
    def test_the_first_one_draws_and_the_second_looks_on(self, company: Cast) -> None:
        attend(key=KEY, draws=True, by=Actor.user(company.omar), at=NOON)

        seen = attend(key=KEY, draws=True, by=Actor.user(company.admin), at=NOON + timedelta(seconds=5))

        assert (seen.others, seen.drawing, seen.mine) == (("Omar Haddad",), "Omar Haddad", False)

    def test_the_pen_can_be_taken_over(self, company: Cast) -> None:
        attend(key=KEY, draws=True, by=Actor.user(company.omar), at=NOON)
        attend(key=KEY, draws=True, takes_over=True, by=Actor.user(company.admin), at=NOON + timedelta(seconds=5))

        seen = attend(key=KEY, draws=True, by=Actor.user(company.omar), at=NOON + timedelta(seconds=10))

        assert (seen.drawing, seen.mine) == ("Admin Root", False)

    def test_who_has_left_holds_no_pen(self, company: Cast) -> None:
        attend(key=KEY, draws=True, by=Actor.user(company.omar), at=NOON)

        seen = attend(key=KEY, draws=True, by=Actor.user(company.admin), at=NOON + timedelta(minutes=2))

        assert (seen.others, seen.mine) == ((), True)

    def test_who_may_not_draw_only_looks(self, company: Cast) -> None:
        seen = attend(key=KEY, draws=True, takes_over=True, by=Actor.user(company.maya), at=NOON)

        assert not seen.mine
