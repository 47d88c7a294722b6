"""A list is narrowed by whatever field its address names, also one that is not offered in the bar."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.records import operations, registry
from throughline.core.records.custom.operations import Wish, define_field
from throughline.core.records.spec import FieldType
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.web.tests.conftest import SignIn, words_of
from throughline.web.tests.test_lists import shown

pytestmark = pytest.mark.req("K1")


@pytest.fixture
def leads(cast: Cast, at: datetime) -> None:
    """Give leads with a code name and with colours, fields of one's own of which the bar offers the second."""
    admin, maya = Actor.user(cast.admin), Actor.user(cast.maya)
    define_field(record_type="lead", wish=Wish(label="Codename"), by=admin, at=at)
    colours = Wish(
        label="Colours", type=FieldType.MULTI_CHOICE, choices=(("red", "Red"), ("blue", "Blue")), in_filters=True
    )
    define_field(record_type="lead", wish=colours, by=admin, at=at)
    for name, more in (("Ada", {"codename": "Falcon", "colours": "red,blue"}), ("Bob", {"codename": "Owl"})):
        capture_lead(values={"name": name, **more}, by=maya, at=at)


class TestAddress:
    """What stands behind the question mark."""

    @pytest.mark.usefixtures("leads")
    @pytest.mark.parametrize(
        ("address", "names"),
        [
            ("codename=Falcon", ["Ada"]),
            ("codename=owl", ["Bob"]),
            ("colours=blue", ["Ada"]),
            ("email=nobody", []),
        ],
    )
    def test_narrows_the_list(self, cast: Cast, sign_in: SignIn, address: str, names: list[str]) -> None:
        page = words_of(sign_in(cast.maya).get(f"/leads/?view=all&{address}"))

        assert shown(page) == names

    @pytest.mark.usefixtures("leads")
    def test_shows_what_it_was_narrowed_by_and_how_to_undo_it(self, cast: Cast, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get("/leads/?view=all&codename=Falcon"))

        assert "Codename: Falcon" in page
        assert 'name="codename"' in page

    @pytest.mark.req("L1")
    @pytest.mark.usefixtures("leads")
    def test_does_not_ask_for_what_its_reader_may_not_see(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        role = Role.objects.get(key="sales")
        fields = {**role.permissions.get("fields", {}), "lead": {"codename": "hidden"}}
        by = Actor.user(cast.admin)
        save_role(key="sales", name="Sales", permissions={**role.permissions, "fields": fields}, by=by, at=at)

        page = words_of(sign_in(cast.maya).get("/leads/?view=all&codename=Falcon"))

        assert sorted(shown(page)) == ["Ada", "Bob"]
        assert "Codename" not in page

    def test_asks_deals_for_a_competitor(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        ship_pipeline(by=Actor.system(), at=at)
        for name, others in (("One", "Acme, Beta Ltd"), ("Two", "Gamma")):
            values = {"name": name, "competitors": others}
            operations.create_record(spec=registry.get("deal"), values=values, by=Actor.user(cast.maya), at=at)
        maya = sign_in(cast.maya)

        assert shown(words_of(maya.get("/deals/?view=all&competitors=Beta Ltd"))) == ["One"]
        without = '{"field":"competitors","op":"has_not","value":["Acme"]}'
        assert shown(words_of(maya.get("/deals/", {"f": without, "view": "all"}))) == ["Two"]
