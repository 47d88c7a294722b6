"""The data folder of the user: the embedded database, the secret key, who is running."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from throughline.platform.faults import Fault

VARIABLE = "THROUGHLINE_HOME"


@dataclass(frozen=True)
class Home:
    """
    One installation's data folder.

    ``postgres/`` the embedded cluster · ``run/`` locks of the running processes · ``secret-key`` and
    ``demo-password`` readable by the owner only.
    """

    folder: Path

    @classmethod
    def find(cls) -> Home:
        """
        Return the folder that THROUGHLINE_HOME names, or this system's usual place for a user's data; makes it.

        Raises:
            Fault: the folder cannot be made or written.
        """
        chosen = os.environ.get(VARIABLE)
        folder = Path(chosen).expanduser().absolute() if chosen else _usual()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_writable(folder, error) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _not_writable(folder)
        return cls(folder)

    @property
    def postgres(self) -> Path:
        """The folder of the embedded cluster."""
        return self.folder / "postgres"

    @property
    def run(self) -> Path:
        """The folder of locks."""
        return self.folder / "run"

    @property
    def lock(self) -> Path:
        """The lock that the one parent of this folder holds."""
        return self.run / "serve.lock"

    def secret_key(self) -> str:
        """Return the key that signs sessions; made once."""
        return self.kept("secret-key", lambda: secrets.token_urlsafe(64))

    def kept(self, name: str, make: Callable[[], str]) -> str:
        """Return the text kept in the file ``name`` (mode 600), made by ``make`` when there is none yet."""
        path = self.folder / name
        if not path.exists():
            draft = path.with_name(f".{name}-{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(make() + "\n")
            try:
                os.link(draft, path)  # the first of two at once wins, and nobody reads half a key
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()


def _usual() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/throughline")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "throughline"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "throughline"


def _not_writable(folder: Path, error: OSError | None = None) -> Fault:
    reason = f" ({error.strerror})" if error else ""
    return Fault(f"The data folder {folder} cannot be written{reason}. Set {VARIABLE} to a folder of yours.")
