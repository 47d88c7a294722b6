"""People, teams, roles, absence and business calendars."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from throughline.core.access.operations import ship_roles
from throughline.core.actor import Actor
from throughline.core.identity import operations, queries
from throughline.core.identity.models import BusinessCalendar, Role, Team, User
from throughline.core.journal.models import Entry, PersonalValues
from throughline.core.refusals import Refusal
from throughline.core.tests.cast import Cast

BY = Actor.system()
OFFICE = {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


class TestCreateUser:
    """Giving somebody an account."""

    def test_the_address_is_the_way_in_whatever_its_capitals(self, db: None, at: datetime) -> None:
        user = operations.create_user(
            email=" Maya@Example.com ", name="Maya Lin", password="s3cret-enough", by=BY, at=at
        )

        assert (user.email, user.initials, user.joined_at) == ("maya@example.com", "ML", at)
        assert User.objects.get_by_natural_key("MAYA@example.com") == user
        assert user.check_password("s3cret-enough")

    def test_without_a_password_nobody_can_sign_in(self, db: None, at: datetime) -> None:
        user = operations.create_user(email="a@example.com", name="A", by=BY, at=at)

        assert not user.has_usable_password()

    def test_an_address_is_given_once(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="already has an account") as refused:
            operations.create_user(email="MAYA@example.com", name="Another", by=BY, at=at)

        assert refused.value.field == "email"

    def test_the_database_keeps_addresses_in_lower_case(self, db: None) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(email="Maya@example.com", name="Maya")

    def test_an_unknown_time_zone_is_refused(self, db: None, at: datetime) -> None:
        with pytest.raises(Refusal, match="no time zone"):
            operations.create_user(email="a@example.com", name="A", time_zone="Mars/Base", by=BY, at=at)

    @pytest.mark.req("L4")
    def test_name_and_address_lie_where_they_can_be_erased(self, db: None, at: datetime) -> None:
        operations.create_user(email="a@example.com", name="Ada", by=BY, at=at)

        entry = Entry.objects.get(event="identity.user_created")
        assert entry.data == {}
        assert PersonalValues.objects.get(entry_id=entry.pk).values == {"name": "Ada", "email": "a@example.com"}


class TestInitialsOf:
    """How people are drawn in small."""

    @pytest.mark.parametrize(
        ("name", "initials"),
        [("Maya Lin", "ML"), ("Ana Maria de Souza", "AS"), ("Cher", "C"), ("李雷", "李"), ("", "")],
    )
    def test_first_and_last_word_count(self, name: str, initials: str) -> None:
        assert operations.initials_of(name) == initials


class TestAccounts:
    """Coming, going, being away."""

    def test_closing_and_opening_an_account_is_told_once_each(self, cast: Cast, at: datetime) -> None:
        for _ in range(2):
            operations.deactivate_user(user=cast.tom, by=BY, at=at)
        assert not User.objects.get(pk=cast.tom.pk).is_active

        operations.reactivate_user(user=cast.tom, by=BY, at=at)

        told = Entry.objects.filter(event__contains="activated").order_by("id").values_list("event", flat=True)
        assert list(told) == ["identity.user_deactivated", "identity.user_reactivated"]

    @pytest.mark.req("C7")
    def test_who_is_away_is_not_present_and_comes_back_by_the_clock(self, cast: Cast, at: datetime) -> None:
        operations.enter_absence(
            user=cast.tom, away_from=at, away_until=at + timedelta(days=2), substitute=cast.maya, by=BY, at=at
        )
        team = queries.people_in_team(cast.north.pk)

        def present(moment: datetime) -> set[str]:
            return {user.name for user in queries.present(team, at=moment)}

        assert "Tom Berg" not in present(at + timedelta(days=1))
        assert "Tom Berg" in present(at + timedelta(days=2))
        assert "Tom Berg" in present(at - timedelta(seconds=1))

    def test_an_absence_that_makes_no_sense_is_refused(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="ends before"):
            operations.enter_absence(user=cast.tom, away_from=at, away_until=at, by=BY, at=at)
        with pytest.raises(Refusal, match="cannot stand in"):
            operations.enter_absence(
                user=cast.tom, away_from=at, away_until=at + timedelta(1), substitute=cast.tom, by=BY, at=at
            )


class TestTeams:
    """Teams and who leads them."""

    def test_a_key_is_given_once(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match='key "north"'):
            operations.create_team(key="north", name="Other", by=BY, at=at)

    def test_the_manager_is_the_nearest_above_and_never_oneself(self, cast: Cast) -> None:
        found = queries.managers_of([cast.maya.pk, cast.ines.pk, cast.omar.pk, cast.petra.pk, cast.admin.pk])

        assert found == {cast.maya.pk: cast.omar.pk, cast.ines.pk: cast.omar.pk}

    def test_leaving_a_team_is_told_once(self, cast: Cast, at: datetime) -> None:
        for _ in range(2):
            operations.leave_team(user=cast.tom, team=cast.north, by=BY, at=at)

        assert Entry.objects.filter(event="identity.team_left").count() == 1
        assert not Team.objects.filter(members=cast.tom).exists()


class TestRoles:
    """Giving and taking roles."""

    def test_the_last_administrator_stays_one(self, cast: Cast, at: datetime) -> None:
        role = Role.objects.get(key="administrator")
        with pytest.raises(Refusal, match="last administrator"):
            operations.revoke_role(user=cast.admin, role=role, by=BY, at=at)

        operations.grant_role(user=cast.omar, role=role, by=BY, at=at)
        operations.revoke_role(user=cast.admin, role=role, by=BY, at=at)

        assert list(role.people.all()) == [cast.omar]

    def test_what_a_role_may_do_is_kept_before_and_after(self, db: None, at: datetime) -> None:
        role = next(role for role in ship_roles(by=BY, at=at) if role.key == "intern")
        before = dict(role.permissions)

        operations.change_role(role=role, permissions={"records": {}}, by=BY, at=at)

        told = Entry.objects.get(event="identity.role_changed").data
        assert told == {"before": before, "after": {"records": {}}}


class TestSaveCalendar:
    """When work is done."""

    @pytest.mark.req("B5")
    def test_a_stored_calendar_counts_working_time(self, db: None, at: datetime) -> None:
        operations.save_calendar(
            key="default", name="Office", zone="Europe/Berlin", hours=OFFICE, holidays=["2026-03-03"], by=BY, at=at
        )

        calendar = queries.business_calendars()["default"]

        # Monday 2 March 10:00 in Berlin: 2 + 4 hours that day, Tuesday is a holiday, 2 more on Wednesday
        assert calendar.add_working(at, timedelta(hours=8)) == datetime.fromisoformat("2026-03-04T11:00:00+01:00")

    def test_saving_again_changes_the_one_of_the_key(self, db: None, at: datetime) -> None:
        for name in ("Office", "Branch"):
            operations.save_calendar(key="default", name=name, zone="UTC", hours={}, holidays=[], by=BY, at=at)

        assert BusinessCalendar.objects.get().name == "Branch"

    @pytest.mark.parametrize(
        ("zone", "hours", "holidays"),
        [
            ("Mars/Base", OFFICE, []), ("UTC", {"monday": []}, []), ("UTC", {"mon": [["9", "25:00"]]}, []),
            ("UTC", {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}, []), ("UTC", OFFICE, ["31.12."]),
        ],
    )  # fmt: skip
    def test_what_makes_no_sense_is_refused(
        self, db: None, at: datetime, zone: str, hours: dict[str, list[list[str]]], holidays: list[str]
    ) -> None:
        with pytest.raises(Refusal):
            operations.save_calendar(key="x", name="X", zone=zone, hours=hours, holidays=holidays, by=BY, at=at)

        assert not BusinessCalendar.objects.exists()
