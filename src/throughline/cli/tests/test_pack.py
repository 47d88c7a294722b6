"""``throughline pack``: packs on the command line, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from throughline.cli import NO, OK, WRONG, main
from throughline.packs import get_pack, library
from throughline.packs.archive import pack_bytes, pack_from
from throughline.packs.reading import read_pack


@pytest.mark.req("A7")
class TestPack:
    def test_lists_the_packs_of_the_product(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["pack", "list", "--json"]) == OK
        assert [each["key"] for each in json.loads(capsys.readouterr().out)] == [pack.key for pack in library()]

    def test_exports_a_pack_that_can_be_read_back(self, tmp_path: Path) -> None:
        file = tmp_path / "renewal.zip"

        assert main(["pack", "export", "renewal", "-o", str(file)]) == OK
        assert pack_from(file.read_bytes()) == get_pack("renewal")

    def test_a_pack_whose_scenario_fails_is_answered_with_no(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pack = get_pack("after-a-merge")
        path = "scenarios/all-right.yaml"
        file = tmp_path / "bad.zip"
        file.write_bytes(pack_bytes(read_pack({**pack.files, path: pack.files[path].replace(b"One contact", b"Two")})))

        assert main(["pack", "check", str(file)]) == NO
        assert "error: all-right: " in capsys.readouterr().out

    def test_a_file_that_is_no_pack_is_said_in_one_sentence(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "no.zip"
        file.write_bytes(b"nothing")

        assert main(["pack", "check", str(file)]) == WRONG
        assert capsys.readouterr().err == (
            f"throughline: {file}: The file is no pack: a pack is a .zip file made by “Export”.\n"
        )

    def test_draws_every_chart_for_the_manual(self, tmp_path: Path) -> None:
        assert main(["pack", "pictures", str(tmp_path)]) == OK

        drawn = {file.stem for file in tmp_path.glob("*.svg")}
        assert drawn == {procedure.key for pack in library() for procedure in pack.procedures}
        assert "](renewal.svg)" in (tmp_path / "README.md").read_text()
