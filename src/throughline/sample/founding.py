"""The believable company before its first day: further people and teams, what it sells, whom it sells to already."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from throughline.core.actor import Actor, ActorKind
from throughline.core.identity.models import Role, Team, User
from throughline.core.identity.operations import create_team, create_user, join_team, save_calendar
from throughline.core.records import registry
from throughline.core.records.importing import import_rows
from throughline.core.records.operations import create_record
from throughline.core.territories.operations import set_rule
from throughline.crm.deals.models import Product
from throughline.crm.deals.pricing import NewPrice, save_exchange_rate, save_price_book, save_tax_rate
from throughline.crm.forecast.operations import set_target
from throughline.insight.dashboards.operations import make_dashboard, share_dashboard
from throughline.insight.dashboards.shipped import MANAGEMENT, SALES
from throughline.insight.kpis.goals import save_goal
from throughline.packs import Pack
from throughline.sample.world import World, chance_of, content

DOMAIN = "brightwater.example"
ZONES = {"hamburg": "Europe/Berlin", "lisbon": "Europe/Lisbon", "boston": "America/New_York"}
TAX = Decimal(19)
_RULE = (
    '<rule id="rule_{key}"><inputEntry id="{key}_a"><text>{region}</text></inputEntry><inputEntry id="{key}_b"><text>-'
    '</text></inputEntry><inputEntry id="{key}_c"><text>{source}</text></inputEntry><inputEntry id="{key}_d"><text>-'
    '</text></inputEntry><outputEntry id="{key}_e"><text>"{team}"</text></outputEntry><outputEntry id="{key}_f"><text>'
    '"{reason}"</text></outputEntry></rule>'
)
_FIRST_RULE = '<rule id="rule_north">'


def routed_here(pack: Pack) -> Pack:
    """
    Return the shipped pack with this company's rules of routing in front: its team in the Americas, and the desk for
    partners that was never set up, so that what partners send becomes an incident for a manager to settle.
    """
    rules = _RULE.format(
        key="partners", region="-", source='"Partner"', team="partners", reason="The partner desk takes them."
    ) + _RULE.format(key="west", region='"West"', source="-", team="west", reason="The region decides.")
    decisions = tuple(
        replace(each, model=each.model.replace(_FIRST_RULE.encode(), rules.encode() + _FIRST_RULE.encode(), 1))
        if each.key == "route-lead"
        else each
        for each in pack.decisions
    )
    return replace(pack, decisions=decisions)


@transaction.atomic
def settle_in(people: dict[str, User], *, customers: int, contacts: int, months: int, by: Actor, at: datetime) -> None:
    """
    Let the small company of ``found_company`` become one of three offices, with products and customers.

    ``customers`` firms with ``contacts`` people come in by an import, as a company brings them along; ``months`` of
    targets are set from ``at`` on.
    """
    firm = content("firm")
    for calendar in firm["calendars"]:
        save_calendar(**calendar, by=by, at=at)
    _hire(firm, people, by, at)
    divide_market(people, by=by, at=at)
    _offer(firm, by, at)
    _bring_customers(people, customers, contacts, at)
    _aim(people, months, at)


def _hire(firm: Mapping[str, Any], people: dict[str, User], by: Actor, at: datetime) -> None:
    roles = {role.key: role for role in Role.objects.all()}
    hashed = next(iter(people.values())).password or make_password(None)
    for item in firm["people"]:
        zone = ZONES[item["office"]]
        if item["key"] in people:
            person = people[item["key"]]
            person.time_zone = zone
            person.save(update_fields=["time_zone"])
            continue
        person = create_user(
            email=f"{item['key']}@{DOMAIN}",
            name=item["name"],
            roles=[roles[key] for key in item["roles"]],
            time_zone=zone,
            by=by,
            at=at,
        )
        person.password = hashed
        person.save(update_fields=["password"])
        people[item["key"]] = person
    teams = {team.key: team for team in Team.objects.all()}
    for item in firm["teams"]:
        teams[item["key"]] = create_team(
            key=item["key"],
            name=item["name"],
            parent=teams[item["parent"]],
            manager=people[item["manager"]],
            by=by,
            at=at,
        )
    for item in firm["people"]:
        for team in item.get("teams", ()):
            join_team(user=people[item["key"]], team=teams[team], by=by, at=at)


def divide_market(people: Mapping[str, User], *, by: Actor, at: datetime) -> None:
    """Make the territories of the company, larger ones first, each with who answers for it and who works on it."""
    made: dict[str, int] = {}
    for item in content("firm")["territories"]:
        values = {
            "name": item["name"],
            "description": item.get("description", ""),
            "parent": made.get(item.get("parent", "")),
            "owner": people[item["owner"]].pk,
        }
        territory = create_record(spec=registry.get("territory"), values=values, by=by, at=at)
        made[item["name"]] = territory.pk
        if "of" in item:
            set_rule(
                territory_id=territory.pk,
                record_type=item["of"],
                where=item["where"],
                member_ids=[people[key].pk for key in item["people"]],
                may_edit=item.get("changes", False),
                by=by,
                at=at,
            )


def _offer(firm: Mapping[str, Any], by: Actor, at: datetime) -> None:
    save_tax_rate(name="Full rate", percent=TAX, by=by, at=at)
    save_tax_rate(name="No tax", percent=Decimal(0), by=by, at=at)
    save_exchange_rate(currency="USD", valid_from=at.date(), rate=Decimal("0.92"), by=by, at=at)
    products: dict[str, Product] = {}
    for item in firm["products"]:
        values = {name: value for name, value in item.items() if name != "interest"}
        values = {**values, "price": Decimal(item["price"]), "cost": Decimal(item["cost"]), "tax": TAX}
        products[item["code"]] = create_record(spec=registry.get("product"), values=values, by=by, at=at)
    _price_books(list(products.values()), by, at)


def _price_books(products: Sequence[Product], by: Actor, at: datetime) -> None:
    dear = [
        NewPrice(product_id=each.pk, amount=_round(each, Decimal("1.12")))
        for each in products
        if each.price is not None
    ]
    many = [
        NewPrice(product_id=each.pk, amount=_round(each, Decimal("0.88")), from_quantity=Decimal(20))
        for each in products
        if each.family == "Sensors"
    ]
    save_price_book(name="Many at once", currency="EUR", prices=many, by=by, at=at)
    save_price_book(name="Americas", currency="USD", prices=dear, by=by, at=at)


def _round(product: Product, factor: Decimal) -> Decimal:
    return ((product.price or Decimal(0)) * factor).quantize(Decimal("1.00"))


# -- Customers ---------------------------------------------------------------------------------------------------------


def _bring_customers(people: Mapping[str, User], customers: int, contacts: int, at: datetime) -> None:
    """Import the customers that the company had before, as files of another system have them."""
    chance, world = chance_of("customers"), World()
    by = Actor(ActorKind.IMPORT, "customers.csv", "customers.csv")
    firms = [world.firm(chance) for _ in range(customers)]
    owners = [
        people[key].email for key in ("femi", "liesel", "joao", "maya", "katja", "nadia", "ines", "grace", "yuki")
    ]
    rows: list[dict[str, Any]] = []
    for place, firm in enumerate(firms):
        kind = (
            "Customer" if place < customers * 0.55 else chance.choice(["Prospect", "Prospect", "Partner", "Reseller"])
        )
        rows.append(
            {
                "external_id": f"BW-O{place + 1:05}", "name": firm.name, "website": f"https://www.{firm.domain}",
                "domain": firm.domain, "type": kind, "industry": firm.industry, "country": firm.country,
                "employees": firm.employees, "owner": owners[place % len(owners)],
            }
        )  # fmt: skip
    import_rows(spec=registry.get("organization"), content=_file(rows), by=by, at=at, file_name="organizations.csv")
    rows = []
    for place in range(contacts):
        firm = firms[place % len(firms)] if place < len(firms) else chance.choice(firms)
        person = world.person(chance, culture=firm.culture, domain=firm.domain)
        rows.append(
            {
                "external_id": f"BW-C{place + 1:05}", "first_name": person.first_name, "last_name": person.last_name,
                "email": person.email, "phone": person.phone, "job_title": person.job_title,
                "organization": firm.name, "city": firm.city, "country": firm.country,
                "language": world.language(firm.culture), "lifecycle_stage": "Customer",
                "owner": owners[firms.index(firm) % len(owners)],
            }
        )  # fmt: skip
    import_rows(spec=registry.get("contact"), content=_file(rows), by=by, at=at, file_name="contacts.csv")


def _file(rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["name"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


# -- Aims --------------------------------------------------------------------------------------------------------------

TARGETS = {
    "maya": 62_000, "tom": 42_000, "sven": 48_000, "katja": 56_000, "ines": 52_000, "luca": 40_000, "paulo": 42_000,
    "elena": 48_000, "marcus": 48_000, "yuki": 56_000, "dana": 42_000, "femi": 60_000, "liesel": 56_000, "joao": 52_000,
}  # fmt: skip
"""What each seller is to sell in a month, in the company's currency."""


def _aim(people: Mapping[str, User], months: int, at: datetime) -> None:
    by = Actor.user(people["omar"])
    first = at.date().replace(day=1)
    for place in range(months):
        month = date(first.year + (first.month - 1 + place) // 12, (first.month - 1 + place) % 12 + 1, 1)
        for key, amount in TARGETS.items():
            season = Decimal("1.2") if month.month in (3, 6, 9, 12) else Decimal(1)
            set_target(
                person_id=people[key].pk, month=month, amount=amount * season, by=Actor.system("Sales plan"), at=at
            )
    omar = people["omar"]
    for kpi, target, low, high in (
        ("contacted-in-time", "0.85", "0.6", None),
        ("closed-win-rate", "0.28", "0.18", None),
        ("lead-conversion", "0.3", None, None),
    ):
        save_goal(
            kpi=kpi, period="last_90_days", owner_id=omar.pk, target=Decimal(target),
            low=Decimal(low) if low else None, high=Decimal(high) if high else None, by=by, at=at,
        )  # fmt: skip
    for shipped in (SALES, MANAGEMENT):
        made = make_dashboard(
            name=f"Brightwater {shipped.name.lower()}", period=shipped.period, tiles=shipped.tiles, by=by, at=at
        )
        share_dashboard(dashboard_id=made.pk, everybody=True, by=by, at=at)
