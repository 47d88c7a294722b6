"""Charts that the tests of this package share, and where the public suites lie."""

from __future__ import annotations

from pathlib import Path

from throughline.testing.suites import suites


def suite_files(*packs: str) -> list[Path]:
    """Return the BPMN files of the packs; skips the test, saying so, when the suites are not on this machine."""
    folder = suites() / "conformance"
    found = sorted(file for pack in packs for file in (folder / pack).rglob("*.bpmn"))
    assert found, f"Expected BPMN files of {packs} in the public suites, but there are none."
    return found


HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tl="urn:throughline:bpmn:1"'
    ' xmlns:acme="http://acme.example/bpmn" targetNamespace="http://example.com" id="d">'
)


def chart(inside: str, *, root: str = "") -> bytes:
    """Return a file with one process that holds ``inside``; ``root`` stands before it."""
    return f'{HEAD}{root}<bpmn:process id="p" name="P">{inside}</bpmn:process></bpmn:definitions>'.encode()
