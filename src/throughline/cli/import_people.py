"""``throughline import person``: the people of a company from a list of names, offices and managers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from throughline.cli import say
from throughline.cli.batch import write_json
from throughline.platform.faults import Fault

if TYPE_CHECKING:
    from throughline.core.identity.importing import PeopleReport

KNOWN = {
    "name": ("name", "full_name", "person", "employee", "agent", "sales_agent", "user"),
    "email": ("email", "e_mail", "mail", "email_address"),
    "office": ("office", "regional_office", "branch", "location", "team"),
    "manager": ("manager", "reports_to", "supervisor", "boss"),
}
"""What a list of people may say, and other names of its columns."""

SETTINGS = ("domain", "role")
"""What the mapping's constants may say for all of them."""


def import_people(content: bytes, mapping_text: str | None, file_name: str, *, dry_run: bool, json: bool) -> None:
    """
    Take in the people of a file; say what was done.

    Raises:
        Fault: the file does not say who the people are.
        Refusal: the list or the mapping cannot be read, or somebody cannot be made; nothing was changed.
    """
    from django.db import transaction

    from throughline.core.actor import Actor, ActorKind
    from throughline.core.identity import importing
    from throughline.core.records.imports.tables import read_table
    from throughline.core.records.mapping import ImportMapping, read_mapping

    table = read_table(content, file_name)
    mapping = read_mapping(mapping_text) if mapping_text is not None else ImportMapping()
    places = _columns(table.header, mapping.columns)
    strange = sorted(set(mapping.constants) - set(SETTINGS))
    if strange:
        raise Fault(f"The mapping's constants for people are {' and '.join(SETTINGS)}, but it has {strange[0]}.")
    people = [
        importing.Person(**{name: cells[place].strip() for name, place in places.items()})
        for line, cells in table.rows()
        if _fits(line, cells, table.header)
    ]
    with transaction.atomic():
        report = importing.import_people(
            people=people,
            domain=str(mapping.constants.get("domain", "")),
            role=str(mapping.constants.get("role", "sales")),
            by=Actor(ActorKind.IMPORT, file_name, file_name),
            at=datetime.now(UTC),
        )
        if dry_run:
            transaction.set_rollback(True)
    _tell(report, dry_run, json)


def _columns(header: list[str], mapped: dict[str, str]) -> dict[str, int]:
    unknown = sorted(set(mapped.values()) - set(KNOWN))
    if unknown:
        raise Fault(f"The mapping fills {unknown[0]}, but a list of people has {', '.join(KNOWN)}.")
    guessed = {word: name for name, words in KNOWN.items() for word in words}
    places: dict[str, int] = {}
    for place, column in enumerate(header):
        name = mapped.get(column) or guessed.get(column.lower().replace(" ", "_").replace("-", "_"))
        if name is not None:
            places.setdefault(name, place)
    if "name" not in places:
        raise Fault(f"None of the columns {', '.join(header)} holds names. Say which in the mapping, under columns.")
    return places


def _fits(line: int, cells: list[str], header: list[str]) -> bool:
    if len(cells) != len(header):
        raise Fault(f"Line {line}: expected {len(header)} cells as in the first line, but there are {len(cells)}.")
    return True


def _tell(report: PeopleReport, dry_run: bool, json: bool) -> None:
    if json:
        write_json({**asdict(report), "dry_run": dry_run})
        return
    verb = "would get" if dry_run else "got"
    print(  # noqa: T201
        f"people: {report.created} {verb} an account ({report.managers} of them managers), "
        f"{report.existing} known already, {len(report.teams)} new teams."
    )
    say("Nobody of them can sign in until a password is set: throughline invite EMAIL NAME prints a link.")
