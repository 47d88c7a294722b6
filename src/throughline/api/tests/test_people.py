"""Who belongs where, through the interface."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from throughline.api.tests.conftest import Program
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast

pytestmark = pytest.mark.req("J7")


@pytest.fixture
def keys(cast: Cast, at: datetime) -> tuple[int, int]:
    """Give the keys of a contact of Maya's and of an organization where the contact does not work."""
    by = Actor.user(cast.maya)
    acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
    beta = create_record(spec=registry.get("organization"), values={"name": "Beta"}, by=by, at=at)
    values = {"first_name": "Ada", "last_name": "Byron", "organization": acme.pk, "job_title": "Buyer"}
    ada = create_record(spec=registry.get("contact"), values=values, by=by, at=at)
    return ada.pk, beta.pk


class TestAffiliations:
    def test_are_named_listed_made_the_main_one_and_taken_off(self, maya: Program, keys: tuple[int, int]) -> None:
        ada, beta = keys
        path = f"contacts/{ada}/affiliations"

        named = maya.ask("POST", path, {"organization": beta, "role": "Advisor", "since_on": "2025-01-01"}).json()
        listed = maya.get(path)["data"]
        people = maya.get(f"organizations/{beta}/people")["data"]
        swapped = maya.ask("POST", f"affiliations/{named['id']}/main").json()["data"]
        ended = maya.ask("DELETE", f"affiliations/{swapped[1]['id']}")

        assert listed == people == [named]
        assert (named["role"], named["since_on"], named["main"]) == ("Advisor", "2025-01-01", False)
        assert [(row["organization_name"], row["role"], row["main"]) for row in swapped] == [
            ("Beta", "Advisor", True),
            ("Acme", "Buyer", False),
        ]
        assert ended.status_code == 204
        assert maya.get(path)["data"] == []
        assert maya.get(f"records/contacts/{ada}")["also_at"] == []

    @pytest.mark.req("L1")
    def test_are_nothing_for_another_team_and_for_a_key_without_the_scope(
        self,
        maya: Program,
        ines: Program,
        keys: tuple[int, int],
        cast: Cast,
        program_of: Callable[..., Program],
    ) -> None:
        ada, beta = keys
        named = maya.ask("POST", f"contacts/{ada}/affiliations", {"organization": beta}).json()
        reader = program_of(cast.maya, "read:contact")

        for method, path in (
            ("GET", f"contacts/{ada}/affiliations"),
            ("POST", f"affiliations/{named['id']}/main"),
            ("DELETE", f"affiliations/{named['id']}"),
            ("GET", f"organizations/{beta}/people"),
        ):
            assert ines.ask(method, path).status_code == 404
        assert reader.get(f"contacts/{ada}/affiliations")["data"] == [named]
        assert reader.ask("DELETE", f"affiliations/{named['id']}").status_code == 403
        assert reader.ask("GET", f"organizations/{beta}/people").status_code == 403
