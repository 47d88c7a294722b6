"""What feeds a queue: the human steps of published drawings that wait in it, with the lanes they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from throughline.core.identity.models import Role
from throughline.core.procedures.models import ProcedureVersion
from throughline.flow import bpmn
from throughline.flow.bpmn.model import Container, Definitions, ManualTask, SubProcess, UserTask
from throughline.flow.engine.compile.roles import role_of, roles_of

_ONE_TEXT = re.compile(r'=?\s*"([^"]*)"\s*')
_TEXTS = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Feed:
    """
    A human step that waits in a queue. ``lane``: the one it stands in, where that is the queue's own.

    ``is_sure``: the drawing names the queue; else it stands among the texts of a formula that works the queue out.
    """

    queue: str
    lane: str
    node: str
    step: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Feeding:
    """A published procedure with those of its steps that wait in one queue."""

    key: str
    name: str
    only_watches: bool
    feeds: tuple[Feed, ...]


def feeding(queue: str) -> list[Feeding]:
    """Return the published procedures that feed a queue, by name. One query, and one for drawings not read before."""
    rows = ProcedureVersion.objects.filter(status=ProcedureVersion.Status.PUBLISHED).order_by("procedure__name", "pk")
    versions = list(rows.values_list("pk", "digest", "procedure__key", "procedure__name", "guided"))
    feeds = _feeds_of({pk: digest for pk, digest, *_ in versions})
    found = []
    for pk, _digest, key, name, only_watches in versions:
        if here := tuple(each for each in feeds[pk] if each.queue == queue):
            found.append(Feeding(key, name, only_watches, here))
    return found


def named_by_drawings(procedures: Sequence[int] | None = None) -> dict[str, str]:
    """
    Return the queues that published drawings name, of all procedures or of these: key, and what a lane calls it (empty
    where none does). A text of a formula counts when it is the key of a role.
    """
    rows = ProcedureVersion.objects.filter(status=ProcedureVersion.Status.PUBLISHED)
    if procedures is not None:
        rows = rows.filter(procedure__in=procedures)
    feeds = [each for of_one in _feeds_of(dict(rows.values_list("pk", "digest"))).values() for each in of_one]
    unsure = {each.queue for each in feeds if not each.is_sure}
    roles = set(Role.objects.filter(key__in=unsure).values_list("key", flat=True)) if unsure else set()
    named: dict[str, str] = {}
    for feed in feeds:
        if feed.is_sure or feed.queue in roles:
            named[feed.queue] = named.get(feed.queue) or feed.lane
    return named


KEPT = 1_000
"""So many drawings are remembered at most."""
_kept: dict[str, tuple[Feed, ...]] = {}


def _feeds_of(digests: Mapping[int, str]) -> dict[int, tuple[Feed, ...]]:
    """Return what each version's drawing feeds. ``digests``: of the drawings, by key of the version."""
    known = {digest: _kept[digest] for digest in digests.values() if digest in _kept}
    missing = [pk for pk, digest in digests.items() if digest not in known]
    rows = ProcedureVersion.objects.filter(pk__in=missing).values_list("digest", "bpmn") if missing else ()
    for digest, drawing in rows:
        known[digest] = tuple(_feeds(bpmn.read(bytes(drawing))))
    if len(_kept) > KEPT:
        _kept.clear()
    _kept.update(known)
    return {pk: known[digest] for pk, digest in digests.items()}


def _feeds(definitions: Definitions) -> Iterator[Feed]:
    for process in definitions.processes:
        roles = roles_of(process)
        containers: list[Container] = [process, *(each for each, _ in process.walk() if isinstance(each, SubProcess))]
        lanes = {role_of(lane): lane.name for container in containers for lane in container.lanes}
        for element, _ in process.walk():
            if not isinstance(element, UserTask | ManualTask):
                continue
            step, role = element.name or element.id, roles.get(element.id, "")
            for queue, is_sure in _queues_of(element, role):
                yield Feed(queue, lanes[role] if queue == role else "", element.id, step, is_sure)


def _queues_of(element: UserTask | ManualTask, role: str) -> Iterator[tuple[str, bool]]:
    """Give the queues that the work of a step may wait in, and whether that is sure. ``role``: of its lane."""
    work = element.extensions.work_item
    formula = work.queue.strip() if work is not None else ""
    if not formula:
        texts, is_sure = [role], True
    elif one := _ONE_TEXT.fullmatch(formula):
        texts, is_sure = [one[1]], True
    else:
        texts, is_sure = list(dict.fromkeys(_TEXTS.findall(formula))), False
    yield from ((text, is_sure) for text in texts if text)
