"""Running the scenarios of a pack in memory: does each case go the way it is said to?"""

from __future__ import annotations

from throughline.flow import bpmn, dmn
from throughline.flow.simulate.proving import Verdict, run_test
from throughline.packs.model import Pack, PackedScenario


def run(pack: Pack, scenario: PackedScenario) -> Verdict:
    """
    Run one scenario of a pack and say where its chart departs from it.

    Raises:
        LookupError: its chart is not in the pack.
    """
    procedure = pack.procedure(scenario.procedure)
    if procedure is None:
        raise LookupError(f"Expected the pack to have a procedure “{scenario.procedure}”, but it has none.")
    models = {each.key: dmn.compile_model(dmn.read(each.model)) for each in pack.decisions}
    return run_test(bpmn.read(procedure.chart), scenario.members, decisions=models)
