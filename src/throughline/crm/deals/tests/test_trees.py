"""The tree of organizations, with sums over all below."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.deals.trees import Tree, tree_of
from throughline.crm.people.models import Organization

pytestmark = pytest.mark.req("D4")


@pytest.fixture
def group(cast: Cast, at: datetime) -> dict[str, Organization]:
    """Give Acme with two houses, one of which has a works; Maya's but for the works, which is Ines's; and deals."""
    ship_pipeline(by=Actor.system(), at=at)
    made: dict[str, Organization] = {}
    for name, parent, owner in (
        ("Acme", "", cast.maya), ("North", "Acme", cast.maya), ("South", "Acme", cast.maya),
        ("Works", "South", cast.ines), ("Dock", "Works", cast.maya), ("Other", "", cast.maya),
    ):  # fmt: skip
        values = {"name": name, **({"parent": made[parent].pk} if parent else {})}
        made[name] = create_record(spec=registry.get("organization"), values=values, by=Actor.user(owner), at=at)
    Organization.objects.filter(pk=made["Works"].pk).update(owner=cast.ines, team=cast.south)

    def deal(organization: str, amount: str, owner: User, **columns: Any) -> None:
        values = {"name": f"For {organization}", "amount": amount, "organization": made[organization].pk}
        kept = create_record(spec=registry.get("deal"), values=values, by=Actor.system(), at=at)
        Deal.objects.filter(pk=kept.pk).update(owner=owner, team=owner.teams.get(), **columns)

    deal("Acme", "100", cast.maya)
    deal("North", "20", cast.maya, stage_id="sales.won", closed_at=at)
    deal("Dock", "7", cast.maya)
    deal("Works", "1000", cast.ines)
    deal("Works", "5", cast.maya, currency="XXX")
    return made


def shown(tree: Tree | None) -> list[tuple[str, int, int, Decimal | None, Decimal | None]]:
    assert tree is not None
    return [(each.name, each.depth, each.open, each.open_amount, each.won_amount) for each in tree.branches]


class TestTree:
    def test_sums_go_over_all_below_from_whichever_branch_one_looks(
        self, cast: Cast, group: dict[str, Organization], at: datetime
    ) -> None:
        admin = User.objects.get(pk=cast.admin.pk)

        tree = tree_of(organization_id=group["North"].pk, user=admin, at=at)

        assert shown(tree) == [
            ("Acme", 0, 4, Decimal("1107.00"), Decimal("20.00")),
            ("North", 1, 0, Decimal(0), Decimal("20.00")),
            ("South", 1, 3, Decimal("1007.00"), Decimal(0)),
            ("Works", 2, 3, Decimal("1007.00"), Decimal(0)),
            ("Dock", 3, 1, Decimal("7.00"), Decimal(0)),
        ]
        assert tree is not None
        assert tree.unrated == 1

    @pytest.mark.req("L1")
    def test_what_somebody_does_not_see_is_neither_named_nor_counted(
        self, cast: Cast, group: dict[str, Organization], at: datetime
    ) -> None:
        maya, ines = User.objects.get(pk=cast.maya.pk), User.objects.get(pk=cast.ines.pk)

        tree = tree_of(organization_id=group["Acme"].pk, user=maya, at=at)

        assert [(name, depth) for name, depth, *_ in shown(tree)] == [
            ("Acme", 0), ("North", 1), ("South", 1), ("Dock", 2),
        ]  # fmt: skip
        assert shown(tree)[0][2:4] == (2, Decimal("107.00"))
        assert tree_of(organization_id=group["Acme"].pk, user=ines, at=at) is None

    def test_who_may_read_no_amounts_is_told_numbers_only(
        self, cast: Cast, group: dict[str, Organization], at: datetime
    ) -> None:
        ivo = User.objects.get(pk=cast.ivo.pk)

        assert shown(tree_of(organization_id=group["Acme"].pk, user=ivo, at=at))[0][2:] == (2, None, None)

    def test_one_that_stands_alone_has_none(self, cast: Cast, group: dict[str, Organization], at: datetime) -> None:
        assert tree_of(organization_id=group["Other"].pk, user=User.objects.get(pk=cast.maya.pk), at=at) is None

    def test_a_circle_does_not_go_on_for_ever(self, cast: Cast, group: dict[str, Organization], at: datetime) -> None:
        Organization.objects.filter(pk=group["Acme"].pk).update(parent=group["Dock"])

        tree = tree_of(organization_id=group["South"].pk, user=User.objects.get(pk=cast.admin.pk), at=at)

        assert len(shown(tree)) == 5
