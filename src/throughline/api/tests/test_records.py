"""Records through the interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from throughline.api.shapes import slug
from throughline.api.tests.conftest import Program
from throughline.core.actor import Actor
from throughline.core.records import registry, walls
from throughline.core.records.custom.operations import Wish, define_field
from throughline.core.records.matching import following
from throughline.core.records.spec import FieldType
from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests import guarded

pytestmark = pytest.mark.req("J7")


class TestLists:
    """Pages of records."""

    def test_are_paged_by_cursor_without_gap_or_repeat(self, maya: Program, leads: list[Lead]) -> None:
        first = maya.get("records/leads?sort=name&limit=2")
        second = maya.get(f"records/leads?sort=name&limit=2&cursor={first['next']}")

        assert [row["name"] for row in (*first["data"], *second["data"])] == ["Ada Byron", "Bo Diaz", "Cy Young"]
        assert second["next"] is None

    def test_take_the_filters_of_the_pages(self, maya: Program, leads: list[Lead]) -> None:
        wanted = quote(json.dumps({"field": "region", "op": "is", "value": "North"}))

        found = maya.get(f"records/leads?sort=name&filter={wanted}")

        assert [row["name"] for row in found["data"]] == ["Ada Byron", "Cy Young"]
        assert maya.get(f"records/leads/count?filter={wanted}") == {"count": 2, "exact": True}

    @pytest.mark.req("L1")
    def test_show_and_count_nothing_of_another_team(self, ines: Program, leads: list[Lead]) -> None:
        assert ines.get("records/leads")["data"] == []
        assert ines.get("records/leads/count") == {"count": 0, "exact": True}
        assert ines.get("search?q=Ada")["data"] == []
        assert ines.ask("GET", f"records/leads/{leads[0].pk}").status_code == 404

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("filter=nonsense", "unreadable_parameter"),
            ("filter=[]", "unreadable_parameter"),
            ('filter={"field":"shoe"}', "unknown_field"),
            ("sort=shoe", "unknown_sorting"),
            ("cursor=nonsense", "unreadable_cursor"),
            ("limit=0", "unreadable_parameter"),
            ("limit=²", "unreadable_parameter"),
            ("limmit=5", "unknown_parameter"),
            ("q=a%00b", "unwritable"),
        ],
    )
    def test_say_what_is_wrong_with_a_question(self, maya: Program, query: str, code: str) -> None:
        answer = maya.ask("GET", f"records/leads?{query}")

        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert answer.json()["code"] == code

    def test_of_unknown_records_name_the_known_ones(self, maya: Program) -> None:
        answer = maya.ask("GET", "records/shoes")

        assert answer.status_code == 404
        assert "leads" in answer.json()["detail"]

    @pytest.mark.req("L1")
    def test_of_every_type_are_read_behind_the_second_wall(
        self, program_of: Callable[..., Program], cast: Cast, leads: list[Lead]
    ) -> None:
        assert walls.is_possible()
        for user in (cast.maya, cast.omar, cast.ines, cast.admin, cast.hana):
            program = program_of(user)
            for spec in registry.everything():
                rows = program.get(f"records/{slug(spec)}")["data"]
                assert len(rows) == program.get(f"records/{slug(spec)}/count")["count"]
                if rows:
                    assert program.get(f"records/{slug(spec)}/{rows[0]['id']}")["id"] == rows[0]["id"]


class TestRows:
    """What a list tells of each record."""

    def test_is_what_the_record_tells_by_itself(
        self, program_of: Callable[..., Program], cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        wish = Wish(label="Budget", type=FieldType.MONEY)
        define_field(record_type="lead", wish=wish, by=Actor.user(cast.admin), at=at)
        maya, told = program_of(cast.maya), set()
        values = {"budget": "12.50", "annual_revenue": "900", "tags": ["x"], "employees": 3}
        changed = maya.ask("PATCH", f"records/leads/{leads[0].pk}", values)
        assert changed.status_code == 200, changed.content

        for spec in registry.everything():
            for row in maya.get(f"records/{slug(spec)}")["data"]:
                assert row == maya.get(f"records/{slug(spec)}/{row['id']}")
                told.add(spec.type)

        assert {"lead", "contact"} <= told
        ada = maya.get("records/leads?sort=name&limit=1")["data"][0]
        assert (ada["budget"], ada["annual_revenue"], ada["phone"], ada["number"]) == (
            "12.50",
            "900.00",
            None,
            leads[0].number,
        )

    def test_is_only_what_is_named_and_the_key(self, maya: Program, leads: list[Lead]) -> None:
        first = maya.get("records/leads?sort=name&limit=2&fields=region,title,region")
        last = maya.get(f"records/leads?sort=name&limit=2&fields=title&cursor={first['next']}")

        assert first["data"] == [
            {"id": leads[0].pk, "region": "North", "title": "Ada Byron"},
            {"id": leads[1].pk, "region": "South", "title": "Bo Diaz"},
        ]
        assert (last["data"], last["next"]) == ([{"id": leads[2].pk, "title": "Cy Young"}], None)
        assert [set(row) for row in maya.get("records/leads?fields=")["data"]] == [{"id"}] * 3

    @pytest.mark.parametrize("named", ["shoe", "email", "region,email"])
    def test_is_nothing_that_one_may_not_read(
        self, program_of: Callable[..., Program], cast: Cast, leads: list[Lead], at: datetime, named: str
    ) -> None:
        clerk = program_of(guarded.without_money(cast, at))

        answer = clerk.ask("GET", f"records/leads?fields={named}")

        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")

    @pytest.mark.req("L1")
    def test_come_with_their_number_when_that_is_asked(self, maya: Program, ines: Program, leads: list[Lead]) -> None:
        wanted = quote(json.dumps({"field": "region", "op": "is", "value": "North"}))
        first = maya.get("records/leads?sort=name&limit=2&count=true")
        second = maya.get(f"records/leads?sort=name&limit=2&count=true&cursor={first['next']}")

        assert [page["count"] for page in (first, second)] == [{"count": 3, "exact": True}] * 2
        assert maya.get(f"records/leads?count=true&filter={wanted}")["count"] == {"count": 2, "exact": True}
        assert maya.get("records/leads?count=true&bin=true")["count"] == {"count": 0, "exact": True}
        assert ines.get("records/leads?count=true")["count"] == {"count": 0, "exact": True}
        assert "count" not in maya.get("records/leads")

    def test_of_all_types_take_a_constant_number_of_statements(
        self, maya: Program, leads: list[Lead], django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        for spec in registry.everything():
            with django_assert_max_num_queries(23 if spec.type in ("activity", "promise") else 15):
                maya.get(f"records/{slug(spec)}?count=true")
        with django_assert_max_num_queries(12):  # two of them bracket the test's own transaction
            maya.get("records/leads?limit=2&count=true")


class TestOne:
    """One record: made, changed, put into the bin, brought back."""

    def test_is_made_with_its_person_and_read_again(self, maya: Program, cast: Cast) -> None:
        made = maya.ask("POST", "records/leads", {"name": "Eve Adler", "email": "Eve@Example.com", "tags": ["inbound"]})

        assert made.status_code == 201
        row = maya.get(made["Location"].removeprefix("/api/v1/"))
        assert (row["name"], row["email"], row["tags"], row["owner"]) == (
            "Eve Adler",
            "eve@example.com",
            ["inbound"],
            cast.maya.pk,
        )

    def test_keeps_what_another_has_changed_meanwhile(self, maya: Program, leads: list[Lead]) -> None:
        path = f"records/leads/{leads[0].pk}"
        seen = maya.ask("GET", path)["ETag"]
        maya.ask("PATCH", path, {"subject": "Boats"})

        other = maya.ask("PATCH", path, {"region": "East"}, if_match=seen)
        same = maya.ask("PATCH", path, {"subject": "Ships"}, if_match=seen)

        assert (other.status_code, other.json()["region"], other.json()["subject"]) == (200, "East", "Boats")
        assert (same.status_code, same.json()["code"], list(same.json()["fields"])) == (409, "conflict", ["subject"])

    def test_goes_to_the_bin_and_back(self, maya: Program, leads: list[Lead]) -> None:
        path = f"records/leads/{leads[0].pk}"

        assert maya.ask("DELETE", path).status_code == 204
        assert maya.ask("GET", path).status_code == 404
        assert [row["id"] for row in maya.get("records/leads?bin=true")["data"]] == [leads[0].pk]
        assert maya.ask("POST", f"{path}/restoration").json()["name"] == "Ada Byron"

    def test_tells_its_history(self, maya: Program, leads: list[Lead]) -> None:
        maya.ask("PATCH", f"records/leads/{leads[0].pk}", {"region": "East"})

        history = maya.get(f"records/leads/{leads[0].pk}/history?limit=1")

        assert history["data"][0]["event"] == "record.updated"
        assert history["data"][0]["by"]["label"] == "Test of Maya Lin"
        older = maya.get(f"records/leads/{leads[0].pk}/history?cursor={quote(history['next'])}")
        assert older["data"][-1]["event"] in ("lead.captured", "contact.added")

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            (b"{", 400, None),
            ({"shoe": 1}, 422, ""),
            ({"annual_revenue": 12.5}, 422, "annual_revenue"),
            ({"status": "Sleeping"}, 422, "status"),
            ({"email": "nobody"}, 422, "email"),
            ({"owner": 10**12}, 422, "owner"),
            ([], 422, ""),
        ],
    )
    def test_refuses_what_cannot_be_stored_and_writes_nothing(
        self, maya: Program, body: object, status: int, field: str | None
    ) -> None:
        answer = maya.ask("POST", "records/leads", body)

        assert answer.status_code == status, answer.content
        assert not field or field in answer.json()["fields"]
        assert maya.get("records/leads/count")["count"] == 0


@pytest.mark.req("K1")
class TestLikelyTheSame:
    """What is there already is asked at this door, too, by the rule of the form."""

    ADA = {"first_name": "Ada", "last_name": "Byron", "email": "ada.byron@acme.example", "phone": "+493012345678"}

    def known(self, maya: Program, at: datetime) -> int:
        """Make Ada, let the worker look at her, and give her key."""
        key: int = maya.ask("POST", "records/contacts", self.ADA).json()["id"]
        following.refresh(spec=registry.get("contact"), ids=[key], at=at)
        return key

    def test_is_named_and_made_only_when_that_is_said(self, maya: Program, at: datetime) -> None:
        first = self.known(maya, at)

        asked = maya.ask("POST", "records/contacts", {**self.ADA, "first_name": "Adda"})
        told = maya.ask("POST", "records/contacts?anyway=true", {**self.ADA, "first_name": "Adda"})

        assert (asked.status_code, asked.json()["code"]) == (409, "likely_duplicate")
        (likely,) = asked.json()["duplicates"]
        assert (likely["id"], likely["title"]) == (first, "Ada Byron")
        assert likely["sureness"] >= 90
        assert told.status_code == 201
        assert maya.get("records/contacts/count")["count"] == 2

    def test_holds_for_many_at_once_and_keeps_none_of_them(self, maya: Program, at: datetime) -> None:
        self.known(maya, at)
        wish = {"make": [{"last_name": "Elsewhere", "email": "bo@other.example"}, self.ADA]}

        asked = maya.ask("POST", "records/contacts/many", wish)

        assert asked.status_code == 409
        assert maya.get("records/contacts/count")["count"] == 1
        assert maya.ask("POST", "records/contacts/many?anyway=true", wish).status_code == 200

    def test_an_enquiry_is_taken_in_and_the_answer_names_the_other(
        self, maya: Program, ines: Program, at: datetime
    ) -> None:
        sent = {"name": "Ada Byron", "email": "ada.byron@acme.example", "interest": "Pumps"}
        first = maya.ask("POST", "records/leads", sent).json()["id"]
        following.refresh(spec=registry.get("lead"), ids=[first], at=at)

        again, of_another = maya.ask("POST", "records/leads", sent), ines.ask("POST", "records/leads", sent)

        assert (again.status_code, of_another.status_code) == (201, 201)
        assert again["Link"] == f'</api/v1/records/leads/{first}>; rel="likely-the-same"'
        assert "Link" not in of_another

    def test_another_team_is_told_nothing(self, maya: Program, ines: Program, at: datetime) -> None:
        self.known(maya, at)

        assert ines.ask("POST", "records/contacts", self.ADA).status_code == 201

    @pytest.mark.parametrize("kind", ["activities", "promises"])
    def test_what_is_made_with_another_record_is_not_made_alone(self, maya: Program, kind: str) -> None:
        body = (
            {"subject": "x", "kind": "Call"}
            if kind == "activities"
            else {"what": "x", "due_at": "2026-03-09T09:00:00Z"}
        )

        answer = maya.ask("POST", f"records/{kind}", body)

        assert (answer.status_code, answer.json()["code"]) == (422, "not_by_itself")


class TestMany:
    """Many records at once."""

    def test_are_made_changed_and_binned_together(self, maya: Program, leads: list[Lead]) -> None:
        ada, bo, _ = leads
        wish = {
            "make": [{"name": "New One"}],
            "change": [{"id": ada.pk, "values": {"region": "West"}}],
            "bin": [bo.pk],
        }

        done = maya.ask("POST", "records/leads/many", wish).json()

        assert (done["changed"], done["binned"], len(done["made"])) == ([ada.pk], [bo.pk], 1)
        assert maya.get(f"records/leads/{ada.pk}")["region"] == "West"

    def test_are_refused_together(self, maya: Program, leads: list[Lead]) -> None:
        wish = {"make": [{"name": "New One"}], "change": [{"id": 10**9, "values": {"region": "West"}}]}

        assert maya.ask("POST", "records/leads/many", wish).status_code == 404
        assert maya.get("records/leads/count")["count"] == 3


class TestKeys:
    """What a key opens."""

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer tl_none.none", "Basic x"])
    def test_are_needed(self, db: None, header: str) -> None:
        answer = Program("").ask("GET", "me", authorization=header)

        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")

    @pytest.mark.req("L2")
    def test_open_no_more_than_their_scopes(
        self, cast: Cast, program_of: Callable[..., Program], leads: list[Lead]
    ) -> None:
        reader = program_of(cast.maya, "read:lead")

        assert len(reader.get("records/leads")["data"]) == 3
        assert reader.ask("POST", "records/leads", {"name": "X"}).json()["code"] == "scope_missing"
        assert reader.ask("GET", "records/deals").json()["code"] == "scope_missing"
        assert reader.ask("GET", "events").json()["code"] == "scope_missing"
        assert [each["type"] for each in reader.get("me")["types"]] == ["lead"]

    @pytest.mark.req("L2")
    def test_are_slowed_to_their_rate(self, cast: Cast, program_of: Callable[..., Program]) -> None:
        slow = program_of(cast.maya, per_minute=2)

        answers = [slow.ask("GET", "me") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1]["Retry-After"] == "30"


class TestRepeating:
    """The same request, sent again."""

    def test_is_done_once_and_answered_alike(self, maya: Program) -> None:
        first, again = (maya.ask("POST", "records/leads", {"name": "Once"}, idempotency_key="wish-1") for _ in range(2))

        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert again["Idempotency-Replayed"] == "true"
        assert maya.get("records/leads/count")["count"] == 1

    def test_is_refused_when_it_is_another_one(self, maya: Program) -> None:
        maya.ask("POST", "records/leads", {"name": "Once"}, idempotency_key="wish-1")

        other = maya.ask("POST", "records/leads", {"name": "Twice"}, idempotency_key="wish-1")

        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    def test_may_be_mended_after_a_refusal(self, maya: Program) -> None:
        maya.ask("POST", "records/leads", {"email": "nobody"}, idempotency_key="wish-1")

        mended = maya.ask("POST", "records/leads", {"email": "some@example.com"}, idempotency_key="wish-1")

        assert mended.status_code == 201
