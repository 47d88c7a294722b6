"""
Makes the virtual environment in ``.venv`` and keeps it in step with requirements/*.txt.

Standard library only, run by any Python from 3.11 on. A stamp remembers what was installed, so that a later run costs
nothing. ``environment.py run`` installs what the product needs, ``environment.py test`` also what the checks need.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"

LISTS = {"run": ("run", "build"), "test": ("run", "build", "test")}


def main(purpose: str) -> None:
    """Bring the environment up to date for ``purpose``."""
    started_at = time.monotonic()
    lists = [ROOT / "requirements" / f"{name}.txt" for name in LISTS[purpose]]
    wanted = _digest([*lists, ROOT / "pyproject.toml"])
    stamp = ENVIRONMENT / f".installed-for-{purpose}"
    if _works() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not _works():
        print("Making the environment .venv …", flush=True)
        _make()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "--require-hashes", *_each("-r", lists)], check=True)
    subprocess.run([*pip, "--no-build-isolation", "--no-deps", "--editable", str(ROOT)], check=True)
    stamp.write_text(wanted)
    print(f"Installed the packages in {time.monotonic() - started_at:.0f} s.", flush=True)


def _works() -> bool:
    """Whether the environment is there and was made here: one that was moved or copied is made anew."""
    script = ENVIRONMENT / "bin" / "pip"
    try:
        return script.exists() and str(ENVIRONMENT) in script.read_text().splitlines()[0] and _runs()
    except OSError:
        return False


def _runs() -> bool:
    return subprocess.run([PYTHON, "-c", "pass"], capture_output=True, check=False).returncode == 0


def _make() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  run by whatever Python the machine has
        raise SystemExit(f"Throughline needs Python 3.11 or newer, but {sys.executable} is {sys.version.split()[0]}.")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        raise SystemExit(
            f"{sys.executable} cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"
        ) from None
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=False)
    if made.returncode:
        raise SystemExit("The virtual environment .venv could not be made, as said above.")


def _digest(files: list[Path]) -> str:
    found = hashlib.sha256(f"{ENVIRONMENT} {sys.version_info[:2]}".encode())
    for path in files:
        found.update(path.read_bytes())
    return found.hexdigest()


def _each(option: str, paths: list[Path]) -> list[str]:
    return [word for path in paths for word in (option, str(path))]


if __name__ == "__main__":
    main(sys.argv[1])
