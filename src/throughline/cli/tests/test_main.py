"""The ``throughline`` command: what it says, where, and with which exit status."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import throughline.cli as cli
from throughline.cli import NO, OK, WRONG, main, read_text, write_bytes
from throughline.cli.table import COMMANDS, Command
from throughline.platform.faults import Fault


def _command(monkeypatch: pytest.MonkeyPatch, run: object) -> None:
    module = ModuleType("throughline_test_command")
    module.add_arguments = lambda parser: parser.add_argument("--count", type=int)  # type: ignore[attr-defined]
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COMMANDS, "try", Command(module.__name__, "Try."))


class TestMain:
    def test_lists_the_commands_but_not_what_only_they_start(self, capsys: pytest.CaptureFixture[str]) -> None:
        status = main(["--help"])

        shown = capsys.readouterr().out
        assert status == OK
        assert "  serve " in shown
        assert "prepare" not in shown

    def test_refuses_an_unknown_command_in_one_sentence(self, capsys: pytest.CaptureFixture[str]) -> None:
        status = main(["fly"])

        captured = capsys.readouterr()
        assert status == WRONG
        assert captured.out == ""
        assert captured.err == 'throughline: There is no command "fly". `throughline --help` lists them.\n'

    def test_refuses_a_wrong_argument_in_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _command(monkeypatch, lambda _: OK)

        with pytest.raises(SystemExit) as exit_:
            main(["try", "--count", "many"])

        assert exit_.value.code == WRONG
        assert capsys.readouterr().err == (
            "throughline try: Argument --count: invalid int value: 'many'. See throughline try --help.\n"
        )

    def test_says_a_fault_without_a_traceback(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def run(_: argparse.Namespace) -> int:
            raise Fault("The moon is full.")

        _command(monkeypatch, run)

        assert main(["try"]) == WRONG
        assert capsys.readouterr().err == "throughline: The moon is full.\n"

    def test_lets_a_mistake_of_ours_show_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def run(_: argparse.Namespace) -> int:
            raise ZeroDivisionError

        _command(monkeypatch, run)

        with pytest.raises(ZeroDivisionError):
            main(["try"])

    def test_knows_commands_of_two_words_beside_those_of_one(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _command(monkeypatch, lambda arguments: OK if arguments.count is None else NO)
        monkeypatch.setitem(COMMANDS, "try again", COMMANDS["try"])

        assert main(["try"]) == OK
        assert main(["try", "again", "--count", "2"]) == NO
        with pytest.raises(SystemExit):
            main(["try", "nothing"])
        assert capsys.readouterr().err == (
            "throughline try: Unrecognized arguments: nothing. See throughline try --help.\n"
        )

    def test_hands_on_what_the_command_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _command(monkeypatch, lambda _: NO)

        assert main(["try"]) == NO

    def test_stops_quietly_when_the_reader_of_its_output_leaves(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "throughline", "--version"], stdout=writing, stderr=subprocess.PIPE, check=False
            )
        finally:
            os.close(writing)

        assert b"Traceback" not in done.stderr


class TestReadText:
    def test_says_that_a_file_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(Fault, match="cannot be read: no such file or directory"):
            read_text(tmp_path / "missing.csv")

    def test_says_that_a_file_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "latin.csv").write_bytes("Müller".encode("latin-1"))

        with pytest.raises(Fault, match=r"is not UTF-8 text \(byte 2\)"):
            read_text(tmp_path / "latin.csv")

    def test_skips_the_mark_that_spreadsheets_write(self, tmp_path: Path) -> None:
        (tmp_path / "leads.csv").write_bytes(b"\xef\xbb\xbfname\n")

        assert read_text(tmp_path / "leads.csv") == "name\n"


class TestWriteBytes:
    def test_leaves_the_old_file_when_it_cannot_write(self, tmp_path: Path) -> None:
        target = tmp_path / "chart.bpmn"
        target.mkdir()

        with pytest.raises(Fault, match="cannot be written"):
            write_bytes(target, b"new")

        assert [path.name for path in tmp_path.iterdir()] == ["chart.bpmn"]


class TestOutput:
    def test_of_say_goes_to_standard_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        cli.say("Making the database …")

        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("", "Making the database …\n")
