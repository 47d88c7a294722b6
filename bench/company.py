"""
A company of any size in a few minutes: rows that nobody typed, written set-wise by the server, for bench/million.py.

Indexes that no constraint rests on are dropped first and built at the end, and triggers rest meanwhile; what deals add
up to is counted at the end. Owners, stages, origins and the like are drawn independently of one another. What search
knows and what the journal tells of each record is written along; at the end some records of each type are fed to search
again as the product does it, and what it knows must not have changed.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench.stage import AT

if TYPE_CHECKING:
    from django.db.models import Model

    from throughline.core.identity.models import User

LEADS, ORGANIZATIONS, DEALS, ACTIVITIES = 1_000_000, 300_000, 500_000, 5_000_000
SPAN = timedelta(days=730)
"""All of it happened in so much time before now."""
OWNERS = ("maya", "tom", "ines", "luca", "nadia", "omar")
CHECKED = 50

ROOTS = (
    "{Nord,West,Ost,Sud,Berg,Tal,See,Wald,Feld,Stein,Linden,Erlen,Birken,Rosen,Sonnen,Mond,Silber,Gold,Kupfer,Eisen}"
)
WORDS = "{Logistik,Pharma,Energie,Druck,Bau,Foods,Labs,Medical,Optik,Textil,Papier,Glas,Mode,Holz,Metall,Reisen}"
FIRST = "{Anna,Ben,Clara,David,Elif,Finn,Greta,Hugo,Ida,Jonas,Klara,Luis,Mia,Noah,Olga,Paul,Rosa,Sam,Tara,Uwe}"
LAST = (
    "{Weber,Rossi,Silva,Novak,Larsen,Dubois,Costa,Huber,Maes,Berg,Lund,Vogel,Reyes,Kim,Tran,Okoye,Khan,Park,Diaz,Ito}"
)
STATUSES = "{New,Assigned,Working,Contacted,Qualified,Nurturing,Unqualified,Converted}"
ORIGINS = "{organic_search,paid_search,social,direct_traffic,email,referral}"
STAGES = "{sales.prospecting,sales.engaging,sales.proposal,sales.negotiation,sales.won,sales.lost}"


def one_of(words: str, by: str) -> str:
    """SQL for one of a list of words, chosen by a number."""
    return f"('{words}'::text[])[1 + ({by}) %% cardinality('{words}'::text[])]"


def drawn(what: str) -> str:
    """
    SQL for a number that looks drawn: the same for each row at every run, and of one column as good as independent of
    those of the others, so that filters on two find as many rows as in a company.
    """
    return f"abs(hashint8extended(n, {zlib.crc32(what.encode())}) %% 1000003)"


STAGE = one_of(STAGES, drawn("stage"))
NAME = f"{one_of(ROOTS, 'n * 7')} || ' ' || {one_of(WORDS, 'n * 13 / 20')} || ' ' || n"
PERSON = f"{one_of(FIRST, 'n * 11')} || ' ' || {one_of(LAST, 'n / 7')}"
MOMENT = "%(at)s::timestamptz - n * %(pace)s::interval"


def company(scale: float) -> Mapping[str, User]:
    """Return the people of the company, founded and filled now where it was not kept."""
    from throughline.core.identity.models import User
    from throughline.crm.leads.models import Lead
    from throughline.sample.load import found_company

    if not User.objects.exists():
        found_company(password=None, at=AT - timedelta(days=1))
    people = {user.email.partition("@")[0]: user for user in User.objects.all()}
    if not Lead.objects.filter(created_by="bench").exists():
        began = time.perf_counter()
        fill(people, scale)
        print(f"filled in {time.perf_counter() - began:.0f} s, {scale * LEADS:,.0f} leads")
    return people


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of the records of a type: to search (SQL over ``r``, the rows ``joined``), and to the journal."""

    model: type[Model]
    joined: str
    title: str
    subtitle: str
    words: Sequence[str]
    event: str


def fill(people: Mapping[str, User], scale: float) -> None:
    """Write the whole company."""
    from throughline.core.records.vocabulary import learn_all
    from throughline.crm.activities.models import Activity, ActivityLink
    from throughline.crm.deals.models import Deal
    from throughline.crm.leads.models import Lead
    from throughline.crm.people.models import Contact, Organization

    firms, leads, deals, activities = (
        max(1, round(whole * scale)) for whole in (ORGANIZATIONS, LEADS, DEALS, ACTIVITIES)
    )
    filling = Filling(people)
    with bare(
        "records_search", "journal_entry_default", *_tables(Organization, Contact, Lead, Deal, Activity, ActivityLink)
    ):
        filling.fill(Organization, firms, name=NAME, sort_name=f"lower({NAME})")
        filling.fill(
            Contact, firms, name=PERSON, sort_name=f"lower({PERSON})",
            organization_id=f"{first(Organization)} + n - 1", email="'p' || n || '@firm' || n %% 1000 || '.example'",
        )  # fmt: skip
        filling.fill(
            Lead, leads, contact_id=f"{first(Contact)} + n %% {firms}", subject=f"{one_of(WORDS, 'n')} || ' ' || n",
            status=one_of(STATUSES, drawn("status")), origin=one_of(ORIGINS, drawn("origin")),
            rating=one_of("{Hot,Warm,Cold}", drawn("rating")), score="(n * 37) %% 101",
        )  # fmt: skip
        filling.fill(
            Deal, deals, name=NAME, sort_name=f"lower({NAME})", organization_id=f"{first(Organization)} + n %% {firms}",
            pipeline_id="'sales'", stage_id=STAGE, stage_entered_at=MOMENT, amount="(n * 97) %% 50000",
            forecast_category="'Pipeline'",
            closed_at=f"CASE WHEN {STAGE} IN ('sales.won', 'sales.lost') THEN {MOMENT} END",
        )  # fmt: skip
        filling.fill(
            Activity, activities, kind=one_of("{Call,Email,Meeting,Note}", "n"), status="'Done'",
            subject=f"{one_of(WORDS, 'n / 3')} || ' ' || n", done_at=MOMENT,
        )  # fmt: skip
        _link(leads)
        for told in _told():
            _tell(told)
    learn_all()
    _run("SELECT deals_sum_anew()")
    _run("VACUUM ANALYZE")
    for told in _told():
        _expect_as_fed(told)


class Filling:
    """Writes rows with the defaults of each type for what is not said; its people own them in turn."""

    def __init__(self, people: Mapping[str, User]) -> None:
        owners = [people[key] for key in OWNERS]
        self.owners = [owner.pk for owner in owners]
        self.teams = [min(owner.team_memberships.values_list("pk", "team_id"))[1] for owner in owners]

    def fill(self, model: type[Model], count: int, **columns: str) -> None:
        """Write ``count`` rows; ``columns`` are SQL over ``n``, the number of the row. The first is the newest."""
        from django.db import connection

        began = time.perf_counter()
        given = {
            "owner_id": f"(%(owners)s::bigint[])[1 + {drawn('owner')} %% cardinality(%(owners)s::bigint[])]",
            "team_id": f"(%(teams)s::bigint[])[1 + {drawn('owner')} %% cardinality(%(teams)s::bigint[])]",
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "created_by": "'bench'",
            "updated_by": "'bench'",
            **columns,
        }
        values: dict[str, Any] = {"at": AT, "pace": SPAN / count, "owners": self.owners, "teams": self.teams}
        fields = {str(field.column): field for field in model._meta.concrete_fields}
        for name, field in fields.items():
            if name not in given and not field.primary_key and not field.null:
                given[name] = f"%(d_{name})s"
                values[f"d_{name}"] = field.get_db_prep_save(field.get_default(), connection)
        names = [name for name in fields if name in given]
        _run(
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(names)}) '
            f"SELECT {', '.join(given[name] for name in names)} FROM generate_series(1, %(count)s) AS n",
            values | {"count": count},
        )
        print(f"  {count:>9,} {model._meta.verbose_name_plural} in {time.perf_counter() - began:.0f} s", flush=True)


def first(model: type[Model]) -> str:
    """SQL for the key of the first record of a type."""
    return f"(SELECT min(id) FROM {model._meta.db_table} WHERE created_by = 'bench')"


def _link(leads: int) -> None:
    """Let each activity be about a lead."""
    from throughline.crm.leads.models import Lead

    _run(
        "INSERT INTO activities_activitylink (activity_id, record_type, record_id) "
        f"SELECT id, 'lead', {first(Lead)} + id %% %s FROM activities_activity WHERE created_by = 'bench'",
        [leads],
    )


# -- What is told of them ----------------------------------------------------------------------------------------------


def _told() -> Sequence[Told]:
    from throughline.crm.activities.models import Activity
    from throughline.crm.deals.models import Deal
    from throughline.crm.leads.models import Lead
    from throughline.crm.people.models import Contact, Organization

    firm = " LEFT JOIN people_organization o ON o.id = r.organization_id"
    return (
        Told(Organization, "", "r.name", "''", ("r.name",), "organization.added"),
        Told(Contact, firm, "r.name", "coalesce(o.name, '')", ("r.name", "r.email", "o.name"), "contact.added"),
        Told(
            Lead, " LEFT JOIN people_contact c ON c.id = r.contact_id", "c.name", "r.status",
            ("c.name", "c.email", "r.subject"), "lead.captured",
        ),
        Told(
            Deal, firm, "r.name", "to_char(r.amount, 'FM999,990.00') || ' EUR, ' || o.name", ("r.name", "o.name"),
            "deal.opened",
        ),
        Told(Activity, "", "r.subject", "r.kind || ', ' || lower(r.status)", ("r.subject",), "activity.logged"),
    )  # fmt: skip


_SEARCH = """
INSERT INTO records_search (record_type, record_id, owner_id, team_id, title, subtitle, text, touched_at)
SELECT '{type}', r.id, r.owner_id, r.team_id, {title}, {subtitle}, lower(concat_ws(' ', {words})), r.updated_at
FROM {table} r{joined} WHERE r.created_by = 'bench'
"""
_JOURNAL = """
INSERT INTO journal_entry_default (
    era, txid, at, event, actor_kind, actor_id, actor_label, record_type, record_id, data, depth, sandbox
)
SELECT 0, pg_current_xact_id(), r.created_at, '{event}', 'import', 'bench', 'bench', '{type}', r.id, '{{}}', 0, false
FROM {table} r WHERE r.created_by = 'bench'
"""


def _tell(told: Told) -> None:
    began = time.perf_counter()
    spec = _spec(told.model)
    number = f"'{told.model.number_prefix}-' || r.id"  # type: ignore[attr-defined]
    words = ", ".join([told.words[0], number, *told.words[1:]])
    named = {"type": spec.type, "table": told.model._meta.db_table}
    _run(_SEARCH.format(title=told.title, subtitle=told.subtitle, words=words, joined=told.joined, **named))
    _run(_JOURNAL.format(event=told.event, **named))
    print(f"  {spec.plural.lower()} told of in {time.perf_counter() - began:.0f} s", flush=True)


def _spec(model: type[Model]) -> Any:
    from throughline.core.records import registry

    return next(each for each in registry.everything() if each.model is model)


def _expect_as_fed(told: Told) -> None:
    """End the benchmark when search would know other things of records that it is fed by the product."""
    from throughline.core.records import search
    from throughline.core.records.models import SearchRow

    spec = _spec(told.model)
    ids = list(
        told.model._default_manager.filter(created_by="bench").order_by("pk").values_list("pk", flat=True)[:CHECKED]
    )
    known = SearchRow.objects.filter(record_type=spec.type, record_id__in=ids).order_by("record_id")
    columns = ("record_id", "owner_id", "team_id", "title", "subtitle", "text")
    before = list(known.values_list(*columns))
    search.feed_ids(spec, ids)
    for one, other in zip(before, known.values_list(*columns), strict=True):
        if one != other:
            sys.exit(f"Expected search to know of a {spec.type} {other}, but it was told {one}.")


# -- Tables ------------------------------------------------------------------------------------------------------------

_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
AND NOT indisunique AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid)
ORDER BY 1
"""


@contextmanager
def bare(*tables: str) -> Iterator[None]:
    """Have no indexes on tables in the block but those that constraints rest on, and check no references."""
    dropped = _run(_INDEXES, [list(tables)])
    _run("SET session_replication_role = replica")
    for name, _ in dropped:
        _run(f"DROP INDEX {name}")
    yield
    began = time.perf_counter()
    _run("SET session_replication_role = DEFAULT")
    _run("SET maintenance_work_mem = '2GB'")
    for _, definition in dropped:
        _run(definition)
    _run("RESET maintenance_work_mem")
    print(f"  {len(dropped)} indexes built in {time.perf_counter() - began:.0f} s", flush=True)


def _tables(*models: type[Model]) -> list[str]:
    return [model._meta.db_table for model in models]


def _run(sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall() if cursor.description else []
