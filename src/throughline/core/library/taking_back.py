"""
Taking back what a pull did, for as long as nobody has gone on from there.

Before a pull everything that it will touch is written down as it stands; taking back puts that there again, drafts,
tables and listed parts, and what the pack counts its changes from. If something was changed or published since, nothing
is taken back, and the sentence says what.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from throughline.core.actor import Actor
from throughline.core.company.queries import base_currency
from throughline.core.library import parts
from throughline.core.library.listed import ListedPull
from throughline.core.library.models import InstalledPack, InstalledPart, Pulled
from throughline.core.procedures.models import Case, DecisionVersion, KeptTest, Procedure, ProcedureVersion
from throughline.core.procedures.operations import retire, save_decision_draft, save_draft
from throughline.core.refusals import Conflict

if TYPE_CHECKING:
    from throughline.core.library.operations import Pulling

DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before a pull: drafts of procedures and tables by key (None: there is no draft)."""

    procedures: dict[str, bytes | None]
    tables: dict[str, bytes | None]
    bases: dict[str, str]


def before(found: Pulling) -> Before:
    """Return what stands now of all that a pull may touch."""
    rows = found.installed.parts.exclude(base=None)
    return Before(
        {each.key: _drawing(each.key) for each in found.procedures},
        {each.key: _table(each.key) for each in found.tables},
        {f"{part.kind} {part.key}": _written(bytes(part.base or b"")) for part in rows},
    )


def keep(
    kept: Before, found: Pulling, tables: Sequence[str], listed: Sequence[ListedPull], *, by: Actor, at: datetime
) -> None:
    """Keep what stood before a pull beside what stands after it; ``tables`` and ``listed`` are those that it took."""
    installed = found.installed
    Pulled.objects.filter(pack=installed).delete()  # one can be taken back: the last one
    Pulled.objects.create(
        pack=installed,
        pulled_at=at,
        pulled_by_label=by.label,
        version=installed.version,
        digest=installed.digest,
        content=bytes(installed.content),
        former_pulled_at=installed.pulled_at,
        bases=kept.bases,
        procedures={
            each.key: {
                "before": _written(kept.procedures[each.key]),
                "after": _written(_drawing(each.key)),
                "is_new": each.ours is None,
            }
            for each in found.procedures
            if each.changes
        },
        tables={
            each.key: {"before": _written(kept.tables[each.key]), "after": _written(_table(each.key))}
            for each in found.tables
            if each.key in tables and not each.is_new
        },
        listed=[{"kind": each.kind, "theirs": each.theirs, "ours": each.ours} for each in listed],
    )


def _drawing(key: str) -> bytes | None:
    draft = ProcedureVersion.objects.filter(procedure__key=key, status=DRAFT).first()
    return bytes(draft.bpmn) if draft is not None else None


def _table(key: str) -> bytes | None:
    draft = DecisionVersion.objects.filter(table__key=key, status=DRAFT).first()
    return bytes(draft.dmn) if draft is not None else None


def _written(content: bytes | None) -> str:
    return "" if content is None else b64encode(content).decode("ascii")


def _read(kept: str) -> bytes | None:
    return b64decode(kept) if kept else None


# -- Back --------------------------------------------------------------------------------------------------------------


def restore(pulled: Pulled, *, by: Actor, at: datetime) -> None:
    """
    Put what stood before a pull there again.

    Raises:
        Conflict: something was changed or published since; nothing is different then.
    """
    _require_untouched(pulled)
    installed = pulled.pack
    for item in reversed(pulled.listed):
        _restore_listed(installed, item, by, at)
    for key, kept in pulled.tables.items():
        _restore_table(key, _read(kept["before"]), by, at)
    for key, kept in pulled.procedures.items():
        if kept["is_new"]:
            remove_procedure(key, installed.name, by, at)
            InstalledPart.objects.filter(pack=installed, kind="procedure", key=key).delete()
        else:
            _restore_drawing(key, _read(kept["before"]), by, at)


def _require_untouched(pulled: Pulled) -> None:
    for key, kept in pulled.procedures.items():
        if _drawing(key) != _read(kept["after"]):
            raise Conflict(f"The draft of “{key}” was changed or published since. Go back in the editor instead.")
    for key, kept in pulled.tables.items():
        if _table(key) != _read(kept["after"]):
            raise Conflict(f"The decision table “{key}” was changed or published since. Change it by hand.")
    for item in pulled.listed:
        kind = parts.get(item["kind"], pulled.pack.name)
        if kind.here(item["theirs"]) != item["theirs"]:
            raise Conflict(f"{kind.words(item['theirs'])} was changed since. Change it by hand.")


def _restore_listed(installed: InstalledPack, item: dict[str, Any], by: Actor, at: datetime) -> None:
    kind = parts.get(item["kind"], installed.name)
    if item["ours"] is not None:
        kind.change(parts.Wish(item["ours"], by.user_id, base_currency(), by, at))
        return
    brought = kind.bring(parts.Wish(item["theirs"], by.user_id, base_currency(), by, at))  # it is there: only its key
    if kind.remove(brought.key, by, at):
        InstalledPart.objects.filter(pack=installed, kind=kind.name, key=brought.key).delete()


def _restore_drawing(key: str, drawing: bytes | None, by: Actor, at: datetime) -> None:
    if drawing is not None:
        save_draft(key=key, drawing=drawing, by=by, at=at)
        return
    ProcedureVersion.objects.filter(procedure__key=key, status=DRAFT).delete()


def _restore_table(key: str, model: bytes | None, by: Actor, at: datetime) -> None:
    if model is not None:
        save_decision_draft(key=key, model=model, by=by, at=at)
        return
    DecisionVersion.objects.filter(table__key=key, status=DRAFT).delete()


def bases_of(pulled: Pulled) -> dict[tuple[str, str], bytes]:
    """Return what one's own changes were measured against before a pull, by kind and key of the part."""
    parted = ((name.partition(" "), kept) for name, kept in pulled.bases.items())
    return {(kind, key): _read(kept) or b"" for (kind, _, key), kept in parted}


def remove_procedure(key: str, pack: str, by: Actor, at: datetime) -> bool:
    """Retire a procedure; one that never had a case goes for good when it was only a draft. Return whether it went."""
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        return True
    if procedure.versions.filter(status="published").exists():
        retire(key=key, by=by, at=at, reason=f"The pack “{pack}” was removed.")
        return False
    if procedure.versions.exclude(status=DRAFT).exists() or Case.objects.filter(version__procedure=procedure).exists():
        return False
    KeptTest.objects.filter(procedure=procedure).delete()
    procedure.versions.all().delete()
    procedure.delete()
    return True
