"""
Sessions in the database, as Django keeps them, and the person behind each: every request begins with reading both.

Theory of operation. Only the session, which is signed, says whose it is, so the person could be asked for only after
it, and the person's grants only after these. But whose a session was when it was read last is remembered in this
process: so the same statement reads that person and the grants along with the session. This memory decides nothing. The
session is read and verified each time, a person is taken only when the session names this very one and fits the
password of now, and in any other case Django looks for the person as it always does.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.rows import Loader, fetch_planned

REMEMBERED = 10_000
"""Of so many sessions it is remembered whose they were."""
_whose: dict[str, int] = {}


class SessionStore(db.SessionStore):
    """A session; only reading it differs from Django's."""

    person: User | None = None
    """The person read along with the session, with grants. Nobody has looked yet whether it is the session's."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing when it is over or was never begun."""
        whose = _whose.get(self.session_key or "")
        given = [self.session_key, timezone.now()]
        found = fetch_planned(_SESSION, given) if whose is None else _with_person(whose, given)
        if not found:
            self._session_key = None
            return {}
        data, *read_along = found[0]
        self.person = _person_of(read_along)
        held: dict[str, Any] = self.decode(data)
        return held


_SESSION = "SELECT session_data FROM django_session s WHERE session_key = %s AND expire_date > %s"


def _with_person(user_id: int, given: list[Any]) -> list[tuple[Any, ...]]:
    columns, params = access.asked_along(user_id)
    return fetch_planned(
        f"SELECT s.session_data, {_people().columns('u')}, {columns}\n"
        "FROM django_session s LEFT JOIN identity_user u ON u.id = %s WHERE s.session_key = %s AND s.expire_date > %s",
        [*params, user_id, *given],
    )


@cache
def _people() -> Loader[User]:
    return Loader(User)


def _person_of(values: list[Any]) -> User | None:
    """Return the person that was read along; None where none was, or is no longer there."""
    if not values or values[0] is None:
        return None
    person = _people().loaded(values)
    access.keep_read(person, values[len(_people()) :])
    return person


class PersonMiddleware(AuthenticationMiddleware):
    """Gives each request its person, as Django does: the one read along with the session where that is right."""

    def process_request(self, request: HttpRequest) -> None:
        """Find the person when somebody asks for it."""
        super().process_request(request)
        request.user = cast(User, SimpleLazyObject(lambda: _user(request)))


def _user(request: Any) -> Any:
    if not hasattr(request, "_cached_user") and (person := _read_along(request.session)) is not None:
        request._cached_user = person
    user = get_user(request)
    if user.is_authenticated and request.session.session_key:
        _remember(request.session.session_key, user.pk)
    return user


def _read_along(session: Any) -> User | None:
    """Return the person that was read along with a session, if everything about it says that it is theirs."""
    held, person = session.get(SESSION_KEY), session.person
    if person is None or held != str(person.pk) or not person.is_active:
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    fits = constant_time_compare(session.get(HASH_SESSION_KEY) or "", person.get_session_auth_hash())
    return person if fits else None


def _remember(session_key: str, user_id: int) -> None:
    if len(_whose) >= REMEMBERED:
        _whose.clear()
    _whose[session_key] = user_id
