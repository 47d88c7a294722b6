"""Commands without a database never wait for Django."""

from __future__ import annotations

import subprocess
import sys

import pytest

from throughline.cli.table import COMMANDS

WITH_DATABASE = {
    "serve",
    "worker",
    "manage",
    "import",
    "import records",
    "import resume",
    "import held",
    "import decide",
    "import undo",
    "send",
    "backup",
    "restore",
    "invite",
    "web",
    "prepare",
    "sample",
}
PURE = sorted(COMMANDS.keys() - WITH_DATABASE)


class TestPureCommands:
    @pytest.mark.parametrize("name", PURE)
    def test_load_no_django(self, name: str) -> None:
        code = (
            "import contextlib, io, sys\nfrom throughline.cli import main\n"
            "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
            f"    main([{name!r}, '--help'])\n"
            "sys.exit(' '.join(sorted({'django', 'psycopg', 'granian'} & sys.modules.keys())) or 0)"
        )

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, "")
