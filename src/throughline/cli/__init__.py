"""
The ``throughline`` command.

Each command is one module of this package, named in ``COMMANDS`` by one word or two (``import undo``), and imported
only when it is asked for, so that a command without a database never waits for Django. A command's module has
``add_arguments(parser)`` and ``run(arguments) -> int``, the exit status.

What scripts may rely on: results go to standard output, and with ``--json`` nothing else does; everything said to
people goes to standard error. Exit 0: done; 1: done, and the answer is no (findings, a failed scenario); 2: the input
or the surroundings are wrong, said in one sentence, and nothing was changed; 130: interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from throughline import __version__
from throughline.cli.table import COMMANDS
from throughline.platform.faults import Fault

OK, NO, WRONG, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say it on standard error and exit with status 2."""
        self.exit(WRONG, f"{self.prog}: {message[:1].upper()}{message[1:].rstrip('.')}. See {self.prog} --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    try:
        status = _answer(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except Fault as fault:
        return _wrong(str(fault))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say
        return NO
    return status


def _answer(words: list[str]) -> int:
    name = words[0] if words else "help"
    if name in ("-h", "--help", "help"):
        print(_overview())  # noqa: T201
        return OK
    if name in ("-V", "--version", "version"):
        print(f"throughline {__version__}")  # noqa: T201
        return OK
    count = 2 if " ".join(words[:2]) in COMMANDS else 1
    name = " ".join(words[:count])
    if name not in COMMANDS:
        raise Fault(f'There is no command "{name}". `throughline --help` lists them.')
    parser = Parser(prog=f"throughline {name}", description=COMMANDS[name].summary)
    module = importlib.import_module(COMMANDS[name].module)
    module.add_arguments(parser)
    status: int = module.run(parser.parse_args(words[count:]))
    return status


def _wrong(sentence: str) -> int:
    print(f"throughline: {sentence}", file=sys.stderr)  # noqa: T201
    return WRONG


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items() if not command.internal]
    return "\n".join(["usage: throughline COMMAND …", "", *lines, "", "`throughline COMMAND --help` says more."])


def read_bytes(path: str | Path) -> bytes:
    """
    Return a file's content; ``-`` is standard input.

    Raises:
        Fault: it cannot be read.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Fault(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def read_text(path: str | Path) -> str:
    """
    Return a UTF-8 file's text; ``-`` is standard input.

    Raises:
        Fault: it cannot be read or is no UTF-8.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fault(f"{path} is not UTF-8 text (byte {error.start + 1}). Save it as UTF-8.") from error


def write_bytes(path: str | Path, content: bytes) -> None:
    """
    Write a file whole or not at all; ``-`` is standard output.

    Raises:
        Fault: it cannot be written.
    """
    if str(path) == "-":
        sys.stdout.buffer.write(content)
        return
    target = Path(path)
    draft = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Fault(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from error


def say(sentence: str) -> None:
    """Tell the person at the keyboard something that is no result."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201
