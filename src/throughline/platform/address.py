"""The address of a database, as ``DATABASE_URL`` spells it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from throughline.platform.faults import Fault

SCHEMES = ("postgres", "postgresql")


@dataclass(frozen=True)
class DatabaseAddress:
    """
    Where a PostgreSQL database is and how to enter it.

    ``options`` are libpq connection parameters (``sslmode``, ``connect_timeout`` …), as in the query of the URL.
    An empty ``host`` means libpq's own default (a local socket).
    """

    name: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, url: str) -> DatabaseAddress:
        """
        Read ``postgres://user:password@host:port/name?option=value``.

        Raises:
            Fault: the text is no such URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _not_a_url(url) from error
        name = unquote(parts.path.removeprefix("/"))
        if parts.scheme not in SCHEMES or not name or "/" in name:
            raise _not_a_url(url)
        return cls(
            name=name,
            host=unquote(parts.hostname or ""),
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            options=tuple(parse_qsl(parts.query)),
        )

    @property
    def url(self) -> str:
        """The address as one URL, with the password."""
        password = f":{quote(self.password, safe='')}" if self.password else ""
        user = f"{quote(self.user, safe='')}{password}@" if self.user or self.password else ""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        port = f":{self.port}" if self.port is not None else ""
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"postgres://{user}{host}{port}/{quote(self.name, safe='')}{query}"

    @property
    def place(self) -> str:
        """The address as a person may see it: without the password."""
        where = self.host or "the local socket"
        return f"{self.name} on {where}" + (f":{self.port}" if self.port is not None else "")

    def named(self, name: str) -> DatabaseAddress:
        """Another database of the same server."""
        return replace(self, name=name)


def _not_a_url(url: str) -> Fault:
    shown = url if "@" not in url else "…@" + url.rpartition("@")[2]  # never print a password
    return Fault(f'DATABASE_URL is "{shown}", but it must look like postgres://user:password@host:5432/database.')
