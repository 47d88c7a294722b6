"""
What the standard itself forbids, as findings: the rules of :mod:`throughline.flow.bpmn.rules` over the file as
written.
"""

from __future__ import annotations

from collections.abc import Iterator

from throughline.flow.bpmn.rules import violations
from throughline.flow.check.findings import Finding


def standard(xml: bytes | str) -> Iterator[Finding]:
    """Give a finding for every rule of BPMN that a file breaks. Raises Unreadable."""
    for each in violations(xml):
        yield Finding(each.rule, "error", each.element, f"{each.message} (BPMN 2.0.2, {each.section})")
