"""The data folder."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from throughline.platform.faults import Fault
from throughline.platform.home import Home


class TestFind:
    def test_takes_the_folder_that_the_environment_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("THROUGHLINE_HOME", str(tmp_path / "deep" / "home"))

        assert Home.find().folder == tmp_path / "deep" / "home"
        assert (tmp_path / "deep" / "home").is_dir()

    def test_says_what_to_do_when_it_cannot_be_made(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("THROUGHLINE_HOME", str(tmp_path / "file" / "home"))

        with pytest.raises(Fault, match="Set THROUGHLINE_HOME to a folder of yours"):
            Home.find()


class TestSecretKey:
    def test_is_made_once_and_private(self, tmp_path: Path) -> None:
        home = Home(tmp_path)

        first, second = home.secret_key(), Home(tmp_path).secret_key()

        assert first == second
        assert len(first) >= 64
        assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600

    def test_leaves_no_draft_behind(self, tmp_path: Path) -> None:
        Home(tmp_path).secret_key()

        assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]
