"""
The sample company comes in one click and goes in one click.

It is loaded into an installation in which nobody has begun to work: there may be people who sign in, roles, a pipeline,
and nothing else. Loading remembers what was there; removing empties every table but for that. Both are one transaction,
so there is never half a company.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from throughline.core import access, journal
from throughline.core.access.abilities import MANAGE_ROLES
from throughline.core.access.operations import ship_roles
from throughline.core.actor import Actor
from throughline.core.files.operations import store_file
from throughline.core.identity.models import User
from throughline.core.procedures.models import Case, Procedure
from throughline.core.procedures.operations import keep_shipped_tests
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.recordref import RecordRef
from throughline.core.records import vocabulary
from throughline.core.refusals import Refusal
from throughline.core.territories.models import Territory
from throughline.crm.deals.models import Deal
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.crm.quotes.operations import paper_of
from throughline.crm.quotes.paper import PDF
from throughline.packs import shipped
from throughline.sample import kept
from throughline.sample.events import SampleLoaded, SampleRemoved
from throughline.sample.founding import DOMAIN, divide_market
from throughline.sample.load import REVIEW_AFTER
from throughline.sample.making import let_live
from throughline.sample.models import Loaded
from throughline.sample.queues import keep_queues
from throughline.sample.world import content

FIRST_SIGN_IN = f"maya@{DOMAIN}"
FILE = "company.xz"
WORTH_COUNTING = 1_000
"""From so many rows on the planner is told at once what a table holds; smaller ones it learns of by itself."""
_LOCK = 7_461_019
_RENEWED = ("journal_entry", "journal_personal")
"""Tables whose rows may not be deleted one by one: they are emptied, and what was there before is put back."""
_FOLLOWING = ("procedures_dayuse",)
"""Tables that fill themselves; they are emptied with the others."""


@dataclass(frozen=True, slots=True)
class State:
    """
    Where the installation stands with the sample company.

    ``loaded_at``: since when it is there. ``records``: leads, contacts, organizations and deals; ``own`` those of them
    that came after it. ``may_load``: nobody has begun to work here.
    """

    loaded_at: datetime | None
    records: int
    own: int
    may_load: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How large the company is that comes with the product, and over how many months its history goes."""

    months: int
    enquiries: int
    contacts: int
    deals: int


@cache
def extent() -> Extent:
    """Say how large the shipped company is."""
    label = kept.read_label(io.BytesIO(shipped_file()))
    rows = {table.name: table.rows for table in label.tables}
    months = round((label.ends_at - label.begins_at).days / 30.44)
    return Extent(months, rows["leads_lead"], rows["people_contact"], rows["deals_deal"])


def state() -> State:
    """Say where the installation stands."""
    loaded = Loaded.objects.order_by("-pk").first()
    records = sum(model._default_manager.count() for model in _RECORDS)
    own = 0
    if loaded is not None:
        own = sum(model._default_manager.filter(created_at__gt=loaded.loaded_at).count() for model in _RECORDS)
    is_empty = not records and not Procedure.objects.exists() and not Case.objects.exists()
    return State(loaded.loaded_at if loaded else None, records, own, loaded is None and is_empty)


_RECORDS: tuple[Any, ...] = (Lead, Contact, Organization, Deal)


def require(by: Actor) -> None:
    """
    Go on only when the actor keeps this installation.

    Raises:
        NotAllowed: the person may not.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(user, MANAGE_ROLES, otherwise="Ask an administrator to load or remove the company.")


# -- Coming ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def load_company(*, by: Actor, at: datetime, password: str | None = None, source: bytes | None = None) -> Loaded:
    """
    Put the sample company into an installation in which nobody has begun to work, as it stands at ``at``.

    Its people sign in with ``password``; without one nobody can sign in as them. ``source``: another file than the one
    that comes with the product.

    Raises:
        NotAllowed: the person may not.
        Refusal: work has begun here.
        Outdated: the file does not fit this version's tables.
    """
    require(by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if not state().may_load:
        raise Refusal("not_empty", "Work has begun here. The sample company comes into an empty installation only.")
    file = source or shipped_file()
    if (table := kept.crowded(kept.read_label(io.BytesIO(file)))) is not None:
        raise Refusal(
            "long_in_use",
            f"The sample company comes into a new installation, but {table} has had over {kept.FIRST_ID:,} rows here."
            " Start Throughline with another data folder and load it there.",
        )
    before = _what_is_there()
    ship_roles(by=by, at=at)  # as this version ships them; those of the file say what they might when it was made
    label, ends_at = kept.load(io.BytesIO(file), at=at)
    User.objects.filter(email__endswith=f"@{DOMAIN}").update(password=make_password(password))
    _forget()
    loaded = Loaded.objects.create(loaded_at=at, loaded_by=by.label, ends_at=ends_at, before=before)
    _analyze(label)
    _divide_what_was_not(label, ends_at)
    let_live(began_at=ends_at, ends_at=at)
    _install_what_is_new(by, at)
    _renew_papers(at)
    keep_queues(by=by, at=at)
    told = SampleLoaded(rows=label.rows, ends_at=ends_at.isoformat())
    journal.record(told, by=by, at=at, about=RecordRef("sample", loaded.pk))
    return loaded


def shipped_file() -> bytes:
    """Return the kept company that comes with the product."""
    return (files(__package__) / FILE).read_bytes()


def _install_what_is_new(by: Actor, at: datetime) -> None:
    """Install those shipped procedures that the history was made without, and the test cases of the others."""
    known = set(Procedure.objects.values_list("key", flat=True))
    owner = User.objects.get(email=f"omar@{DOMAIN}").pk
    for pack in shipped():
        if not any(procedure.key in known for procedure in pack.procedures):
            install_pack(
                pack=pack, owner_id=owner, review_on=(at + REVIEW_AFTER).date(), by=Actor.system(by.label), at=at
            )
            continue
        for procedure in pack.procedures:
            if procedure.key in known:
                tests = {each.name: each.members for each in pack.scenarios if each.procedure == procedure.key}
                keep_shipped_tests(procedure=procedure.key, tests=tests, by=Actor.system(by.label), at=at)


def _divide_what_was_not(label: kept.Label, at: datetime) -> None:
    """Make the territories of a company that was kept when there were none."""
    if any(table.name == Territory._meta.db_table for table in label.tables):
        return
    people = {user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith=f"@{DOMAIN}")}
    divide_market(people, by=Actor.system(content("company")["company"]), at=at)


def _what_is_there() -> dict[str, list[Any]]:
    """Return the keys of the rows of all tables that have some."""
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table in kept.tables():
            key = _key_of(table)
            cursor.execute(f'SELECT {key} FROM "{table}"')
            if keys := [row[0] for row in cursor.fetchall()]:
                found[table] = keys
    return found


def _key_of(table: str) -> str:
    """Return SQL for the primary key of a table's row, all of it, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_index i "
            "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
            "WHERE i.indrelid = %s::regclass AND i.indisprimary",
            [f'"{table}"'],
        )
        return f"ROW({cursor.fetchone()[0]})::text"


def _renew_papers(at: datetime) -> None:
    """Write the documents of quotes that wait for an answer, with the days they bear here."""
    rows = Quote.objects.filter(status=QuoteStatus.SENT, document=None, deleted_at=None).order_by("pk")
    for quote in rows.select_related("organization", "contact"):
        blob = store_file(
            content=io.BytesIO(paper_of(quote, at)), name=f"{quote.number.replace('/', '-')}.pdf", media_type=PDF,
            by=Actor.system("Sample company"), at=quote.sent_at or at, about=RecordRef("quote", quote.pk),
        )  # fmt: skip
        Quote.objects.filter(pk=quote.pk).update(document=blob.pk, digest=bytes(blob.sha256).hex())


def _forget() -> None:
    """Let this process read anew what it keeps in memory; others look at each request."""
    from throughline.core.records.custom import live
    from throughline.crm.deals.stages import forget_stages

    forget_stages()
    live.look()


def _analyze(label: kept.Label) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 10")  # a tenth of the rows that are read else
        for table in label.tables:
            if table.rows >= WORTH_COUNTING:
                cursor.execute(f'ANALYZE "{table.name}"')
        cursor.execute("RESET default_statistics_target")


# -- Going -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def remove_company(*, by: Actor, at: datetime) -> None:
    """
    Take the sample company away, with all that was entered beside it; what was there before it stays.

    Raises:
        NotAllowed: the person may not, or is one of the sample company.
        Refusal: it is not there.
    """
    require(by)
    loaded = Loaded.objects.select_for_update().order_by("-pk").first()
    if loaded is None:
        raise Refusal("no_sample", "There is no sample company here.")
    user = access.user_of(by)
    if user is not None and f"({user.pk})" not in loaded.before.get("identity_user", []):
        raise Refusal("of_the_sample", "Sign in as somebody of your own company to take this one away.")
    since = loaded.loaded_at
    _leave_only(loaded.before)
    vocabulary.forget_unused()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_segment WHERE sealed_at >= %s", [since])
    loaded.delete()
    _forget()
    told = SampleRemoved(loaded_at=since.isoformat())
    journal.record(told, by=by, at=at, about=RecordRef("sample", 0))


@dataclass(frozen=True, slots=True)
class _Leaning:
    """A column that points to another table's rows."""

    child: str
    column: str
    is_optional: bool
    parent: str
    target: str


_LEANINGS = """
SELECT child.relname, a.attname, NOT a.attnotnull, parent.relname, p.attname
FROM pg_constraint c
JOIN pg_class child ON child.oid = c.conrelid AND NOT child.relispartition
JOIN pg_class parent ON parent.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
JOIN pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = c.confkey[1]
WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND child.relnamespace = 'public'::regnamespace
"""


def _leave_only(before: dict[str, list[Any]]) -> None:
    """
    Empty the tables but for the rows that were there before.

    Most are emptied at once. Of those that had rows, the ones that refuse to lose single rows, or that point to emptied
    ones, are emptied too and filled again; from the others the new rows are deleted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what this transaction has still to check is checked first
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(_LEANINGS)
        leanings = [_Leaning(*row) for row in cursor.fetchall()]
        ours = set(kept.tables())
        before = {**{each.parent: [] for each in leanings if each.child not in ours and each.parent in ours}, **before}
        emptied = {*(table for table in ours if table not in before), *_RENEWED, *_FOLLOWING}
        while more := {each.child for each in leanings if each.parent in emptied and each.child in before} - emptied:
            emptied |= more
        aside = sorted(emptied & before.keys())
        for table in aside:
            cursor.execute(
                f'CREATE TEMPORARY TABLE "aside_{table}" ON COMMIT DROP AS '
                f'SELECT * FROM "{table}" WHERE {_key_of(table)} = ANY(%s)',
                [before[table]],
            )
        cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in sorted(emptied)))
        for table in sorted(before.keys() - emptied):
            _thin_out(
                table, before[table], [each for each in leanings if each.parent == table and each.child not in emptied]
            )
        for table in aside:
            cursor.execute(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM "aside_{table}"')
            cursor.execute(f'DROP TABLE "aside_{table}"')


def _thin_out(table: str, keys: list[Any], leanings: Iterable[_Leaning]) -> None:
    """Delete a table's new rows; of what leans on them and stays a link is cut, or the row goes that describes them."""
    gone = f'SELECT {{}} FROM "{table}" WHERE NOT {_key_of(table)} = ANY(%s)'
    with connection.cursor() as cursor:
        for each in leanings:
            where = f'"{each.column}" IN ({gone.format(each.target)})'
            if each.is_optional:
                cursor.execute(f'UPDATE "{each.child}" SET "{each.column}" = NULL WHERE {where}', [keys])
            else:
                cursor.execute(f'DELETE FROM "{each.child}" WHERE {where}', [keys])
        cursor.execute(f'DELETE FROM "{table}" WHERE NOT {_key_of(table)} = ANY(%s)', [keys])
