"""The second wall: whatever a statement says, the database shows no more than the person sees."""

from __future__ import annotations

import re
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
from throughline.core.records.sharing import share_record, stop_sharing
from throughline.core.records.walls import raise_walls, touched_by, walled
from throughline.core.rows import fetch
from throughline.core.territories.operations import define_territory
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
        define_territory(
            values={"name": "EU"},
            record_type="lead",
            where={"region": ["EU"]},
            member_ids=[cast.petra.pk],
            by=by,
            at=at,
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
                rows = visible.select_related(*spec.select_related)
                wanted = list(rows.values_list("pk", *spec.paths))
                for among in (None, touched_by(spec, user)):
                    with walled(user, among):
                        assert list(rows.values_list("pk", *spec.paths)) == wanted, (user.name, spec.type, among)
                        compared = spec.model._default_manager.filter(access.visible(spec, user))
                        assert compared.count() == len(wanted), "what decides is read inside, too"
                seen.setdefault(spec.type, []).append(len(wanted))

        assert seen["activity"] == [1, 0, 1], "Maya sees what was said of her lead"

    def test_of_what_is_touched_stands_before_every_table_that_a_list_reads(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rules, "FEW", -1)  # so that nothing is named by its key, and all ways are in the statement
        tables = {spec.model._meta.db_table: spec.type for spec in registry.everything()}
        joined = set()

        for user, spec in product((cast.maya, cast.omar), registry.everything()):
            visible = spec.model._default_manager.filter(access.visible(spec, user))
            sql = str(visible.select_related(*spec.select_related).values_list(*spec.paths).query)
            read = {tables[name] for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', sql) if name in tables}
            joined |= read - {spec.type}
            assert read <= {each.type for each in touched_by(spec, user)}, (user.name, spec.type)

        assert {"contact", "organization", "lead", "deal"} <= joined

    def test_touches_no_more_than_is_asked_for(self, cast: Cast) -> None:
        lead = registry.get("lead")

        assert [each.type for each in touched_by(lead, cast.maya, ("status", "owner_id", "owner__name"))] == ["lead"]
        assert {each.type for each in touched_by(lead, cast.maya, ("contact__name",))} == {"lead", "contact"}

    def test_shows_nothing_of_a_type_that_was_not_named(self, cast: Cast, leads: list[Lead]) -> None:
        for user in (cast.maya, cast.admin):
            with walled(user, [registry.get("lead")]):
                found = Lead.objects.values_list("contact_id", "contact__name")
                assert len(found) > 0
                assert [name for _, name in found] == [None] * len(found), "the person behind it is not told"
                assert Contact.objects.count() == 0
                assert fetch("SELECT count(*) FROM records_search WHERE record_type = 'contact'") == [(0,)]

            assert Contact.objects.count() > 0

    def test_follows_at_once_what_is_shared_and_taken_back(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        spec, by, ref = registry.get("lead"), Actor.user(cast.maya), RecordRef("lead", leads[0].pk)

        counted = [unguarded(cast.ines)]
        share_record(spec=spec, record_id=ref.id, user_id=cast.ines.pk, by=by, at=at)
        counted.append(unguarded(cast.ines))
        stop_sharing(spec=spec, record_id=ref.id, user_id=cast.ines.pk, by=by, at=at)
        counted.append(unguarded(cast.ines))
        access.take_part_many(parts=[access.Part(cast.ines.pk, ref, "You do.")], at=at)
        counted.append(unguarded(cast.ines))
        access.stop_taking_part(user_id=cast.ines.pk, record=ref)
        counted.append(unguarded(cast.ines))

        assert counted == [1, 2, 1, 2, 1]

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

    @pytest.mark.django_db(transaction=True)
    def test_is_gone_after_a_transaction_of_its_own(self, cast: Cast, leads: list[Lead]) -> None:
        assert unguarded(cast.ines) == 1
        with pytest.raises(ProgrammingError), walled(cast.ines):
            fetch("SELECT * FROM journal_entry")

        assert Lead.objects.count() == 3
        assert fetch("SELECT current_user = session_user, current_setting('throughline.wall_lead', true)") == [
            (True, "")
        ]

    def test_without_limits_shows_nothing(self, cast: Cast, leads: list[Lead]) -> None:
        with walled(cast.admin), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('throughline.wall_lead', '', true)")
            assert Lead.objects.count() == 0

    def test_can_be_raised_again(self, cast: Cast, leads: list[Lead]) -> None:
        raise_walls()

        assert unguarded(cast.ines) == 1
