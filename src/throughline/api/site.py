"""
Endpoints: what they are, how requests reach them, and what all of them share.

An endpoint is a function of a call (``Call``) and of a body where it takes one; it returns an ``Answer``. Around it,
once for all: the key, the allowance, the clock, one transaction for everything that writes, an answer given again for
an ``Idempotency-Key`` that came before, refusals as problem documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Any

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from throughline.api import problems
from throughline.api.problems import Wrong
from throughline.api.shapes import slug
from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity import keys
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.refusals import Refusal, require_writable

READING = frozenset({"GET", "HEAD"})
LARGEST_BODY = 5 * 1024 * 1024


def now() -> datetime:
    """Return the instant; the only clock of the interface."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a program: who, when, with which parameters of the address."""

    holder: keys.Holder
    at: datetime
    parameters: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def user(self) -> User:
        """The person that the key acts for."""
        return self.holder.user

    @property
    def by(self) -> Actor:
        """The actor of what is written."""
        return self.holder.actor

    def number(self, name: str, default: int, most: int) -> int:
        """
        Return a number from the address, between 1 and ``most``.

        Raises:
            Wrong: it is none.
        """
        text = self.parameters.get(name, str(default))
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= most:
            raise Wrong(422, "unreadable_parameter", f"Give {name} as a number from 1 to {most:,}.")
        return int(text)

    def json(self, name: str) -> Any:
        """
        Return what an address carries as JSON under a name; None when it is not there.

        Raises:
            Wrong: it is no JSON.
        """
        text = self.parameters.get(name, "")
        if not text:
            return None
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as problem:
            raise Wrong(422, "unreadable_parameter", f"Expected {name} to be JSON, but it is not: {problem}.") from None

    def reads(self, record_type: str) -> None:
        """
        Ask for the scope to read records of a type.

        Raises:
            Wrong: the key does not have it.
        """
        _need_scope(self.holder, record_type, writes=False)

    def writes(self, record_type: str) -> None:
        """
        Ask for the scope to write records of a type.

        Raises:
            Wrong: the key does not have it.
        """
        _need_scope(self.holder, record_type, writes=True)

    def need(self, scope: str) -> None:
        """
        Ask for a scope that is about no type.

        Raises:
            Wrong: the key does not have it.
        """
        if not self.holder.scopes.has(scope):
            raise Wrong(403, "scope_missing", f'This key lacks the scope "{scope}". Make one that has it.')


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers; without a body it is 204."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an address that an endpoint takes, as the document shows it."""

    name: str
    summary: str
    schema: Mapping[str, Any]
    place: str = "query"
    required: bool = False


Body = Callable[..., Any]
"""Given a call and what the address names, the type of the body."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One thing that can be asked. ``shape`` gives the type of its body; ``told`` the type of what it answers.

    Both are given the person and, where the address names a record type, the type.
    """

    method: str
    address: str
    name: str
    summary: str
    serve: Callable[..., Answer]
    tag: str
    shape: Body | None = None
    told: Body | None = None
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    refuses: tuple[int, ...] = ()

    @property
    def per_type(self) -> bool:
        """Whether it exists once for every record type."""
        return "<slug:kind>" in self.address


def patterns(endpoints: Sequence[Endpoint]) -> list[URLPattern]:
    """Return the addresses of endpoints, each with all its methods."""
    by_address: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        by_address.setdefault(endpoint.address, {})[endpoint.method] = endpoint
    return [path(address, _door(methods)) for address, methods in by_address.items()]


def _door(methods: Mapping[str, Endpoint]) -> Callable[..., HttpResponse]:
    @csrf_exempt  # a key is no cookie: no page of another site can send it
    def serve(request: HttpRequest, **named: Any) -> HttpResponse:
        try:
            return _served(request, methods, named)
        except Wrong as wrong:
            return problems.of_wrong(wrong)
        except Refusal as refusal:
            return problems.of_refusal(refusal)

    return serve


def _served(request: HttpRequest, methods: Mapping[str, Endpoint], named: Mapping[str, Any]) -> HttpResponse:
    at = now()
    holder = _holder(request, at)
    endpoint = methods.get("GET" if request.method == "HEAD" else request.method or "")
    if endpoint is None:
        allowed = ", ".join(sorted(methods))
        detail = f"This address takes {allowed}."
        raise Wrong(405, "method_not_allowed", detail, headers={"Allow": allowed})
    call = Call(holder, at, {name: str(request.GET[name]) for name in request.GET}, request.headers)
    unknown = sorted(set(call.parameters) - {each.name for each in endpoint.parameters})
    if unknown:
        raise Wrong(422, "unknown_parameter", f'This address takes no parameter "{unknown[0]}".')
    require_writable(call.parameters.values())
    access.grants(holder.user)  # what people have made here is read along with them
    given = _with_type(named, holder, writes=endpoint.method not in READING)
    if endpoint.method in READING:
        access.keep_seen(holder.user)
        return _response(_encoded(endpoint.serve(call, **given)))
    return _changed(request, endpoint, call, given)


def _with_type(named: Mapping[str, Any], holder: keys.Holder, *, writes: bool) -> dict[str, Any]:
    """Return what an address names, with the record type instead of its name."""
    given = dict(named)
    kind = given.pop("kind", None)
    if kind is None:
        return given
    spec = next((each for each in registry.everything() if slug(each) == kind), None)
    if spec is None:
        names = ", ".join(slug(each) for each in registry.everything())
        raise Wrong(404, "no_such_type", f'There are no records called "{kind}". There are {names}.')
    _need_scope(holder, spec.type, writes=writes)
    return {"spec": spec, **given}


def _need_scope(holder: keys.Holder, record_type: str, *, writes: bool) -> None:
    if not (holder.scopes.writes(record_type) if writes else holder.scopes.reads(record_type)):
        scope = f"{'write' if writes else 'read'}:{record_type}"
        raise Wrong(403, "scope_missing", f'This key lacks the scope "{scope}". Make one that has it.')


def _holder(request: HttpRequest, at: datetime) -> keys.Holder:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    admitted = keys.admit(text.strip(), at=at) if kind.lower() == "bearer" else None
    if admitted is None:
        raise Wrong(
            401,
            "key_needed",
            "Send the header Authorization: Bearer KEY, with a key that is neither revoked nor over.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    holder, wait = admitted
    if wait:
        seconds = ceil(wait)
        raise Wrong(
            429,
            "too_many_requests",
            f"This key has {holder.key.per_minute:,} requests a minute. Go on in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )
    return holder


def _changed(request: HttpRequest, endpoint: Endpoint, call: Call, named: Mapping[str, Any]) -> HttpResponse:
    """Do it in one transaction; the same request with the same ``Idempotency-Key`` is answered as before."""
    body = _body(request)
    again = request.headers.get("Idempotency-Key", "")
    if len(again) > 200:
        raise Wrong(422, "unreadable_header", "An Idempotency-Key has at most 200 characters.")
    with transaction.atomic():
        if again:
            digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + body).hexdigest()
            kept = keys.kept_answer(call.holder, idempotency=again, request=digest, at=call.at)
            if kept is not None:
                return _response(kept, repeated=True)
        sent = {} if endpoint.shape is None else {"sent": _read(endpoint, body, call, named)}
        answer = _encoded(endpoint.serve(call, **sent, **named))
        if again:
            keys.keep_answer(call.holder, idempotency=again, answer=answer)
    return _response(answer)


def _body(request: HttpRequest) -> bytes:
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        raise Wrong(413, "body_too_large", f"Send at most {LARGEST_BODY // 1024 // 1024} MB at once.")
    return request.body


def _read(endpoint: Endpoint, body: bytes, call: Call, named: Mapping[str, Any]) -> Any:
    assert endpoint.shape is not None
    kind = call.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
    if kind not in ("", "application/json"):
        raise Wrong(415, "not_json", f"Send the body as application/json, not {kind}.")
    try:
        return msgspec.json.decode(body, type=endpoint.shape(call.user, *types_in(named)))
    except msgspec.DecodeError as problem:
        raise problems.unreadable(problem) from None


def types_in(named: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the record type that an address names, if it names one."""
    return (named["spec"],) if "spec" in named else ()


def _encoded(answer: Answer) -> keys.Answer:
    if answer.body is None:
        return keys.Answer(answer.status if answer.status != 200 else 204, answer.headers, b"")
    return keys.Answer(answer.status, answer.headers, msgspec.json.encode(answer.body))


def _response(answer: keys.Answer, *, repeated: bool = False) -> HttpResponse:
    headers = {**answer.headers, "Cache-Control": "private, no-store"}
    if repeated:
        headers["Idempotency-Replayed"] = "true"
    return HttpResponse(answer.body, status=answer.status, content_type="application/json", headers=headers)
