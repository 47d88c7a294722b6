"""
SpiffWorkflow on the process of kernel_memory.py, stored in PostgreSQL twice per instance: when it waits and at its end.

Runs in its own environment; peers.py knows the conversation. DATABASE_URL names the database; the answer is in seconds
of wall clock, since most of the work is the server's.
"""

from __future__ import annotations

import os
import sys
import time
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import psycopg
from lead_process import SCRIPT, lead_process
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState


def main() -> None:
    """Answer each number with the seconds that so many instances took."""
    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(lead_process(score=SCRIPT, due='"PT24H"')))
    spec = parser.get_spec("lead")
    serializer = BpmnWorkflowSerializer()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS peer_spiff")
        connection.execute("CREATE TABLE peer_spiff (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text)")
        for line in sys.stdin:
            begin = time.perf_counter()
            for _ in range(int(line)):
                instance(spec, serializer, connection)
            print(time.perf_counter() - begin, flush=True)


def instance(spec: object, serializer: BpmnWorkflowSerializer, connection: psycopg.Connection) -> None:
    """Start a case and store it; load it, do the user task, and store it again."""
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    state = serializer.serialize_json(workflow)
    row = connection.execute("INSERT INTO peer_spiff (state) VALUES (%s) RETURNING id", [state]).fetchone()
    stored = connection.execute("SELECT state FROM peer_spiff WHERE id = %s", row).fetchone()
    loaded = serializer.deserialize_json(stored[0])
    task = next(each for each in loaded.get_tasks(state=TaskState.READY) if each.task_spec.name == "call")
    task.run()
    loaded.do_engine_steps()
    assert loaded.is_completed()
    connection.execute("UPDATE peer_spiff SET state = %s WHERE id = %s", [serializer.serialize_json(loaded), *row])


if __name__ == "__main__":
    main()
