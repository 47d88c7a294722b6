"""The steps of the set-up, and which of them are done: read from what is there, so that nobody has to tick anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from throughline.core.company.models import Company
from throughline.core.company.queries import find_company
from throughline.core.identity.models import BusinessCalendar, User
from throughline.core.library.models import InstalledPack
from throughline.core.records.imports.models import Import
from throughline.packs import library

CALENDAR = "default"
"""The business calendar that is used where a chart names none."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its key in addresses, what it is called, the question it asks, and how one sees that it is done."""

    key: str
    label: Promise | str
    question: Promise | str
    is_done: Callable[[Company | None], bool]


def starters() -> tuple[str, ...]:
    """Return the keys of the packs from which a company chooses one."""
    return tuple(pack.key for pack in library() if pack.kind == "starter")


STEPS = (
    Step(
        "company",
        gettext_lazy("Company"),
        gettext_lazy("Who are you?"),
        lambda company: company is not None and company.described_at is not None,
    ),
    Step(
        "hours",
        gettext_lazy("Working hours"),
        gettext_lazy("When do you work?"),
        lambda _company: BusinessCalendar.objects.filter(key=CALENDAR).exists(),
    ),
    Step(
        "pack",
        gettext_lazy("Procedures"),
        gettext_lazy("How do you sell?"),
        lambda _company: InstalledPack.objects.filter(key__in=starters()).exists(),
    ),
    Step(
        "people",
        gettext_lazy("People"),
        gettext_lazy("Who works with you?"),
        lambda _company: User.objects.filter(is_active=True).count() > 1,
    ),
    Step(
        "data",
        gettext_lazy("Data"),
        gettext_lazy("What do you bring along?"),
        lambda _company: Import.objects.filter(status=Import.Status.DONE).exists(),
    ),
)
KEYS = tuple(step.key for step in STEPS)


@dataclass(frozen=True, slots=True)
class Mark:
    """A step as the path shows it; ``state`` is ``current``, ``done``, ``skipped`` or ``open``."""

    number: int
    label: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the set-up has come: the company as far as it is said, and the steps that are done or left out."""

    company: Company | None
    done: frozenset[str]
    skipped: frozenset[str]

    @property
    def first_open(self) -> str:
        """The key of the first step that is neither done nor left out; empty when there is none."""
        return next((key for key in KEYS if key not in self.done | self.skipped), "")

    def after(self, key: str) -> str:
        """Return the key of the next open step behind another one, else of the first open one; empty for none."""
        behind = KEYS[KEYS.index(key) + 1 :]
        return next((each for each in behind if each not in self.done | self.skipped), "") or self.first_open

    def marks(self, current: str) -> list[Mark]:
        """Return the steps of the path."""
        return [
            Mark(
                number=number,
                label=str(step.label),
                url=reverse("web:setup_step", args=[step.key]),
                state="current" if step.key == current else self._state(step.key),
            )
            for number, step in enumerate(STEPS, start=1)
        ]

    def _state(self, key: str) -> str:
        return "done" if key in self.done else "skipped" if key in self.skipped else "open"


def progress() -> Progress:
    """Return how far the set-up has come."""
    company = find_company()
    done = frozenset(step.key for step in STEPS if step.is_done(company))
    return Progress(company, done, frozenset(company.skipped if company is not None else ()))
