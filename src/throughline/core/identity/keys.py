"""
Keys with which programs act for people: issued, recognised, bounded in reach and rate, revoked.

A key is shown once; of it the table holds a digest, so that who reads the table cannot use it. What a request may do
is the least of three: the person's roles, the key's scopes, its allowance per minute.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.identity import events
from throughline.core.identity.models import ApiKey, KeptAnswer, User
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.rows import Loader, fetch

KEPT_FOR = timedelta(hours=24)
"""How long an answer is kept for a request that comes again."""
USED_EVERY = timedelta(minutes=1)
"""The time of last use is kept to this grain."""
MOST_PER_MINUTE = 60_000

_SCOPE = re.compile(r"(?P<what>read|write):(?P<type>\*|[a-z][a-z0-9_]*)|events|hooks|procedures")


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a key reaches: ``read:TYPE``, ``write:TYPE`` (``*``: every type), ``events``, ``hooks``, ``procedures``."""

    texts: frozenset[str]

    def reads(self, record_type: str) -> bool:
        """Return whether records of a type may be read; who may write them may read them."""
        return not self.texts.isdisjoint({"read:*", f"read:{record_type}"}) or self.writes(record_type)

    def writes(self, record_type: str) -> bool:
        """Return whether records of a type may be made, changed and put into the bin."""
        return not self.texts.isdisjoint({"write:*", f"write:{record_type}"})

    def has(self, scope: str) -> bool:
        """Return whether a scope that is about no type is among them."""
        return scope in self.texts


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds up a key: the person it acts for, and how far."""

    key: ApiKey
    user: User
    scopes: Scopes

    @property
    def actor(self) -> Actor:
        """The actor of what is done with the key."""
        return Actor.api(self.user, self.key.name)


@transaction.atomic
def issue_key(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    by: Actor,
    at: datetime,
    expires_at: datetime | None = None,
    per_minute: int = 600,
) -> tuple[ApiKey, str]:
    """
    Give a person's program a key, and return it with its text, which is shown this once.

    Raises:
        NotAllowed: somebody else than the person asks.
        Refusal: name, scopes, allowance or the end cannot be used; the field is named.
    """
    if by.user_id != user.pk:
        raise NotAllowed("A key acts for the person who makes it. Sign in as that person.")
    if not name.strip():
        raise Refusal("nameless_key", "Say which program the key is for.", "name")
    unreadable = sorted(scope for scope in scopes if not _SCOPE.fullmatch(scope))
    if unreadable or not scopes:
        wrong = f'"{unreadable[0]}" is no scope' if unreadable else "The key would open nothing"
        raise Refusal(
            "unreadable_scopes", f"{wrong}. Choose some of read:*, write:lead, events and the like.", "scopes"
        )
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Refusal("unreadable_rate", f"Give 1 to {MOST_PER_MINUTE:,} requests per minute.", "per_minute")
    if expires_at is not None and expires_at <= at:
        raise Refusal("key_ended", "The key would have ended already. Choose a later day.", "expires_at")
    prefix = f"tl_{secrets.token_hex(4)}"
    text = f"{prefix}.{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        user=user, name=name.strip()[:100], prefix=prefix, digest=_digest(text), scopes=sorted(set(scopes)),
        per_minute=per_minute, allowance=per_minute, allowance_at=at, created_at=at, expires_at=expires_at,
    )  # fmt: skip
    told = events.KeyIssued(
        name=key.name, prefix=prefix, scopes=key.scopes, expires_at=expires_at.isoformat() if expires_at else ""
    )
    journal.record(told, by=by, at=at, about=RecordRef("user", user.pk))
    return key, text


@transaction.atomic
def revoke_key(*, key_id: int, by: Actor, at: datetime) -> ApiKey:
    """
    Let a key open nothing any more; revoking it again changes nothing.

    Raises:
        NotFound: there is no such key of this person.
    """
    key = ApiKey.objects.select_for_update().filter(pk=key_id, user=by.user_id).first()
    if key is None:
        raise NotFound("You have no such key. Look at the list of your keys.")
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        told = events.KeyRevoked(name=key.name, prefix=key.prefix)
        journal.record(told, by=by, at=at, about=RecordRef("user", key.user_id))
    return key


def keys_of(*, user: User) -> list[ApiKey]:
    """Return a person's keys, newest first, revoked ones included."""
    return list(ApiKey.objects.filter(user=user))


def admit(text: str, *, at: datetime) -> tuple[Holder, float] | None:
    """
    Return whom a key acts for, taking one request from its allowance, and the seconds to wait first: 0 when there was
    one left. None when the key is unknown, ended, revoked, or its person has left. One statement.

    The allowance refills steadily, to at most a minute's worth.
    """
    given = {"prefix": text.partition(".")[0][:16], "digest": _digest(text), "at": at, "used": at - USED_EVERY}
    rows = fetch(_ADMIT, given)
    if not rows:
        return None
    ((left, *values),) = rows
    key = _KEYS.loaded(values)
    key.user = _PEOPLE.loaded(values[len(_KEYS) :])
    wait = 0.0 if left >= 1 else (1 - float(left)) * 60 / key.per_minute
    return Holder(key, key.user, Scopes(frozenset(key.scopes))), wait


_KEYS, _PEOPLE = Loader(ApiKey), Loader(User)
_ADMIT = f"""
UPDATE identity_apikey key
SET allowance = CASE WHEN refilled.now >= 1 THEN refilled.now - 1 ELSE key.allowance END,
    allowance_at = CASE WHEN refilled.now >= 1 THEN %(at)s ELSE key.allowance_at END,
    last_used_at = CASE WHEN last_used_at IS NULL OR last_used_at < %(used)s THEN %(at)s ELSE last_used_at END
FROM (SELECT id, least(per_minute,
                       allowance + per_minute * greatest(0, extract(epoch FROM %(at)s - allowance_at)) / 60.0) AS now
      FROM identity_apikey
      WHERE prefix = %(prefix)s AND digest = %(digest)s AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > %(at)s) FOR UPDATE) refilled,
     identity_user person
WHERE key.id = refilled.id AND person.id = key.user_id AND person.is_active
RETURNING refilled.now, {_KEYS.columns("key")}, {_PEOPLE.columns("person")}
"""
"""Every request begins with it. How long digests take to be compared tells nothing: of a digest no key can be made."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# -- Answers that are given again --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program is answered: status, headers by name, body."""

    status: int
    headers: dict[str, str]
    body: bytes


def kept_answer(holder: Holder, *, idempotency: str, request: str, at: datetime) -> Answer | None:
    """
    Return what was answered to the same request before; None when it is new, and then its place is taken.

    ``request`` is a digest of method, address and body. To be called in the transaction of the request: another one
    with the same key waits here until this one is done, so that it is done once.

    Raises:
        Refusal: the key was used for another request.
    """
    KeptAnswer.objects.filter(key=holder.key, at__lt=at - KEPT_FOR).delete()
    fresh = KeptAnswer(key=holder.key, idempotency=idempotency, request=request, at=at)
    KeptAnswer.objects.bulk_create([fresh], ignore_conflicts=True)
    kept = KeptAnswer.objects.get(key=holder.key, idempotency=idempotency)
    if kept.request != request:
        raise Refusal(
            "idempotency_key_reused",
            "This Idempotency-Key came with another request before. Use a new key for each thing to be done.",
        )
    return Answer(kept.status, kept.headers, bytes(kept.body)) if kept.status else None


def keep_answer(holder: Holder, *, idempotency: str, answer: Answer) -> None:
    """Keep what was answered, in the transaction of the request."""
    KeptAnswer.objects.filter(key=holder.key, idempotency=idempotency).update(
        status=answer.status, headers=answer.headers, body=answer.body
    )
