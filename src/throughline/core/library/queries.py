"""Reads of the library: what lies on the shelf, what it needs here, and what it would mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from throughline.core.identity.models import BusinessCalendar, Role, Team
from throughline.core.library.models import BroughtPack, InstalledPack
from throughline.core.procedures.lacking import lacking
from throughline.core.procedures.models import Procedure, ProcedureVersion, StartTrigger
from throughline.core.records import registry
from throughline.core.records.context import names_of
from throughline.core.refusals import NotFound
from throughline.packs import Pack, PackedProcedure, library
from throughline.packs.archive import digest_of, pack_from
from throughline.packs.binding import Binding
from throughline.packs.model import Question
from throughline.packs.needs import NOTHING, Needs, needs_of, waits_for


@dataclass(frozen=True, slots=True)
class OnShelf:
    """
    A pack on the shelf.

    ``installed`` when it works here; ``has_news`` when what lies on the shelf is another version than that. ``waits``:
    the names of capabilities that its procedures wait for; ``brought``: somebody brought it as a file.
    """

    pack: Pack
    digest: str
    waits: tuple[str, ...]
    installed: InstalledPack | None
    brought: bool

    @property
    def has_news(self) -> bool:
        """Say whether there is another version to pull."""
        return self.installed is not None and self.installed.digest != self.digest


def shelf() -> list[OnShelf]:
    """Return all packs: those of the product and those that were brought. Two queries."""
    brought = {row.key: row for row in BroughtPack.objects.all()}
    installed = {row.key: row for row in InstalledPack.objects.defer("content")}
    packs = {pack.key: pack for pack in library()} | {key: _opened(bytes(row.content)) for key, row in brought.items()}
    for key, row in installed.items():  # a pack whose file was taken off the shelf still works here
        if key not in packs:
            packs[key] = _opened(bytes(InstalledPack.objects.values_list("content", flat=True).get(pk=row.pk)))
    return [
        OnShelf(pack, digest_of(pack.files), waiting_of(pack), installed.get(key), key in brought)
        for key, pack in sorted(packs.items(), key=lambda item: item[1].name)
    ]


def on_shelf(key: str) -> OnShelf:
    """
    Return one pack of the shelf.

    Raises:
        NotFound: there is none with this key.
    """
    found = next((each for each in shelf() if each.pack.key == key), None)
    if found is None:
        raise NotFound(f"There is no pack “{key}” in the library. Bring its file first.")
    return found


@lru_cache(maxsize=64)
def _opened(content: bytes) -> Pack:
    return pack_from(content)


# --- what a pack needs ------------------------------------------------------------------------------------------------
@lru_cache(maxsize=512)
def needs(chart: bytes) -> Needs:
    """Return what a chart needs; charts are bytes that never change, so the answers are kept."""
    return needs_of(chart)


def needs_of_pack(pack: Pack) -> Needs:
    """Return what all procedures of a pack need together."""
    together = NOTHING
    for procedure in pack.procedures:
        together |= needs(procedure.chart)
    return together


def waiting_of(pack: Pack) -> tuple[str, ...]:
    """Return the names of the capabilities that procedures of a pack wait for here."""
    return waits_for(lacking(needs_of_pack(pack)))


def waits(procedure: PackedProcedure) -> tuple[str, ...]:
    """Return the names of the capabilities that one procedure waits for here."""
    return waits_for(lacking(needs(procedure.chart)))


def clashes(pack: Pack) -> list[tuple[str, str, str]]:
    """
    Return what answers already to events that would start the pack's procedures: procedure, event, the other's name.

    Two procedures that start by the same event both run: most often one of them is meant.
    """
    own = {procedure.key for procedure in pack.procedures}
    live = StartTrigger.objects.filter(kind="event").exclude(version__procedure__key__in=own)
    by_event: dict[str, list[str]] = {}
    for event, name in live.values_list("name", "version__procedure__name").distinct():
        by_event.setdefault(event, []).append(name)
    return [
        (procedure.name, event, other)
        for procedure in pack.procedures
        for event in needs(procedure.chart).events
        for other in by_event.get(event, ())
    ]


# --- what it would mean here ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Choice:
    """Something of the pack to be bound: its name there, what it can be here (value, label), and the best guess."""

    name: str
    options: tuple[tuple[str, str], ...]
    guess: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the names of a pack may mean here; ``fields`` lists only those that records here do not have."""

    roles: tuple[Choice, ...]
    calendars: tuple[Choice, ...]
    fields: tuple[Choice, ...]
    teams: tuple[Choice, ...]


def together(pack: Pack) -> tuple[Pack, ...]:
    """Return a pack with those that it brings along and that are not installed yet."""
    there = set(InstalledPack.objects.filter(key__in=pack.includes).values_list("key", flat=True))
    return (pack, *(on_shelf(key).pack for key in pack.includes if key not in there))


def questions(pack: Pack) -> tuple[Question, ...]:
    """Return what a pack and those that it brings along ask, each question once."""
    return tuple({each.key: each for other in together(pack) for each in other.questions}.values())


def proposal(pack: Pack) -> Proposal:
    """Return what can be bound of a pack and of those that it brings along, with the best guess for each."""
    packs = together(pack)
    wanted = NOTHING
    for each in packs:
        wanted |= needs_of_pack(each)
    roles = list(Role.objects.order_by("name").values_list("key", "name"))
    calendars = [(each, each) for each in BusinessCalendar.objects.order_by("key").values_list("key", flat=True)]
    return Proposal(
        tuple(_choice(name, roles) for name in wanted.roles),
        tuple(_choice(name, calendars or [("default", "default")]) for name in wanted.calendars),
        tuple({field.name: field for each in packs for field in _missing_fields(each)}.values()),
        tuple(_team(each) for each in questions(pack) if each.kind == "team"),
    )


def _team(question: Question) -> Choice:
    teams = list(Team.objects.order_by("name").values_list("key", "name"))
    return replace(_choice(question.default, teams), name=question.key)


def _choice(name: str, options: Sequence[tuple[str, str]]) -> Choice:
    same = next((value for value, _ in options if value == name), None)
    near = next((value for value, label in options if _alike(name, value) or _alike(name, label)), None)
    return Choice(name, tuple(options), same or near or (options[0][0] if options else name))


def _alike(one: str, other: str) -> bool:
    return one.casefold()[:4] == other.casefold()[:4]


def _missing_fields(pack: Pack) -> Iterable[Choice]:
    for procedure in pack.procedures:
        spec = registry.find(procedure.record)
        if spec is None:
            continue
        there = names_of(spec)
        own = tuple((name, str(field.label)) for name, field in spec.by_name.items())
        for name in needs(procedure.chart).fields:
            if name not in there:
                yield Choice(f"{procedure.record}.{name}", own, _choice(name, own).guess)


def binding_of(pack: Pack) -> Binding:
    """Return the binding that follows from the guesses alone."""
    proposed = proposal(pack)
    return Binding(
        roles={each.name: each.guess for each in proposed.roles if each.guess != each.name},
        calendars={each.name: each.guess for each in proposed.calendars if each.guess != each.name},
        fields={each.name: each.guess for each in proposed.fields},
        answers={each.key: each.default for each in questions(pack)}
        | {each.name: each.guess for each in proposed.teams},
    )


# --- what stands here -------------------------------------------------------------------------------------------------
def drawing_here(key: str) -> bytes | None:
    """Return the drawing of a procedure as it stands: the draft, else what is published, else the last; None: none."""
    order = {"draft": 0, "published": 1}
    versions = ProcedureVersion.objects.filter(procedure__key=key).order_by("-number")
    found = sorted(versions.only("status", "number", "bpmn"), key=lambda each: order.get(each.status, 2))
    return bytes(found[0].bpmn) if found else None


def procedures_there(keys: Iterable[str]) -> dict[str, str]:
    """Return which of these procedures there are already, key → name."""
    return dict(Procedure.objects.filter(key__in=list(keys)).values_list("key", "name"))
