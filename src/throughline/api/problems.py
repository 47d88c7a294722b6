"""Refusals as problem documents (RFC 9457): what is so, what to do, and which field it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse

from throughline.core.refusals import Refusal

MEDIA_TYPE = "application/problem+json"


class Likely(msgspec.Struct):
    """A record that is likely the same; ``sureness`` in percent."""

    id: int
    title: str
    sureness: int


class Problem(msgspec.Struct, omit_defaults=True, kw_only=True):
    """
    A problem document. ``code`` is stable; ``detail`` is for people; ``fields`` holds one sentence per field,
    ``duplicates`` what is likely the same as what was sent, the surest first.
    """

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str] = {}
    duplicates: list[Likely] = []


class Wrong(Exception):
    """A request that the interface itself refuses, before any operation is asked."""

    def __init__(self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers = dict(headers or {})
        self.fields: dict[str, str] = {}
        self.duplicates: list[Likely] = []


def unreadable(problem: msgspec.DecodeError, what: str = "body") -> Wrong:
    """Return the refusal of a body that is no JSON or has not the shape that the document shows."""
    if isinstance(problem, msgspec.ValidationError):
        told, _, place = str(problem).partition(" - at `")
        name = re.sub(r"^\$\.?", "", place.rstrip("`"))
        told = told.replace("`", '"').rstrip(".")
        wrong = Wrong(422, "unreadable_body", f"{told}{f' in {name}' if name else ''}. Look at the OpenAPI document.")
        wrong.fields = {name.split(".")[0].split("[")[0]: f"{told}."} if name else {}
        return wrong
    return Wrong(400, "unreadable_body", f"Expected the {what} to be JSON, but it is not: {problem}.")


def of_refusal(refusal: Refusal) -> HttpResponse:
    """Answer a refusal of an operation."""
    return answer(refusal.status, refusal.code, refusal.message, fields=refusal.fields)


def of_wrong(wrong: Wrong) -> HttpResponse:
    """Answer a refusal of the interface."""
    return answer(
        wrong.status,
        wrong.code,
        wrong.detail,
        fields=wrong.fields,
        duplicates=wrong.duplicates,
        headers=wrong.headers,
    )


def answer(
    status: int,
    code: str,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    duplicates: Sequence[Likely] = (),
    headers: Any = None,
) -> HttpResponse:
    """Return a problem document as the answer."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        fields=dict(fields or {}),
        duplicates=list(duplicates),
    )
    return HttpResponse(msgspec.json.encode(problem), status=status, content_type=MEDIA_TYPE, headers=headers)
