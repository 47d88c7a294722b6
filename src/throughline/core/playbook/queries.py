"""Reads of the playbook: what it says, what is new to somebody, who has read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from throughline.core import access
from throughline.core.identity.models import RoleMembership, User
from throughline.core.playbook.models import Check, Reading
from throughline.core.procedures.models import Procedure
from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.charts.guide import MOST_QUESTIONS, Guide, Part, Question, guide, questions


@dataclass(frozen=True, slots=True)
class Book:
    """
    The playbook of a version as it is told to one person in one role.

    ``changed`` are the ids of parts that are new to them since they last confirmed, ``gone`` the names of steps that
    are no more; ``confirmed_at`` is set when they have confirmed this version, or one that says the same. ``is_first``:
    they never confirmed any. ``questions`` are drawn for this person, this version and this try: ``tries`` counts those
    before. ``most`` is how many there are at most.
    """

    key: str
    name: str
    number: int
    status: str
    role: str
    guide: Guide
    chart: model.Definitions
    parts: tuple[Part, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    confirmed_at: datetime | None
    is_first: bool
    questions: tuple[Question, ...]
    record_type: str = ""
    tries: int = 0
    most: int = MOST_QUESTIONS


def book(*, procedure: str, user: User, role: str = "", version: int | None = None) -> Book:
    """
    Return the playbook of a procedure: of what runs, else of the draft.

    Raises:
        NotFound: there is no such procedure or version, or nothing is drawn in it.
    """
    found = overview.procedure(key=procedure)
    chosen = next((each for each in found.versions if each.number == version), None) if version else None
    if version and chosen is None:
        raise NotFound(f"“{found.name}” has no version {version}. Look at its versions.")
    chosen = chosen or found.latest("published") or found.latest("draft")
    if chosen is None:
        raise NotFound(f"Nothing is drawn in {found.name} yet. Open the drawing.")
    try:
        chart, told = _told(overview.drawing(version_id=chosen.id))
    except LookupError:
        raise NotFound(f"Nothing is drawn in {found.name} yet. Open the drawing.") from None
    parts = told.of_role(role)
    last = _last(procedure, user, role)
    known: dict[str, str] = last.parts if last is not None else {}
    changed = tuple(part.id for part in parts if known.get(part.id) != part.digest) if last is not None else ()
    names = {part.id for part in parts}
    gone = tuple(key for key in known if key not in names)
    is_confirmed = last is not None and not changed and not gone
    tries = _tries(procedure, user, role, chosen.number)
    most = Check.objects.filter(procedure__key=procedure).values_list("questions", flat=True).first() or MOST_QUESTIONS
    asked = questions(told, role=role, about=changed, seed=f"{user.pk}|{chosen.number}|{tries}", most=most)
    return Book(
        key=procedure, name=found.name, number=chosen.number, status=chosen.status, role=role, guide=told, chart=chart,
        parts=parts, changed=changed, gone=gone, confirmed_at=last.confirmed_at if is_confirmed and last else None,
        is_first=last is None, questions=asked, record_type=found.record_type, tries=tries, most=most,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _told(drawing: bytes) -> tuple[model.Definitions, Guide]:
    chart = bpmn.read(drawing)
    return chart, guide(chart)


def _last(procedure: str, user: User, role: str) -> Reading | None:
    rows = Reading.objects.filter(procedure__key=procedure, user=user, role=role).exclude(confirmed_at=None)
    return rows.order_by("-confirmed_at", "-pk").first()


def _tries(procedure: str, user: User, role: str, number: int) -> int:
    rows = Reading.objects.filter(procedure__key=procedure, user=user, role=role, number=number)
    return rows.values_list("tries", flat=True).first() or 0


def own_role(*, user: User, roles: Sequence[str]) -> str:
    """Return the first of some roles that a person plays; empty for none."""
    mine = set(RoleMembership.objects.filter(user=user, role__key__in=list(roles)).values_list("role__key", flat=True))
    return next((role for role in roles if role in mine), "")


# -- Who has read it ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who works by a procedure: in which role, and the version they confirmed last (0: none yet)."""

    name: str
    role: str
    number: int
    confirmed_at: datetime | None
    is_up_to_date: bool


def may_see_readers(*, procedure: str, user: User) -> bool:
    """
    Say whether somebody may see who has read a playbook, and say how much its check asks: the owner of the procedure,
    and who may publish.
    """
    owner = Procedure.objects.filter(key=procedure, owner=user).exists()
    return owner or access.allows(user, access.PUBLISH_PROCEDURES)


def readers(*, book: Book) -> list[Reader]:
    """Return who plays a role in a procedure and whether they have read what is in force, by role and name."""
    rows = (
        RoleMembership.objects.filter(role__key__in=list(book.guide.roles), user__is_active=True)
        .select_related("user", "role")
        .order_by("role__name", "user__name", "user_id")
    )
    confirmed: dict[tuple[int, str], Reading] = {}
    for reading in Reading.objects.filter(procedure__key=book.key).exclude(confirmed_at=None).order_by("confirmed_at"):
        confirmed[reading.user_id, reading.role] = reading
    digests = {role: {part.id: part.digest for part in book.guide.of_role(role)} for role in ("", *book.guide.roles)}
    found = []
    for row in rows:
        read = [confirmed[key] for role in (row.role.key, "") if (key := (row.user_id, role)) in confirmed]
        last = max(read, key=lambda each: (each.confirmed_at is not None, each.confirmed_at), default=None)
        current = any(each.parts == digests[each.role] for each in read)
        found.append(
            Reader(
                name=row.user.name,
                role=book.guide.roles[row.role.key],
                number=last.number if last is not None else 0,
                confirmed_at=last.confirmed_at if last is not None else None,
                is_up_to_date=current,
            )
        )
    return found
