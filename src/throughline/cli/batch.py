"""
JSON for scripts: one document (``--json``), or one request and one answer per line (``--batch``).

Numbers keep all their digits both ways: they are read as ``Decimal`` or ``int`` and written as numbers.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from throughline.platform.faults import Fault

Kind = Literal["syntax", "unsupported", "evaluation", "input", "internal"]

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


class Unanswerable(Exception):
    """A request that gets an error of one kind instead of an answer."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def parse(text: str | bytes, *, what: str) -> Any:
    """
    Read one JSON document; ``what`` names it for the user (``"--context"``).

    Raises:
        Fault: it is no JSON.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Fault(f"{what} is not JSON: {error}.") from error


def write_json(document: object) -> None:
    """Write one document to standard output, as its only content."""
    _write_line(_encoder.encode(document))


def _write_line(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def answer_lines(answer: Callable[[dict[str, Any]], Mapping[str, Any]]) -> int:
    """
    Answer each request of standard input with one line, in order, flushing each; returns the exit status 0.

    A request that fails is answered with ``{"error": {"kind", "message"}}`` and the next one is taken:
    ``Unanswerable`` says its kind, ``Fault`` is ``input``, anything else is a fault of the product (``internal``),
    whose traceback goes to standard error. That an answer cannot be written as JSON is such a fault too.
    """
    for line in sys.stdin.buffer:
        if line.strip():
            _write_line(_answered(answer, line))
    return 0


def _answered(answer: Callable[[dict[str, Any]], Mapping[str, Any]], line: bytes) -> bytes:
    try:
        request = parse(line, what="The request")
        if not isinstance(request, dict):
            return _error("input", "Expected a request to be a JSON object.")
        return _encoder.encode(answer(request))
    except Unanswerable as error:
        return _error(error.kind, error.message)
    except Fault as error:
        return _error("input", str(error))
    except Exception as error:
        traceback.print_exc()
        return _error("internal", f"{type(error).__name__}: {error}")


def _error(kind: Kind, message: str) -> bytes:
    text = message.encode(errors="replace").decode()  # half a character cannot leave as UTF-8
    return _encoder.encode({"error": {"kind": kind, "message": text}})
