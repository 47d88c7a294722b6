"""Who may see and do what: by owner, team tree, role, participation and ways round."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import pytest

from throughline.core import access
from throughline.core.access import rules
from throughline.core.access.models import Participant, Territory
from throughline.core.access.operations import renew_roles, save_role, ship_roles
from throughline.core.access.permissions import FieldRight, Permissions, Scope
from throughline.core.access.roles import SHIPPED
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, User
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import FieldType, registry
from throughline.core.records.custom.operations import Wish, define_field
from throughline.core.records.queries import ListQuery, get_record, list_page, record_page
from throughline.core.records.search import search
from throughline.core.records.sharing import share_record, stop_sharing
from throughline.core.records.spec import MASK
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.territories.operations import define_territory
from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import Activity
from throughline.crm.activities.operations import log_activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"name": "Ada Byron", "email": "ada@example.com"}, by=Actor.user(cast.maya), at=at)


def sees(user: User, lead: Lead) -> bool:
    """Ask for the lead by predicate, by the record itself and by opening it, which must agree."""
    spec = registry.get("lead")
    by_query = Lead.objects.filter(access.visible(spec, user), pk=lead.pk).exists()
    assert access.can(user, access.VIEW, spec, lead) is by_query
    assert bool(access.why(user, spec, lead)) is by_query
    with nullcontext() if by_query else pytest.raises(NotFound):
        assert get_record(spec=spec, user=user, record_id=lead.pk) == lead
    return by_query


@pytest.mark.req("L1")
class TestVisible:
    """Seeing records."""

    def test_owner_team_and_manager_above_see_it_and_another_team_does_not(self, cast: Cast, lead: Lead) -> None:
        assert [sees(person, lead) for person in (cast.maya, cast.tom, cast.omar, cast.ivo)] == [True] * 4
        assert [sees(person, lead) for person in (cast.ines, cast.petra, cast.hana)] == [False] * 3

    def test_roles_that_see_all_see_it(self, cast: Cast, lead: Lead) -> None:
        assert sees(cast.alma, lead)
        assert sees(cast.admin, lead)

    def test_without_a_role_nothing_is_seen_not_even_ones_own(self, cast: Cast, lead: Lead) -> None:
        cast.maya.roles.clear()
        access.forget(cast.maya)

        assert not sees(cast.maya, lead)

    def test_who_has_left_sees_nothing(self, cast: Cast, lead: Lead) -> None:
        cast.admin.is_active = False
        access.forget(cast.admin)

        assert not sees(cast.admin, lead)

    def test_what_nobody_has_is_seen_by_managers_and_marketing_only(self, cast: Cast, at: datetime) -> None:
        waiting = capture_lead(values={"origin": "ad"}, by=Actor("form", "1", "Form"), at=at)

        assert [sees(person, waiting) for person in (cast.omar, cast.alma, cast.admin)] == [True] * 3
        assert [sees(person, waiting) for person in (cast.maya, cast.ines, cast.hana)] == [False] * 3

    def test_who_takes_part_sees_it_and_nothing_else(self, cast: Cast, lead: Lead, at: datetime) -> None:
        part = access.Part(cast.ines.pk, RecordRef("lead", lead.pk), "You hold a step of its procedure.")
        other = capture_lead(values={"name": "Bob"}, by=Actor.user(cast.maya), at=at)

        access.take_part_many(parts=[part, part], at=at)

        assert sees(cast.ines, lead)
        assert not sees(cast.ines, other)
        assert access.why(cast.ines, registry.get("lead"), lead) == ["You hold a step of its procedure."]
        assert not access.can(cast.ines, access.EDIT, registry.get("lead"), lead)
        assert Participant.objects.count() == 1

    def test_taking_part_ends(self, cast: Cast, lead: Lead, at: datetime) -> None:
        ref = RecordRef("lead", lead.pk)
        access.take_part_many(parts=[access.Part(cast.ines.pk, ref, "You were asked.")], at=at)

        access.stop_taking_part(user_id=cast.ines.pk, record=ref)

        assert not sees(cast.ines, lead)

    def test_whoever_sees_a_lead_sees_the_person_behind_it(self, cast: Cast, lead: Lead, at: datetime) -> None:
        contact = Contact.objects.get()
        spec = registry.get("contact")
        Contact.objects.update(owner=cast.petra, team=cast.care)

        visible = Contact.objects.filter(access.visible(spec, cast.maya))

        contact.refresh_from_db()
        assert list(visible) == [contact]
        assert access.why(cast.maya, spec, contact) == ["It is the person behind a lead that you may see."]
        assert not Contact.objects.filter(access.visible(spec, cast.ines)).exists()

    def test_the_predicate_costs_one_small_query_once_the_grants_are_read(
        self, cast: Cast, lead: Lead, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(2):  # roles and teams, what the person takes part in
            access.visible(registry.get("lead"), cast.maya)
        with django_assert_num_queries(1):
            access.visible(registry.get("lead"), cast.maya)
        with django_assert_num_queries(0):
            access.can(cast.maya, access.EDIT, registry.get("lead"), lead)

    @pytest.mark.req("L1")
    def test_a_request_that_reads_reads_once_and_the_next_one_anew(
        self, cast: Cast, lead: Lead, at: datetime, django_assert_num_queries: Any
    ) -> None:
        spec = registry.get("lead")
        access.keep_seen(cast.ines)
        access.visible(spec, cast.ines)

        with django_assert_num_queries(0):
            access.visible(spec, cast.ines)
        part = access.Part(cast.ines.pk, RecordRef("lead", lead.pk), "You were asked.")
        access.take_part_many(parts=[part], at=at)
        access.keep_seen(cast.ines)

        assert Lead.objects.filter(access.visible(spec, cast.ines)).get() == lead
        assert access.why(cast.ines, spec, lead) == ["You were asked."]

    @pytest.mark.parametrize("few", [0, 2_000])
    def test_many_keys_are_looked_up_row_by_row_with_the_same_answer(
        self, cast: Cast, lead: Lead, at: datetime, monkeypatch: pytest.MonkeyPatch, few: int
    ) -> None:
        monkeypatch.setattr(rules, "FEW", few)
        capture_lead(values={"name": "Bob"}, by=Actor.user(cast.tom), at=at)
        Contact.objects.update(owner=None, team=None)
        part = access.Part(cast.ines.pk, RecordRef("lead", lead.pk), "You hold a step.")
        access.take_part_many(parts=[part], at=at)
        activity = log_activity(kind="Note", subject="x", about=[RecordRef("lead", lead.pk)], by=Actor.system(), at=at)

        def seen_by(user: User) -> tuple[int, int, int]:
            leads = Lead.objects.filter(access.visible(registry.get("lead"), user))
            people = Contact.objects.filter(access.visible(registry.get("contact"), user))
            activities = Activity.objects.filter(access.visible(registry.get("activity"), user), pk=activity.pk)
            return leads.count(), people.count(), activities.count()

        assert seen_by(cast.maya) == (2, 2, 1)
        assert seen_by(cast.ines) == (1, 1, 1)
        assert seen_by(cast.hana) == (0, 0, 0)


@pytest.mark.req("L1")
class TestCan:
    """Doing things to records."""

    @pytest.mark.parametrize(
        ("who", "action", "may"),
        [
            ("maya", "edit", True), ("maya", "delete", True), ("tom", "edit", True), ("tom", "delete", False),
            ("tom", "assign", True), ("omar", "delete", True), ("ines", "view", False), ("ines", "edit", False),
            ("alma", "edit", True), ("alma", "delete", False), ("ivo", "view", True), ("ivo", "edit", False),
            ("ivo", "delete", False), ("hana", "view", False), ("petra", "view", False), ("admin", "delete", True),
        ],
    )  # fmt: skip
    def test_roles_bound_what_may_be_done(self, cast: Cast, lead: Lead, who: str, action: str, may: bool) -> None:
        assert access.can(getattr(cast, who), action, registry.get("lead"), lead) is may

    def test_an_intern_deletes_no_customer_record_not_even_an_own_one(self, cast: Cast, at: datetime) -> None:
        for record_type in ("lead", "contact", "organization", "deal", "ticket"):
            permissions = Permissions.read(SHIPPED["intern"][1])
            assert permissions.scope(record_type, access.DELETE) is Scope.NONE
        own = capture_lead(values={"name": "Own"}, by=Actor.user(cast.ivo), at=at)
        assert not access.can(cast.ivo, access.DELETE, registry.get("lead"), own)

    def test_hr_sees_no_forecast(self, cast: Cast) -> None:
        permissions = Permissions.read(SHIPPED["hr"][1])

        assert not access.allows(cast.hana, "forecast.see")
        assert permissions.scope("deal", access.VIEW) is Scope.NONE
        for field in ("forecast_category", "probability", "expected_revenue", "amount"):
            assert permissions.field_right("deal", field, sensitive=False) is FieldRight.HIDDEN

    def test_a_refusal_says_whose_it_is_and_whom_to_ask(self, cast: Cast, lead: Lead) -> None:
        lead.team = cast.north
        cast.north.manager = cast.omar

        with pytest.raises(NotAllowed, match=r"Only Sales North .* may change this\. Ask Omar Haddad\."):
            access.require(Actor.user(cast.ines), access.EDIT, registry.get("lead"), lead)

    def test_the_company_itself_may_do_everything(self, lead: Lead) -> None:
        assert access.require(Actor.system(), access.DELETE, registry.get("lead"), lead) is None


class TestShipRoles:
    """The roles that come with the product."""

    def test_every_shipped_role_can_be_read(self) -> None:
        assert {key: Permissions.read(permissions) for key, (_, permissions) in SHIPPED.items()}.keys() == {
            "administrator", "manager", "sales", "marketing", "service", "hr", "intern",
        }  # fmt: skip

    def test_a_changed_role_stays_changed(self, cast: Cast, at: datetime) -> None:
        Role.objects.filter(key="sales").update(name="Closers")

        ship_roles(by=Actor.system(), at=at)

        assert Role.objects.get(key="sales").name == "Closers"
        assert Role.objects.count() == len(SHIPPED)


@pytest.mark.req("L1", "N2")
class TestRenewRoles:
    """A new version ships other permissions."""

    @pytest.fixture
    def ships(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
        """Let the product ship other permissions of the manager from now on."""

        def shipped(permissions: dict[str, Any]) -> None:
            monkeypatch.setitem(SHIPPED, "manager", ("Manager", permissions))

        return shipped

    OLD: dict[str, Any] = {
        "records": {"*": {"*": "team"}, "product": {"view": "all"}},
        "pool": ["*"],
        "abilities": ["reports.see", "views.share"],
    }
    NEW: dict[str, Any] = {
        "records": {"*": {"*": "team"}, "product": {"view": "all", "edit": "all"}},
        "pool": ["*"],
        "abilities": ["reports.see", "people.coach"],
    }

    def test_reach_a_role_that_nobody_changed(self, ships: Callable[..., None], db: None, at: datetime) -> None:
        ships(self.OLD)
        ship_roles(by=Actor.system(), at=at)
        ships(self.NEW)

        renew_roles(by=Actor.system(), at=at)

        assert Permissions.read(Role.objects.get(key="manager").permissions) == Permissions.read(self.NEW)
        assert Entry.objects.filter(event="access.role_saved").count() == 1

    def test_leave_what_an_administrator_decided(
        self, ships: Callable[..., None], cast: Cast, db: None, at: datetime
    ) -> None:
        Role.objects.filter(key="manager").update(permissions=self.OLD, shipped_permissions=self.OLD)
        own = {
            "records": {"*": {"*": "team"}, "product": {"view": "all", "edit": "none"}, "deal": {"view": "all"}},
            "pool": [],
            "abilities": ["reports.see", "views.share", "forecast.see"],
        }
        save_role(key="manager", name="Lead", permissions=own, by=Actor.user(cast.admin), at=at)
        ships(self.NEW)

        renew_roles(by=Actor.system(), at=at)

        kept = Role.objects.get(key="manager")
        assert kept.name == "Lead"
        assert Permissions.read(kept.permissions) == Permissions.read(
            {**own, "abilities": ["reports.see", "forecast.see", "people.coach"]}
        )

    def test_find_what_was_shipped_in_the_journal_where_nothing_was_kept(
        self, ships: Callable[..., None], cast: Cast, at: datetime
    ) -> None:
        Role.objects.filter(key="manager").update(permissions=self.OLD, shipped_permissions={})
        own = {**self.OLD, "abilities": ["views.share"]}
        save_role(key="manager", name="Manager", permissions=own, by=Actor.user(cast.admin), at=at)
        ships({**self.OLD, "abilities": ["reports.see", "views.share", "people.coach"]})

        renew_roles(by=Actor.system(), at=at)

        assert Role.objects.get(key="manager").permissions["abilities"] == ["views.share", "people.coach"]

    def test_are_written_once(self, ships: Callable[..., None], db: None, at: datetime) -> None:
        ships(self.OLD)
        ship_roles(by=Actor.system(), at=at)
        ships(self.NEW)
        for _ in range(2):
            renew_roles(by=Actor.system(), at=at)

        assert Entry.objects.filter(event="access.role_saved").count() == 1

    def test_come_to_no_installation_without_roles(self, db: None, at: datetime) -> None:
        renew_roles(by=Actor.system(), at=at)

        assert not Role.objects.exists()

    def test_of_which_this_version_has_more_are_made(self, cast: Cast, at: datetime) -> None:
        Role.objects.filter(key="hr").delete()

        renew_roles(by=Actor.system(), at=at)

        assert Role.objects.filter(key="hr", shipped=True).exists()


class TestPermissions:
    """The data of one role."""

    def test_the_more_exact_entry_wins(self) -> None:
        permissions = Permissions.read(
            {"records": {"*": {"*": "team", "delete": "own"}, "lead": {"*": "all"}, "deal": {"view": "none"}}}
        )

        assert permissions.scope("lead", "delete") is Scope.ALL
        assert permissions.scope("deal", "view") is Scope.NONE
        assert permissions.scope("deal", "delete") is Scope.OWN
        assert permissions.scope("ticket", "edit") is Scope.TEAM

    def test_sensitive_fields_are_hidden_until_a_role_says_otherwise(self) -> None:
        plain, trusted = Permissions(), Permissions.read({"fields": {"lead": {"annual_revenue": "read"}}})

        assert plain.field_right("lead", "annual_revenue", sensitive=True) is FieldRight.HIDDEN
        assert plain.field_right("lead", "interest", sensitive=False) is FieldRight.WRITE
        assert trusted.field_right("lead", "annual_revenue", sensitive=True) is FieldRight.READ


# -- Wider and narrower ------------------------------------------------------------------------------------------------


def allow(user: User, at: datetime, **permissions: Any) -> None:
    """Give somebody one role with these permissions, and no other."""
    role = Role.objects.create(key=f"r{Role.objects.count()}", name="Some role", permissions=permissions)
    user.roles.set([role])
    access.forget(user)


@pytest.mark.req("L1")
class TestScopes:
    """Own, team, team tree."""

    def test_team_only_does_not_reach_the_teams_below(self, cast: Cast, lead: Lead, at: datetime) -> None:
        allow(cast.omar, at, records={"lead": {"*": "team_only"}})
        allow(cast.tom, at, records={"lead": {"*": "team_only"}})

        assert not sees(cast.omar, lead)
        assert sees(cast.tom, lead)

    def test_of_several_roles_the_widest_counts(self, cast: Cast, lead: Lead, at: datetime) -> None:
        allow(cast.omar, at, records={"lead": {"*": "team_only"}})
        cast.omar.roles.add(Role.objects.get(key="manager"))
        access.forget(cast.omar)

        assert sees(cast.omar, lead)


@pytest.mark.req("L1")
class TestSharing:
    """One record for one colleague or team."""

    def share(self, cast: Cast, lead: Lead, at: datetime, **to: Any) -> None:
        """Share Maya's lead."""
        share_record(spec=registry.get("lead"), record_id=lead.pk, by=Actor.user(cast.maya), at=at, **to)
        for person in (cast.ines, cast.petra):
            access.forget(person)

    def test_lets_a_colleague_see_and_not_change_it(self, cast: Cast, lead: Lead, at: datetime) -> None:
        self.share(cast, lead, at, user_id=cast.ines.pk)

        assert sees(cast.ines, lead)
        assert access.why(cast.ines, registry.get("lead"), lead) == ["Maya Lin shared it with you."]
        assert not access.can(cast.ines, access.EDIT, registry.get("lead"), lead)
        assert not sees(cast.petra, lead)

    def test_lets_a_team_change_it_when_said_so(self, cast: Cast, lead: Lead, at: datetime) -> None:
        self.share(cast, lead, at, team_id=cast.care.pk, may_edit=True)
        spec = registry.get("lead")

        assert sees(cast.petra, lead)
        assert access.can(cast.petra, access.EDIT, spec, lead)
        assert Lead.objects.filter(access.visible(spec, cast.petra, access.EDIT)).exists()
        assert not access.can(cast.petra, access.DELETE, spec, lead)

    def test_ends(self, cast: Cast, lead: Lead, at: datetime) -> None:
        self.share(cast, lead, at, user_id=cast.ines.pk)

        stop_sharing(
            spec=registry.get("lead"), record_id=lead.pk, user_id=cast.ines.pk, by=Actor.user(cast.maya), at=at
        )
        access.forget(cast.ines)

        assert not sees(cast.ines, lead)

    def test_is_for_who_may_change_the_record(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(NotFound):
            share_record(
                spec=registry.get("lead"), record_id=lead.pk, user_id=cast.ines.pk, by=Actor.user(cast.ines), at=at
            )

    def test_of_more_than_a_few_is_looked_up_row_by_row(
        self, cast: Cast, lead: Lead, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rules, "FEW", 0)
        self.share(cast, lead, at, user_id=cast.ines.pk)

        assert sees(cast.ines, lead)
        assert not sees(cast.petra, lead)


@pytest.mark.req("L1")
class TestTerritories:
    """Records by what they say, whoever owns them."""

    def territory(self, cast: Cast, at: datetime, **more: Any) -> None:
        """Give Ines the leads of DACH."""
        define_territory(
            values={"name": "DACH"}, record_type="lead", where={"region": ["DE", "AT"]}, member_ids=[cast.ines.pk],
            by=Actor.user(cast.admin), at=at, **more,
        )  # fmt: skip
        access.forget(cast.ines)

    def test_are_seen_by_their_members(self, cast: Cast, lead: Lead, at: datetime) -> None:
        self.territory(cast, at)
        assert not sees(cast.ines, lead)
        Lead.objects.update(region="AT")

        assert sees(cast.ines, lead)
        assert access.why(cast.ines, registry.get("lead"), lead) == [
            "It lies in the territory DACH, on which you work."
        ]
        assert not access.can(cast.ines, access.EDIT, registry.get("lead"), lead)
        assert search(user=cast.ines, text="Byron")
        assert not sees(cast.petra, lead)

    def test_are_changed_by_their_members_when_said_so(self, cast: Cast, lead: Lead, at: datetime) -> None:
        self.territory(cast, at, may_edit=True)
        Lead.objects.update(region="DE")
        spec = registry.get("lead")

        assert access.can(cast.ines, access.EDIT, spec, lead)
        assert Lead.objects.filter(access.visible(spec, cast.ines, access.EDIT)).exists()

    def test_of_a_field_that_is_gone_hold_nothing(self, cast: Cast, lead: Lead, at: datetime) -> None:
        self.territory(cast, at)
        Territory.objects.update(where={"nonsense": ["x"]})
        access.forget(cast.ines)

        assert not sees(cast.ines, lead)

    @pytest.mark.parametrize("where", [{}, {"nonsense": ["x"]}, {"region": []}])
    def test_without_a_meaning_are_refused(self, cast: Cast, at: datetime, where: dict[str, list[str]]) -> None:
        with pytest.raises(Refusal):
            define_territory(
                values={"name": "X"}, record_type="lead", where=where, member_ids=[], by=Actor.user(cast.admin), at=at
            )


@pytest.mark.req("L1")
class TestMaskedFields:
    """Something is there, and not what."""

    def test_are_neither_filtered_sorted_grouped_nor_changed(self, cast: Cast, lead: Lead, at: datetime) -> None:
        allow(cast.maya, at, records={"*": {"*": "all"}}, fields={"lead": {"region": "masked"}})
        spec = registry.get("lead")
        rights = access.field_rights(cast.maya, spec)

        assert (rights.masks("region"), rights.reads("region"), rights.writes("region")) == (True, False, False)
        for query in (ListQuery(filter={"field": "region", "op": "is", "value": "x"}), ListQuery(sort="region")):
            with pytest.raises(Refusal) as refused:
                list_page(spec=spec, user=cast.maya, query=query, at=at)
            assert refused.value.code in ("unknown_field", "unknown_sorting")

    def test_stand_on_the_page_as_a_mask(self, cast: Cast, lead: Lead, at: datetime) -> None:
        allow(cast.maya, at, records={"*": {"*": "all"}}, fields={"lead": {"interest": "masked"}})
        Lead.objects.update(interest="Secret engines")

        page = record_page(spec=registry.get("lead"), user=cast.maya, record_id=lead.pk)

        (shown,) = [each for _, fields in page.sections for each in fields if each.spec.name == "interest"]
        assert (shown.spec.masked, shown.value, shown.linked, shown.writable) == (True, MASK, None, False)


@pytest.mark.req("L1")
class TestWorkedOutFields:
    """What is worked out of hidden things is hidden."""

    def test_a_formula_over_a_hidden_field_is_hidden(self, cast: Cast, at: datetime) -> None:
        wish = Wish(label="Double", type=FieldType.NUMBER, formula="lead.employees * 2")
        define_field(record_type="lead", wish=wish, by=Actor.user(cast.admin), at=at)
        allow(cast.maya, at, records={"*": {"*": "all"}}, fields={"lead": {"employees": "hidden"}})
        spec = registry.get("lead")

        assert not access.field_rights(cast.maya, spec).reads("double")
        assert access.field_rights(cast.admin, spec).reads("double")

    @pytest.mark.parametrize(("is_open", "seen"), [(False, [False, False, True]), (True, [True, False, True])])
    def test_a_rollup_is_seen_by_who_sees_all_that_is_counted_or_any_of_it_when_open(
        self, cast: Cast, at: datetime, is_open: bool, seen: list[bool]
    ) -> None:
        over = {"type": "deal", "link": "organization", "function": "sum", "field": "amount", "open": is_open}
        wish = Wish(label="Won", type=FieldType.MONEY, rollup=over)
        define_field(record_type="organization", wish=wish, by=Actor.user(cast.admin), at=at)
        spec = registry.get("organization")

        assert [access.field_rights(user, spec).reads("won") for user in (cast.ines, cast.hana, cast.admin)] == seen
