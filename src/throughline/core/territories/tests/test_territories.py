"""Territories: made, given a rule, changed, put out of use and into the bin; and what falls in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from throughline.core import access
from throughline.core.access.models import Territory as Rule
from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, User
from throughline.core.journal.models import Entry
from throughline.core.records import registry
from throughline.core.records.custom.operations import Wish, change_field, define_field
from throughline.core.records.importing import import_rows
from throughline.core.records.merging.operations import merge_records, take_back_merge
from throughline.core.records.operations import (
    Edit,
    create_record,
    delete_records,
    restore_records,
    update_record,
    update_records,
)
from throughline.core.records.search import search
from throughline.core.refusals import Conflict, NotAllowed, Refusal
from throughline.core.territories.models import Territory
from throughline.core.territories.operations import define_territory, set_rule
from throughline.core.territories.queries import Extent, extent
from throughline.core.territories.rules import as_filter, in_words
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

pytestmark = pytest.mark.req("L1")


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    values = {"subject": "Pumps", "region": "North"}
    return capture_lead(values=values, by=Actor.user(cast.maya), at=at)


def made(cast: Cast, at: datetime, **more: Any) -> Territory:
    wish = {
        "values": {"name": "Far North"},
        "record_type": "lead",
        "where": {"region": ["North"]},
        "member_ids": [cast.ines.pk],
    }
    return define_territory(at=at, **{"by": Actor.user(cast.admin), **wish, **more})


def sees(user: User, lead: Lead) -> bool:
    access.forget(user)
    return access.can(user, access.VIEW, registry.get("lead"), lead)


def told(territory: Territory) -> list[str]:
    entries = Entry.objects.filter(record_type="territory", record_id=territory.pk).order_by("id")
    return list(entries.values_list("event", flat=True))


class TestRule:
    """What belongs to a territory, and who works on it."""

    def test_has_a_key_of_its_own_and_the_name_of_its_territory(self, cast: Cast, at: datetime) -> None:
        first, second = made(cast, at), made(cast, at)

        assert first.rule
        assert second.rule
        assert (first.rule.key, second.rule.key) == ("far-north", "far-north-2")
        assert (first.rule.name, first.which, first.people) == ("Far North", "Region is North", 1)
        assert told(first) == ["record.created", "access.territory_defined"]

    def test_opens_its_records_and_says_why_by_the_name_of_now(self, cast: Cast, lead: Lead, at: datetime) -> None:
        territory = made(cast, at)
        assert sees(cast.ines, lead)

        values = {"name": "Arctic"}
        update_record(
            spec=registry.get("territory"), record_id=territory.pk, values=values, by=Actor.user(cast.admin), at=at
        )
        access.forget(cast.ines)

        assert access.why(cast.ines, registry.get("lead"), lead) == [
            "It lies in the territory Arctic, on which you work."
        ]
        assert not access.can(cast.ines, access.EDIT, registry.get("lead"), lead)

    def test_is_changed_with_its_people(self, cast: Cast, lead: Lead, at: datetime) -> None:
        territory = made(cast, at)

        changed = set_rule(
            territory_id=territory.pk, record_type="lead", where={"region": ["North", "Arctic"], "status": ["New"]},
            member_ids=[cast.petra.pk, cast.hana.pk], may_edit=True, by=Actor.user(cast.admin), at=at,
        )  # fmt: skip

        assert (changed.which, changed.people) == ("Region is North or Arctic, and Status is New", 2)
        assert changed.rule_id == territory.rule_id
        assert not sees(cast.ines, lead)
        assert Rule.objects.count() == 1

    def test_is_not_written_over_what_somebody_else_said_meanwhile(self, cast: Cast, at: datetime) -> None:
        territory = made(cast, at)

        with pytest.raises(Conflict, match="Somebody changed this territory"):
            set_rule(
                territory_id=territory.pk, record_type="lead", where={"region": ["X"]}, member_ids=[],
                version=territory.version - 1, by=Actor.user(cast.admin), at=at,
            )  # fmt: skip

    @pytest.mark.parametrize(
        ("wish", "code"),
        [
            ({"values": {"name": " "}}, "unreadable_values"),
            ({"record_type": "shoe"}, "no_such_type"),
            ({"where": {}}, "empty_territory"),
            ({"where": {"region": []}}, "empty_territory"),
            ({"where": {"shoe": ["x"]}}, "no_such_field"),
            ({"where": {"tags": ["x"]}}, "no_such_field"),
            ({"where": {"status": ["Nowhere"]}}, "unreadable_value"),
        ],
    )
    def test_says_what_it_cannot_be_made_of(self, cast: Cast, at: datetime, wish: dict[str, Any], code: str) -> None:
        with pytest.raises(Refusal) as refused:
            made(cast, at, **wish)

        assert refused.value.code == code
        assert not Territory.objects.exists()
        assert not Rule.objects.exists()

    def test_keeps_its_record_type(self, cast: Cast, at: datetime) -> None:
        territory, by = made(cast, at), Actor.user(cast.admin)

        with pytest.raises(Refusal, match="keeps its record type"):
            set_rule(
                territory_id=territory.pk, record_type="contact", where={"country": ["DE"]}, member_ids=[], by=by, at=at
            )

    def test_is_told_in_the_words_of_now(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.admin)
        define_field(record_type="lead", wish=Wish(label="Branch"), by=by, at=at)
        territory = made(cast, at, where={"branch": ["Food"]})

        change_field(record_type="lead", key="branch", wish=Wish(label="Trade"), by=by, at=at)

        territory.refresh_from_db()
        assert territory.which == "Trade is Food"
        assert search(user=cast.ines, text="trade")

    def test_is_a_filter_of_a_list_too(self) -> None:
        assert as_filter(registry.get("product"), {"active": [True], "billing": ["Monthly", "Once"]}) == {
            "all": [
                {"any": [{"field": "active", "op": "is", "value": True}]},
                {"field": "billing", "op": "one_of", "value": ["Monthly", "Once"]},
            ]
        }

    def test_is_told_in_words(self) -> None:
        assert in_words("product", {"active": [True], "billing": ["Monthly", "Once"]}) == (
            "For sale is yes, and Paid is Monthly or Once"
        )
        assert in_words("lead", {"gone": ["x"]}) == "gone is x"
        assert in_words("shoe", {"size": [43]}) == "Its record type is gone."


class TestUse:
    """Out of use and back, into the bin and out of it."""

    def test_out_of_use_it_opens_nothing_until_it_is_in_use_again(self, cast: Cast, lead: Lead, at: datetime) -> None:
        territory, spec, by = made(cast, at), registry.get("territory"), Actor.user(cast.admin)

        update_record(spec=spec, record_id=territory.pk, values={"in_use": False}, by=by, at=at)
        closed = sees(cast.ines, lead)
        update_record(spec=spec, record_id=territory.pk, values={"in_use": True}, by=by, at=at)

        assert (closed, sees(cast.ines, lead)) == (False, True)
        assert sorted(told(territory)[2:]) == [
            "access.territory_restored", "access.territory_retired", "record.updated", "record.updated",
        ]  # fmt: skip

    def test_in_the_bin_it_opens_nothing_and_comes_back_as_it_was(self, cast: Cast, lead: Lead, at: datetime) -> None:
        open_one, closed_one = made(cast, at), made(cast, at, values={"name": "Old", "in_use": False})
        spec, by, ids = registry.get("territory"), Actor.user(cast.admin), [open_one.pk, closed_one.pk]

        delete_records(spec=spec, ids=ids, by=by, at=at)
        seen = [sees(cast.ines, lead)]
        restore_records(spec=spec, ids=ids, by=by, at=at)
        seen.append(sees(cast.ines, lead))

        assert seen == [False, True]
        kept = Rule.objects.order_by("pk").values_list("name", "retired_at")
        assert list(kept) == [("Far North", None), ("Old", at)]

    def test_merged_into_another_it_opens_nothing_until_they_are_parted(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        one, other = made(cast, at, where={"region": ["South"]}), made(cast, at)
        part = made(cast, at, values={"name": "Part", "parent": other.pk}, where={"region": ["East"]})
        spec, by = registry.get("territory"), Actor.user(cast.admin)

        merge = merge_records(spec=spec, survivor_id=one.pk, absorbed_id=other.pk, by=by, at=at)
        part.refresh_from_db()
        merged = (sees(cast.ines, lead), part.parent_id)
        take_back_merge(merge_id=merge.pk, by=by, at=at)
        part.refresh_from_db()

        assert merged == (False, one.pk)
        assert (sees(cast.ines, lead), part.parent_id) == (True, other.pk)


class TestParts:
    """Territories lie in larger ones, and never in themselves."""

    def test_none_lies_in_itself_by_whatever_way(self, cast: Cast, at: datetime) -> None:
        spec, by = registry.get("territory"), Actor.user(cast.admin)

        def new(name: str, parent: int | None = None) -> int:
            values = {"name": name, "parent": parent}
            return int(create_record(spec=spec, values=values, by=by, at=at).pk)

        europe = new("Europe")
        north = new("North", europe)
        denmark = new("Denmark", north)
        asia = new("Asia")

        def put(*pairs: tuple[int, int]) -> Callable[[], object]:
            edits = [Edit(key, {"parent": parent}) for key, parent in pairs]
            return lambda: update_records(spec=spec, edits=edits, by=by, at=at)

        for attempt in (put((europe, europe)), put((europe, denmark)), put((asia, europe), (europe, asia))):
            with pytest.raises(Refusal, match="cannot lie in itself or in a part of it") as refused:
                attempt()
            assert "parent" in refused.value.fields
        put((asia, denmark))()

        above = dict(Territory.objects.values_list("name", "parent__name"))
        assert above == {"Europe": None, "North": "Europe", "Denmark": "North", "Asia": "Denmark"}


class TestRights:
    """All staff read territories; who may say what roles see changes them."""

    def test_every_shipped_role_reads_them_and_one_changes_them(self, cast: Cast, at: datetime) -> None:
        territory, spec = made(cast, at), registry.get("territory")

        for person in (cast.maya, cast.ines, cast.petra, cast.omar, cast.hana, cast.ivo):
            assert access.can(person, access.VIEW, spec, territory), person.name
            for action in (access.EDIT, access.DELETE, access.CREATE, access.ASSIGN, access.IMPORT):
                assert not access.can(person, action, spec, territory), (person.name, action)
        assert access.can(cast.admin, access.EDIT, spec, territory)

    def test_no_role_writes_one_without_the_ability(self, cast: Cast, at: datetime) -> None:
        territory, spec, by = made(cast, at), registry.get("territory"), Actor.user(cast.maya)
        role = Role.objects.get(key="sales")
        permissions = {**role.permissions, "records": {"*": {"*": "all"}}}
        save_role(key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=at)

        for attempt in (
            lambda: update_record(spec=spec, record_id=territory.pk, values={"description": "x"}, by=by, at=at),
            lambda: create_record(spec=spec, values={"name": "Mine"}, by=by, at=at),
            lambda: import_rows(spec=spec, content=b"id,name\n1,Mine\n", by=by, at=at),
            lambda: delete_records(spec=spec, ids=[territory.pk], by=by, at=at),
            lambda: made(cast, at, by=by),
            lambda: set_rule(
                territory_id=territory.pk, record_type="lead", where={"region": ["X"]}, member_ids=[], by=by, at=at
            ),
        ):
            with pytest.raises(NotAllowed, match="Ask an administrator to change territories"):
                attempt()

        territory.refresh_from_db()
        assert (territory.description, territory.deleted_at, Territory.objects.count()) == ("", None, 1)


class TestImport:
    def test_brings_names_descriptions_owners_and_larger_ones(self, cast: Cast, at: datetime) -> None:
        larger = made(cast, at, values={"name": "Europe"})
        content = f"id,name,description,owner,lies in\n1,Denmark,Small,{cast.maya.email},Europe\n2,Norway,,,\n"

        import_rows(spec=registry.get("territory"), content=content.encode(), by=Actor.user(cast.admin), at=at)

        denmark, norway = Territory.objects.filter(rule=None).order_by("sort_name")
        assert (denmark.description, denmark.owner, denmark.parent) == ("Small", cast.maya, larger)
        assert (norway.name, norway.in_use, norway.rule) == ("Norway", True, None)
        assert len(search(user=cast.ines, text="denmark")) == 1


class TestExtent:
    def test_counts_and_names_what_the_asker_sees(self, cast: Cast, lead: Lead, at: datetime) -> None:
        def asked(user: User) -> Extent | None:
            return extent(record_type="lead", where={"region": ["North"]}, user=user)

        assert asked(cast.admin) == Extent(1, exact=True, examples=((lead.pk, "Pumps"),))
        assert asked(cast.ines) == Extent(0, exact=True)

    def test_is_told_to_nobody_who_may_not_read_what_it_is_made_of(self, cast: Cast, lead: Lead, at: datetime) -> None:
        role = Role.objects.get(key="sales")
        for right in ("hidden", "masked"):
            permissions = {**role.permissions, "fields": {"lead": {"region": right}}}
            save_role(key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=at)
            access.forget(cast.maya)

            assert extent(record_type="lead", where={"region": ["North"]}, user=cast.maya) is None

    def test_of_a_type_or_a_field_that_is_gone_nothing_falls_in(self, cast: Cast, lead: Lead) -> None:
        for record_type, where in (("shoe", {"region": ["North"]}), ("lead", {"gone": ["North"]}), ("lead", {})):
            assert extent(record_type=record_type, where=where, user=cast.admin) == Extent(0, exact=True)
