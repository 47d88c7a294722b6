"""Sessions in the database, as Django keeps them, read with one plain statement: every request begins with it."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from throughline.core.rows import fetch


class SessionStore(db.SessionStore):
    """A session; only reading it differs from Django's."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing when it is over or was never begun."""
        found = fetch(
            "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
            [self.session_key, timezone.now()],
        )
        if not found:
            self._session_key = None
            return {}
        held: dict[str, Any] = self.decode(found[0][0])
        return held
