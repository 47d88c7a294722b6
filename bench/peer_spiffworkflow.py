"""SpiffWorkflow on the process of kernel_memory.py. Runs in its own environment; peers.py knows the conversation."""

from __future__ import annotations

import sys
import time
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lead_process import SCRIPT, lead_process
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState


def main() -> None:
    """Answer each number with the seconds that so many instances took."""
    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(lead_process(score=SCRIPT, due='"PT24H"')))
    spec = parser.get_spec("lead")
    for line in sys.stdin:
        begin = time.process_time()
        for _ in range(int(line)):
            instance(spec)
        print(time.process_time() - begin, flush=True)


def instance(spec: object) -> None:
    """Run one case from its start through the waiting user task to its end."""
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    task = next(each for each in workflow.get_tasks(state=TaskState.READY) if each.task_spec.name == "call")
    task.run()
    workflow.do_engine_steps()
    assert workflow.is_completed()


if __name__ == "__main__":
    main()
