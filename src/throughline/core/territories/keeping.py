"""What the generic operations ask of a territory: its name, that none lies in itself, and that its rule follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from throughline.core import access, journal
from throughline.core.access.events import TerritoryRestored, TerritoryRetired
from throughline.core.access.models import Territory as Rule
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.events import RecordCreated
from throughline.core.records.making import Columns, Row, make_records
from throughline.core.records.spec import Created
from throughline.core.records.text import clean, fold
from throughline.core.refusals import Refusal
from throughline.core.territories.models import Territory

_CIRCLES = 7_461_031
"""The lock under which territories are put into larger ones: two people at once might close a circle."""


def may_manage(user: User) -> None:
    """
    Go on only when somebody may change territories.

    Raises:
        NotAllowed: their roles do not let them.
    """
    access.require_ability(user, access.MANAGE_ROLES, otherwise="Ask an administrator to change territories.")


def require_roles(by: Actor) -> None:
    """
    Go on only when the actor may say what roles see, and so change territories.

    Raises:
        NotAllowed: as said.
    """
    user = access.user_of(by)
    if user is not None:
        may_manage(user)


def name_territory(territory: Territory) -> Sequence[str]:
    """Fill the sorted form of the name."""
    territory.name = clean(territory.name)
    territory.sort_name = fold(territory.name)[:200]
    return ("name", "sort_name")


def check_territory(territory: Territory) -> None:
    """
    Refuse a territory without a name.

    Raises:
        Refusal: as said.
    """
    if not territory.name:
        raise Refusal("nameless_territory", "Give the territory a name.", "name")


def changed(territories: Sequence[Territory], by: Actor, at: datetime) -> None:
    """
    Let the rules follow their territories, whichever way these were changed.

    Raises:
        NotAllowed: the actor may not change territories, whatever else a role says.
        Refusal: one of them would lie in itself.
    """
    require_roles(by)
    _refuse_circles(territories)
    _let_rules_follow(territories, by, at)


def _refuse_circles(territories: Sequence[Territory]) -> None:
    moved = {each.pk: each.parent_id for each in territories if each.parent_id is not None}
    if not moved:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CIRCLES])
    above = {**dict(Territory.objects.exclude(parent=None).values_list("pk", "parent_id")), **moved}
    for each in territories:
        if _is_in_itself(each.pk, above):
            message = f"{each.name} cannot lie in itself or in a part of it. Choose another larger territory."
            raise Refusal("circle", message, "parent")


def _is_in_itself(key: int, above: Mapping[int, int | None]) -> bool:
    passed, at = set(), above.get(key)
    while at is not None and at != key and at not in passed:
        passed.add(at)
        at = above.get(at)
    return at == key


def _let_rules_follow(territories: Sequence[Territory], by: Actor, at: datetime) -> None:
    """Give the rules their names, and close or open them; two statements however many there are."""
    by_rule = {each.rule_id: each for each in territories if each.rule_id is not None}
    if not by_rule:
        return
    rules = list(Rule.objects.filter(pk__in=by_rule).order_by("pk").select_for_update())
    facts = []
    for rule in rules:
        territory = by_rule[rule.pk]
        was_open, is_open = rule.retired_at is None, territory.in_use and territory.deleted_at is None
        rule.name = territory.name
        if was_open is not is_open:
            rule.retired_at = None if is_open else at
            kind = TerritoryRestored if is_open else TerritoryRetired
            about = RecordRef("territory", territory.pk)
            facts.append(journal.Fact(kind(key=rule.key, name=rule.name), about, sandbox=territory.sandbox))
    Rule.objects.bulk_update(rules, ["name", "retired_at"])
    journal.record_many(facts, by=by, at=at)


@transaction.atomic
def create_territories(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """
    Make territories, without rules yet; rows whose external key is known are left alone.

    Raises:
        NotAllowed: the actor may not change territories.
        Refusal: one has no name; nothing is written.
    """
    require_roles(by)

    def derive(columns: Columns) -> None:
        columns["name"] = clean(columns["name"])
        if not columns["name"]:
            raise Refusal("nameless_territory", "Give the territory a name.", "name")
        columns["sort_name"] = fold(columns["name"])[:200]

    def fact(columns: Columns) -> journal.JournalEvent:
        return RecordCreated(title=columns["name"], values={"name": columns["name"]})

    return make_records(registry.get("territory"), rows, derive=derive, fact=fact, by=by, at=at)
