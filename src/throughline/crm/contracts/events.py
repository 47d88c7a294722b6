"""What the journal tells of contracts and subscriptions; of contracts it is told of their deals too."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("contract.sent", "Contract sent", personal=("to",), told_by={"to": ("contact.email",)})
class ContractSent(JournalEvent):
    """The customer has the contract. ``files`` are the digests (SHA-256) of what was attached."""

    contract: int
    number: str
    files: list[str]
    to: str


@event("contract.signed", "Contract signed", personal=("name",))
class ContractSigned(JournalEvent):
    """Both sides have signed."""

    contract: int
    number: str
    start_on: str | None
    end_on: str | None
    notice_on: str | None
    name: str


@event("contract.renewed", "Contract renewed")
class ContractRenewed(JournalEvent):
    """The contract runs for another term."""

    contract: int
    number: str
    former_end_on: str
    end_on: str


@event("contract.ended", "Contract ended")
class ContractEnded(JournalEvent):
    """The contract runs no longer than this day."""

    contract: int
    number: str
    end_on: str
    reason: str


@event("subscription.begun", "Subscription started")
class SubscriptionStarted(JournalEvent):
    """Something is paid again and again from now on; ``monthly`` is exact, as text."""

    monthly: str
    currency: str
    period: str


@event("subscription.repriced", "Subscription changed", told_by={"former": ("monthly",)})
class SubscriptionChanged(JournalEvent):
    """It costs something else per month from now on."""

    former: str
    monthly: str
    currency: str


@event("subscription.closed", "Subscription ended")
class SubscriptionEnded(JournalEvent):
    """It is not paid any more after this day."""

    monthly: str
    currency: str
    end_on: str
    reason: str
