"""Writes of the library: bringing a pack, installing it, pulling a later version, removing it; each one operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.access import staff
from throughline.core.actor import Actor
from throughline.core.company.queries import base_currency
from throughline.core.identity.models import Team
from throughline.core.identity.operations import join_team
from throughline.core.library import events, parts, queries, taking_back, variants
from throughline.core.library.listed import ListedPull, listed_pulls
from throughline.core.library.models import BroughtPack, InstalledPack, InstalledPart, Pulled
from throughline.core.procedures import permits
from throughline.core.procedures.models import DecisionTable, DecisionVersion, Procedure
from throughline.core.procedures.operations import (
    create_decision,
    keep_shipped_tests,
    publish_decision,
    save_decision_draft,
    save_draft,
)
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.procedures.operations.proving import in_words
from throughline.core.procedures.proving import compiled, verdict_of
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn
from throughline.packs import BadPack, Pack, PackedProcedure
from throughline.packs.archive import digest_of, pack_bytes, pack_from
from throughline.packs.binding import Binding, answers_of, bound_chart, bound_members
from throughline.packs.checking import complaints
from throughline.packs.merging import THEIRS, Merge, merge
from throughline.packs.model import FIRST, LISTED, VARIANTS

PROCEDURE, DECISION = "procedure", "decision"


@dataclass(frozen=True, slots=True)
class Installed:
    """What installing did: the pack, its parts by kind, and the procedures that wait, each with what for."""

    pack: InstalledPack
    parts: Mapping[str, tuple[str, ...]]
    waiting: Mapping[str, tuple[str, ...]]


# --- bringing ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def bring_pack(*, content: bytes, by: Actor, at: datetime) -> BroughtPack:
    """
    Put a pack on the shelf; one of the same key that was brought before makes room.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        Refusal: the file is no pack, or something in it does not hold; the sentence names the part.
    """
    permits.require_design(by)
    try:
        pack = pack_from(content)
    except BadPack as problem:
        raise Refusal("bad_pack", str(problem), "file") from None
    wrong = [each for each in complaints(pack) if each.is_error]
    if wrong:
        raise Refusal("unsound_pack", f"The pack is not sound. {wrong[0].part}: {wrong[0].sentence}", "file")
    digest = digest_of(pack.files)
    brought, _ = BroughtPack.objects.update_or_create(
        key=pack.key,
        defaults={
            "version": pack.version,
            "digest": digest,
            "content": content,
            "brought_at": at,
            "brought_by_label": by.label,
        },
    )
    told = events.PackBrought(key=pack.key, name=pack.name, version=pack.version, digest=digest)
    journal.record(told, by=by, at=at, about=RecordRef("pack", brought.pk))
    return brought


@transaction.atomic
def discard_pack(*, key: str, by: Actor, at: datetime) -> None:
    """
    Take a pack that was brought off the shelf; what was installed of it stays.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: no such pack was brought.
    """
    permits.require_design(by)
    brought = BroughtPack.objects.select_for_update().filter(key=key).first()
    if brought is None:
        raise NotFound(f"No pack “{key}” was brought. Packs of the product stay on the shelf.")
    told = events.PackDiscarded(key=key, version=brought.version)
    journal.record(told, by=by, at=at, about=RecordRef("pack", brought.pk))
    brought.delete()


# --- installing -------------------------------------------------------------------------------------------------------
@transaction.atomic
def install(
    *,
    key: str,
    by: Actor,
    at: datetime,
    binding: Binding | None = None,
    owner_id: int | None = None,
    go_live: bool = True,
    new_team: str = "",
) -> Installed:
    """
    Install a pack of the shelf with those it includes: all of it, or nothing.

    ``binding``: what its names mean here (the best guesses, if not given). What waits for a capability stays a draft;
    with ``go_live`` off all does. Procedures and tables whose key is there already stay as they are.
    ``new_team``: while there is no team at all, one of this name is made, the person behind the actor works in it, and
    it takes whatever the pack wants a team for.

    Raises:
        NotAllowed: the person behind the actor may not publish, or not make a team.
        NotFound: there is no such pack.
        Refusal: it is installed already, or a part of it cannot be brought in here.
    """
    permits.require_design(by)
    permits.require_publish(by)
    pack = queries.on_shelf(key).pack
    if InstalledPack.objects.filter(key=key).exists():
        raise Refusal("installed", f"“{pack.name}” is installed already. Pull its changes, or remove it first.")
    if new_team and not Team.objects.exists():
        binding = _with_team(pack, binding or queries.binding_of(pack), new_team, by=by, at=at)
    for other in pack.includes:
        if not InstalledPack.objects.filter(key=other).exists():
            _install_one(queries.on_shelf(other).pack, binding, owner_id, go_live, by=by, at=at)
    return _install_one(pack, binding, owner_id, go_live, by=by, at=at)


def _with_team(pack: Pack, binding: Binding, name: str, *, by: Actor, at: datetime) -> Binding:
    """Make the first team and let it take whatever the pack wants a team for."""
    team = staff.save_team(name=name, parent_id=None, manager_id=None, by=by, at=at)
    user = access.user_of(by)
    if user is not None:
        join_team(user=user, team=team, by=by, at=at)
    wanted = {each.key: team.key for each in queries.questions(pack) if each.kind == "team"}
    return replace(binding, answers={**binding.answers, **wanted})


def _install_one(
    pack: Pack, binding: Binding | None, owner_id: int | None, go_live: bool, *, by: Actor, at: datetime
) -> Installed:
    owner = owner_id if owner_id is not None else _person(by)
    first = list(_listed(pack, FIRST, owner, by, at))
    bound = queries.binding_of(pack) if binding is None else binding
    _require_known(pack, bound)
    charts = bound_charts(pack, bound)
    plain, _ = variants.parted(pack)
    there = {*queries.procedures_there(charts), *_tables_there(pack)}
    tests = _tests_of(pack, charts, bound)
    if go_live:
        _require_passing(pack, charts, tests, there)
    install_pack(
        pack=plain, by=by, at=at, owner_id=owner, review_on=_months_later(at.date(), pack.review_months), charts=charts,
        go_live=go_live,
    )  # fmt: skip
    installed = InstalledPack.objects.create(
        key=pack.key,
        name=pack.name,
        version=pack.version,
        digest=digest_of(pack.files),
        content=pack_bytes(pack),
        binding=bound.to_json(),
        installed_at=at,
        installed_by_label=by.label,
    )
    rows = [
        InstalledPart(kind=PROCEDURE, key=each.key, base=charts[each.key], was_there=each.key in there)
        for each in plain.procedures
    ]
    rows += [
        InstalledPart(kind=DECISION, key=each.key, base=each.model, was_there=each.key in there)
        for each in pack.decisions
    ]
    rows += [*first, *_listed(pack, [name for name in LISTED if name not in (*FIRST, VARIANTS)], owner, by, at)]
    said = variants.bound(pack, bound)
    rows += variants.bring(installed, said, charts, owner=owner, go_live=go_live, by=by, at=at)
    for row in rows:
        row.pack = installed
    InstalledPart.objects.bulk_create(rows)
    _keep_tests(tests, there | set(variants.waiting_for_base(pack)), by=by, at=at)
    return _tell_installed(pack, installed, rows, by=by, at=at)


def _tell_installed(
    pack: Pack, installed: InstalledPack, rows: list[InstalledPart], *, by: Actor, at: datetime
) -> Installed:
    by_kind: dict[str, list[str]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row.key)
    waiting = {each.key: found for each in pack.procedures if (found := queries.waits(each))}
    waiting |= {key: (f"“{base}” to run",) for key, base in variants.waiting_for_base(pack).items()}
    told = events.PackInstalled(
        key=pack.key,
        name=pack.name,
        version=pack.version,
        digest=installed.digest,
        parts=by_kind,
        waiting=sorted(waiting),
    )
    journal.record(told, by=by, at=at, about=RecordRef("pack", installed.pk))
    return Installed(installed, {kind: tuple(keys) for kind, keys in by_kind.items()}, waiting)


def bound_charts(pack: Pack, binding: Binding) -> dict[str, bytes]:
    """Return the charts of a pack as they are bound, by key of their procedure. Raises Refusal."""
    answers = answers_of(pack, binding)
    try:
        return {each.key: bound_chart(each.chart, each.record, binding, answers) for each in pack.procedures}
    except BadPack as problem:
        raise Refusal("bad_pack", str(problem)) from None


def _require_known(pack: Pack, binding: Binding) -> None:
    """Refuse to bind to what is not here."""
    proposed = queries.proposal(pack)
    for choices, given, what in (
        (proposed.roles, binding.roles, "role"),
        (proposed.calendars, binding.calendars, "calendar"),
        (proposed.fields, binding.fields, "field"),
        (proposed.teams, _asked(pack, binding), "answer"),
    ):
        for choice in choices:
            here = given.get(choice.name, choice.name)
            known = {value for value, _ in choice.options}
            if known and here not in known:
                word = "team" if what == "answer" else what
                raise Refusal("not_bound", f"Choose which {word} “{choice.name}” is here.", f"{what}:{choice.name}")


def _asked(pack: Pack, binding: Binding) -> dict[str, str]:
    return {each.key: binding.answers.get(each.key) or each.default for each in queries.questions(pack)}


def _tables_there(pack: Pack) -> set[str]:
    return set(DecisionTable.objects.filter(key__in=pack.decision_keys).values_list("key", flat=True))


def _person(by: Actor) -> int | None:
    user = access.user_of(by)
    return None if user is None else user.pk


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))


def _listed(pack: Pack, names: Sequence[str], owner: int | None, by: Actor, at: datetime) -> Iterator[InstalledPart]:
    for name in names:
        items = pack.listed.get(name, ())
        for item in items:
            brought = parts.get(name, pack.name).bring(parts.Wish(item, owner, base_currency(), by, at))
            yield InstalledPart(kind=name, key=brought.key, was_there=brought.was_there)


Tests = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Test cases by procedure and name: the members of each."""


def _tests_of(pack: Pack, charts: Mapping[str, bytes], binding: Binding) -> Tests:
    """Return the scenarios of a pack as test cases of its procedures, with what its names mean here."""
    answers, found = answers_of(pack, binding), {}
    for each in pack.procedures:
        own = {one.name: one.members for one in pack.scenarios if one.procedure == each.key}
        found[each.key] = {
            name: members if charts[each.key] == each.chart else bound_members(members, each.record, binding, answers)
            for name, members in own.items()
        }
    return found


def _require_passing(pack: Pack, charts: Mapping[str, bytes], tests: Tests, there: set[str]) -> None:
    """Refuse to let a procedure go live that goes another way here than its test cases say."""
    tables = compiled(_models(pack))
    for each in pack.procedures:
        if each.key in there or queries.waits(each):
            continue
        drawing = bpmn.read(charts[each.key])
        for name, members in tests[each.key].items():
            verdict = verdict_of(drawing, members, tables)
            if not verdict.passed:
                raise Refusal(
                    "tests_fail",
                    f"“{each.name}” goes another way here than its test case “{in_words(name)}” says: "
                    f"{verdict.departures[0].words} Nothing was installed. Choose other names, or install it without "
                    "letting it run and look at its test cases.",
                )


def _models(pack: Pack) -> dict[str, bytes]:
    """Return the decision tables of a pack by key; those that are here already stay, and answer."""
    rows = DecisionVersion.objects.filter(table__key__in=pack.decision_keys, status="published").select_related("table")
    return {each.key: each.model for each in pack.decisions} | {row.table.key: bytes(row.dmn) for row in rows}


def _keep_tests(tests: Tests, there: set[str], *, by: Actor, at: datetime) -> None:
    """Keep a pack's scenarios as test cases of the procedures that came with it; one that fails shows as failing."""
    for procedure, members in tests.items():
        if procedure not in there:
            keep_shipped_tests(procedure=procedure, tests=members, by=by, at=at)


def _with(pack: Pack, procedures: tuple[PackedProcedure, ...]) -> Pack:
    return replace(pack, procedures=procedures)


# --- pulling ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Pull:
    """What pulling would do to one procedure; ``ours`` is what stands here, None when it is new."""

    key: str
    name: str
    base: bytes
    theirs: bytes
    ours: bytes | None
    merged: Merge

    @property
    def changes(self) -> bool:
        """Whether anything would become different here."""
        return self.ours is None or self.merged.drawing != self.ours


@dataclass(frozen=True, slots=True)
class TablePull:
    """What pulling would do to one decision table: a table is taken as a whole, or kept."""

    key: str
    name: str
    theirs: bytes
    is_new: bool
    is_clash: bool


@dataclass(frozen=True, slots=True)
class Pulling:
    """What pulling a pack would do."""

    installed: InstalledPack
    pack: Pack
    digest: str
    procedures: tuple[Pull, ...]
    tables: tuple[TablePull, ...]
    listed: tuple[ListedPull, ...] = ()


def pulling(*, key: str, decided: Mapping[str, str] | None = None) -> Pulling:
    """
    Return what pulling the version on the shelf would do; ``decided`` as in ``pull``.

    Raises:
        NotFound: the pack is not installed, or not on the shelf.
        Refusal: there is nothing new.
    """
    installed = InstalledPack.objects.filter(key=key).first()
    if installed is None:
        raise NotFound(f"There is no installed pack “{key}”.")
    shelved = queries.on_shelf(key)
    if not shelved.has_news:
        raise Refusal("no_news", f"“{installed.name}” has not changed where it comes from.")
    binding = Binding.from_json(installed.binding)
    charts = bound_charts(shelved.pack, binding)
    left_out = variants.waiting_for_base(shelved.pack)
    bases = {(part.kind, part.key): bytes(part.base or b"") for part in installed.parts.all()}
    procedures = [
        _pull_of(each.key, each.name, bases.get((PROCEDURE, each.key)), charts[each.key], decided or {})
        for each in shelved.pack.procedures
        if each.key not in left_out
    ]
    tables = []
    for each in shelved.pack.decisions:
        base, ours = bases.get((DECISION, each.key)), _table_here(each.key)
        if each.model not in (base, ours):
            tables.append(TablePull(each.key, each.name, each.model, ours is None, ours is not None and ours != base))
    found = tuple(each for each in procedures if each.changes or each.merged.clashes)
    before = variants.bound(pack_from(bytes(installed.content)), binding)
    now = variants.bound(shelved.pack, binding)
    listed = (each for each in listed_pulls(before, now) if each.kind != VARIANTS or each.key not in left_out)
    return Pulling(installed, now, shelved.digest, found, tuple(tables), tuple(listed))


def _pull_of(key: str, name: str, base: bytes | None, theirs: bytes, decided: Mapping[str, str]) -> Pull:
    ours = queries.drawing_here(key)
    if ours is None:
        return Pull(key, name, base or theirs, theirs, None, Merge(theirs))
    own = {unit.removeprefix(f"{key}:"): how for unit, how in decided.items() if unit.startswith(f"{key}:")}
    return Pull(key, name, base or ours, theirs, ours, merge(base or ours, theirs, ours, own))


def _table_here(key: str) -> bytes | None:
    versions = DecisionVersion.objects.filter(table__key=key, status__in=["draft", "published"])
    found = versions.order_by("-number").first()
    return None if found is None else bytes(found.dmn)


@transaction.atomic
def pull(*, key: str, by: Actor, at: datetime, decided: Mapping[str, str] | None = None) -> InstalledPack:
    """
    Merge the version on the shelf with what is here. What changes becomes drafts; publishing them is another step.

    ``decided``: per conflict (``procedure:unit``, ``table:key``, ``products:code`` …) whether ``theirs`` or ``ours`` is
    kept: ours, unless said.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound, Refusal: as ``pulling``; or two drawings cannot be put together.
    """
    permits.require_design(by)
    chosen = dict(decided or {})
    InstalledPack.objects.select_for_update().filter(key=key).first()
    found = pulling(key=key, decided=chosen)
    note = f"From the pack “{found.pack.name}” {found.pack.version}"
    kept = taking_back.before(found)
    listed = [each for each in found.listed if not each.is_clash or chosen.get(each.unit) == THEIRS]
    _take_listed(found, [each for each in listed if each.kind in FIRST], by, at)
    plain, _ = variants.parted(found.pack)
    fresh = [each for each in found.procedures if each.ours is None and plain.procedure(each.key) is not None]
    if fresh:
        keys = {each.key for each in fresh}
        new = _with(found.pack, tuple(each for each in found.pack.procedures if each.key in keys))
        charts = {each.key: each.theirs for each in fresh}
        install_pack(pack=new, by=by, at=at, owner_id=_person(by), charts=charts, go_live=False)
    for each in found.procedures:
        if each.merged.problem:
            raise Refusal("not_merged", f"{each.name}: {each.merged.problem}")
        if each.ours is not None and each.changes:
            save_draft(key=each.key, drawing=each.merged.drawing, by=by, at=at, note=note)
    charts = bound_charts(found.pack, Binding.from_json(found.installed.binding))
    new_ones = [each.key for each in found.procedures if each.ours is None and plain.procedure(each.key) is None]
    variants.bring(found.installed, found.pack, charts, owner=_person(by), go_live=False, only=new_ones, by=by, at=at)
    taken = [each for each in found.tables if not each.is_clash or chosen.get(f"table:{each.key}") == THEIRS]
    for table in taken:
        if table.is_new and not DecisionTable.objects.filter(key=table.key).exists():
            create_decision(key=table.key, name=table.name, by=by, at=at, owner_id=_person(by))
        save_decision_draft(key=table.key, model=table.theirs, by=by, at=at, note=note)
        if table.is_new:
            publish_decision(key=table.key, by=by, at=at, note=note)
    _take_listed(found, [each for each in listed if each.kind not in FIRST], by, at)
    changed = [
        *(each.key for each in found.procedures if each.changes),
        *(each.key for each in taken),
        *(each.unit for each in listed),
    ]
    taking_back.keep(kept, found, [table.key for table in taken], listed, by=by, at=at)
    return _remember(found, changed, chosen, by=by, at=at)


def _take_listed(found: Pulling, taken: Sequence[ListedPull], by: Actor, at: datetime) -> None:
    """Bring in what a pack lists newly, and change what it lists otherwise than before."""
    for each in taken:
        kind = parts.get(each.kind, found.pack.name)
        wish = parts.Wish(each.theirs, _person(by), base_currency(), by, at)
        if each.is_new:
            brought = kind.bring(wish)
            InstalledPart.objects.update_or_create(
                pack=found.installed, kind=each.kind, key=brought.key, defaults={"was_there": brought.was_there}
            )
        else:
            kind.change(wish)


def _remember(
    found: Pulling, changed: list[str], chosen: Mapping[str, str], *, by: Actor, at: datetime
) -> InstalledPack:
    installed, former = found.installed, found.installed.version
    charts = bound_charts(found.pack, Binding.from_json(installed.binding))
    bases = {(PROCEDURE, key): chart for key, chart in charts.items()}
    bases |= {(DECISION, each.key): each.model for each in found.pack.decisions}
    remember_bases(installed, bases)
    _keep_tests_of(installed, found.pack, by=by, at=at)
    installed.version, installed.digest = found.pack.version, found.digest
    installed.content, installed.pulled_at = pack_bytes(found.pack), at
    installed.save(update_fields=["version", "digest", "content", "pulled_at"])
    told = events.PackPulled(
        key=installed.key,
        former=former,
        version=installed.version,
        digest=installed.digest,
        changed=changed,
        conflicts=dict(chosen),
    )
    journal.record(told, by=by, at=at, about=RecordRef("pack", installed.pk))
    return installed


def _keep_tests_of(installed: InstalledPack, pack: Pack, *, by: Actor, at: datetime) -> None:
    """Keep the scenarios of a version of an installed pack as test cases of the procedures that came with it."""
    binding = Binding.from_json(installed.binding)
    there = set(installed.parts.filter(kind=PROCEDURE, was_there=True).values_list("key", flat=True))
    known = set(Procedure.objects.values_list("key", flat=True))
    tests = _tests_of(pack, bound_charts(pack, binding), binding)
    _keep_tests({key: members for key, members in tests.items() if key in known}, there, by=by, at=at)


@transaction.atomic
def take_pull_back(*, key: str, by: Actor, at: datetime) -> InstalledPack:
    """
    Undo the last pull of a pack: drafts, tables and what it lists stand again as before.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: no pull of this pack can be taken back.
        Conflict: something of it was changed or published since; nothing was changed.
    """
    permits.require_design(by)
    pulled = Pulled.objects.select_for_update(of=("self",)).select_related("pack").filter(pack__key=key).first()
    if pulled is None:
        raise NotFound("There is no pull of this pack that could be taken back.")
    installed, undone = pulled.pack, pulled.pack.version
    taking_back.restore(pulled, by=by, at=at)
    installed.version, installed.digest, installed.content = pulled.version, pulled.digest, bytes(pulled.content)
    installed.pulled_at = pulled.former_pulled_at
    installed.save(update_fields=["version", "digest", "content", "pulled_at"])
    remember_bases(installed, taking_back.bases_of(pulled))
    _keep_tests_of(installed, pack_from(bytes(installed.content)), by=by, at=at)
    pulled.delete()
    told = events.PullTakenBack(key=key, version=installed.version, taken_back=undone)
    journal.record(told, by=by, at=at, about=RecordRef("pack", installed.pk))
    return installed


def remember_bases(installed: InstalledPack, bases: Mapping[tuple[str, str], bytes]) -> None:
    """Keep what one's own changes are measured against from now on, by kind and key of the part."""
    for (kind, key), base in bases.items():
        InstalledPart.objects.update_or_create(pack=installed, kind=kind, key=key, defaults={"base": base})


# --- variants that waited for their base ------------------------------------------------------------------------------
@transaction.atomic
def bring_variants(*, key: str, by: Actor, at: datetime) -> tuple[str, ...]:
    """
    Bring in the variants of an installed pack that waited for their base to run, and return their keys.

    Raises:
        NotAllowed: the person behind the actor may not publish.
        NotFound: the pack is not installed, or none of its variants waits.
        Refusal: a variant does not go together with its base as that stands here.
    """
    permits.require_design(by)
    permits.require_publish(by)
    installed = InstalledPack.objects.select_for_update().filter(key=key).first()
    if installed is None:
        raise NotFound(f"There is no installed pack “{key}”.")
    binding = Binding.from_json(installed.binding)
    pack = variants.bound(pack_from(bytes(installed.content)), binding)
    wanted = variants.not_here(pack)
    if not wanted:
        raise NotFound(f"All variants of “{installed.name}” are here, or their procedure does not run yet.")
    charts = bound_charts(pack, binding)
    rows = variants.bring(installed, pack, charts, owner=_person(by), go_live=True, only=wanted, by=by, at=at)
    for row in rows:
        given = {"base": row.base, "was_there": row.was_there}
        InstalledPart.objects.update_or_create(pack=installed, kind=row.kind, key=row.key, defaults=given)
    tests = _tests_of(pack, charts, binding)
    _keep_tests({each: tests[each] for each in wanted}, set(), by=by, at=at)
    return wanted


# --- removing ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Removed:
    """What removing did: which parts went, which stay because they are in use or had been there before."""

    gone: tuple[str, ...]
    stays: tuple[str, ...]


@transaction.atomic
def remove(*, key: str, by: Actor, at: datetime) -> Removed:
    """
    Take a pack out: its procedures start no more cases (those under way go on to their end), and what nobody has used
    goes for good. Decision tables and products stay: others may use them.

    Raises:
        NotAllowed: the person behind the actor may not publish.
        NotFound: the pack is not installed.
    """
    permits.require_publish(by)
    installed = InstalledPack.objects.select_for_update().filter(key=key).first()
    if installed is None:
        raise NotFound(f"There is no installed pack “{key}”.")
    gone: list[str] = []
    stays: list[str] = []
    for part in reversed(list(installed.parts.all())):
        label = f"{part.kind} {part.key}"
        went = not part.was_there and _remove_part(part, installed.name, by, at)
        (gone if went else stays).append(label)
    told = events.PackRemoved(key=key, version=installed.version, gone=gone, stays=stays)
    journal.record(told, by=by, at=at, about=RecordRef("pack", installed.pk))
    installed.delete()
    return Removed(tuple(gone), tuple(stays))


def _remove_part(part: InstalledPart, pack: str, by: Actor, at: datetime) -> bool:
    if part.kind == PROCEDURE:
        return taking_back.remove_procedure(part.key, pack, by, at)
    kind = parts.find(part.kind)
    return kind is not None and kind.remove(part.key, by, at)
