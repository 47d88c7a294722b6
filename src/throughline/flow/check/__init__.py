"""
The proof before publishing: what can go wrong in a chart, told to the person who drew it.

``check`` gives every finding of a file: soundness (can every case finish, and finish cleanly), data (is every name set,
does every action exist, has every wait an owner), and the drawing itself (is it clear). It takes the chart alone; what
the surroundings offer comes in as :class:`Known`.
"""

from __future__ import annotations

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.data import Known, data
from throughline.flow.check.drawing import drawing
from throughline.flow.check.findings import Finding, Severity
from throughline.flow.check.scopes import Scope, scopes_of
from throughline.flow.check.soundness import soundness
from throughline.flow.check.tables import outputs_of

__all__ = ["Finding", "Known", "Severity", "check", "outputs_of"]


def check(definitions: bpmn.Definitions, known: Known | None = None) -> list[Finding]:
    """Return every finding of ``definitions``, errors first, otherwise in the order of the file."""
    scopes = list(scopes_of(definitions))
    findings = list(soundness(definitions))
    for process in definitions.processes:
        findings += data(process, [scope for scope in scopes if _process_of(scope) is process], known or Known())
    for scope in scopes:
        findings += drawing(scope)
    return sorted(findings, key=lambda finding: finding.severity == "warning")


def _process_of(scope: Scope) -> bpmn.Process | bpmn.SubProcess:
    while scope.parent is not None:
        scope = scope.parent
    return scope.container
