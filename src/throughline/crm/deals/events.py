"""What the journal tells of deals, pipelines and products."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("deal.opened", "Deal opened")
class DealOpened(JournalEvent):
    """A deal came to be. ``stage`` and ``pipeline`` are keys; ``amount`` is exact, as text."""

    pipeline: str
    stage: str
    amount: str | None
    currency: str
    owner: int | None
    lead: int | None
    organization: int | None
    external_id: str = ""


@event("deal.moved", "Deal moved")
class DealMoved(JournalEvent):
    """A deal went to another stage that is open too. ``days`` is how long it stood in the former one."""

    pipeline: str
    former: str
    stage: str
    stage_name: str
    days: int | None
    back: bool = False


@event("deal.won", "Deal won")
class DealWon(JournalEvent):
    """The customer said yes."""

    pipeline: str
    former: str
    stage: str
    amount: str | None
    currency: str
    reason: str = ""


@event("deal.lost", "Deal lost")
class DealLost(JournalEvent):
    """The customer said no, or nothing any more."""

    pipeline: str
    former: str
    stage: str
    amount: str | None
    currency: str
    reason: str
    competitor: str = ""


@event("deal.reopened", "Deal opened again")
class DealReopened(JournalEvent):
    """A deal that had ended is worked on again."""

    pipeline: str
    former: str
    stage: str


@event("deal.lines_changed", "Lines of the deal changed", told_by={"lines": ("amount",)})
class DealLinesChanged(JournalEvent):
    """What is offered changed. ``lines`` are product key, quantity and price as text, in order."""

    lines: list[list[str]]
    amount: str | None


@event("deal.roles_changed", "People in the deal changed")
class DealRolesChanged(JournalEvent):
    """Who decides, evaluates, champions: contact key and role."""

    people: list[list[str]]


@event("pipeline.saved", "Pipeline saved")
class PipelineSaved(JournalEvent):
    """A pipeline was made or changed. ``stages`` are keys in order, ``retired`` those that take no deals any more."""

    key: str
    name: str
    stages: list[str]
    retired: list[str]


@event("product.added", "Product added")
class ProductAdded(JournalEvent):
    """A product came to be."""

    name: str
    code: str
    price: str | None


@event("deal.approval_asked", "Approval asked")
class DealApprovalAsked(JournalEvent):
    """Somebody wants to bring the deal into a stage for which a role must agree."""

    approval: int
    stage: str
    stage_name: str
    role: str
    amount: str | None
    why: str


@event("deal.approval_decided", "Approval decided")
class DealApprovalDecided(JournalEvent):
    """Somebody of the role has agreed, or not."""

    approval: int
    stage: str
    stage_name: str
    granted: bool
    reason: str


@event("price_book.added", "Price book added")
class PriceBookAdded(JournalEvent):
    """A price book came to be with many others."""

    key: str
    name: str
    currency: str


@event("prices.saved", "Price book saved")
class PricesSaved(JournalEvent):
    """A price book was made or changed. ``prices`` are product key, quantity and price as text."""

    key: str
    name: str
    currency: str
    prices: list[list[str]]


@event("tax_rate.saved", "Tax rate saved")
class TaxRateSaved(JournalEvent):
    """A rate of tax was made or changed; ``percent`` is exact, as text."""

    name: str
    percent: str


@event("exchange_rate.saved", "Rate of exchange saved")
class ExchangeRateSaved(JournalEvent):
    """From a day on one unit of a currency is worth so much of the company's; ``rate`` is exact, as text."""

    currency: str
    valid_from: str
    rate: str
