"""What the tests of procedures share: a desk from which leads are captured, procedures published and queues drained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.procedures import actions, charts, operations
from throughline.core.procedures.models import Case, CaseEvent, Incident, WorkItem
from throughline.core.procedures.worker import Drained, drain
from throughline.flow.catalogue import ActionSpec, Parameter

if TYPE_CHECKING:
    from throughline.core.tests.cast import Cast
    from throughline.crm.leads.models import Lead

Performer = Callable[[Sequence[ActionRequest]], Sequence[ActionResult]]


@dataclass
class Recorder:
    """An action that remembers what it was asked; ``answer`` decides what it says."""

    asked: list[ActionRequest] = field(default_factory=list)
    calls: int = 0
    answer: Callable[[ActionRequest], ActionResult] = lambda request: ActionResult({"done": True})

    def __call__(self, requests: Sequence[ActionRequest]) -> Sequence[ActionResult]:
        self.calls += 1
        self.asked.extend(requests)
        return [self.answer(request) for request in requests]


@dataclass
class Desk:
    """Everything a test does, in few words; ``now`` moves only when told to."""

    cast: Cast
    now: datetime

    @property
    def admin(self) -> Actor:
        """The administrator."""
        return Actor.user(self.cast.admin)

    def publish(self, drawing: bytes, key: str = "test", record_type: str = "lead") -> None:
        """Create and publish a procedure, or a further version of it."""
        from throughline.core.procedures.models import Procedure

        if not Procedure.objects.filter(key=key).exists():
            operations.create_procedure(
                key=key, name=key.capitalize(), record_type=record_type, by=self.admin, at=self.now
            )
        operations.save_draft(key=key, drawing=drawing, by=self.admin, at=self.now)
        operations.publish(key=key, by=self.admin, at=self.now)

    def capture(self, count: int = 1, **values: Any) -> list[Lead]:
        """Capture leads of Maya's, in one batch."""
        from throughline.crm.leads.capture import capture_leads
        from throughline.crm.leads.models import Lead

        rows = [{"owner": self.cast.maya.pk, **values, **self._key(place, values)} for place in range(count)]
        created = capture_leads(rows, by=self.admin, at=self.now)
        found = Lead.objects.in_bulk([key for key in created.ids if key is not None])
        return [found[key] for key in created.ids if key is not None]

    def _key(self, place: int, values: dict[str, Any]) -> dict[str, Any]:
        return {"external_id": f"{values['external_id']}{place}"} if "external_id" in values else {}

    def drain(self, **later: float) -> Drained:
        """Let the worker drain the queues, ``later`` (hours=24) than the last time."""
        self.now += timedelta(**later)
        return drain(at=self.now)

    def complete(self, item: WorkItem, outcome: str = "", by: Any = None, **answers: Any) -> None:
        """Complete a work item as Maya, or as somebody else."""
        actor = Actor.user(by or self.cast.maya)
        operations.complete_work_item(work_item_id=item.pk, outcome=outcome, answers=answers, by=actor, at=self.now)

    def open_items(self, node: str = "") -> list[WorkItem]:
        """Return the open work items, of one step if named."""
        items = WorkItem.objects.filter(status="open").order_by("pk")
        return list(items.filter(node=node) if node else items)

    def case(self) -> Case:
        """Return the only case."""
        return Case.objects.get()

    def incidents(self) -> list[Incident]:
        """Return the open incidents."""
        return list(Incident.objects.filter(status="open").order_by("pk"))


def trace(case: Case) -> str:
    """Return the way of a case: the nodes it passed or completed, in order."""
    kinds = ("passed", "completed", "skipped", "moved")
    events = CaseEvent.objects.filter(case_id=case.pk, kind__in=kinds).order_by("seq")
    return " > ".join(event.node for event in events)


AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning: the instant at which tests begin."""


@pytest.fixture
def at() -> datetime:
    """Give the instant at which the test takes place."""
    return AT


@pytest.fixture
def cast(db: None, at: datetime) -> Cast:
    """Give the people of the tests, with teams and roles."""
    from throughline.core.tests.cast import assemble

    return assemble(at=at)


@pytest.fixture
def desk(cast: Cast, at: datetime) -> Iterator[Desk]:
    """Give a desk with the cast around it, and forget its charts afterwards."""
    charts.forget_all()
    yield Desk(cast, at)
    charts.forget_all()


@pytest.fixture
def tag() -> Iterator[Recorder]:
    """Give a database action ``test.tag``."""
    recorder = Recorder()
    actions.register(_spec("test.tag", "database"), recorder)
    yield recorder
    actions.forget("test.tag")


@pytest.fixture
def mail() -> Iterator[Recorder]:
    """Give an outside action ``test.mail``."""
    recorder = Recorder()
    actions.register(_spec("test.mail", "outside"), recorder)
    yield recorder
    actions.forget("test.mail")


def _spec(name: str, place: Any) -> ActionSpec:
    return ActionSpec(
        name=name,
        title=name,
        inputs=(Parameter(name="what"),),
        outputs=(Parameter(name="done"),),
        place=place,
    )
