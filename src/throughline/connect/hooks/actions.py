"""What charts may ask of web hooks: a call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from throughline import __version__
from throughline.connect.hooks import call, rules, secret
from throughline.connect.hooks.models import HookTarget
from throughline.core.actions import ActionRequest, ActionResult, Outside, Patience, PerformMany
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python

SIDE_BY_SIDE = 8
"""Calls of one batch that are under way at the same time."""
PATIENCE = Patience(tries=5, first_pause=10, longest_pause=600, timeout=20, at_once=16)
AGAIN = frozenset({408, 409, 425, 429})
"""Answers, besides those from 500 on, after which the same call may be taken later."""
AWAY = frozenset({502, 503, 504})
"""Answers that say that the other side as a whole is away."""


def connection(inputs: Mapping[str, Any]) -> str:
    """Return the connection of a call: its target."""
    return f"hook:{inputs.get('target')}"


def call_many(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """Call the targets of the requests, several side by side."""
    keys = {str(request.inputs.get("target")) for request in requests}
    targets = {target.key: target for target in HookTarget.objects.filter(key__in=keys, active=True)}
    jobs = [(request, targets.get(str(request.inputs.get("target")))) for request in requests]
    if len(jobs) == 1:
        return [_call(*jobs[0])]
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(jobs)), thread_name_prefix="hook") as pool:
        return list(pool.map(lambda job: _call(*job), jobs))


def _call(request: ActionRequest, target: HookTarget | None) -> ActionResult:
    if target is None:
        name = request.inputs.get("target")
        return ActionResult.failed(
            f"Expected “{name}” to be a target that an administrator has allowed, but it is none. Allow it, then"
            " retry.",
            code="hook_target",
        )
    try:
        key = secret.open_sealed(target.secret)
    except ValueError as problem:  # another machine of this installation may have the right key
        return ActionResult.failed(str(problem), retryable=True)
    try:
        record = None if request.record is None else str(request.record)
        body = rules.body_of(request.inputs, key=request.key, record=record)
        headers = _headers(request, key, body)
        answer = call.post(target.url, body, headers, inside=target.inside, timeout=PATIENCE.timeout / 2)
    except ValueError as problem:
        return ActionResult.failed(str(problem), code="hook_body")
    except call.NotAllowedThere as problem:
        return ActionResult.failed(
            f"Expected {target.title} to lie outside, but {problem}, which is inside. An administrator can allow that.",
            code="hook_target",
        )
    except call.NobodyThere as problem:
        return ActionResult.nobody_there(f"Expected {target.title} to answer, but nobody was there ({problem}).")
    return _result(target, answer)


def _headers(request: ActionRequest, key: bytes, body: bytes) -> dict[str, str]:
    """Return the headers of standardwebhooks.com; the key of the case stands in two of them, the same for every try."""
    timestamp = int(request.at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Throughline/{__version__}",
        "Idempotency-Key": request.key,
        "webhook-id": request.key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": rules.signature(key, request.key, timestamp, body),
    }


def _result(target: HookTarget, answer: call.Answer) -> ActionResult:
    if 200 <= answer.status < 300:
        return ActionResult(from_python({"status": answer.status, "body": _body(answer)}))
    beginning = " ".join(answer.text.split())[:200]
    said = f"Expected {target.title} to take the call, but it answered {answer.status}"
    failure = f"{said}: {beginning}" if beginning else f"{said}."
    if answer.status in AWAY:
        return ActionResult.nobody_there(failure)
    if answer.status >= 500 or answer.status in AGAIN:
        return ActionResult.failed(failure, retryable=True)
    return ActionResult.failed(failure, code="hook_refused")


def _body(answer: call.Answer) -> Any:
    """Return what was answered: a value when it is JSON, else its text."""
    if answer.content_type != "application/json":
        return answer.text
    try:
        return json.loads(answer.text, parse_float=Decimal)
    except ValueError:
        return answer.text


ACTIONS: list[tuple[ActionSpec, PerformMany, Outside]] = [
    (
        ActionSpec(
            name="hook.call",
            title="Call a web hook",
            summary="Send something to another system, at an address that an administrator has allowed.",
            inputs=(
                Parameter(name="target", title="Target", type="string", required=True),
                Parameter(name="body", title="What to send", type="context"),
            ),
            outputs=(
                Parameter(name="status", title="Status of the answer", type="number"),
                Parameter(name="body", title="The answer", type="Any"),
            ),
            place="outside",
        ),
        call_many,
        Outside(connection, PATIENCE),
    ),
]
