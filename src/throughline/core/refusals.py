"""Anticipated refusals: what shells turn into a form error (422), a problem document or a BPMN error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar


class Refusal(Exception):
    """
    Say no in the user's words: what is so, and what to do next. Nothing was changed.

    ``code`` is stable and in lower_snake: programs and charts rely on it. ``field`` names the field it is about;
    ``fields`` holds one sentence per field when several are. ``status`` says in HTTP's terms what kind of no it is.
    """

    status: ClassVar[int] = 422

    def __init__(
        self, code: str, message: str, field: str | None = None, *, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.fields: dict[str, str] = dict(fields) if fields else ({field: message} if field else {})


class NotAllowed(Refusal):
    """The actor's roles do not reach this far."""

    status = 403

    def __init__(self, message: str) -> None:
        super().__init__("not_allowed", message)


class NotFound(Refusal):
    """
    There is no such thing, or the asker may not know that there is.

    The two are told apart nowhere: a colleague of another team must not learn which keys exist.
    """

    status = 404

    def __init__(self, message: str) -> None:
        super().__init__("not_found", message)


class Conflict(Refusal):
    """Somebody else changed the same thing in the meantime."""

    status = 409

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__("conflict", message, fields=fields)


def require_writable(texts: Iterable[str]) -> None:
    """
    Go on only with texts that a database can hold: the character NUL stands in none.

    Raises:
        Refusal: there is one.
    """
    if any("\0" in text for text in texts):
        raise Refusal("unwritable", "Expected text, but found the character NUL, which no text holds. Leave it out.")
