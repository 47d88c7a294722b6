"""What pages read: live counts, cases at a step, outcomes, positions; only what the asker may see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures import queries
from throughline.core.procedures.models import Case, Token
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal

SPLIT = c.chart(
    c.captured(),
    c.element("exclusiveGateway", "where", default="where_south"),
    c.work("north", "done", due='duration("PT24H")', assignee="lead.owner"),
    c.work("south", "done"),
    c.end("sold"),
    c.flows("captured > where", 'where >[lead.region = "NO"] north > sold', "where > south > sold"),
)


@pytest.mark.req("B8")
class TestLive:
    def test_the_counts_are_the_open_tokens(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        desk.capture(3, region="NO")
        desk.capture(2, region="ES")
        desk.drain(seconds=1)

        found = queries.live(procedure="test", user=desk.cast.omar, at=desk.now)

        assert {node.node: node.count for node in found.nodes} == {"north": 3, "south": 2}
        assert (found.running, Token.objects.count()) == (5, 5)

    def test_it_says_who_waits_longest_and_what_is_overdue(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        desk.capture(region="NO")
        desk.drain()
        first_at = desk.now
        desk.now += timedelta(hours=5)
        desk.capture(region="NO")
        desk.drain()

        found = queries.live(procedure="test", user=desk.cast.omar, at=first_at + timedelta(hours=25))

        assert found.by_node["north"].oldest_at == first_at
        assert found.by_node["north"].overdue == 1

    @pytest.mark.req("L1")
    def test_everybody_sees_the_counts_of_what_they_may_see(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        desk.capture(3, owner=desk.cast.maya.pk)
        desk.capture(2, owner=desk.cast.ines.pk)
        desk.drain(seconds=1)

        counts = {
            user.name: queries.live(procedure="test", user=user, at=desk.now).running
            for user in (desk.cast.maya, desk.cast.ines, desk.cast.omar, desk.cast.petra)
        }

        assert counts == {"Maya Lin": 3, "Ines Duarte": 2, "Omar Haddad": 5, "Petra Novak": 0}

    def test_a_pile_opens_into_its_cases(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        leads = desk.capture(3, region="NO", external_id="m")
        desk.drain(seconds=1)

        page = queries.cases_at(procedure="test", node="north", user=desk.cast.maya, at=desk.now, limit=2)
        rest = queries.cases_at(
            procedure="test",
            node="north",
            user=desk.cast.maya,
            at=desk.now,
            after=(page[-1].arrived_at, page[-1].case),
        )

        assert [row.record for row in [*page, *rest]] == [RecordRef("lead", lead.pk) for lead in leads]
        assert (page[0].assignee_name, page[0].label) == ("Maya Lin", "North")
        assert queries.cases_at(procedure="test", node="north", user=desk.cast.ines, at=desk.now) == []


@pytest.mark.req("I1")
class TestOutcomes:
    def test_they_are_counted_and_parted_by_a_field(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        desk.capture(3, region="NO")
        desk.capture(1, region="ES")
        desk.drain(seconds=1)
        for item in desk.open_items("north")[:2]:
            desk.complete(item, "done")
        desk.drain(seconds=1)

        found = queries.outcomes(procedure="test", user=desk.cast.omar, part_by="region")

        assert [(each.outcome, each.value, each.count) for each in found] == [
            ("Sold", "NO", 2),
            ("", "ES", 1),
            ("", "NO", 1),
        ]

    def test_an_unknown_field_is_refused(self, desk: Desk) -> None:
        desk.publish(SPLIT)

        with pytest.raises(Refusal, match="no field “colour”"):
            queries.outcomes(procedure="test", user=desk.cast.omar, part_by="colour")


@pytest.mark.req("B8")
class TestPosition:
    def test_it_shows_the_token_the_way_and_the_next_step(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        (lead,) = desk.capture(region="NO")
        desk.drain()

        found = queries.position(record=RecordRef("lead", lead.pk), user=desk.cast.maya, at=desk.now)

        assert found is not None
        assert (found.procedure, found.version, found.drawing) == ("test", 1, SPLIT)
        assert [(token.node, token.waits_for) for token in found.tokens] == [("north", "work")]
        assert found.nodes == {"captured", "where", "north"}
        assert found.flows == {"captured_where", "where_north"}
        (step,) = found.next_steps
        assert (step.title, step.assignee_name, step.due_at) == ("North", "Maya Lin", desk.now + timedelta(hours=24))

    def test_running_cases_stay_on_their_version(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        (lead,) = desk.capture(region="NO")
        desk.drain(seconds=1)

        desk.publish(c.chart(c.captured(), c.work("other"), c.end(), c.flows("captured > other > end")))
        (newer,) = desk.capture(region="NO")
        desk.drain(seconds=1)

        versions = [
            queries.position(record=RecordRef("lead", key), user=desk.cast.maya, at=desk.now)
            for key in (lead.pk, newer.pk)
        ]
        assert [each.version for each in versions if each is not None] == [1, 2]

    def test_a_record_without_a_case_has_none(self, desk: Desk) -> None:
        (lead,) = desk.capture()

        assert queries.position(record=RecordRef("lead", lead.pk), user=desk.cast.maya, at=desk.now) is None


class TestHappenings:
    def test_the_timeline_names_steps_and_people(self, desk: Desk) -> None:
        desk.publish(SPLIT)
        (lead,) = desk.capture(region="NO")
        desk.drain(seconds=1)
        desk.complete(desk.open_items()[0], "done")
        desk.drain(seconds=1)

        found = queries.happenings(records=[RecordRef("lead", lead.pk)])

        assert [(each.kind, each.label) for each in found] == [
            ("case finished", "Sold"),
            ("completed", "North"),
            ("case started", "Captured"),
        ]
        assert found[1].actor_id == str(desk.cast.maya.pk)
        assert Case.objects.count() == 1
