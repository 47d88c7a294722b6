"""
The cast of all tests: Maya and Tom of one team, Ines of another, Omar who manages both, and the others of the
company.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from throughline.core.access.operations import ship_roles
from throughline.core.actor import Actor
from throughline.core.identity import operations
from throughline.core.identity.models import Team, User


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the tests, each with the role the name promises. ``north`` is Maya's team, ``south`` Ines's."""

    maya: User
    tom: User
    ines: User
    omar: User
    petra: User
    alma: User
    admin: User
    hana: User
    ivo: User
    sales: Team
    north: Team
    south: Team
    care: Team
    marketing: Team


def assemble(*, at: datetime) -> Cast:
    """Make roles, teams and people. Hana does HR, Ivo is the intern of Maya's team."""
    by = Actor.system()
    roles = {role.key: role for role in ship_roles(by=by, at=at)}

    def person(name: str, role: str, *teams: Team) -> User:
        email = f"{name.split()[0].lower()}@example.com"
        return operations.create_user(email=email, name=name, teams=teams, roles=[roles[role]], by=by, at=at)

    def team(key: str, name: str, parent: Team | None = None, manager: User | None = None) -> Team:
        return operations.create_team(key=key, name=name, parent=parent, manager=manager, by=by, at=at)

    omar = person("Omar Haddad", "manager")
    sales = team("sales", "Sales", manager=omar)
    north = team("north", "Sales North", sales)
    south = team("south", "Sales South", sales)
    care = team("care", "Customer Care")
    marketing = team("marketing", "Marketing")
    operations.join_team(user=omar, team=sales, by=by, at=at)
    return Cast(
        maya=person("Maya Lin", "sales", north),
        tom=person("Tom Berg", "sales", north),
        ines=person("Ines Duarte", "sales", south),
        omar=omar,
        petra=person("Petra Novak", "service", care),
        alma=person("Alma Reyes", "marketing", marketing),
        admin=person("Admin Root", "administrator"),
        hana=person("Hana Sato", "hr"),
        ivo=person("Ivo Klein", "intern", north),
        sales=sales,
        north=north,
        south=south,
        care=care,
        marketing=marketing,
    )
