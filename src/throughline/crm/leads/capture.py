"""
Capturing leads, one or many: from forms, the API, imports and procedures through the same door.

Theory of operation. Rows are values by field name (``LEAD``'s fields and ``PERSON``, the ones that belong to the
contact). Rows whose external key is kept already are left alone, so a file or a request can be repeated. People are
recognised by e-mail address or phone number, in the table and among the rows; unknown ones are made, under locks that
keep two captures at once from making the same person twice. Contacts, leads, what search knows and the journal are
each written with one statement per few thousand rows. The rows of many, and what the journal tells of them, are made
while the database writes the ones before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.copying import take_keys
from throughline.core.recordref import RecordRef
from throughline.core.records import bulk, operations, queries, registry, search
from throughline.core.records.making import Columns, Row, count_in, fresh, in_columns, settled_rows
from throughline.core.records.spec import Created
from throughline.core.records.values import read_values
from throughline.core.refusals import Refusal
from throughline.crm.leads.events import LeadCaptured
from throughline.crm.leads.models import Lead, LeadStatus
from throughline.crm.people.consent import Word
from throughline.crm.people.events import ContactAdded
from throughline.crm.people.matching import Way, known_people, lock_people, ways_to_reach
from throughline.crm.people.models import Contact, LifecycleStage
from throughline.crm.people.operations import record_consents
from throughline.crm.people.rules import full_name, sort_name, split_name

NAMING = ("name", "first_name", "last_name", "email", "phone", "mobile")
"""Fields of an enquiry that say who the person is."""
PERSON = (
    *NAMING,
    "salutation",
    "middle_name",
    "job_title",
    "website",
    "address",
    "city",
    "do_not_call",
    "email_opt_out",
)
"""Fields of an enquiry that are kept on its contact."""


@transaction.atomic
def capture_lead(
    *,
    values: Row,
    by: Actor,
    at: datetime,
    consents: Sequence[Word] = (),
    cause: int | None = None,
    sandbox: bool = False,
) -> Lead:
    """
    Take in one enquiry and return its lead; one whose external key is known comes back as it is.

    ``values``: by field name, as a form or program gives them; ``PERSON`` fields go to the contact. ``consents``: what
    the person said about being contacted; kept on the contact, with the number of the lead among its proof.

    Raises:
        NotAllowed: the actor may not make leads.
        Refusal: values cannot be stored, with a sentence per field; or a consent cannot be kept, or is nobody's.
    """
    spec = registry.get("lead")
    user = access.require(by, access.CREATE, spec)
    row = read_values(spec, values, partial=False, through=PERSON)
    if not row:
        raise Refusal("empty_enquiry", "The enquiry says nothing. Fill in at least one field.")
    if user is not None and "owner" not in row:
        row["owner"] = user.pk
    created = _capture([row], by=by, at=at, cause=cause, sandbox=sandbox)
    if created.ids[0] is not None:
        lead: Lead = queries.whole_record(spec, created.ids[0])  # type: ignore[assignment]  # it was made just now
        _keep_consents(lead, consents, by=by, at=at, cause=cause)
        return lead
    return Lead.objects.select_related(*spec.select_related).get(external_id=row["external_id"])


def _keep_consents(lead: Lead, consents: Sequence[Word], *, by: Actor, at: datetime, cause: int | None) -> None:
    if not consents:
        return
    if lead.contact_id is None:
        raise Refusal("nobody_consents", "Say who gives this consent: a name, an e-mail address or a phone number.")
    said = [(lead.contact_id, replace(word, proof={**word.proof, "lead": lead.number})) for word in consents]
    record_consents(said=said, by=by, at=at, cause=cause, sandbox=lead.sandbox)


@transaction.atomic
def capture_leads(
    rows: Sequence[Row], *, by: Actor, at: datetime, cause: int | None = None, sandbox: bool = False
) -> Created:
    """
    Take in many enquiries, set-wise. ``rows`` are stored values by field name (``records.values`` has read them).

    Returns the keys by place, None for rows whose external key was known, and how many those were. The caller has
    checked that the actor may make leads.
    """
    return _capture(rows, by=by, at=at, cause=cause, sandbox=sandbox)


def _capture(rows: Sequence[Row], *, by: Actor, at: datetime, cause: int | None, sandbox: bool) -> Created:
    """See ``capture_leads``; in the transaction of the caller."""
    chosen = fresh(Lead, rows)
    if not chosen:
        return Created([None] * len(rows), len(rows))
    enquiries = [row for _, row in chosen]
    people = _People.of(enquiries, by, at, sandbox)
    homes = operations.home_teams({row["owner"] for row in enquiries if row.get("owner")})
    fact = partial(journal.Fact, cause=cause, sandbox=sandbox)
    added = people.write(enquiries, homes, fact, at)
    spec = registry.get("lead")
    blank = {**bulk.defaults_of(Lead), **bulk.stamp(by, at), "sandbox": sandbox}
    columns_of = in_columns(spec, set().union(*enquiries).difference(PERSON))
    keys = take_keys(Lead._meta.db_table, len(chosen))
    documents: list[Columns] = []
    captured: list[journal.Fact] = []

    def leads() -> Iterator[Columns]:
        for key, row, person in zip(keys, enquiries, people.contacts, strict=True):
            columns = {**blank, **columns_of(row), "id": key}
            _settle_lead(columns, person, homes, at)
            documents.append(columns)
            captured.append(fact(_captured(columns, row, people), RecordRef("lead", key), whose=_whose(columns)))
            yield columns

    written = bulk.insert_many(Lead, settled_rows(spec, leads(), at), skip_conflicts=True)
    _let_search_know([columns for columns in documents if columns["id"] in written], people)
    count_in(spec, written, at)
    journal.record_many([*added, *(told for told in captured if told.about.id in written)], by=by, at=at)
    ids: list[int | None] = [None] * len(rows)
    for columns, (place, _) in zip(documents, chosen, strict=True):
        ids[place] = columns["id"] if columns["id"] in written else None
    return Created(ids, len(rows) - len(written))


def _let_search_know(leads: Sequence[Columns], people: _People) -> None:
    """Tell search of leads that were written: those of new people as they are at hand, others as they are read."""
    spec = registry.get("lead")
    told: list[Lead] = []
    if len(leads) < search.MANY:
        contacts = {key: Contact(**columns) for key, columns in people.new.items()}
        for columns in leads:
            if columns["contact_id"] is None or columns["contact_id"] in contacts:
                lead = Lead(**columns)
                lead.contact = contacts.get(columns["contact_id"])
                told.append(lead)
        search.feed(spec, told)
    known = {lead.pk for lead in told}
    search.feed_ids(spec, sorted(columns["id"] for columns in leads if columns["id"] not in known))


def _settle_lead(columns: Columns, contact: int | None, homes: Mapping[int, int], at: datetime) -> None:
    """Say whose lead a new one is: its person's, and whose of us."""
    if contact is not None:
        columns["contact_id"] = contact
    owner = columns["owner_id"]
    if owner is not None:
        columns["team_id"] = columns["team_id"] or homes.get(owner)
        columns["assigned_at"] = at
        if columns["status"] == LeadStatus.NEW:
            columns["status"] = LeadStatus.ASSIGNED


@dataclass(slots=True)
class _People:
    """
    The contacts of a set of enquiries, by place: known ones found, new ones to be written.

    ``bring``: the first enquiry of each new one, by its key; ``new``: their columns, once they are written.
    """

    blank: Columns
    contacts: list[int | None]
    bring: dict[int, Row] = field(default_factory=dict)
    new: dict[int, Columns] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Row], by: Actor, at: datetime, sandbox: bool) -> _People:
        blank = {**bulk.defaults_of(Contact), **bulk.stamp(by, at), "sandbox": sandbox}
        people = cls(blank, [row.get("contact") for row in rows])
        named = [place for place, row in enumerate(rows) if _names_somebody(row)]
        if not named:
            return people
        ways = {place: ways_to_reach(rows[place]) for place in named}
        every = set(chain.from_iterable(ways.values()))
        lock_people(every)
        known = {} if sandbox else known_people(every)  # who only tries must not reach who is real
        spare = iter(take_keys(Contact._meta.db_table, len(named)))
        for place in named:
            if people.contacts[place] is None:
                people.contacts[place] = people._contact(rows[place], ways[place], known, spare)
        return people

    def _contact(self, row: Row, ways: Sequence[Way], known: dict[Way, int], spare: Iterator[int]) -> int:
        key = next((known[way] for way in ways if way in known), None)
        if key is None:
            key = next(spare)
            self.bring[key] = row
        for way in ways:
            known.setdefault(way, key)
        return key

    def write(
        self, rows: Sequence[Row], homes: Mapping[int, int], fact: Callable[..., journal.Fact], at: datetime
    ) -> list[journal.Fact]:
        """
        Write the new contacts, and return what the journal is to tell of them; each belongs to whom its first enquiry
        belongs that belongs to somebody.

        Raises:
            Refusal: a rule for contacts does not hold of one of them.
        """
        if not self.bring:
            return []
        spec, added = registry.get("contact"), []
        belong: dict[int | None, tuple[int | None, int | None]] = {}
        for row, key in zip(rows, self.contacts, strict=True):
            owner, team = row.get("owner"), row.get("team")
            if owner is not None or team is not None:
                belong.setdefault(key, (owner, team or homes.get(owner or 0)))

        def contacts() -> Iterator[Columns]:
            for key, row in self.bring.items():
                columns = self.new[key] = _contact_columns(self.blank, row, key)
                columns["owner_id"], columns["team_id"] = belong.get(key, (None, None))
                added.append(fact(_added(columns), RecordRef("contact", key)))
                yield columns

        bulk.insert_many(Contact, settled_rows(spec, contacts(), at))
        if len(self.new) < search.MANY:
            search.feed(spec, [Contact(**columns) for columns in self.new.values()])
        else:
            search.feed_ids(spec, list(self.new))
        return added


def _names_somebody(row: Row) -> bool:
    return any(map(row.get, NAMING))


def _contact_columns(blank: dict[str, Any], row: Row, key: int) -> dict[str, Any]:
    own = {name: value for name in PERSON if (value := row.get(name))}
    columns = {**blank, **own, "id": key, "lifecycle_stage": LifecycleStage.LEAD, "source": row.get("source", "")}
    if not (columns["first_name"] or columns["last_name"]):
        columns["first_name"], columns["last_name"] = split_name(columns["name"])
    full = full_name(columns["first_name"], columns["middle_name"], columns["last_name"])
    columns["name"] = full or columns["email"] or columns["mobile"] or columns["phone"]
    columns["sort_name"] = sort_name(columns["first_name"], columns["last_name"], columns["name"])
    columns["country"], columns["language"] = row.get("country", ""), row.get("language", "")
    return columns


def _added(contact: Columns) -> ContactAdded:
    return ContactAdded(name=contact["name"], email=contact["email"], source=contact["source"])


def _whose(lead: dict[str, Any]) -> RecordRef | None:
    return RecordRef("contact", lead["contact_id"]) if lead["contact_id"] is not None else None


def _captured(lead: dict[str, Any], row: Row, people: _People) -> LeadCaptured:
    contact = people.new.get(lead["contact_id"] or 0)
    return LeadCaptured(
        source=lead["source"],
        origin=lead["origin"],
        interest=lead["interest"],
        region=lead["region"],
        campaign=lead["campaign"],
        owner=lead["owner_id"],
        team=lead["team_id"],
        contact=lead["contact_id"],
        known=lead["contact_id"] is not None and contact is None,
        external_id=lead["external_id"],
        name=contact["name"] if contact else row.get("name", ""),
        email=row.get("email", ""),
        phone=row.get("phone", "") or row.get("mobile", ""),
    )
