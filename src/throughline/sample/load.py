"""Founding the sample company: as it is before its first enquiry, for its history and for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import yaml
from django.contrib.auth.hashers import make_password
from django.db import transaction

from throughline.core.access.operations import ship_roles
from throughline.core.actor import Actor
from throughline.core.identity.models import Team, User
from throughline.core.identity.operations import create_team, create_user, join_team, save_calendar
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.crm.deals.operations import ship_pipeline
from throughline.packs import Pack, shipped

DOMAIN = "brightwater.example"
REVIEW_AFTER = timedelta(days=120)


def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((files(__package__) / "company.yaml").read_text("utf-8"))
    return content


@transaction.atomic
def found_company(*, password: str | None, at: datetime, packs: Sequence[Pack] | None = None) -> dict[str, User]:
    """
    Make the company as it is before its first enquiry: people, teams, roles, procedures, organizations.

    Without a ``password`` nobody can sign in. ``packs``: the procedures it begins with, all that are shipped unless
    said. Returns its people by their key in the company's file.
    """
    content = _content()
    by = Actor.system(content["company"])
    calendar = content["calendar"]
    save_calendar(**calendar, by=by, at=at)
    roles = {role.key: role for role in ship_roles(by=by, at=at)}
    ship_pipeline(by=by, at=at)
    hashed = make_password(password)  # once for all of them: it is slow by intention
    people = {}
    for item in content["people"]:
        person = create_user(
            email=f"{item['key']}@{DOMAIN}",
            name=item["name"],
            roles=[roles[key] for key in item["roles"]],
            time_zone=calendar["zone"],
            by=by,
            at=at,
        )
        person.password = hashed
        person.save(update_fields=["password"])
        people[item["key"]] = person
    teams: dict[str, Team] = {}
    for item in content["teams"]:
        parent, manager = teams.get(item.get("parent", "")), people.get(item.get("manager", ""))
        teams[item["key"]] = create_team(
            key=item["key"], name=item["name"], parent=parent, manager=manager, by=by, at=at
        )
    for item in content["people"]:
        for team in item["teams"]:
            join_team(user=people[item["key"]], team=teams[team], by=by, at=at)
    owner = people["omar"]
    for pack in shipped() if packs is None else packs:
        install_pack(pack=pack, owner_id=owner.pk, review_on=(at + REVIEW_AFTER).date(), by=by, at=at)
    for organization in content["organizations"]:
        values = {name: organization[name] for name in ("name", "industry", "country")}
        create_record(spec=registry.get("organization"), values=values, by=by, at=at)
    return people
