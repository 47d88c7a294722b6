"""The second wall: whatever a statement says, the database shows no more than the person sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from django.db import ProgrammingError, connection

from throughline.core import access
from throughline.core.access import rules
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.custom.operations import make_type
from throughline.core.records.filters import Reading, UnreadableFilter, operators_of, predicate
from throughline.core.records.operations import create_record
from throughline.core.records.sharing import share_record
from throughline.core.records.territories import save_territory
from throughline.core.records.walls import raise_walls, walled
from throughline.core.rows import fetch
from throughline.core.tests.cast import Cast
from throughline.crm.activities.operations import NewActivity, create_activities
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact

VALUES: Sequence[Any] = (
    None,
    "1",
    1,
    True,
    "me",
    "my_team",
    ["1"],
    "2026-01-01",
    ["2026-01-01", "2026-02-01"],
    "today",
    [1, 2],
)
"""Among them is one that each operator understands, whatever the field."""


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give a lead of Maya's, one of Ines's and one that waits."""
    made = [
        capture_lead(values={"name": f"Of {who.name}", "region": "EU"}, by=Actor.user(who), at=at)
        for who in (cast.maya, cast.ines)
    ]
    return [*made, capture_lead(values={"interest": "waits"}, by=Actor("form", "1", "Form"), at=at)]


def unguarded(user: User, model: type[Lead] | type[Contact] = Lead) -> int:
    """Count the rows of a table as somebody, by a statement that forgot every predicate."""
    access.forget(user)
    with walled(user):
        return int(fetch(f'SELECT count(*) FROM "{model._meta.db_table}"')[0][0])


@pytest.mark.req("L1")
class TestWall:
    """Statements without any predicate."""

    def test_shows_what_the_first_wall_shows(self, cast: Cast, leads: list[Lead]) -> None:
        people = (cast.maya, cast.tom, cast.ines, cast.omar, cast.alma, cast.hana, cast.petra, cast.admin)

        for user in people:
            for spec in (registry.get("lead"), registry.get("contact")):
                model = spec.model
                wanted = model._default_manager.filter(access.visible(spec, user)).count()
                assert unguarded(user, model) == wanted, (user.name, spec.type)  # type: ignore[arg-type]

        assert [unguarded(user) for user in people[:4]] == [1, 1, 1, 3]

    def test_holds_for_search_too(self, cast: Cast, leads: list[Lead]) -> None:
        with walled(cast.ines):
            found = fetch("SELECT title FROM records_search WHERE record_type = 'lead'")

        assert found == [("Of Ines Duarte",)]

    def test_lets_shared_and_territories_through(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        by = Actor.user(cast.admin)
        share_record(spec=registry.get("lead"), record_id=leads[0].pk, user_id=cast.petra.pk, by=by, at=at)
        assert unguarded(cast.petra) == 1
        save_territory(
            key="eu", name="EU", record_type="lead", where={"region": ["EU"]}, member_ids=[cast.petra.pk], by=by, at=at
        )

        assert unguarded(cast.petra) == 2

    def test_lets_who_takes_part_through(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        access.take_part_many(parts=[access.Part(cast.ines.pk, RecordRef("lead", leads[0].pk), "You do.")], at=at)

        assert unguarded(cast.ines) == 2

    def test_of_a_type_made_here_holds_too(self, cast: Cast, at: datetime) -> None:
        make_type(key="visit", label="Visit", plural="Visits", number_prefix="VIS", by=Actor.user(cast.admin), at=at)
        spec = registry.get("visit")
        create_record(spec=spec, values={"name": "Secret"}, by=Actor.user(cast.maya), at=at)

        assert [unguarded(user, spec.model) for user in (cast.maya, cast.ines)] == [1, 0]  # type: ignore[arg-type]

    @pytest.mark.parametrize("few", [0, 2_000])
    def test_lets_lists_of_every_type_be_read_however_many_are_seen(
        self, cast: Cast, leads: list[Lead], at: datetime, few: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = NewActivity(kind="Call", subject="Said", about=(RecordRef("lead", leads[0].pk),))
        create_activities(activities=[said], by=Actor.user(cast.omar), at=at)
        monkeypatch.setattr(rules, "FEW", few)
        seen: dict[str, list[int]] = {}

        for user in (cast.maya, cast.ines, cast.omar):
            for spec in registry.everything():
                access.forget(user)
                visible = spec.model._default_manager.filter(access.visible(spec, user)).order_by("pk")
                wanted = list(visible.values_list("pk", flat=True))
                with walled(user):
                    assert list(visible.values_list("pk", flat=True)) == wanted, (user.name, spec.type)
                seen.setdefault(spec.type, []).append(len(wanted))

        assert seen["activity"] == [1, 0, 1], "Maya sees what was said of her lead"

    def test_lets_every_filter_and_order_be_asked(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        reading, asked = Reading(cast.maya, at), 0

        for spec in registry.everything():
            with walled(cast.maya):
                found = spec.model._default_manager.filter(access.visible(spec, cast.maya))
                for described in spec.fields:
                    for op, value in product(operators_of(described), VALUES):
                        try:
                            meant = predicate(spec, {"field": described.name, "op": op, "value": value}, reading)
                        except UnreadableFilter:
                            continue
                        assert found.filter(meant).count() < 2
                        asked += 1
                    if described.sortable:
                        assert len(found.order_by(described.order_path)[:2]) < 2

        assert asked > 500

    def test_lets_nothing_be_written_nor_other_tables_be_read(self, cast: Cast, leads: list[Lead]) -> None:
        for statement in ("DELETE FROM records_search", "SELECT * FROM journal_entry", "SELECT * FROM django_session"):
            with pytest.raises(ProgrammingError, match="permission denied"), walled(cast.admin):
                fetch(statement)

    def test_is_gone_afterwards(self, cast: Cast, leads: list[Lead]) -> None:
        unguarded(cast.ines)

        assert Lead.objects.count() == 3
        assert fetch("SELECT current_setting('throughline.wall_lead', true)")[0][0] == ""

    def test_without_limits_shows_nothing(self, cast: Cast, leads: list[Lead]) -> None:
        with walled(cast.admin), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('throughline.wall_lead', '', true)")
            assert Lead.objects.count() == 0

    def test_can_be_raised_again(self, cast: Cast, leads: list[Lead]) -> None:
        raise_walls()

        assert unguarded(cast.ines) == 1
